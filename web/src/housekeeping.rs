//! Removes what has ended long ago, now and then: sessions, tokens, mail that was sent, vectors
//! of models that serve no more, counts of searches, events that were kept long enough.

use chrono::{Days, TimeDelta};
use shop::{Shop, ShopError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// Vectors of models that were replaced are kept so long, for nodes that have not changed over.
const RETIRED: TimeDelta = TimeDelta::hours(1);

/// What was searched is told for so long: a year and the month to compare it with.
const SEARCHES_KEPT: Days = Days::new(400);

/// Sweeps until told to stop, the first time an hour after the start.
pub(crate) async fn run(shop: Shop, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = once(&shop).await {
            tracing::warn!(%error, "what has ended cannot be removed");
        }
    }
}

async fn once(shop: &Shop) -> Result<(), ShopError> {
    shop.accounts().sweep().await?;
    shop.events().tidy().await?;
    let dropped = shop.pipeline().generations.drop_retired(shop.now() - RETIRED).await?;
    if dropped > 0 {
        tracing::info!(vectors = dropped, "vectors of models that serve no more are gone");
    }
    shop.discovery()
        .forget_before(shop.now().date_naive() - SEARCHES_KEPT)
        .await?;
    Ok(())
}
