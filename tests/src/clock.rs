//! A clock that goes only when told to.

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use shop::clock::Clock;
use std::sync::Arc;

/// A clock that goes only when told to.
#[derive(Debug)]
pub struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    /// Stands at the present.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Utc::now())))
    }

    /// Goes on, or back.
    pub fn turn(&self, by: TimeDelta) {
        *self.0.lock() += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}
