//! What completes a basket: nearest neighbours among whole baskets, in which no order is meant.
//!
//! A basket is near that shares many and rare items with the given one and is short itself:
//! `(Σ idf / √length)²` over the shared items, with `idf = ln(baskets / baskets with the item)` (user-based
//! neighbours with inverse frequency: Breese, Heckerman and Kadie, UAI 1998; the power sets near ones
//! apart). The nearest speak for what else is in them. Where co-visitation adds up what goes with each item
//! by itself, this finds the baskets in which several of them come together.
//!
//! Pure and deterministic: the same baskets in the same order give the same lists.

use super::{Next, selection::best};
use crate::ItemId;
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use uuid::Uuid;

/// How baskets are held against each other. The defaults were chosen on one month of Complete Journey
/// (`next_item --journey`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BasketKnnSettings {
    /// Nearest baskets that speak.
    pub neighbours: usize,
    /// Baskets that are remembered, the latest.
    pub most_baskets: usize,
    /// Items of one basket that are remembered.
    pub most_items: usize,
}

impl Default for BasketKnnSettings {
    fn default() -> Self {
        Self {
            neighbours: 500,
            most_baskets: 100_000,
            most_items: 100,
        }
    }
}

/// All that a model has learned.
#[derive(Debug, Serialize, Deserialize)]
pub struct StoredBaskets {
    items: Vec<[u8; 16]>,
    baskets: Vec<Vec<u32>>,
}

/// The model.
#[derive(Clone, Debug)]
pub struct BasketKnn {
    settings: BasketKnnSettings,
    /// Items by their number, in the order they were first met.
    items: Vec<ItemId>,
    numbers: HashMap<ItemId, u32>,
    /// The latest basket last.
    baskets: VecDeque<Vec<u32>>,
    /// How many were forgotten: the number of the first of these.
    first: u64,
    /// Of each item the numbers of the baskets that hold it, ascending.
    holders: Vec<VecDeque<u64>>,
}

impl PartialEq for BasketKnn {
    /// By what they say: numbers of baskets are told from the first that is remembered.
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings && self.items == other.items && self.baskets == other.baskets
    }
}

impl BasketKnn {
    /// A model that has met nobody.
    #[must_use]
    pub fn new(settings: BasketKnnSettings) -> Self {
        Self {
            settings,
            items: Vec::new(),
            numbers: HashMap::default(),
            baskets: VecDeque::new(),
            first: 0,
            holders: Vec::new(),
        }
    }

    /// Learns from a basket, each item once; one of a single item says nothing. The one that was bought
    /// longest ago may be forgotten for it.
    pub fn learn(&mut self, items: &[ItemId]) {
        let mut basket: Vec<u32> = Vec::with_capacity(items.len().min(self.settings.most_items));
        for item in items {
            let number = self.number(*item);
            if basket.len() < self.settings.most_items && !basket.contains(&number) {
                basket.push(number);
            }
        }
        if basket.len() > 1 {
            self.remember(basket);
        }
    }

    fn remember(&mut self, basket: Vec<u32>) {
        if self.baskets.len() >= self.settings.most_baskets.max(1) {
            for item in self.baskets.pop_front().unwrap_or_default() {
                self.holders[item as usize].pop_front();
            }
            self.first += 1;
        }
        let number = self.first + self.baskets.len() as u64;
        for item in &basket {
            self.holders[*item as usize].push_back(number);
        }
        self.baskets.push_back(basket);
    }

    /// What completes a basket; only what is to be kept, none of what is in it already. Best first, ties by
    /// id; the best has 1.
    #[must_use]
    pub fn next(&self, given: &[ItemId], keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<Next> {
        let mut given: Vec<u32> = given
            .iter()
            .filter_map(|item| self.numbers.get(item).copied())
            .collect();
        given.sort_unstable();
        given.dedup();
        let mut scores: HashMap<u32, f32> = HashMap::default();
        let mut said: Vec<(u32, u32, f32)> = Vec::new();
        for (basket, near) in self.nearest(&given) {
            let items = &self.baskets[basket];
            let shared = items.iter().filter(|item| given.binary_search(item).is_ok());
            let shared: Vec<(u32, f32)> = shared.map(|item| (*item, self.rarity(*item))).collect();
            let rarity: f32 = shared.iter().map(|(_, rarity)| rarity).sum();
            for item in items.iter().filter(|item| given.binary_search(item).is_err()) {
                *scores.entry(*item).or_default() += near;
                said.extend(shared.iter().map(|(cause, own)| (*item, *cause, near * own / rarity)));
            }
        }
        let item = |number: u32| self.items[number as usize];
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then_with(|| item(a.0).cmp(&item(b.0)));
        let scores: Vec<(u32, f32)> = scores.into_iter().collect();
        let found = best(scores, limit, order, |(number, _)| keep(item(*number)));
        self.explained(&found, &said)
    }

    /// The places of the nearest baskets, with their likeness; the later of two that are as near first.
    fn nearest(&self, given: &[u32]) -> Vec<(usize, f32)> {
        let mut likeness = vec![0.0_f32; self.baskets.len()];
        let mut met: Vec<usize> = Vec::new();
        for item in given {
            let rarity = self.rarity(*item);
            for number in &self.holders[*item as usize] {
                let place = (number - self.first) as usize;
                if likeness[place] == 0.0 {
                    met.push(place);
                }
                likeness[place] += rarity;
            }
        }
        let near = |place: usize| likeness[place].powi(2) / self.baskets[place].len() as f32;
        let near: Vec<(usize, f32)> = met.into_iter().map(|place| (place, near(place))).collect();
        let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0));
        best(near, self.settings.neighbours, order, |_| true)
    }

    /// Scores by their causes, the most first, over the best of them.
    fn explained(&self, found: &[(u32, f32)], said: &[(u32, u32, f32)]) -> Vec<Next> {
        let most = found.first().map_or(1.0, |(_, most)| *most);
        let places: HashMap<u32, usize> = found.iter().map(|(number, _)| *number).zip(0..).collect();
        let item = |number: u32| self.items[number as usize];
        let next = |(number, score): &(u32, f32)| Next {
            item: item(*number),
            score: score / most,
            because: Vec::new(),
        };
        let mut list: Vec<Next> = found.iter().map(next).collect();
        for (number, cause, adds) in said {
            let Some(place) = places.get(number) else { continue };
            let (because, cause) = (&mut list[*place].because, item(*cause));
            match because.iter_mut().find(|(known, _)| *known == cause) {
                Some((_, sum)) => *sum += adds / most,
                None => because.push((cause, adds / most)),
            }
        }
        for next in &mut list {
            next.because.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        }
        list
    }

    /// Above 0, so that what is in every basket is shared, too.
    fn rarity(&self, item: u32) -> f32 {
        let (all, holders) = (self.baskets.len() as f32, self.holders[item as usize].len() as f32);
        (all / holders.max(1.0)).ln().max(f32::EPSILON)
    }

    fn number(&mut self, item: ItemId) -> u32 {
        if let Some(&number) = self.numbers.get(&item) {
            return number;
        }
        let number = self.items.len() as u32;
        self.numbers.insert(item, number);
        self.items.push(item);
        self.holders.push(VecDeque::new());
        number
    }

    /// Baskets that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.baskets.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.baskets.is_empty()
    }

    /// All that was learned, for a snapshot.
    #[must_use]
    pub fn stored(&self) -> StoredBaskets {
        StoredBaskets {
            items: self.items.iter().map(|item| item.0.into_bytes()).collect(),
            baskets: self.baskets.iter().cloned().collect(),
        }
    }

    /// What was learned, taken up again; `None` when it contradicts itself.
    #[must_use]
    pub fn restored(settings: BasketKnnSettings, stored: StoredBaskets) -> Option<Self> {
        let mut model = Self::new(settings);
        let count = stored.items.len();
        for id in stored.items {
            model.number(ItemId(Uuid::from_bytes(id)));
        }
        let is_known = |basket: &Vec<u32>| basket.iter().all(|item| (*item as usize) < count);
        if model.items.len() != count || !stored.baskets.iter().all(is_known) {
            return None;
        }
        stored.baskets.into_iter().for_each(|basket| model.remember(basket));
        Some(model)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn id(number: u8) -> ItemId {
        ItemId(Uuid::from_u128(number.into()))
    }

    fn ids(numbers: &[u8]) -> Vec<ItemId> {
        numbers.iter().map(|number| id(*number)).collect()
    }

    fn of(settings: BasketKnnSettings, baskets: &[&[u8]]) -> BasketKnn {
        let mut model = BasketKnn::new(settings);
        baskets.iter().for_each(|items| model.learn(&ids(items)));
        model
    }

    fn items(list: &[Next]) -> Vec<ItemId> {
        list.iter().map(|next| next.item).collect()
    }

    #[test]
    fn baskets_that_share_more_and_rarer_items_and_are_short_speak_loudest() {
        let model = of(
            BasketKnnSettings::default(),
            &[&[1, 2, 9], &[1, 8], &[1, 10, 11, 12], &[2, 7], &[3, 4]],
        );
        let list = model.next(&ids(&[1, 2]), |_| true, 9);
        assert_eq!(items(&list)[0], id(9), "both are in it: {list:?}");
        assert_eq!(list[0].score, 1.0);
        // Half of what it says is said for the rarer of the two, and more.
        assert_eq!(list[0].because[0].0, id(2));
        for next in &list {
            let sum: f32 = next.because.iter().map(|(_, adds)| adds).sum();
            assert!((sum - next.score).abs() < 1e-6, "{next:?}");
        }
        let place = |number| items(&list).iter().position(|item| *item == id(number)).unwrap();
        assert!(place(7) < place(8), "the rarer of the two says more: {list:?}");
        assert!(place(8) < place(10), "a short basket says more of its items: {list:?}");
        assert!(!items(&list).contains(&id(1)) && !items(&list).contains(&id(3)));
        let kept = model.next(&ids(&[1, 2]), |item| item != id(9), 1);
        assert_eq!((items(&kept), kept[0].score), (ids(&[7]), 1.0));
        assert_eq!(model.next(&ids(&[77]), |_| true, 9), []);
    }

    #[test]
    fn the_latest_baskets_are_remembered_and_the_nearest_speak() {
        let few = BasketKnnSettings {
            most_baskets: 2,
            ..BasketKnnSettings::default()
        };
        let model = of(few, &[&[1, 2], &[1, 3], &[1], &[1, 4]]);
        assert_eq!(model.len(), 2);
        let mut left = items(&model.next(&ids(&[1]), |_| true, 9));
        left.sort_unstable();
        assert_eq!(
            left,
            ids(&[3, 4]),
            "what is forgotten stays so, and a single item says nothing"
        );
        let one = BasketKnnSettings {
            neighbours: 1,
            ..BasketKnnSettings::default()
        };
        let model = of(one, &[&[1, 2], &[1, 3]]);
        assert_eq!(
            items(&model.next(&ids(&[1]), |_| true, 9)),
            ids(&[3]),
            "the later of two as near"
        );
    }

    #[test]
    fn what_was_learned_is_taken_up_again() {
        let few = BasketKnnSettings {
            most_baskets: 2,
            ..BasketKnnSettings::default()
        };
        let model = of(few, &[&[1, 2], &[5, 2, 3], &[1, 3, 4]]);
        let mut again = BasketKnn::restored(few, model.stored()).unwrap();
        assert_eq!(again, model);
        let mut model = model;
        for learner in [&mut model, &mut again] {
            learner.learn(&ids(&[2, 4]));
        }
        assert_eq!(again.next(&ids(&[4]), |_| true, 9), model.next(&ids(&[4]), |_| true, 9));
        let damaged = StoredBaskets {
            baskets: vec![vec![0, 99]],
            ..model.stored()
        };
        assert!(BasketKnn::restored(few, damaged).is_none());
    }
}
