//! What each person did lately: bounded for each and over all, those who were away longest are
//! forgotten first.

use super::{act::PersonId, purchases::Owned};
use crate::{
    ItemId,
    models::{SessionNumber, Visit},
};
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something of a history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// The item.
    pub item: ItemId,
    /// When it was touched last, milliseconds of the Unix epoch.
    pub at_ms: i64,
    /// The most that was said for it.
    pub strength: f32,
    /// Whether it was paid for.
    pub is_bought: bool,
    /// Whether it was put down again: taken out of the cart, or given few stars.
    pub is_disliked: bool,
}

impl From<Past> for Visit {
    fn from(past: Past) -> Self {
        Self {
            item: past.item,
            strength: past.strength,
        }
    }
}

/// What is known of one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    /// Oldest first; an item that is touched again is the latest.
    pub(super) history: Vec<Past>,
    /// What they bought, in the order it was bought first.
    pub(super) owned: Vec<Owned>,
    /// Their latest session, and when something was touched in it last.
    pub(super) session: Option<(SessionNumber, i64)>,
    /// Grows with every act of anybody.
    seen: u64,
}

impl Known {
    /// What counts towards what is remembered of all.
    fn size(&self) -> usize {
        self.history.len() + self.owned.len()
    }
}

/// Everybody who is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct People {
    known: HashMap<PersonId, Known>,
    /// Those who were away longest first.
    by_absence: BTreeSet<(u64, PersonId)>,
    acts: u64,
    visits: usize,
}

/// The same in the order of absence, for a snapshot.
pub(super) type StoredPeople = (u64, Vec<(PersonId, Known)>);

impl People {
    pub(super) fn get(&self, person: PersonId) -> Option<&Known> {
        self.known.get(&person)
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Has a change made to what is known of somebody, who is here now.
    pub(super) fn with<T>(&mut self, person: PersonId, change: impl FnOnce(&mut Known) -> T) -> T {
        self.acts += 1;
        let known = self.known.entry(person).or_default();
        self.by_absence.remove(&(known.seen, person));
        known.seen = self.acts;
        self.by_absence.insert((known.seen, person));
        let before = known.size();
        let told = change(known);
        self.visits = self.visits + known.size() - before;
        told
    }

    pub(super) fn forget(&mut self, person: PersonId) -> Option<Known> {
        let known = self.known.remove(&person)?;
        self.by_absence.remove(&(known.seen, person));
        self.visits -= known.size();
        Some(known)
    }

    /// Forgets those who were away longest until so much is left.
    pub(super) fn trim(&mut self, most_visits: usize) {
        while self.visits > most_visits {
            let Some(&(_, person)) = self.by_absence.first() else {
                return;
            };
            self.forget(person);
        }
    }

    pub(super) fn stored(&self) -> StoredPeople {
        let people = self.by_absence.iter();
        let known = people.filter_map(|(_, person)| Some((*person, self.known.get(person)?.clone())));
        (self.acts, known.collect())
    }

    pub(super) fn restored((acts, people): StoredPeople) -> Self {
        Self {
            by_absence: people.iter().map(|(person, known)| (known.seen, *person)).collect(),
            visits: people.iter().map(|(_, known)| known.size()).sum(),
            known: people.into_iter().collect(),
            acts,
        }
    }
}
