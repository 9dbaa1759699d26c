//! Watches whether what this process has read is still what happened. Where a backup was set in, or a
//! replica took over that lacked the last changes, positions are given anew and versions count
//! anew: nothing that was made from the lost changes can be corrected by following.

use crate::stream::ChangeLog;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Looks until told to stop, or until the history is lost, and tells that.
pub(crate) async fn watch(log: ChangeLog, lost: CancellationToken, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match log.is_lost().await {
            Ok(false) => {}
            Ok(true) => {
                tracing::error!(
                    "changes that were read here are not in the database any more: everything is read anew"
                );
                lost.cancel();
                return;
            }
            // The relay says so, and tries again.
            Err(error) => tracing::debug!(%error, "it is not known whether the history is the same"),
        }
    }
}
