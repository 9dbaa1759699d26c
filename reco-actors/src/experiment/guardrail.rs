//! Guardrails: metrics that need not rise but must not fall, told by an interval of the lift
//! on a scale where more is better (for latency or returns: [`Interval::negated`]).
//!
//! A claim uses one end of a two-sided interval: with an interval of level alpha it is wrong
//! with chance at most alpha, in fact about half of it. With an always-valid interval that
//! holds at every look together, so a guardrail may be watched from the first hour on.

use super::evidence::Interval;

/// Whether the metric has surely fallen by more than the margin: the whole interval lies below
/// `-margin`. The margin is in the interval's own unit (0.01 of a relative lift is 1 %); its
/// sign is ignored, so a margin of 0 asks for any harm.
#[must_use]
pub fn is_harmed(lift: Interval, margin: f64) -> bool {
    lift.high < -margin.abs()
}

/// Whether the metric has surely not fallen by more than the margin (non-inferiority): the
/// whole interval lies above `-margin`. Neither harmed nor not inferior means: not known yet.
#[must_use]
pub fn is_not_inferior(lift: Interval, margin: f64) -> bool {
    lift.low > -margin.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn harm_needs_the_whole_interval_below_the_margin() {
        let fallen = Interval {
            low: -0.09,
            high: -0.04,
        };
        assert!(is_harmed(fallen, 0.03) && is_harmed(fallen, -0.03) && !is_harmed(fallen, 0.05));
        assert!(is_not_inferior(fallen, 0.1) && !is_not_inferior(fallen, 0.03));
        assert!(is_harmed(fallen.negated().negated(), 0.03) && !is_harmed(fallen.negated(), 0.0));
    }

    proptest! {
        #[test]
        fn nothing_is_harmed_and_not_inferior_at_once(low in -1.0_f64..1.0, width in 0.0_f64..1.0, margin in 0.0_f64..0.5) {
            let interval = Interval { low, high: low + width };
            prop_assert!(!(is_harmed(interval, margin) && is_not_inferior(interval, margin)));
        }
    }
}
