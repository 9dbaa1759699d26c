//! What is kept beside a list, and whether that may still be shown.

use super::{CacheConfig, LiveState};
use crate::Recommendations;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What the index had seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) position: i64,
    pub(super) vectors: u64,
}

impl State {
    pub(super) fn of(live: &dyn LiveState) -> Self {
        Self {
            position: live.position(),
            vectors: live.vectors(),
        }
    }

    /// Before its first position an index is being filled: one state is not told from the next.
    pub(super) fn is_settled(self) -> bool {
        self.position > 0
    }

    fn has_seen(self, other: Self) -> bool {
        self.position > other.position || self == other
    }
}

/// A list to be kept.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) list: Arc<Recommendations>,
    pub(super) state: State,
    /// When its computation began.
    pub(super) began: Instant,
}

impl Kept {
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        (self.state.position, self.began) > (other.state.position, other.began)
    }
}

/// A list that was kept.
pub(super) struct Entry {
    pub(super) list: Arc<Recommendations>,
    pub(super) state: State,
    pub(super) age: Duration,
}

/// What a kept list is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Fresh,
    /// Shown, and computed anew.
    Stale,
    No,
}

/// Ages up to which lists are shown.
pub(super) struct Limits {
    ttl: Duration,
    fresh_for: Duration,
    stale_for: Duration,
}

impl Limits {
    pub(super) fn new(config: &CacheConfig) -> Self {
        Self {
            ttl: config.ttl,
            fresh_for: config.fresh_for,
            stale_for: config.stale_for,
        }
    }

    pub(super) fn judge(&self, entry: &Entry, now: State) -> Use {
        let (fresh, stale) = if entry.state.has_seen(now) {
            (self.ttl, 2 * self.ttl)
        } else {
            (self.fresh_for, self.stale_for)
        };
        match entry.age {
            age if age < fresh => Use::Fresh,
            age if age < stale => Use::Stale,
            _ => Use::No,
        }
    }
}
