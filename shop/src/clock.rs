//! What time it is, so that tests can say.

use chrono::{DateTime, Utc};
use std::fmt::Debug;

/// A source of the present time.
pub trait Clock: Debug + Send + Sync {
    /// Now, UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
