//! The newest changes, in this process: the bus that its followers read. Older ones, and
//! whatever it did not see, are read from the outbox.

use parking_lot::Mutex;
use shop::{Shop, ShopError, outbox::Published};
use std::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    sync::Arc,
};
use tokio::sync::watch;

/// Changes kept: some seconds of a busy shop.
const KEPT: usize = 4_096;
/// Events of people kept with them: one change carries up to hundreds, a kilobyte each in memory.
const KEPT_EVENTS: usize = 20_000;

/// What was published lately. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct ChangeLog {
    shop: Shop,
    kept: Arc<Mutex<Kept>>,
    seen: Arc<Mutex<Seen>>,
    newest: watch::Sender<i64>,
}

/// Consecutive changes, and how many events of people they carry.
#[derive(Debug, Default)]
struct Kept {
    changes: VecDeque<Published>,
    events: usize,
}

impl Kept {
    fn extend(&mut self, fresh: &[Published]) {
        self.events += fresh.iter().map(Published::carried).sum::<usize>();
        self.changes.extend(fresh.iter().cloned());
        while self.changes.len() > KEPT || (self.events > KEPT_EVENTS && self.changes.len() > 1) {
            let oldest = self.changes.pop_front();
            self.events -= oldest.as_ref().map_or(0, Published::carried);
        }
    }
}

/// What was read since the last look at whether the outbox still has it.
#[derive(Debug, Default)]
struct Seen {
    /// By position.
    marks: BTreeMap<i64, i64>,
    /// Two changes had one position.
    is_torn: bool,
}

impl ChangeLog {
    /// An empty log that begins behind what is published already.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn new(shop: Shop) -> Result<Self, ShopError> {
        let position = shop.outbox().last_position().await?;
        let last = shop.outbox().at(position).await?;
        let log = Self {
            shop,
            kept: Arc::default(),
            seen: Arc::default(),
            newest: watch::Sender::new(position),
        };
        log.saw(last.as_slice());
        Ok(log)
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
        self.saw(events);
        let mut kept = self.kept.lock();
        let known = kept.changes.back().map_or(0, |event| event.position);
        let first_new = events.partition_point(|event| event.position <= known);
        let fresh = &events[first_new..];
        // With a gap between, what was kept says nothing of what lies there.
        if fresh.first().is_some_and(|event| event.position != known + 1) {
            *kept = Kept::default();
        }
        kept.extend(fresh);
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
        let events = self.shop.outbox().after(position, most as u64).await?;
        self.saw(&events);
        Ok(events)
    }

    /// Notes changes that were read elsewhere, for [`Self::is_lost`].
    pub fn saw(&self, events: &[Published]) {
        let mut seen = self.seen.lock();
        for event in events {
            match seen.marks.entry(event.position) {
                Entry::Vacant(entry) => drop(entry.insert(event.mark())),
                Entry::Occupied(entry) => {
                    let is_other = *entry.get() != event.mark();
                    seen.is_torn |= is_other;
                }
            }
        }
    }

    /// Whether changes that were read here are no more in the outbox, or others have their places: a
    /// backup was set in, or a replica took over that lacked them. What was made from them is of
    /// no use then. Once it is so it stays so.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn is_lost(&self) -> Result<bool, ShopError> {
        let marks = {
            let seen = self.seen.lock();
            if seen.is_torn {
                return Ok(true);
            }
            seen.marks.clone()
        };
        let (Some((&first, _)), Some((&last, _))) = (marks.first_key_value(), marks.last_key_value()) else {
            return Ok(false);
        };
        let outbox = self.shop.outbox();
        let found = outbox.marks(first..=last).await?;
        // What is absent and not the newest was pruned.
        let newest = match found.contains_key(&last) {
            true => last,
            false => outbox.last_position().await?,
        };
        let is_lost = marks.iter().any(|(position, mark)| match found.get(position) {
            Some(found) => found != mark,
            None => *position > newest,
        });
        let mut seen = self.seen.lock();
        seen.is_torn |= is_lost;
        // The last one stays: what comes must be of its history.
        seen.marks
            .retain(|position, _| *position == last || !marks.contains_key(position));
        Ok(is_lost)
    }

    fn kept_after(&self, position: i64, most: usize) -> Option<Vec<Published>> {
        let changes = &self.kept.lock().changes;
        let oldest = changes.front()?.position;
        let first = usize::try_from(position + 1 - oldest).ok()?;
        (first < changes.len()).then(|| changes.range(first..).take(most).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_changes_are_kept_and_few_that_carry_much() {
        let change = |position: i64, events: usize| Published {
            position,
            id: position,
            at: chrono::Utc::now(),
            topic: "behaviour.recorded".into(),
            aggregate: uuid::Uuid::nil(),
            payload: serde_json::json!({ "events": vec![0; events] }),
        };
        let mut kept = Kept::default();
        let small: Vec<Published> = (0..KEPT as i64 + 5).map(|position| change(position, 0)).collect();
        kept.extend(&small);
        assert_eq!((kept.changes.len(), kept.events), (KEPT, 0));
        let large: Vec<Published> = (0..50).map(|at| change(KEPT as i64 + 5 + at, 500)).collect();
        kept.extend(&large);
        assert_eq!((kept.changes.len(), kept.events), (40, KEPT_EVENTS));
        assert_eq!(
            kept.changes.back().map(|change| change.position),
            Some(KEPT as i64 + 54)
        );
        kept.extend(&[change(9_999, 3 * KEPT_EVENTS)]);
        assert_eq!(kept.changes.len(), 1, "the newest stays, whatever it carries");
    }
}
