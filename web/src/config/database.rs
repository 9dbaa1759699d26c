//! Where rows and shared cache entries live.

use super::ConfigError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The database.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://…` or `sqlite://path`; unset means a SQLite file in the data directory.
    pub url: Option<String>,
    /// Most connections held at once.
    pub max_connections: u32,
    /// Whether `serve`, `seed` and `import` bring the schema up to date by themselves.
    pub migrate: bool,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: None,
            max_connections: 16,
            migrate: true,
        }
    }
}

impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self
            .url
            .as_deref()
            .and_then(|url| url.split(':').next())
            .unwrap_or("embedded sqlite");
        f.debug_struct("DatabaseConfig")
            .field("kind", &kind)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

impl DatabaseConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if let Some(url) = &self.url
            && !["postgres://", "postgresql://", "sqlite:"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
        {
            return Err(ConfigError::refused(
                "database.url",
                "must start with postgres:// or sqlite://",
            ));
        }
        if self.url.as_deref().is_some_and(|url| !is_address(url)) {
            return Err(ConfigError::refused("database.url", NO_ADDRESS));
        }
        if self.max_connections == 0 {
            return Err(ConfigError::refused("database.max_connections", "must be at least 1"));
        }
        Ok(())
    }
}

/// What is wrong with an address that cannot be read: the address itself may hold a password.
pub(super) const NO_ADDRESS: &str =
    "is no address: letters of a password that mean something in one, such as # / ? @, must be percent-encoded";

/// Whether a database's address can be read; SQLite's are paths.
pub(super) fn is_address(url: &str) -> bool {
    url.starts_with("sqlite:") || url::Url::parse(url).is_ok()
}

/// The cache of recommendation lists.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// `redis://…`; unset means a cache in this process.
    pub redis_url: Option<String>,
    /// Tells shops apart that share one Redis: the same for all processes of one shop.
    pub namespace: String,
    /// Most lists held in this process.
    pub entries: u64,
    /// Seconds a list may be served.
    pub ttl_s: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            redis_url: None,
            namespace: "myshop".into(),
            entries: 20_000,
            ttl_s: 60,
        }
    }
}

impl fmt::Debug for CacheConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.redis_url.is_some() { "redis" } else { "memory" };
        f.debug_struct("CacheConfig")
            .field("kind", &kind)
            .field("entries", &self.entries)
            .field("ttl_s", &self.ttl_s)
            .finish_non_exhaustive()
    }
}

impl CacheConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if let Some(url) = &self.redis_url
            && !url.starts_with("redis://")
            && !url.starts_with("rediss://")
            && !url.starts_with("unix://")
        {
            return Err(ConfigError::refused(
                "cache.redis_url",
                "must start with redis://, rediss:// or unix://",
            ));
        }
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if !(1..=64).contains(&self.namespace.len()) || !self.namespace.chars().all(is_plain) {
            return Err(ConfigError::refused(
                "cache.namespace",
                "must be 1 to 64 letters, digits, - or _",
            ));
        }
        if self.ttl_s == 0 || self.entries == 0 {
            return Err(ConfigError::refused(
                "cache.ttl_s",
                "ttl_s and entries must be at least 1",
            ));
        }
        Ok(())
    }
}
