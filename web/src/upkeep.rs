//! What time brings about, in the background: overdue orders, due refunds, old carts.

use chrono::TimeDelta;
use shop::{Shop, ShopError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks at what is overdue; an order may outlive its time by so much.
const PAUSE: Duration = Duration::from_secs(5);
/// Orders and refunds of one round.
const BATCH: u64 = 100;
/// Rounds between two clearings.
const FORGET_EVERY: u32 = 720;

/// Looks after one shop until told to stop. Any number of processes may.
pub async fn run(shop: Shop, carts_after: TimeDelta, stop: CancellationToken) {
    let mut round = 0_u32;
    loop {
        if let Err(error) = once(&shop, round.is_multiple_of(FORGET_EVERY), carts_after).await {
            tracing::error!(%error, "the upkeep tries again");
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn once(shop: &Shop, forget: bool, carts_after: TimeDelta) -> Result<(), ShopError> {
    let payments = shop.payments();
    loop {
        let done = payments.upkeep(BATCH).await?;
        if done.expired > 0 || done.refunds > 0 {
            tracing::info!(expired = done.expired, refunds = done.refunds, "upkeep");
        }
        if !done.has_more {
            break;
        }
    }
    if forget {
        payments.forget_old(carts_after).await?;
    }
    Ok(())
}
