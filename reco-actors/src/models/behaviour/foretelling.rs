//! What people would do next, by all that is learned of others.

use super::{Behaviour, Past};
use crate::{
    ItemId,
    models::{Next, Visit, mixed},
};

/// Of a longer session the latest speak: what came before hardly counts.
const MOST_OF_SESSION: usize = 20;

/// Of two lists that are mixed so many are looked at beyond twice as many as are wanted.
const MIXED_SPARE: usize = 40;

/// So much of what somebody is headed for is told.
const MOST_HEADED: usize = 10;

/// What people would do next who did something.
#[derive(Clone, Debug, PartialEq)]
pub struct Foretold {
    /// What they would go on to, of what is to be kept; best first.
    pub next: Vec<Next>,
    /// The few that others went on to most, of all items but those of the history; best first.
    pub headed: Vec<Next>,
    /// Share of what they did lately that was buying.
    pub buying: f32,
}

impl Behaviour {
    /// What people would go on to who did this, oldest first: by what others went on to look at, by what
    /// others looked at in sessions like the present one, and by what is bought with what they bought.
    /// Best first; only what is to be kept.
    #[must_use]
    pub fn next(&self, history: &[Past], at_ms: i64, keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<Next> {
        self.foretold(history, at_ms, keep, limit).next
    }

    /// The same, and what they are headed for whether it is to be kept or not.
    #[must_use]
    pub fn foretold(&self, history: &[Past], at_ms: i64, keep: impl Fn(ItemId) -> bool, limit: usize) -> Foretold {
        let visits: Vec<Visit> = history.iter().map(|past| Visit::from(*past)).collect();
        let tied = self.viewed.tied(&visits);
        let headed = tied.best(|item| history.iter().all(|past| past.item != item), MOST_HEADED);
        let by_all = tied.best(&keep, limit);
        let lately = &history[history.len().saturating_sub(self.settings.viewed.recent)..];
        let bought = lately.iter().filter(|past| past.is_bought);
        let bought: Vec<Visit> = bought.map(|past| past.item.into()).collect();
        let buying = bought.len() as f32 / lately.len().max(1) as f32;
        let looking = self.settings.session_share * (1.0 - buying);
        let by_session = if looking > 0.0 {
            let session: Vec<ItemId> = self.session(history).iter().map(|past| past.item).collect();
            self.sessions.next(&session, at_ms, &keep, limit)
        } else {
            Vec::new()
        };
        let looked = mixed(by_all, by_session, looking);
        let with_bought = self.bought.next(&bought, &keep, limit);
        let mut next = mixed(looked, with_bought, self.settings.basket_share * buying);
        next.truncate(limit);
        Foretold { next, headed, buying }
    }

    /// The latest of a history that belongs together.
    fn session<'h>(&self, history: &'h [Past]) -> &'h [Past] {
        let pauses = history.windows(2).rev();
        let length = pauses.take_while(|pair| pair[1].at_ms - pair[0].at_ms < self.settings.visit_ms);
        let length = (length.count() + 1).min(MOST_OF_SESSION);
        &history[history.len().saturating_sub(length)..]
    }

    /// What is bought with these, by whole baskets that are like them and by what goes with each. Best
    /// first; only what is to be kept.
    #[must_use]
    pub fn bought_with(&self, items: &[ItemId], keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<Next> {
        let visits: Vec<Visit> = items.iter().map(|item| Visit::from(*item)).collect();
        let keep = |item: ItemId| !items.contains(&item) && keep(item);
        // What stands low in one may stand high in both.
        let deep = 2 * limit + MIXED_SPARE;
        let (by_each, by_baskets) = (
            self.bought.next(&visits, keep, deep),
            self.baskets.next(items, keep, deep),
        );
        let mut next = mixed(by_each, by_baskets, self.settings.neighbour_share);
        next.truncate(limit);
        next
    }
}
