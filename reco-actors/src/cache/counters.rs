//! What the cache did so far, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the cache did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounters {
    /// Answered from the cache.
    pub hits: u64,
    /// Of the hits, those that were computed anew afterwards.
    pub stale: u64,
    /// Computed in the background.
    pub refreshed: u64,
    /// Computed, because nothing usable was there.
    pub misses: u64,
    /// Computed, because the cached list held an item that may no longer be shown.
    pub outdated: u64,
    /// Answered by somebody else's computation under way.
    pub shared: u64,
    /// Answered by another node's computation under way.
    pub remote: u64,
    /// Computed, because the store was resting after a failure.
    pub bypassed: u64,
    /// Failures of the store.
    pub errors: u64,
}

impl CacheCounters {
    /// Share of the answers that came from the cache, 0 before the first.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        let found = self.hits + self.remote;
        let asked = found + self.misses + self.outdated + self.bypassed + self.errors;
        if asked == 0 {
            return 0.0;
        }
        found as f64 / asked as f64
    }
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) hits: AtomicU64,
    pub(super) stale: AtomicU64,
    pub(super) refreshed: AtomicU64,
    pub(super) misses: AtomicU64,
    pub(super) outdated: AtomicU64,
    pub(super) shared: AtomicU64,
    pub(super) remote: AtomicU64,
    pub(super) bypassed: AtomicU64,
    pub(super) errors: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> CacheCounters {
        CacheCounters {
            hits: self.hits.load(Relaxed),
            stale: self.stale.load(Relaxed),
            refreshed: self.refreshed.load(Relaxed),
            misses: self.misses.load(Relaxed),
            outdated: self.outdated.load(Relaxed),
            shared: self.shared.load(Relaxed),
            remote: self.remote.load(Relaxed),
            bypassed: self.bypassed.load(Relaxed),
            errors: self.errors.load(Relaxed),
        }
    }
}
