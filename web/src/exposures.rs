//! Who took part in experiments here, and what their lists cost, written down.

use shop::Shop;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often; what a crash loses at most.
const WRITE_EVERY: Duration = Duration::from_secs(2);

/// Writes until told to stop; what is noted then is written too.
pub(crate) async fn run(shop: Shop, stop: CancellationToken) {
    loop {
        let is_over = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(WRITE_EVERY) => false,
        };
        if let Err(error) = shop.experiments().write().await {
            tracing::warn!(%error, "exposures are written down later");
        }
        if is_over {
            return;
        }
    }
}
