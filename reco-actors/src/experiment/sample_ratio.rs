//! Sample ratio mismatch: whether the arms got the visitors they were meant to get. An arm that
//! loses visitors (a redirect, a crash, a bot filter) loses them selectively, and then no other
//! figure of the experiment means anything.
//!
//! The counts are watched all the time, so the test must hold at all looks: the sequential
//! multinomial test of Lindon and Malek ("Anytime-valid inference for multinomial count data",
//! NeurIPS 2022), whose Bayes factor of a Dirichlet prior around the intended shares against
//! these shares themselves is an e-value. Pearson's chi-square stands beside it for one look.

use super::evidence::Evidence;
use statrs::function::gamma::{gamma_ur, ln_gamma};

/// How closely the Dirichlet prior keeps to the intended shares, in units: shares are expected to
/// be off, if at all, by about `sqrt(p(1−p)/1000)`, 1.6 points of an even split.
const CONCENTRATION: f64 = 1_000.0;

/// The chance of a false alarm, over the whole run of an experiment.
const FALSE_ALARM: f64 = 0.001;

/// What the counts of units say of their assignment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleRatio {
    /// Evidence against the intended shares; holds at all looks together.
    pub evidence: Evidence,
    /// Pearson's statistic, of one degree of freedom fewer than there are arms of weight.
    pub chi_square: f64,
    /// Its p-value: valid at one look that was set beforehand, and only there.
    pub chi_square_p_value: f64,
}

impl SampleRatio {
    /// Holds the units counted in every arm against the weights they were assigned by, position
    /// by position (a missing count is 0). A unit in an arm of weight 0, or without an arm, is a
    /// mismatch beyond doubt. `None` when no arm has weight.
    ///
    /// Counts are of distinct units *assigned*, not of those who did something: an arm that makes
    /// visitors come back more often is allowed to.
    #[must_use]
    pub fn of(counts: &[u64], weights: &[u32]) -> Option<Self> {
        let weight = |arm: usize| f64::from(weights.get(arm).copied().unwrap_or(0));
        let all_weight: f64 = (0..weights.len()).map(weight).sum();
        if all_weight <= 0.0 {
            return None;
        }
        let all_units = counts.iter().sum::<u64>() as f64;
        let mut log_e = ln_gamma(CONCENTRATION) - ln_gamma(CONCENTRATION + all_units);
        let (mut chi_square, mut arms) = (0.0, 0_u32);
        for arm in 0..weights.len().max(counts.len()) {
            let units = counts.get(arm).copied().unwrap_or(0) as f64;
            let share = weight(arm) / all_weight;
            if share > 0.0 {
                let prior = CONCENTRATION * share;
                log_e += ln_gamma(prior + units) - ln_gamma(prior) - units * share.ln();
                chi_square += (units - all_units * share).powi(2) / (all_units * share).max(f64::MIN_POSITIVE);
                arms += 1;
            } else if units > 0.0 {
                (log_e, chi_square) = (f64::INFINITY, f64::INFINITY);
                break;
            }
        }
        Some(Self {
            evidence: Evidence::from_log(log_e),
            chi_square,
            chi_square_p_value: chi_square_p(chi_square, arms),
        })
    }

    /// Whether the assignment is broken, by the sequential test: over the whole run of a sound
    /// experiment this is wrong with a chance of at most one in a thousand.
    #[must_use]
    pub fn is_mismatch(&self) -> bool {
        self.evidence.p_value() <= FALSE_ALARM
    }
}

fn chi_square_p(statistic: f64, arms: u32) -> f64 {
    if statistic.is_infinite() {
        return 0.0;
    }
    if arms < 2 || statistic <= 0.0 {
        return 1.0;
    }
    gamma_ur(f64::from(arms - 1) / 2.0, statistic / 2.0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chi_square_is_that_of_the_tables() {
        let ratio = SampleRatio::of(&[5_098, 4_902], &[1, 1]).unwrap();
        assert!((ratio.chi_square - 3.8416).abs() < 1e-9);
        assert!((ratio.chi_square_p_value - 0.05).abs() < 1e-4);
        assert!((chi_square_p(5.991_464_547, 3) - 0.05).abs() < 1e-9);
    }

    #[test]
    fn the_bayes_factor_is_that_of_the_formula_written_out() {
        // One unit in an even split: (c/2)/c over 1/2, which is 1.
        let one = SampleRatio::of(&[1, 0], &[1, 1]).unwrap();
        assert!(one.evidence.log().abs() < 1e-9);
        // A second one in the same arm: (c/2 + 1)/(c + 1) over 1/2.
        let two = SampleRatio::of(&[2, 0], &[1, 1]).unwrap();
        assert!((two.evidence.e_value() - 1_002.0 / 1_001.0).abs() < 1e-9);
    }

    #[test]
    fn a_broken_assignment_is_found_and_a_sound_one_is_not() {
        assert!(SampleRatio::of(&[51_500, 48_500], &[1, 1]).unwrap().is_mismatch());
        assert!(!SampleRatio::of(&[50_200, 49_800], &[1, 1]).unwrap().is_mismatch());
        assert!(
            !SampleRatio::of(&[900, 1_100, 18_000], &[1, 1, 18])
                .unwrap()
                .is_mismatch()
        );
        assert!(
            SampleRatio::of(&[700, 1_300, 18_000], &[1, 1, 18])
                .unwrap()
                .is_mismatch()
        );
    }

    #[test]
    fn a_unit_where_none_should_be_is_a_mismatch() {
        for counts in [&[50, 1, 50][..], &[50, 0, 50, 1]] {
            let ratio = SampleRatio::of(counts, &[1, 0, 1]).unwrap();
            assert!(ratio.is_mismatch() && ratio.chi_square_p_value == 0.0);
        }
        assert!(!SampleRatio::of(&[50, 0, 50], &[1, 0, 1]).unwrap().is_mismatch());
        assert!(!SampleRatio::of(&[50], &[1]).unwrap().is_mismatch());
    }

    #[test]
    fn nothing_is_said_without_weights_and_nothing_found_without_units() {
        assert_eq!(SampleRatio::of(&[1, 2], &[0, 0]), None);
        assert_eq!(SampleRatio::of(&[], &[]), None);
        let none = SampleRatio::of(&[], &[1, 2]).unwrap();
        assert_eq!((none.evidence.p_value(), none.chi_square_p_value), (1.0, 1.0));
    }

    proptest! {
        #[test]
        fn the_expected_e_value_of_the_next_unit_is_the_present_one(
            counts in prop::collection::vec(0_u64..5_000, 3), weights in prop::collection::vec(1_u32..9, 3),
        ) {
            // The martingale property, by summing over where the next unit falls.
            let now = SampleRatio::of(&counts, &weights).unwrap().evidence.log();
            let total = f64::from(weights.iter().sum::<u32>());
            let growth: f64 = (0..3).map(|arm| {
                let mut next = counts.clone();
                next[arm] += 1;
                let then = SampleRatio::of(&next, &weights).unwrap().evidence.log();
                f64::from(weights[arm]) / total * (then - now).exp()
            }).sum();
            prop_assert!((growth - 1.0).abs() < 1e-6, "{growth}");
        }
    }
}
