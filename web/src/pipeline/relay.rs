//! Gives committed changes their positions and tells followers how far they go.

use super::{Patience, PipelineError};
use shop::Shop;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Rows that get their positions in one transaction.
const BATCH: u64 = 1_000;
/// How often other processes' commits are looked for; this one's wake the relay at once.
const POLL: Duration = Duration::from_millis(250);
/// Published rows kept for followers that are behind; one further behind loads anew.
const KEPT: i64 = 100_000;
/// Rounds between two prunings.
const PRUNE_EVERY: u64 = 2_000;

/// Publishes the outbox of one shop.
#[derive(Debug)]
pub struct Relay {
    shop: Shop,
    position: watch::Sender<i64>,
}

impl Relay {
    /// A relay that starts from what is published already.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn new(shop: Shop) -> Result<Self, PipelineError> {
        let position = watch::Sender::new(shop.outbox().last_position().await?);
        Ok(Self { shop, position })
    }

    /// Tells the last published position, now and whenever it moves.
    #[must_use]
    pub fn position(&self) -> watch::Receiver<i64> {
        self.position.subscribe()
    }

    /// Publishes until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut patience = Patience::new("relay");
        let mut round = 0_u64;
        loop {
            match self.round(round.is_multiple_of(PRUNE_EVERY)).await {
                Ok(()) => {
                    patience.restored();
                    round += 1;
                }
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.shop.outbox().woken() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn round(&self, prune: bool) -> Result<(), PipelineError> {
        self.publish().await?;
        if prune {
            let last = *self.position.borrow();
            self.shop.outbox().prune(last - KEPT).await?;
        }
        Ok(())
    }

    /// Publishes everything that is committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn publish(&self) -> Result<(), PipelineError> {
        while self.shop.outbox().publish(BATCH).await?.len() as u64 == BATCH {}
        let last = self.shop.outbox().last_position().await?;
        self.position.send_if_modified(|position| {
            let moved = last > *position;
            *position = last.max(*position);
            moved
        });
        Ok(())
    }
}
