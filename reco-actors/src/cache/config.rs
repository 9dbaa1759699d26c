//! Settings of the cache.

use std::time::Duration;

/// Where lists are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheBackend {
    /// In this process, up to so many lists.
    Memory {
        /// Most lists kept.
        capacity: u64,
    },
    /// In Redis, shared by all nodes.
    Redis {
        /// `redis://…`.
        url: String,
    },
}

/// Settings of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Where lists are kept.
    pub backend: CacheBackend,
    /// For how long a list is fresh while nothing changes; it is kept for twice as long.
    pub ttl: Duration,
    /// For how long a list is fresh whatever changes.
    pub fresh_for: Duration,
    /// For how long a list is shown after a change, while it is computed anew.
    pub stale_for: Duration,
    /// Most lists kept in Redis.
    pub entries: u64,
    /// What Redis may take of one answer; then the request goes on without the cache.
    pub budget: Duration,
    /// How long Redis is left alone after a failure.
    pub rest: Duration,
    /// How long a node waits for another one that computes the same list; at most half of what the
    /// budget still holds. Zero: nodes compute side by side.
    pub wait_for_peer: Duration,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            backend: CacheBackend::Memory { capacity: 20_000 },
            ttl: Duration::from_secs(60),
            fresh_for: Duration::from_millis(300),
            stale_for: Duration::from_millis(700),
            entries: 20_000,
            budget: Duration::from_millis(50),
            rest: Duration::from_secs(1),
            wait_for_peer: Duration::from_millis(20),
        }
    }
}
