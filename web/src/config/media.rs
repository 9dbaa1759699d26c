//! Where pictures are stored.

use super::ConfigError;
use serde::{Deserialize, Serialize};

/// Picture storage and upload limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaConfig {
    /// `s3://bucket/prefix` (credentials from the usual `AWS_*` variables); unset means
    /// the directory `media` under the data directory.
    pub store: Option<String>,
    /// Largest upload in bytes.
    pub max_bytes: usize,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            store: None,
            max_bytes: 10 * 1024 * 1024,
        }
    }
}

impl MediaConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if let Some(store) = &self.store
            && !store.starts_with("s3://")
        {
            return Err(ConfigError::refused(
                "media.store",
                "must be s3://bucket/prefix, or unset for a directory",
            ));
        }
        if !(64 * 1024..=64 * 1024 * 1024).contains(&self.max_bytes) {
            return Err(ConfigError::refused(
                "media.max_bytes",
                "must be within 64 KiB and 64 MiB",
            ));
        }
        Ok(())
    }
}
