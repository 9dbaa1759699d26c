//! Exploration: the list of the present ranker, in which now and then a place is given to what
//! another ranker would have put there. With what chance is written down, so that the log tells what
//! each ranker would have earned without any of the others ever being shown as a whole
//! ([`crate::eval::off_policy`]).
//!
//! Each place is a decision of its own, given what stands above it: the reward of a place is taken not
//! to depend on the places below it (Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay and Wen,
//! "Offline Evaluation of Ranking Policies with Click Models", KDD 2018: the item-position model).

use crate::eval::Random;
use std::{collections::HashSet, hash::Hash};

/// Rankers at most, the present one included.
pub const MOST_RANKERS: usize = 8;

/// What was put at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed<T> {
    /// The item.
    pub item: T,
    /// The rankers that would have put it there, by bit; the present one is the lowest.
    pub rankers: u8,
    /// With what chance it was put there, above 0, at most 1.
    pub propensity: f64,
}

impl<T> Placed<T> {
    /// How much this place says of what a ranker would have earned: `1/propensity` if it would have put
    /// the same there, else nothing.
    #[must_use]
    pub fn weight(&self, ranker: usize) -> f64 {
        match self.rankers >> ranker & 1 {
            1 => 1.0 / self.propensity,
            _ => 0.0,
        }
    }
}

/// One list of at most `limit` items from ranked ones, best first; the first is the present ranker's,
/// and its list is the longest that comes out. A place is another ranker's with a chance of
/// `exploration`, 0…1, each as likely as any; one that has nothing new left leaves it to the present one.
/// Of more than [`MOST_RANKERS`] lists the rest is not looked at. The same seed gives the same list.
#[must_use]
pub fn explore<T: Copy + Eq + Hash>(lists: &[&[T]], limit: usize, exploration: f64, seed: u64) -> Vec<Placed<T>> {
    let lists = &lists[..lists.len().min(MOST_RANKERS)];
    let Some((present, others)) = lists.split_first() else {
        return Vec::new();
    };
    let (mut random, mut shown) = (Random::new(seed), HashSet::new());
    let mut placed = Vec::with_capacity(limit.min(present.len()));
    let chance = match others.len() {
        0 => 0.0,
        count => exploration.clamp(0.0, 1.0) / count as f64,
    };
    while placed.len() < limit {
        let next = |list: &[T]| list.iter().copied().find(|item| !shown.contains(item));
        let Some(usual) = next(present) else { break };
        let rivals: Vec<T> = others.iter().map(|list| next(list).unwrap_or(usual)).collect();
        let drawn = random.unit();
        let rival = (chance > 0.0).then(|| (drawn / chance) as usize);
        let item = rival.and_then(|rival| rivals.get(rival)).copied().unwrap_or(usual);
        let agree = rivals.iter().filter(|rival| **rival == item).count() as f64;
        let certain = if item == usual {
            1.0 - chance * rivals.len() as f64
        } else {
            0.0
        };
        let rankers = std::iter::once(usual).chain(rivals.iter().copied()).enumerate();
        placed.push(Placed {
            item,
            rankers: rankers.fold(0, |bits, (at, own)| bits | u8::from(own == item) << at),
            propensity: certain + chance * agree,
        });
        shown.insert(item);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_exploration_the_present_list_is_shown_and_agreement_is_told() {
        let list = explore(&[&[1, 2, 3], &[1, 3, 2], &[9]], 2, 0.0, 7);
        let told: Vec<(i32, u8, f64)> = list.iter().map(|one| (one.item, one.rankers, one.propensity)).collect();
        // The second has only what is shown already left for the next place but one; the third has 9.
        assert_eq!(told, [(1, 0b011, 1.0), (2, 0b001, 1.0)]);
        assert_eq!(explore::<i32>(&[], 5, 0.5, 7), []);
        let alone = explore(&[&[1, 2]], 5, 0.5, 7);
        assert_eq!(alone.len(), 2);
        assert!(alone.iter().all(|one| one.propensity == 1.0));
    }

    #[test]
    fn what_is_drawn_is_drawn_with_the_chance_that_is_told() {
        let lists: [&[i32]; 3] = [&[1, 2], &[2, 1], &[3, 1]];
        let first = |seed| explore(&lists, 1, 0.4, seed)[0];
        let shown = |item| (0..20_000).map(first).filter(|one| one.item == item).count() as f64 / 20_000.0;
        for (item, chance) in [(1, 0.6), (2, 0.2), (3, 0.2)] {
            assert!((shown(item) - chance).abs() < 0.015, "{item}: {}", shown(item));
        }
        let told = (0..50)
            .map(first)
            .find(|one| one.item == 3)
            .map(|one| (one.rankers, one.propensity));
        assert_eq!(told, Some((0b100, 0.2)));
    }

    #[test]
    fn each_ranker_is_worth_what_its_own_list_would_have_earned() {
        let lists: [&[usize]; 3] = [&[0, 1, 2, 3], &[3, 2, 1, 0], &[4, 5, 0, 1]];
        let clicks = [0.10, 0.05, 0.20, 0.30, 0.02, 0.40];
        let mut random = Random::new(11);
        let (mut earned, mut weights) = ([0.0; 3], [0.0; 3]);
        for seed in 0..60_000 {
            // Of the first place alone: what stands above it is the same for all then.
            for one in explore(&lists, 1, 0.3, seed) {
                let reward = f64::from(u8::from(random.unit() < clicks[one.item]));
                for ranker in 0..3 {
                    earned[ranker] += one.weight(ranker) * reward;
                    weights[ranker] += one.weight(ranker);
                }
            }
        }
        for (ranker, list) in lists.iter().enumerate() {
            let estimate = earned[ranker] / weights[ranker];
            assert!((estimate - clicks[list[0]]).abs() < 0.02, "{ranker}: {estimate}");
        }
    }

    proptest! {
        #[test]
        fn chances_are_chances_and_no_item_comes_twice(
            lists in proptest::collection::vec(proptest::collection::vec(0..30_u32, 0..20), 1..9),
            limit in 0..20_usize,
            exploration in 0.0..=1.0_f64,
            seed in any::<u64>(),
        ) {
            let lists: Vec<Vec<u32>> = lists.into_iter().map(|mut list| {
                let mut seen = HashSet::new();
                list.retain(|item| seen.insert(*item));
                list
            }).collect();
            let all: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
            let placed = explore(&all, limit, exploration, seed);
            let items: HashSet<u32> = placed.iter().map(|one| one.item).collect();
            prop_assert_eq!(items.len(), placed.len());
            prop_assert!(placed.len() <= limit);
            for one in &placed {
                prop_assert!(one.propensity > 0.0 && one.propensity <= 1.0 + 1e-9);
                prop_assert!(one.rankers != 0);
            }
        }
    }
}
