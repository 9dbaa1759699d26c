//! Snapshots of the index in this process's directory, so that a start is a look into a file
//! and the changes since.

use crate::config::Config;
use reco_actors::snapshot::{Restored, SnapshotError, SnapshotLabel};
use reco_actors::system::RecoHandle;
use sha2::{Digest, Sha256};
use shop::pipeline::Generation;
use std::path::PathBuf;

use super::generation::loaded;

/// Where and for which database.
#[derive(Clone, Debug)]
pub struct Snapshots {
    directory: Option<PathBuf>,
    database: String,
}

impl Snapshots {
    /// Below the data directory, unless the settings want none.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let directory = config.recommender.snapshots.then(|| config.data_dir.0.join("index"));
        // The address may hold a password; only whether it is the same one matters.
        let database = hex::encode(Sha256::digest(config.database_url()));
        Self { directory, database }
    }

    /// Takes over the newest snapshot of this generation; `None` when there is none to be used.
    pub(super) async fn restore(&self, engine: &RecoHandle, generation: &Generation) -> Option<Restored> {
        let directory = self.directory.as_deref()?;
        match engine.restore_snapshot(directory, &self.label(generation)).await {
            Ok(restored) => {
                for reason in &restored.passed_over {
                    tracing::warn!(reason, "a snapshot was passed over");
                }
                Some(restored)
            }
            Err(SnapshotError::Missing) => None,
            Err(error) => {
                tracing::warn!(%error, "no snapshot can be used: the index is loaded from the database");
                None
            }
        }
    }

    /// Writes the index as it is now. A failure costs the next start some time.
    pub(super) async fn save(&self, engine: &RecoHandle, generation: &Generation) {
        let Some(directory) = self.directory.as_deref() else {
            return;
        };
        match engine.save_snapshot(directory, self.label(generation)).await {
            Ok(report) => tracing::info!(
                items = report.items,
                bytes = report.bytes,
                took_ms = report.took.as_millis() as u64,
                "the index is saved"
            ),
            Err(error) => tracing::warn!(%error, "the index is not saved"),
        }
    }

    fn label(&self, generation: &Generation) -> SnapshotLabel {
        let made = generation.created_at.timestamp_micros();
        SnapshotLabel {
            models: loaded(&generation.models),
            origin: format!("{} {} {made}", self.database, generation.id),
        }
    }
}
