//! Interleaving: two rankers share one list, and clicks tell whom visitors prefer. Every visitor
//! is its own control, so it needs far fewer visitors than two arms do; it tells which ranker is
//! better and not by how much money.
//!
//! The lists are drawn by team-draft interleaving (Radlinski, Kurup and Joachims, "How does
//! clickthrough data reflect retrieval quality?", CIKM 2008). Whether a preference is more than
//! chance is told by a beta-binomial mixture martingale over visitors (Robbins, 1970; Howard,
//! Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
//! sequences", 2021): exact at every number of visitors and valid at all looks together.

use super::evidence::{Alpha, Evidence, Interval};
use crate::eval::Random;
use statrs::function::gamma::ln_gamma;
use std::{collections::HashSet, hash::Hash};

/// Both parameters of the beta prior around one half: preferences are expected at 42 to 58 %.
/// It sets how soon which preference is found, not how often one is found wrongly.
const PRIOR: f64 = 20.0;

/// Which ranker an item of the list was drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Team {
    /// The first ranker, usually the present one.
    A,
    /// The second ranker, the challenger.
    B,
}

/// One list of at most `limit` items from two ranked ones, best first. In every round a coin
/// decides which team picks first, and each picks its best item that is not in the list yet.
/// The same seed gives the same list: make it of visitor, list and experiment, and clicks can be
/// credited later without having stored the teams.
///
/// As in the paper the draft ends as soon as a ranker has nothing new, since every further item
/// would count for the longer list; rankers that return `limit` distinct items each fill it. What
/// the caller then appends has no team.
#[must_use]
pub fn team_draft<T: Copy + Eq + Hash>(a: &[T], b: &[T], limit: usize, seed: u64) -> Vec<(T, Team)> {
    let mut random = Random::new(seed);
    let mut drafted = Vec::with_capacity(limit.min(a.len() + b.len()));
    let mut taken = HashSet::new();
    let (mut rest_a, mut rest_b) = (a.iter().copied(), b.iter().copied());
    let (mut next_a, mut next_b) = (None, None);
    let mut follower = None;
    while drafted.len() < limit {
        next_a = next_a
            .filter(|item| !taken.contains(item))
            .or_else(|| rest_a.find(|item| !taken.contains(item)));
        next_b = next_b
            .filter(|item| !taken.contains(item))
            .or_else(|| rest_b.find(|item| !taken.contains(item)));
        let (Some(item_a), Some(item_b)) = (next_a, next_b) else {
            break;
        };
        let team = follower.take().unwrap_or_else(|| {
            let captain = if random.below(2) == 0 { Team::A } else { Team::B };
            follower = Some(captain.other());
            captain
        });
        let item = match team {
            Team::A => item_a,
            Team::B => item_b,
        };
        taken.insert(item);
        drafted.push((item, team));
    }
    drafted
}

impl Team {
    /// The opponent.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Whom one visitor prefers, by its clicks on each team's items in all its lists; nobody in a tie.
#[must_use]
pub fn preference(clicks_a: u64, clicks_b: u64) -> Option<Team> {
    match clicks_a.cmp(&clicks_b) {
        std::cmp::Ordering::Greater => Some(Team::A),
        std::cmp::Ordering::Less => Some(Team::B),
        std::cmp::Ordering::Equal => None,
    }
}

/// How many visitors prefer which team; ties count for neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wins {
    /// Visitors who prefer A.
    pub a: u64,
    /// Visitors who prefer B.
    pub b: u64,
}

/// B's share of the visitors who have a preference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WinShare {
    /// The share; one half when nobody has a preference yet.
    pub share: f64,
    /// Its confidence sequence: covers the true share at all looks together.
    pub always: Interval,
    /// Evidence against "both are preferred equally often". Over several looks keep the
    /// strongest, [`Evidence::or_earlier`]: the p-value is then one over the greatest e-value.
    pub evidence: Evidence,
}

impl Wins {
    /// Takes in one visitor's preference.
    pub const fn add(&mut self, preference: Option<Team>) {
        match preference {
            Some(Team::A) => self.a += 1,
            Some(Team::B) => self.b += 1,
            None => {}
        }
    }

    /// B's share of the wins, with its interval at the level.
    #[must_use]
    pub fn share(self, alpha: Alpha) -> WinShare {
        let (a, b) = (self.a as f64, self.b as f64);
        let share = if a + b > 0.0 { b / (a + b) } else { 0.5 };
        let mixture = ln_beta(PRIOR + b, PRIOR + a) - ln_beta(PRIOR, PRIOR);
        let log_e = |share: f64| mixture - times_ln(b, share) - times_ln(a, 1.0 - share);
        let is_inside = |share: f64| log_e(share) < -alpha.value().ln();
        WinShare {
            share,
            always: Interval {
                low: edge(share, 0.0, is_inside),
                high: edge(share, 1.0, is_inside),
            },
            evidence: Evidence::from_log(log_e(0.5)),
        }
    }
}

/// The logarithm of Euler's beta function.
fn ln_beta(x: f64, y: f64) -> f64 {
    ln_gamma(x) + ln_gamma(y) - ln_gamma(x + y)
}

/// `count · ln(chance)`, of which 0 · ln(0) is 0.
fn times_ln(count: f64, chance: f64) -> f64 {
    if count == 0.0 { 0.0 } else { count * chance.ln() }
}

/// The point nearest to `outside` that is inside, found by halving; the e-value is convex in the
/// share and least at `inside`.
fn edge(mut inside: f64, mut outside: f64, is_inside: impl Fn(f64) -> bool) -> f64 {
    if is_inside(outside) {
        return outside;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(inside, outside);
        if is_inside(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_lists_give_that_list_and_both_teams_every_place_equally_often() {
        let list: Vec<u32> = (0..7).collect();
        let mut of_a = [0_u32; 7];
        for seed in 0..4_000 {
            let drafted = team_draft(&list, &list, 7, seed);
            assert!(drafted.iter().map(|(item, _)| *item).eq(0..7));
            for (count, (_, team)) in of_a.iter_mut().zip(drafted) {
                *count += u32::from(team == Team::A);
            }
        }
        // Half of 4,000, four standard deviations of 32 around.
        assert!(of_a.iter().all(|count| (1_874..=2_126).contains(count)), "{of_a:?}");
    }

    #[test]
    fn either_captain_gives_the_list_of_the_paper() {
        let (a, b) = ([1, 2, 3, 4], [2, 5, 1, 6]);
        for seed in 0..50 {
            let drafted = team_draft(&a, &b, 2, seed);
            let expected = [(1, Team::A), (2, Team::B)];
            let turned = [(2, Team::B), (1, Team::A)];
            assert!(drafted == expected || drafted == turned, "{drafted:?}");
        }
    }

    #[test]
    fn the_draft_ends_when_a_ranker_has_nothing_new() {
        for seed in 0..20 {
            let drafted = team_draft(&[1, 1], &[2, 3, 4], 4, seed);
            assert!((1..=2).contains(&drafted.len()), "{drafted:?}");
        }
        assert!(team_draft(&[], &[1], 4, 0).is_empty());
        assert!(team_draft(&[1], &[1], 0, 0).is_empty());
    }

    #[test]
    fn who_gets_more_clicks_is_preferred() {
        assert_eq!(preference(2, 1), Some(Team::A));
        assert_eq!(preference(0, 1), Some(Team::B));
        assert_eq!(preference(3, 3), None);
    }

    #[test]
    fn a_clear_preference_is_found_and_none_is_not() {
        let clear = Wins { a: 400, b: 600 }.share(Alpha::FIVE_PER_CENT);
        assert!(clear.always.low > 0.5 && clear.evidence.p_value() < 0.001, "{clear:?}");
        let even = Wins { a: 505, b: 495 }.share(Alpha::FIVE_PER_CENT);
        assert!(even.always.contains(0.5) && even.evidence.p_value() > 0.5, "{even:?}");
        let none = Wins::default().share(Alpha::FIVE_PER_CENT);
        assert_eq!((none.share, none.evidence.p_value()), (0.5, 1.0));
        assert_eq!(none.always, Interval { low: 0.0, high: 1.0 });
    }

    proptest! {
        #[test]
        fn a_draft_has_no_item_twice_and_teams_of_equal_size(
            a in prop::collection::vec(0_u8..30, 0..25), b in prop::collection::vec(0_u8..30, 0..25),
            limit in 0_usize..30, seed: u64,
        ) {
            let drafted = team_draft(&a, &b, limit, seed);
            let distinct: HashSet<u8> = drafted.iter().map(|(item, _)| *item).collect();
            prop_assert_eq!(distinct.len(), drafted.len());
            prop_assert!(drafted.len() <= limit);
            let listed = |team| if team == Team::A { &a } else { &b };
            prop_assert!(drafted.iter().all(|(item, team)| listed(*team).contains(item)));
            for round in drafted.chunks_exact(2) {
                prop_assert_ne!(round[0].1, round[1].1);
            }
            prop_assert_eq!(team_draft(&a, &b, limit, seed), drafted);
        }

        #[test]
        fn long_lists_fill_the_limit(seed: u64, shift in 0_u8..20, limit in 0_usize..20) {
            let (a, b): (Vec<u8>, Vec<u8>) = ((0..20).collect(), (shift..shift + 20).collect());
            prop_assert_eq!(team_draft(&a, &b, limit, seed).len(), limit);
        }

        #[test]
        fn the_expected_e_value_of_the_next_visitor_is_the_present_one(a in 0_u64..5_000, b in 0_u64..5_000) {
            let log = |a, b| Wins { a, b }.share(Alpha::FIVE_PER_CENT).evidence.log();
            let growth = f64::midpoint((log(a + 1, b) - log(a, b)).exp(), (log(a, b + 1) - log(a, b)).exp());
            prop_assert!((growth - 1.0).abs() < 1e-6, "{growth}");
        }

        #[test]
        fn interval_and_p_value_say_the_same(a in 0_u64..900, b in 0_u64..900) {
            let share = Wins { a, b }.share(Alpha::FIVE_PER_CENT);
            prop_assert!(share.always.contains(share.share));
            prop_assert_eq!(share.always.excludes(0.5), share.evidence.p_value() < 0.05);
        }
    }
}
