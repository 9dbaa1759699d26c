//! What a test answers with: a level, an interval, and evidence that stays valid however often
//! one looks.

use crate::RecoError;
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;

/// The chance of a false alarm that is accepted, strictly between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Alpha(f64);

impl Alpha {
    /// One false alarm in twenty: the usual level.
    pub const FIVE_PER_CENT: Self = Self(0.05);

    /// A level.
    ///
    /// # Errors
    /// `InvalidArgument` unless strictly between 0 and 1.
    pub fn new(alpha: f64) -> Result<Self, RecoError> {
        if alpha > 0.0 && alpha < 1.0 {
            return Ok(Self(alpha));
        }
        Err(RecoError::InvalidArgument {
            name: "alpha",
            reason: format!("{alpha} is not between 0 and 1"),
        })
    }

    /// This level shared among comparisons (Bonferroni): the chance that *any* of them raises a
    /// false alarm stays at this level. No comparisons count as one.
    #[must_use]
    pub fn shared_by(self, comparisons: usize) -> Self {
        Self(self.0 / comparisons.max(1) as f64)
    }

    /// The chance.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }

    /// How many standard errors a two-sided normal interval of this level reaches to each side:
    /// 1.96 at 5 %.
    #[must_use]
    pub fn normal_reach(self) -> f64 {
        SQRT_2 * erfc_inv(self.0)
    }
}

/// The two-sided normal p-value of an estimate that lies this many standard errors off.
pub(super) fn normal_p(standard_errors: f64) -> f64 {
    erfc(standard_errors.abs() / SQRT_2)
}

/// From a low to a high end, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// As far to the left as to the right of an estimate.
    #[must_use]
    pub const fn around(estimate: f64, reach: f64) -> Self {
        Self {
            low: estimate - reach,
            high: estimate + reach,
        }
    }

    /// Whether the value is one of the interval's.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether the value lies outside.
    #[must_use]
    pub fn excludes(self, value: f64) -> bool {
        value < self.low || value > self.high
    }

    /// The interval of the negated quantity; for metrics of which less is better.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self {
            low: -self.high,
            high: -self.low,
        }
    }

    /// Both ends through a rising function.
    #[must_use]
    pub fn map(self, rising: impl Fn(f64) -> f64) -> Self {
        Self {
            low: rising(self.low),
            high: rising(self.high),
        }
    }
}

/// Wilson's interval of a share (1927): `successes` of `trials`; 0 to 1 without trials.
#[must_use]
pub fn wilson(successes: u64, trials: u64, alpha: Alpha) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (count, square) = (trials as f64, alpha.normal_reach().powi(2));
    let share = successes as f64 / count;
    let centre = (share + square / (2.0 * count)) / (1.0 + square / count);
    let spread = (square * (share * (1.0 - share) + square / (4.0 * count)) / count).sqrt();
    let reach = spread / (1.0 + square / count);
    Interval {
        low: (centre - reach).max(0.0),
        high: (centre + reach).min(1.0),
    }
}

/// Evidence against a hypothesis, as the logarithm of an e-value (Ramdas, Grünwald, Vovk and
/// Shafer, "Game-theoretic statistics and safe anytime-valid inference", 2023): a bet against
/// the hypothesis that starts with 1 and, were it true, would hardly ever grow (Ville: past
/// `1/alpha` at *any* look with chance at most `alpha`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Evidence {
    log: f64,
}

impl Evidence {
    /// Nothing seen yet: an e-value of 1.
    pub const NONE: Self = Self { log: 0.0 };

    /// From the natural logarithm of an e-value.
    #[must_use]
    pub const fn from_log(log: f64) -> Self {
        Self { log }
    }

    /// The natural logarithm of the e-value, which itself may be too large for a number.
    #[must_use]
    pub const fn log(self) -> f64 {
        self.log
    }

    /// By how much a bet against the hypothesis would have grown by now.
    #[must_use]
    pub fn e_value(self) -> f64 {
        self.log.exp()
    }

    /// The always-valid p-value, `min(1, 1/e)`: valid at whatever look one stops.
    #[must_use]
    pub fn p_value(self) -> f64 {
        (-self.log).exp().min(1.0)
    }

    /// The stronger of two looks at one experiment. `1/max e` over all looks so far is an
    /// always-valid p-value too, one that never rises again.
    #[must_use]
    pub const fn or_earlier(self, earlier: Self) -> Self {
        Self {
            log: self.log.max(earlier.log),
        }
    }

    /// Whether the hypothesis is rejected at this level.
    #[must_use]
    pub fn rejects_at(self, alpha: Alpha) -> bool {
        self.p_value() <= alpha.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_chance_and_nothing_else() {
        for wrong in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(Alpha::new(wrong), Err(RecoError::InvalidArgument { .. })));
        }
        let shared = Alpha::FIVE_PER_CENT.shared_by(5);
        assert!((shared.value() - 0.01).abs() < 1e-15);
        assert_eq!(Alpha::FIVE_PER_CENT.shared_by(0), Alpha::FIVE_PER_CENT);
    }

    #[test]
    fn normal_reach_and_p_value_are_those_of_the_tables() {
        assert!((Alpha::FIVE_PER_CENT.normal_reach() - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((normal_p(-2.575_829_303_548_901) - 0.01).abs() < 1e-9);
    }

    #[test]
    fn wilson_is_that_of_a_worked_example() {
        // 10 of 100: (0.0552, 0.1744), Newcombe 1998.
        let interval = wilson(10, 100, Alpha::FIVE_PER_CENT);
        assert!((interval.low - 0.0552).abs() < 1e-4 && (interval.high - 0.1744).abs() < 1e-4);
        assert!(wilson(0, 50, Alpha::FIVE_PER_CENT).low < 1e-12);
        assert_eq!(wilson(0, 0, Alpha::FIVE_PER_CENT), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn evidence_keeps_the_strongest_look() {
        let (weak, strong) = (Evidence::from_log(-1.0), Evidence::from_log(40.0_f64.ln()));
        assert_eq!(weak.p_value(), 1.0);
        assert_eq!(weak.or_earlier(strong), strong);
        assert!(strong.rejects_at(Alpha::FIVE_PER_CENT) && !weak.rejects_at(Alpha::FIVE_PER_CENT));
        assert!((strong.e_value() - 40.0).abs() < 1e-9);
        assert_eq!(Evidence::from_log(f64::INFINITY).p_value(), 0.0);
    }
}
