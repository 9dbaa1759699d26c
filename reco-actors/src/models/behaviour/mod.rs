//! All that is learned from what people do, act by act, in the order of the event log.
//!
//! Pure and deterministic: the same acts in the same order give the same bytes, whether they came
//! one by one over months or all at once from the log.
//!
//! * what people go on to look at ([`CoVisitation`] over each person's history);
//! * what is bought with what ([`BasketKnn`] and [`CoVisitation`] over baskets, in which no order is
//!   meant);
//! * what is touched much lately, by fading counts;
//! * what others looked at in sessions like the present one ([`SessionKnn`]);
//! * what people buy again and when (`purchases`);
//! * each person's own history, for lists of their own.

mod act;
mod decayed;
mod foretelling;
mod people;
mod purchases;
mod settings;

pub use act::{Act, Deed, PersonId};
pub use foretelling::Foretold;
pub use people::Past;
pub use purchases::Owned;
pub use settings::BehaviourSettings;

use super::{
    BasketKnn, CoVisitation, SessionKnn, StoredBaskets, StoredCoVisitation, StoredSessions, Visit, selection::best,
};
use crate::ItemId;
use decayed::{Decayed, StoredCounts};
use people::{Known, People, StoredPeople};
use purchases::{Purchases, StoredPurchases};
use serde::{Deserialize, Serialize};

/// What is learned from what people do.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    settings: BehaviourSettings,
    viewed: CoVisitation,
    bought: CoVisitation,
    baskets: BasketKnn,
    trend: Decayed,
    people: People,
    purchases: Purchases,
    sessions: SessionKnn,
    acts: u64,
    /// Of the stream, up to which acts are learned.
    position: i64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    viewed: StoredCoVisitation,
    bought: StoredCoVisitation,
    baskets: StoredBaskets,
    trend: StoredCounts,
    people: StoredPeople,
    purchases: StoredPurchases,
    sessions: StoredSessions,
    acts: u64,
    position: i64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::new(BehaviourSettings::default())
    }
}

impl Behaviour {
    /// Nothing learned yet.
    #[must_use]
    pub fn new(settings: BehaviourSettings) -> Self {
        Self {
            settings,
            viewed: CoVisitation::new(settings.viewed),
            bought: CoVisitation::new(settings.bought),
            baskets: BasketKnn::new(settings.baskets),
            trend: Decayed::new(settings.trend_half_life_ms),
            people: People::default(),
            purchases: Purchases::default(),
            sessions: SessionKnn::new(settings.sessions),
            acts: 0,
            position: 0,
        }
    }

    /// Learns from what was told at a position of the stream, once: what is not new is passed over.
    pub fn learn_batch(&mut self, position: i64, acts: &[Act]) {
        if self.begin_batch(position) {
            acts.iter().for_each(|act| self.learn(act));
        }
    }

    /// Whether what was told at a position of the stream is new, so that it is to be learned now.
    pub fn begin_batch(&mut self, position: i64) -> bool {
        let is_new = position > self.position;
        self.position = self.position.max(position);
        is_new
    }

    /// Learns from an act: O(window).
    pub fn learn(&mut self, act: &Act) {
        self.acts += 1;
        match &act.deed {
            Deed::Left => drop(self.people.forget(act.person)),
            Deed::Became(person) => self.merge(act.person, *person),
            Deed::Removed(item) => self.put_down(act.person, *item),
            Deed::Reviewed(item, stars) if *stars <= 2 => self.put_down(act.person, *item),
            _ => self.touch(act),
        }
        self.people.trim(self.settings.most_visits);
    }

    fn touch(&mut self, act: &Act) {
        let (strength, seconds) = (act.deed.strength(), act.at_ms as f64 / 1_000.0);
        if strength <= 0.0 {
            return;
        }
        let is_bought = matches!(act.deed, Deed::Bought(_));
        if is_bought {
            self.bought.learn_basket(act.deed.items(), seconds);
            self.baskets.learn(act.deed.items());
            self.own(act);
        }
        let settings = self.settings;
        for &item in act.deed.items() {
            let look = Look {
                item,
                at_ms: act.at_ms,
                strength,
                is_bought,
            };
            let (before, more) = self.people.with(act.person, |known| visit(known, look, &settings));
            if more > 0.0 {
                self.viewed.learn(&before, Visit { item, strength: more }, seconds);
                self.goes_on(act, item);
                self.trend.add(item, f64::from(more), act.at_ms);
            }
        }
    }

    /// Something was visited in a session, a new one unless the person was here a moment ago.
    fn goes_on(&mut self, act: &Act, item: ItemId) {
        let (sessions, pause) = (&mut self.sessions, self.settings.visit_ms);
        let number = self.people.with(act.person, |known| {
            let number = match known.session {
                Some((number, last_ms)) if act.at_ms - last_ms < pause => number,
                _ => sessions.begin(act.at_ms),
            };
            known.session = Some((number, act.at_ms));
            number
        });
        self.sessions.visit(number, item);
    }

    fn own(&mut self, act: &Act) {
        let (purchases, most) = (&mut self.purchases, self.settings.most_past);
        self.people.with(act.person, |known| {
            for item in act.deed.items() {
                purchases.learn(&mut known.owned, *item, act.at_ms);
            }
            keep_latest(&mut known.owned, most);
        });
    }

    fn put_down(&mut self, person: PersonId, item: ItemId) {
        self.people.with(person, |known| {
            if let Some(past) = known.history.iter_mut().find(|past| past.item == item) {
                past.is_disliked = true;
            }
        });
    }

    /// A visitor's history becomes part of a user's, by time.
    fn merge(&mut self, visitor: PersonId, user: PersonId) {
        let Some(theirs) = self.people.forget(visitor).filter(|_| visitor != user) else {
            return;
        };
        let most = self.settings.most_past;
        self.people.with(user, |known| {
            for past in theirs.history {
                match known.history.iter_mut().find(|own| own.item == past.item) {
                    Some(own) => {
                        own.is_bought |= past.is_bought;
                        own.strength = own.strength.max(past.strength);
                        if past.at_ms > own.at_ms {
                            (own.at_ms, own.is_disliked) = (past.at_ms, past.is_disliked);
                        }
                    }
                    None => known.history.push(past),
                }
            }
            known.history.sort_by_key(|past| past.at_ms);
            let surplus = known.history.len().saturating_sub(most);
            known.history.drain(..surplus);
            for owned in theirs.owned {
                match known.owned.iter_mut().find(|own| own.item == owned.item) {
                    Some(own) => own.merge(&owned),
                    None => known.owned.push(owned),
                }
            }
            keep_latest(&mut known.owned, most);
        });
    }

    /// What somebody did, oldest first; `None` for who is not remembered.
    #[must_use]
    pub fn history(&self, person: PersonId) -> Option<&[Past]> {
        self.people.get(person).map(|known| known.history.as_slice())
    }

    /// What somebody bought; `None` for who is not remembered.
    #[must_use]
    pub fn owned(&self, person: PersonId) -> Option<&[Owned]> {
        self.people.get(person).map(|known| known.owned.as_slice())
    }

    /// How likely somebody buys something again today that they own: purchases by day.
    #[must_use]
    pub fn due(&self, owned: &Owned, at_ms: i64) -> f32 {
        self.purchases.due(owned, at_ms)
    }

    /// What people go on to look at.
    #[must_use]
    pub fn viewed(&self) -> &CoVisitation {
        &self.viewed
    }

    /// What is bought with each item by itself.
    #[must_use]
    pub fn bought(&self) -> &CoVisitation {
        &self.bought
    }

    /// What is touched most lately, of what is to be kept; best first, ties by id.
    #[must_use]
    pub fn trending(&self, at_ms: i64, keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<(ItemId, f32)> {
        if limit == 0 {
            return Vec::new();
        }
        let found: Vec<(ItemId, f64)> = self.trend.at(at_ms).collect();
        let order = |a: &(ItemId, f64), b: &(ItemId, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        let found = best(found, limit, order, |(item, _)| keep(*item));
        found.into_iter().map(|(item, count)| (item, count as f32)).collect()
    }

    /// Acts that were learned from.
    #[must_use]
    pub fn acts(&self) -> u64 {
        self.acts
    }

    /// People who are remembered.
    #[must_use]
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// Everything, the same bytes for the same acts.
    ///
    /// # Errors
    /// None that a correct serialiser has.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(&Stored {
            viewed: self.viewed.stored(),
            bought: self.bought.stored(),
            baskets: self.baskets.stored(),
            trend: self.trend.stored(),
            people: self.people.stored(),
            purchases: self.purchases.stored(),
            sessions: self.sessions.stored(),
            acts: self.acts,
            position: self.position,
        })
    }

    /// What [`Self::to_bytes`] gave; `None` for anything else.
    #[must_use]
    pub fn from_bytes(settings: BehaviourSettings, bytes: &[u8]) -> Option<Self> {
        let stored: Stored = postcard::from_bytes(bytes).ok()?;
        Some(Self {
            settings,
            viewed: CoVisitation::restored(settings.viewed, stored.viewed)?,
            bought: CoVisitation::restored(settings.bought, stored.bought)?,
            baskets: BasketKnn::restored(settings.baskets, stored.baskets)?,
            trend: Decayed::restored(settings.trend_half_life_ms, stored.trend),
            people: People::restored(stored.people),
            purchases: Purchases::restored(stored.purchases),
            sessions: SessionKnn::restored(settings.sessions, stored.sessions),
            acts: stored.acts,
            position: stored.position,
        })
    }
}

/// What was bought last is kept.
fn keep_latest(owned: &mut Vec<Owned>, most: usize) {
    while owned.len() > most {
        let oldest = (0..owned.len()).min_by_key(|at| owned[*at].last_ms);
        owned.remove(oldest.unwrap_or_default());
    }
}

/// A visit as it comes.
#[derive(Clone, Copy)]
struct Look {
    item: ItemId,
    at_ms: i64,
    strength: f32,
    is_bought: bool,
}

/// Notes a visit. Gives what was visited before it, and how much it says that was not said before:
/// all of it unless it goes on with a visit of a moment ago.
fn visit(known: &mut Known, look: Look, settings: &BehaviourSettings) -> (Vec<Visit>, f32) {
    let place = known.history.iter().position(|past| past.item == look.item);
    let earlier = place.map(|at| known.history.remove(at));
    let said = match earlier {
        Some(past) if look.at_ms - past.at_ms < settings.visit_ms => past.strength,
        _ => 0.0,
    };
    let window = known.history.len().saturating_sub(settings.viewed.window);
    let before = known.history[window..].iter().map(|past| Visit::from(*past)).collect();
    known.history.push(Past {
        item: look.item,
        at_ms: look.at_ms.max(earlier.map_or(i64::MIN, |past| past.at_ms)),
        strength: look.strength.max(earlier.map_or(0.0, |past| past.strength)),
        is_bought: look.is_bought || earlier.is_some_and(|past| past.is_bought),
        is_disliked: false,
    });
    if known.history.len() > settings.most_past {
        known.history.remove(0);
    }
    (before, look.strength - said)
}

#[cfg(test)]
mod tests;
