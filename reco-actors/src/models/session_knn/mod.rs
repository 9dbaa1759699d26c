//! What people with a session like this one looked at besides: vector-multiplication session kNN
//! (V-SKNN: Ludewig and Jannach, UMUAI 2018), with items weighted by how rare they are.
//!
//! Of the latest sessions that share an item with the current one, those are nearest whose shared
//! items came late in it: each counts `(place/length)²`. A neighbour speaks for its items with that
//! similarity, over the distance of the latest shared item from the end, and times `1 + w·idf`.
//!
//! As VSTAN (Ludewig, Mauro, Latifi and Jannach, UMUAI 2021) it also weighs how long ago a neighbour
//! was, and how near to the shared item another one was visited ([`SessionKnnSettings::shop`]).
//!
//! Pure and deterministic: the same visits in the same order give the same lists.

use super::{Next, selection::best};
use crate::ItemId;
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use uuid::Uuid;

const DAY_MS: f32 = 24.0 * 60.0 * 60_000.0;

/// How sessions are held against each other. The defaults give the published lists for RSC15-100k
/// (`next_item --sessions`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionKnnSettings {
    /// Nearest sessions that speak.
    pub neighbours: usize,
    /// Latest sessions with a shared item that are looked at.
    pub sample: usize,
    /// How much the rarity of an item counts.
    pub rarity: f32,
    /// Power of a neighbour's age by which it says less: after so many days `1/e`. None: age does not
    /// matter.
    pub neighbour_days: Option<f32>,
    /// The same for how many visits an item is away from the shared one.
    pub nearness: Option<f32>,
    /// Sessions that are remembered, the latest.
    pub most_sessions: usize,
    /// Visits of one session that are remembered, the first.
    pub most_visits: usize,
}

impl Default for SessionKnnSettings {
    fn default() -> Self {
        Self {
            neighbours: 500,
            sample: 2_500,
            rarity: 5.0,
            neighbour_days: None,
            nearness: None,
            most_sessions: 100_000,
            most_visits: 200,
        }
    }
}

impl SessionKnnSettings {
    /// As it is served. Nearness was chosen on the last day that RSC15-100k is learned from
    /// (`next_item --sessions`); fewer neighbours and shorter sessions for speed, which costs next to no
    /// quality beside co-visitation.
    #[must_use]
    pub fn shop() -> Self {
        Self {
            neighbours: 100,
            sample: 400,
            most_visits: 30,
            neighbour_days: Some(40.0),
            nearness: Some(3.0),
            ..Self::default()
        }
    }
}

/// A session that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionNumber(u64);

/// What was visited in a session, each item once, and when it was begun.
#[derive(Clone, Debug, Default, PartialEq)]
struct Session {
    items: Vec<ItemId>,
    at_ms: i64,
}

/// All that a model has learned.
#[derive(Debug, Serialize, Deserialize)]
pub struct StoredSessions {
    sessions: Vec<(i64, Vec<[u8; 16]>)>,
    first: u64,
    visits: Vec<([u8; 16], u64)>,
}

/// The model.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionKnn {
    settings: SessionKnnSettings,
    /// The latest session last.
    sessions: VecDeque<Session>,
    /// The number of the first of these.
    first: u64,
    items: HashMap<ItemId, Known>,
}

/// What is known of an item.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    /// Sessions with it, ascending; those that are forgotten are dropped now and then.
    sessions: VecDeque<u64>,
    /// Visits.
    visits: u64,
}

impl SessionKnn {
    /// A model that has met nobody.
    #[must_use]
    pub fn new(settings: SessionKnnSettings) -> Self {
        Self {
            settings,
            sessions: VecDeque::new(),
            first: 0,
            items: HashMap::default(),
        }
    }

    /// A new session, the latest; one that was begun long ago is forgotten for it.
    pub fn begin(&mut self, at_ms: i64) -> SessionNumber {
        if self.sessions.len() >= self.settings.most_sessions.max(1) {
            for item in self.sessions.pop_front().unwrap_or_default().items {
                if let Some(known) = self.items.get_mut(&item) {
                    known.sessions.pop_front();
                }
            }
            self.first += 1;
        }
        self.sessions.push_back(Session {
            items: Vec::new(),
            at_ms,
        });
        SessionNumber(self.first + self.sessions.len() as u64 - 1)
    }

    /// An item was visited in a session; one that is forgotten stays so.
    pub fn visit(&mut self, session: SessionNumber, item: ItemId) {
        let place = session
            .0
            .checked_sub(self.first)
            .and_then(|place| usize::try_from(place).ok());
        let Some(Session { items, .. }) = place.and_then(|place| self.sessions.get_mut(place)) else {
            return;
        };
        let known = self.items.entry(item).or_default();
        known.visits += 1;
        if items.contains(&item) || items.len() >= self.settings.most_visits {
            return;
        }
        items.push(item);
        let at = known.sessions.partition_point(|number| *number < session.0);
        known.sessions.insert(at, session.0);
    }

    /// What goes with a session at a time, its visits in order; only what is to be kept. Best first,
    /// ties by id; the best has 1.
    #[must_use]
    pub fn next(&self, current: &[ItemId], at_ms: i64, keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<Next> {
        // The latest visit of an item is its place.
        let places: HashMap<ItemId, usize> = current.iter().copied().zip(1..).collect();
        // Beyond it an item says less than a hundredth.
        let reach = self
            .settings
            .nearness
            .map_or(usize::MAX / 4, |far| (5.0 * far) as usize);
        let mut scores: HashMap<ItemId, f32> = HashMap::default();
        // What is said for an item because of another; causes are added up for the best alone.
        let mut said: Vec<(ItemId, ItemId, f32)> = Vec::new();
        for (session, similarity) in self.nearest(current, &places) {
            let Some(Session { items, at_ms: begun }) = self.session(session) else {
                continue;
            };
            let shared = items.iter().zip(0_usize..);
            let shared = shared.filter_map(|(item, at)| Some((*item, at, *places.get(item)?)));
            let Some((cause, shared_at, place)) = shared.max_by_key(|(_, _, place)| *place) else {
                continue;
            };
            let days = (at_ms - begun).max(0) as f32 / DAY_MS;
            let age = self.settings.neighbour_days.map_or(1.0, |life| (-days / life).exp());
            let says = age * similarity / (current.len() + 1 - place) as f32;
            let from = shared_at.saturating_sub(reach);
            let around = items.iter().zip(0_usize..);
            let around = around.skip(from).take(shared_at - from + reach + 1);
            for (item, at) in around.filter(|(item, _)| keep(**item)) {
                let away = at.abs_diff(shared_at) as f32;
                let near = self.settings.nearness.map_or(1.0, |far| (-away / far).exp());
                let adds = says * near * self.rarity(*item);
                *scores.entry(*item).or_default() += adds;
                said.push((*item, cause, adds));
            }
        }
        let scores: Vec<(ItemId, f32)> = scores.into_iter().collect();
        let order = |a: &(ItemId, f32), b: &(ItemId, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        explained(best(scores, limit, order, |_| true), &said)
    }

    /// Sessions that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// The nearest of the latest sessions that share an item, with their similarities: nearest first,
    /// the later of two that are as near.
    fn nearest(&self, current: &[ItemId], places: &HashMap<ItemId, usize>) -> Vec<(u64, f32)> {
        let latest = places.keys().filter_map(|item| self.items.get(item));
        let latest = latest.flat_map(|known| known.sessions.iter().rev().take(self.settings.sample));
        let mut sessions: Vec<u64> = latest.copied().collect();
        sessions.sort_unstable_by(|a, b| b.cmp(a));
        sessions.dedup();
        sessions.truncate(self.settings.sample);
        let length = current.len() as f32;
        let similarity = |session: u64| {
            let items = self.session(session).map_or(&[][..], |session| &session.items);
            let shared = items.iter().filter_map(|item| places.get(item));
            let sum: f32 = shared.map(|place| (*place as f32 / length).powi(2)).sum();
            (session, sum / places.len() as f32)
        };
        let mut near: Vec<(u64, f32)> = sessions.into_iter().map(similarity).collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        near.truncate(self.settings.neighbours);
        near
    }

    fn session(&self, number: u64) -> Option<&Session> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.sessions.get(place)
    }

    /// All that was learned, for a snapshot.
    #[must_use]
    pub fn stored(&self) -> StoredSessions {
        let bytes = |item: &ItemId| item.0.into_bytes();
        let sessions = self.sessions.iter();
        let mut visits: Vec<_> = self
            .items
            .iter()
            .map(|(item, known)| (bytes(item), known.visits))
            .collect();
        visits.sort_unstable_by_key(|(item, _)| *item);
        StoredSessions {
            sessions: sessions
                .map(|session| (session.at_ms, session.items.iter().map(bytes).collect()))
                .collect(),
            first: self.first,
            visits,
        }
    }

    /// What was learned, taken up again.
    #[must_use]
    pub fn restored(settings: SessionKnnSettings, stored: StoredSessions) -> Self {
        let id = |bytes: [u8; 16]| ItemId(Uuid::from_bytes(bytes));
        let known = |visits| Known {
            visits,
            ..Known::default()
        };
        let mut items: HashMap<ItemId, Known> = stored
            .visits
            .into_iter()
            .map(|(item, visits)| (id(item), known(visits)))
            .collect();
        let session = |(number, (at_ms, of)): (u64, (i64, Vec<[u8; 16]>))| {
            let visited: Vec<ItemId> = of.into_iter().map(id).collect();
            for item in &visited {
                items.entry(*item).or_default().sessions.push_back(number);
            }
            Session { items: visited, at_ms }
        };
        let sessions: VecDeque<Session> = (stored.first..).zip(stored.sessions).map(session).collect();
        Self {
            settings,
            sessions,
            first: stored.first,
            items,
        }
    }

    /// `1 + w·ln(sessions / visits)`.
    fn rarity(&self, item: ItemId) -> f32 {
        let visits = self.items.get(&item).map_or(1, |known| known.visits.max(1));
        1.0 + self.settings.rarity * (self.sessions.len() as f32 / visits as f32).ln().max(0.0)
    }
}

/// Scores by their causes, the most first, over the best of them.
fn explained(best: Vec<(ItemId, f32)>, said: &[(ItemId, ItemId, f32)]) -> Vec<Next> {
    let most = best.first().map_or(1.0, |(_, most)| *most);
    let places: HashMap<ItemId, usize> = best.iter().map(|(item, _)| *item).zip(0..).collect();
    let next = |(item, score): (ItemId, f32)| Next {
        item,
        score: score / most,
        because: Vec::new(),
    };
    let mut list: Vec<Next> = best.into_iter().map(next).collect();
    for (item, cause, adds) in said {
        let Some(place) = places.get(item) else { continue };
        let because = &mut list[*place].because;
        match because.iter_mut().find(|(known, _)| known == cause) {
            Some((_, sum)) => *sum += adds / most,
            None => because.push((*cause, adds / most)),
        }
    }
    for next in &mut list {
        next.because.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    list
}

#[cfg(test)]
mod tests;
