//! Removes what has ended long ago, now and then: sessions, tokens, mail that was sent.

use shop::Shop;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Sweeps until told to stop, the first time an hour after the start.
pub(crate) async fn run(shop: Shop, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = shop.accounts().sweep().await {
            tracing::warn!(%error, "what has ended cannot be removed");
        }
    }
}
