//! What people go on to after something: directed, recency-weighted, popularity-damped co-visitation.
//!
//! Every visit is tied to those of the same person before it: forwards with `distance^-forward`,
//! backwards, much less, with `distance^-backward`. A target's score after a source is what they are
//! tied by, over both their popularities to small powers (as in item-based nearest neighbours:
//! Deshpande and Karypis, TOIS 2004; direction and distance as in sequential rules: Ludewig and
//! Jannach, UMUAI 2018). Old visits fade. What is in season counts more than what was:
//! by the share of an item's visits that are recent. One visit costs O(window).
//!
//! Pure and deterministic: the same visits in the same order give the same state to the last bit.

mod fading;
mod row;
mod settings;

pub use settings::CoVisitationSettings;

use super::selection::best;
use crate::ItemId;
use fading::Fading;
use foldhash::HashMap;
use row::Row;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody's visit of an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// The item.
    pub item: ItemId,
    /// How much it means: 1 for a view, more for a purchase.
    pub strength: f32,
}

impl From<ItemId> for Visit {
    fn from(item: ItemId) -> Self {
        Self { item, strength: 1.0 }
    }
}

/// An item that people go on to.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    /// The item.
    pub item: ItemId,
    /// Higher is better; comparable within one list.
    pub score: f32,
    /// What each item of the history adds to the score, the most first; they add up to it.
    pub because: Vec<(ItemId, f32)>,
}

/// All that a model has learned, in the order it was learned in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredCoVisitation {
    items: Vec<[u8; 16]>,
    rows: Vec<Vec<(u32, f32)>>,
    popularity: Vec<f32>,
    recent: Vec<f32>,
    totals: (f32, f32),
    fading: (Fading, Fading),
}

/// The model.
#[derive(Clone, Debug, PartialEq)]
pub struct CoVisitation {
    settings: CoVisitationSettings,
    /// Items by their number, in the order they were first met.
    items: Vec<ItemId>,
    numbers: HashMap<ItemId, u32>,
    rows: Vec<Row>,
    popularity: Vec<f32>,
    /// The same, fading faster.
    recent: Vec<f32>,
    /// Sums of both.
    totals: (f32, f32),
    fading: (Fading, Fading),
    /// By distance, from 1 on.
    forward: Vec<f32>,
    backward: Vec<f32>,
}

/// All that a history is tied to.
pub(super) struct Tied<'m> {
    model: &'m CoVisitation,
    recent: Vec<(u32, f32)>,
    scores: Vec<(u32, f32)>,
}

impl Tied<'_> {
    /// The best of what is to be kept, ties by id.
    pub(super) fn best(&self, keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<Next> {
        let item = |number: u32| self.model.items[number as usize];
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then_with(|| item(a.0).cmp(&item(b.0)));
        let kept = best(self.scores.clone(), limit, order, |(target, _)| keep(item(*target)));
        let explained = kept.into_iter().map(|(target, score)| Next {
            item: item(target),
            score,
            because: self.model.causes(&self.recent, target),
        });
        explained.collect()
    }
}

impl CoVisitation {
    /// A model that has met nobody.
    #[must_use]
    pub fn new(settings: CoVisitationSettings) -> Self {
        let powers = |power: f32, weight: f32| {
            let at = move |distance: usize| weight * (distance as f32).powf(-power);
            (1..=settings.window).map(at).collect()
        };
        Self {
            settings,
            items: Vec::new(),
            numbers: HashMap::default(),
            rows: Vec::new(),
            popularity: Vec::new(),
            recent: Vec::new(),
            totals: (0.0, 0.0),
            fading: Default::default(),
            forward: powers(settings.forward, 1.0),
            backward: powers(settings.backward, settings.backward_weight),
        }
    }

    /// Learns from a visit at a time in seconds; `before` are the same person's visits until then,
    /// oldest first.
    pub fn learn(&mut self, before: &[Visit], visit: Visit, seconds: f64) {
        let (weight, recent) = self.weights(seconds);
        let to = self.number(visit.item);
        self.met(to, (weight * visit.strength, recent * visit.strength));
        for (distance, earlier) in before.iter().rev().take(self.settings.window).enumerate() {
            if earlier.item == visit.item && !self.settings.repeats {
                continue;
            }
            let from = self.number(earlier.item);
            let tie = weight * (earlier.strength * visit.strength).sqrt();
            let most = self.settings.most;
            self.rows[from as usize].add(to, tie * self.forward[distance], most);
            if self.settings.backward_weight > 0.0 {
                self.rows[to as usize].add(from, tie * self.backward[distance], most);
            }
        }
    }

    /// Learns from a basket, in which no order is meant: all pairs are tied both ways, the less the
    /// larger it is, since what is bought for a whole week says little about any two of it.
    pub fn learn_basket(&mut self, items: &[ItemId], seconds: f64) {
        let others = items.len().saturating_sub(1).max(1) as f32;
        let (weight, recent) = self.weights(seconds);
        let (tie, recent) = (weight / others.sqrt(), recent / others.sqrt());
        let numbers: Vec<u32> = items.iter().map(|item| self.number(*item)).collect();
        let most = self.settings.most;
        for (at, &one) in numbers.iter().enumerate() {
            self.met(one, (tie, recent));
            for &other in numbers[..at].iter().filter(|other| **other != one) {
                self.rows[one as usize].add(other, tie, most);
                self.rows[other as usize].add(one, tie, most);
            }
        }
    }

    /// What people go on to from one item, best first, ties by id; only what is to be kept.
    #[must_use]
    pub fn after(&self, item: ItemId, keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<Next> {
        self.next(&[item.into()], |other| other != item && keep(other), limit)
    }

    /// What people go on to from a history, oldest first; only what is to be kept. Best first, ties
    /// by id.
    #[must_use]
    pub fn next(&self, history: &[Visit], keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<Next> {
        self.tied(history).best(keep, limit)
    }

    /// All that people go on to from a history, oldest first.
    pub(super) fn tied(&self, history: &[Visit]) -> Tied<'_> {
        let mut scores: HashMap<u32, f32> = HashMap::default();
        let recent: Vec<(u32, f32)> = self.recent(history).collect();
        for &(source, counts) in &recent {
            for (target, tie) in self.rows[source as usize].iter() {
                *scores.entry(target).or_default() += counts * self.fading.0.now(tie);
            }
        }
        let damped = |(target, score): (u32, f32)| (target, score * self.favour(target));
        Tied {
            model: self,
            scores: scores.into_iter().map(damped).collect(),
            recent,
        }
    }

    /// How much an item was visited, by strength, as if every visit were as old as the latest.
    #[must_use]
    pub fn popularity(&self, item: ItemId) -> f32 {
        let number = self.numbers.get(&item);
        number.map_or(0.0, |number| self.fading.0.now(self.popularity[*number as usize]))
    }

    /// All that was learned, for a snapshot.
    #[must_use]
    pub fn stored(&self) -> StoredCoVisitation {
        StoredCoVisitation {
            items: self.items.iter().map(|item| item.0.into_bytes()).collect(),
            rows: self.rows.iter().map(|row| row.iter().collect()).collect(),
            popularity: self.popularity.clone(),
            recent: self.recent.clone(),
            totals: self.totals,
            fading: self.fading,
        }
    }

    /// What was learned, taken up again; `None` when it contradicts itself.
    #[must_use]
    pub fn restored(settings: CoVisitationSettings, stored: StoredCoVisitation) -> Option<Self> {
        let count = stored.items.len();
        let counts = [stored.rows.len(), stored.popularity.len(), stored.recent.len()];
        if counts != [count; 3] {
            return None;
        }
        let items: Vec<ItemId> = stored
            .items
            .into_iter()
            .map(|id| ItemId(Uuid::from_bytes(id)))
            .collect();
        let numbers: HashMap<ItemId, u32> = items.iter().copied().zip(0..).collect();
        let rows: Option<Vec<Row>> = stored.rows.into_iter().map(|ties| Row::of(ties, count)).collect();
        (numbers.len() == count).then_some(Self {
            items,
            numbers,
            rows: rows?,
            popularity: stored.popularity,
            recent: stored.recent,
            totals: stored.totals,
            fading: stored.fading,
            ..Self::new(settings)
        })
    }

    /// Items that were met.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The latest different items that are known, with how much each counts, latest first.
    fn recent<'h>(&'h self, history: &'h [Visit]) -> impl Iterator<Item = (u32, f32)> + 'h {
        let places = history.iter().rev().take(self.settings.recent).enumerate();
        places.filter_map(|(place, visit)| {
            let number = *self.numbers.get(&visit.item)?;
            let counts = visit.strength.sqrt() * ((place + 1) as f32).powf(-self.settings.recency);
            Some((number, counts * self.damping(number, self.settings.source_damping)))
        })
    }

    fn causes(&self, recent: &[(u32, f32)], target: u32) -> Vec<(ItemId, f32)> {
        let favour = self.favour(target);
        let mut causes: Vec<(ItemId, f32)> = Vec::new();
        for &(source, counts) in recent {
            let Some(tie) = self.rows[source as usize].get(target) else {
                continue;
            };
            let (item, adds) = (self.items[source as usize], counts * self.fading.0.now(tie) * favour);
            match causes.iter_mut().find(|(known, _)| *known == item) {
                Some((_, sum)) => *sum += adds,
                None => causes.push((item, adds)),
            }
        }
        causes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        causes
    }

    fn damping(&self, number: u32, power: f32) -> f32 {
        let popularity = self.fading.0.now(self.popularity[number as usize]);
        (popularity + self.settings.prior).powf(-power)
    }

    /// What a target's ties are multiplied by: the less the more popular it is, the more the more it
    /// is in season.
    fn favour(&self, target: u32) -> f32 {
        let damping = self.damping(target, self.settings.target_damping);
        if self.settings.season == 0.0 {
            return damping;
        }
        // As if visits were as many as recent ones; one more of each, since rare items know little.
        let (all, recent) = (self.fading.0.now(self.totals.0), self.fading.1.now(self.totals.1));
        let usual = self.fading.0.now(self.popularity[target as usize]);
        let lately = self.fading.1.now(self.recent[target as usize]) * all / recent.max(f32::MIN_POSITIVE);
        damping * ((lately + 1.0) / (usual + 1.0)).powf(self.settings.season)
    }

    /// An item was visited once more.
    fn met(&mut self, number: u32, (weight, recent): (f32, f32)) {
        self.popularity[number as usize] += weight;
        self.recent[number as usize] += recent;
        self.totals.0 += weight;
        self.totals.1 += recent;
    }

    fn number(&mut self, item: ItemId) -> u32 {
        if let Some(&number) = self.numbers.get(&item) {
            return number;
        }
        let number = self.items.len() as u32;
        self.numbers.insert(item, number);
        self.items.push(item);
        self.rows.push(Row::default());
        self.popularity.push(0.0);
        self.recent.push(0.0);
        number
    }

    /// What a visit at a time weighs, and how recent it is.
    fn weights(&mut self, seconds: f64) -> (f32, f32) {
        let Self {
            settings,
            fading,
            rows,
            popularity,
            recent,
            totals,
            ..
        } = self;
        let weight = fading.0.weight(seconds, settings.half_life_seconds, |by| {
            rows.iter_mut().for_each(|row| row.scale(by));
            popularity.iter_mut().for_each(|sum| *sum *= by);
            totals.0 *= by;
        });
        let half_life = (settings.season != 0.0).then_some(settings.season_half_life_seconds);
        let lately = fading.1.weight(seconds, half_life, |by| {
            recent.iter_mut().for_each(|sum| *sum *= by);
            totals.1 *= by;
        });
        (weight, lately)
    }
}

#[cfg(test)]
mod tests;
