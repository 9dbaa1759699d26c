//! The one place that waits on time: a condition that another task brings about.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

/// Long enough for the slowest machine; a story that holds ends much sooner.
pub const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `look` gives `Ok`; panics with its last `Err` at the deadline.
///
/// # Panics
/// When the condition does not come true in time.
pub async fn eventually<T, E: Debug>(what: &str, deadline: Duration, look: impl AsyncFn() -> Result<T, E>) -> T {
    let end = Instant::now() + deadline;
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(last) if Instant::now() >= end => panic!("not within {deadline:?}: {what}; last seen: {last:?}"),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
