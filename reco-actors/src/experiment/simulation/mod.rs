//! Whole experiments with a known truth, through the very functions that judge real ones: how
//! often a difference is claimed where there is none, and how soon one is found where there is.
//! Seeded: experiment `i` of a series is the same on every run.
//!
//! * [`visitors`]: two arms of a shop, with clicks, orders and revenue;
//! * [`lists`]: two rankers interleaved;
//! * [`traffic`]: sound and broken assignments.

pub mod lists;
pub mod traffic;
pub mod visitors;

use super::evidence::{Alpha, Interval, wilson};

/// The outcome of a series of experiments for one way of deciding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many experiments.
    pub experiments: u64,
    /// In how many a difference was claimed at any look.
    pub claims: u64,
    visitors: u64,
}

impl Tally {
    /// Takes in one experiment: after how many visitors a difference was first claimed, if ever.
    pub fn add(&mut self, first_claim: Option<u64>) {
        self.experiments += 1;
        self.claims += u64::from(first_claim.is_some());
        self.visitors += first_claim.unwrap_or(0);
    }

    /// Share of the experiments with a claim; 0 without experiments.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.claims as f64 / self.experiments.max(1) as f64
    }

    /// Wilson's 95 % interval of that share.
    #[must_use]
    pub fn interval(&self) -> Interval {
        wilson(self.claims, self.experiments, Alpha::FIVE_PER_CENT)
    }

    /// Mean number of visitors at the first claim, over the experiments with one.
    #[must_use]
    pub fn mean_visitors(&self) -> Option<f64> {
        (self.claims > 0).then(|| self.visitors as f64 / self.claims as f64)
    }
}

/// When each way of deciding first claimed a difference in one experiment, in visitors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstClaims {
    /// By the always-valid interval or e-value.
    pub always: Option<u64>,
    /// By the usual test meant for one look, taken at every look.
    pub peeking: Option<u64>,
}

impl FirstClaims {
    fn look(&mut self, visitors: u64, always: bool, peeking: bool) {
        self.always = self.always.or(always.then_some(visitors));
        self.peeking = self.peeking.or(peeking.then_some(visitors));
    }
}

/// Both ways of deciding, over a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// The always-valid way.
    pub always: Tally,
    /// The usual test at every look.
    pub peeking: Tally,
}

impl Tallies {
    fn add(&mut self, first: FirstClaims) {
        self.always.add(first.always);
        self.peeking.add(first.peeking);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_claims_and_the_visitors_they_took() {
        let mut tally = Tally::default();
        assert_eq!((tally.share(), tally.mean_visitors()), (0.0, None));
        for first in [None, Some(100), Some(300), None] {
            tally.add(first);
        }
        assert_eq!((tally.share(), tally.mean_visitors()), (0.5, Some(200.0)));
        assert!(tally.interval().contains(0.5));
    }
}
