//! Two rankers interleaved. Items differ in how likely they are clicked; each ranker knows them
//! up to noise, drawn anew for every visitor, so less noise is a better ranker and equal noise
//! makes two different rankers of equal worth. Visitors look at later places less.

use super::{FirstClaims, Tallies};
use crate::{
    eval::Random,
    experiment::{Alpha, Team, Wins, preference, team_draft},
};

/// How many items there are to rank.
const ITEMS: usize = 20;
/// Places of the list shown.
const PLACES: usize = 8;

/// The world and the habit of looking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lists {
    /// How many visitors arrive in all; each sees one list.
    pub visitors: u64,
    /// After how many each there is a look.
    pub look_every: u64,
    /// Standard deviation of each ranker's error in the logarithm of an item's chance; the best
    /// and the worst item are 3 apart.
    pub noise: [f64; 2],
}

/// One experiment: when a preference was first claimed at 5 %.
#[must_use]
pub fn run(lists: &Lists, seed: u64) -> FirstClaims {
    let mut random = Random::new(seed);
    let (mut wins, mut first) = (Wins::default(), FirstClaims::default());
    for arrived in 1..=lists.visitors {
        wins.add(visit(lists, &mut random));
        if arrived.is_multiple_of(lists.look_every) {
            let told = wins.share(Alpha::FIVE_PER_CENT);
            let (a, b) = (wins.a as f64, wins.b as f64);
            let score = (b - a) / (a + b).max(1.0).sqrt();
            first.look(
                arrived,
                told.evidence.rejects_at(Alpha::FIVE_PER_CENT),
                score.abs() > Alpha::FIVE_PER_CENT.normal_reach(),
            );
        }
        if first.always.is_some() && first.peeking.is_some() {
            break;
        }
    }
    first
}

fn visit(lists: &Lists, random: &mut Random) -> Option<Team> {
    let log_chance = |item: usize| -1.0 - 3.0 * item as f64 / (ITEMS - 1) as f64;
    let [a, b] = lists.noise.map(|noise| {
        let mut scored: Vec<(f64, usize)> = (0..ITEMS)
            .map(|item| (log_chance(item) + noise * random.normal(), item))
            .collect();
        scored.sort_unstable_by(|left, right| right.0.total_cmp(&left.0));
        scored.into_iter().map(|(_, item)| item).collect::<Vec<_>>()
    });
    let eagerness = 2.0 * random.unit();
    let mut clicks = [0, 0];
    for (place, (item, team)) in team_draft(&a, &b, PLACES, random.next_u64()).into_iter().enumerate() {
        let chance = eagerness * log_chance(item).exp() / ((place + 1) as f64).sqrt();
        clicks[team as usize] += u64::from(random.unit() < chance);
    }
    preference(clicks[0], clicks[1])
}

/// A series of experiments.
#[must_use]
pub fn series(lists: &Lists, experiments: u64, first_seed: u64) -> Tallies {
    let mut tallies = Tallies::default();
    for seed in first_seed..first_seed + experiments {
        tallies.add(run(lists, seed));
    }
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rankers_of_equal_worth_are_seldom_told_apart_and_a_better_one_is() {
        let lists = |noise| Lists {
            visitors: 2_000,
            look_every: 50,
            noise,
        };
        let equal = series(&lists([0.8, 0.8]), 200, 0);
        assert!(equal.always.share() <= 0.05 + 0.046, "{equal:?}");
        let better = series(&lists([1.6, 0.4]), 200, 10_000);
        assert!(better.always.share() >= 0.9, "{better:?}");
    }
}
