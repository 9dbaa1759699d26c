//! The newest changes, in this process: the bus that its followers read. Older ones, and
//! whatever it did not see, are read from the outbox.

use parking_lot::Mutex;
use shop::{Shop, ShopError, outbox::Published};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::watch;

/// Changes kept: some seconds of a busy shop.
const KEPT: usize = 4_096;

/// What was published lately. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct ChangeLog {
    shop: Shop,
    kept: Arc<Mutex<VecDeque<Published>>>,
    newest: watch::Sender<i64>,
}

impl ChangeLog {
    /// An empty log that begins behind what is published already.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn new(shop: Shop) -> Result<Self, ShopError> {
        let newest = watch::Sender::new(shop.outbox().last_position().await?);
        Ok(Self {
            shop,
            kept: Arc::default(),
            newest,
        })
    }

    /// Tells the newest position, now and whenever it moves.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    /// The newest position.
    #[must_use]
    pub fn position(&self) -> i64 {
        *self.newest.borrow()
    }

    /// Takes consecutive events, whoever brings them; those that it has are passed over.
    pub fn append(&self, events: &[Published]) {
        let Some(last) = events.last() else { return };
        let mut kept = self.kept.lock();
        let known = kept.back().map_or(0, |event| event.position);
        let first_new = events.partition_point(|event| event.position <= known);
        let fresh = &events[first_new..];
        // With a gap between, what was kept says nothing of what lies there.
        if fresh.first().is_some_and(|event| event.position != known + 1) {
            kept.clear();
        }
        kept.extend(fresh.iter().cloned());
        let over = kept.len().saturating_sub(KEPT);
        kept.drain(..over);
        drop(kept);
        self.reach(last.position);
    }

    /// Something up to this position is published; followers read it from the outbox.
    pub fn reach(&self, position: i64) {
        self.newest.send_if_modified(|newest| {
            let moved = position > *newest;
            *newest = position.max(*newest);
            moved
        });
    }

    /// Published changes after a position, in order. Their positions have no gaps, unless the
    /// outbox was pruned between: see [`shop::outbox::Outbox::has_missed`].
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn after(&self, position: i64, most: usize) -> Result<Vec<Published>, ShopError> {
        if position >= self.position() {
            return Ok(Vec::new());
        }
        if let Some(kept) = self.kept_after(position, most) {
            return Ok(kept);
        }
        self.shop.outbox().after(position, most as u64).await
    }

    fn kept_after(&self, position: i64, most: usize) -> Option<Vec<Published>> {
        let kept = self.kept.lock();
        let oldest = kept.front()?.position;
        let first = usize::try_from(position + 1 - oldest).ok()?;
        (first < kept.len()).then(|| kept.range(first..).take(most).cloned().collect())
    }
}
