//! One arm's outcome as sums over its visitors: all that ratio metrics need, small enough to be
//! kept per arm and day, and such as one SQL statement makes.
//!
//! A ratio metric is a sum over a sum: clicks over impressions, revenue over sessions. Visitors
//! are drawn at random, not impressions, so its variance comes from the visitors' pairs by the
//! delta method (Deng, Knoblich and Lu, "Applying the delta method in metric analytics",
//! KDD 2018); counting impressions as independent would give intervals that are too narrow.
//! A mean per visitor is the ratio whose denominator is 1 each.

/// Sums of one arm over its units. A unit is a *visitor* with the totals of all it did, also of
/// nothing: visitors who came and never clicked belong in here.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// How many units.
    pub units: u64,
    /// Sum of the numerators, such as clicks.
    pub numerator: f64,
    /// Sum of the denominators, such as impressions.
    pub denominator: f64,
    /// Sum of the squared numerators.
    pub numerator_squared: f64,
    /// Sum of the squared denominators.
    pub denominator_squared: f64,
    /// Sum of numerator times denominator.
    pub product: f64,
}

/// A ratio metric's estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Sum of numerators over sum of denominators.
    pub value: f64,
    /// Variance of `value` (of the estimate, so it shrinks with the units).
    pub variance: f64,
}

impl Ratio {
    /// Square root of the variance.
    #[must_use]
    pub fn standard_error(self) -> f64 {
        self.variance.sqrt()
    }
}

impl Sums {
    /// The sums of units' `(numerator, denominator)`.
    #[must_use]
    pub fn of(units: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut sums = Self::default();
        for (numerator, denominator) in units {
            sums.add(numerator, denominator);
        }
        sums
    }

    /// The sums of a plain mean per unit: every denominator is 1.
    #[must_use]
    pub fn of_values(units: impl IntoIterator<Item = f64>) -> Self {
        Self::of(units.into_iter().map(|value| (value, 1.0)))
    }

    /// Takes in one unit with its totals so far. A unit is added once; when it does more later,
    /// the sums are made anew.
    pub fn add(&mut self, numerator: f64, denominator: f64) {
        self.units += 1;
        self.numerator += numerator;
        self.denominator += denominator;
        self.numerator_squared += numerator * numerator;
        self.denominator_squared += denominator * denominator;
        self.product += numerator * denominator;
    }

    /// These units and those, none of which may be in both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            units: self.units + other.units,
            numerator: self.numerator + other.numerator,
            denominator: self.denominator + other.denominator,
            numerator_squared: self.numerator_squared + other.numerator_squared,
            denominator_squared: self.denominator_squared + other.denominator_squared,
            product: self.product + other.product,
        }
    }

    /// The ratio with its delta-method variance, the sum of `(numerator − ratio·denominator)²`
    /// over `(units − 1)·units` and over the squared mean denominator. `None` with fewer than
    /// two units, without a positive denominator, or when any value was not finite.
    ///
    /// Worked out from sums, so digits are lost where a metric's spread is below a millionth of
    /// its mean; none of a shop's is.
    #[must_use]
    pub fn ratio(&self) -> Option<Ratio> {
        if self.units < 2 || self.denominator.is_nan() || self.denominator <= 0.0 {
            return None;
        }
        let units = self.units as f64;
        let value = self.numerator / self.denominator;
        let residual = self.numerator_squared - 2.0 * value * self.product + value * value * self.denominator_squared;
        let variance = residual.max(0.0) * units / ((units - 1.0) * self.denominator * self.denominator);
        (value.is_finite() && residual.is_finite() && variance.is_finite()).then_some(Ratio { value, variance })
    }

    /// How many units the numerator rests on, `(Σx)² / Σx²` (Kish, 1965): the number of clickers
    /// when everybody clicks at most once, fewer than the buyers when a few spend most. For
    /// numerators that are never negative; 0 when all are 0.
    #[must_use]
    pub fn effective_units(&self) -> f64 {
        if self.numerator_squared > 0.0 {
            self.numerator * self.numerator / self.numerator_squared
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Random;
    use proptest::prelude::*;

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-9 * (1.0 + left.abs().max(right.abs()))
    }

    #[test]
    fn a_plain_mean_has_the_variance_of_the_textbook() {
        let ratio = Sums::of_values([2.0, 4.0, 4.0, 6.0]).ratio();
        // Mean 4, sample variance 8/3, over 4 units.
        assert!(ratio.is_some_and(|ratio| near(ratio.value, 4.0) && near(ratio.variance, 2.0 / 3.0)));
    }

    #[test]
    fn a_constant_ratio_has_no_variance() {
        let ratio = Sums::of([(1.0, 2.0), (3.0, 6.0), (10.0, 20.0)]).ratio();
        assert!(ratio.is_some_and(|ratio| near(ratio.value, 0.5) && ratio.variance < 1e-20));
    }

    #[test]
    fn the_variance_is_that_of_repeated_experiments() {
        // Visitors see 1 to 9 impressions and click each with a chance of their own.
        let mut random = Random::new(11);
        let (mut estimates, mut variances) = (Vec::new(), Vec::new());
        for _ in 0..2_000 {
            let mut sums = Sums::default();
            for _ in 0..300 {
                let (impressions, chance) = (1 + random.below(9), 0.4 * random.unit());
                let clicks = (0..impressions).filter(|_| random.unit() < chance).count();
                sums.add(clicks as f64, impressions as f64);
            }
            if let Some(ratio) = sums.ratio() {
                estimates.push(ratio.value);
                variances.push(ratio.variance);
            }
        }
        let spread = Sums::of_values(estimates)
            .ratio()
            .map_or(0.0, |ratio| ratio.variance * 2_000.0);
        let told = Sums::of_values(variances).ratio().map_or(0.0, |ratio| ratio.value);
        assert!((told / spread - 1.0).abs() < 0.08, "told {told}, is {spread}");
    }

    #[test]
    fn what_cannot_be_told_is_none() {
        assert_eq!(Sums::default().ratio(), None);
        assert_eq!(Sums::of([(1.0, 1.0)]).ratio(), None);
        assert_eq!(Sums::of([(1.0, 0.0), (0.0, 0.0)]).ratio(), None);
        assert_eq!(Sums::of([(f64::NAN, 1.0), (0.0, 1.0)]).ratio(), None);
        assert_eq!(Sums::of([(1.0, f64::NAN), (0.0, 1.0)]).ratio(), None);
        assert_eq!(Sums::of([(f64::INFINITY, 1.0), (0.0, 1.0)]).ratio(), None);
    }

    #[test]
    fn effective_units_count_those_the_sum_rests_on() {
        assert!(near(Sums::of_values([1.0, 0.0, 1.0, 0.0, 1.0]).effective_units(), 3.0));
        assert!(Sums::of_values([1000.0, 1.0, 1.0]).effective_units() < 1.01);
        assert_eq!(Sums::of_values([0.0, 0.0]).effective_units(), 0.0);
    }

    proptest! {
        #[test]
        fn merged_parts_are_the_whole(
            units in prop::collection::vec((0_u8..50, 1_u8..50), 0..60), cut in 0_usize..60,
        ) {
            let of = |units: &[(u8, u8)]| Sums::of(units.iter().map(|&(n, d)| (f64::from(n), f64::from(d))));
            let cut = cut.min(units.len());
            prop_assert_eq!(of(&units[..cut]).merge(of(&units[cut..])), of(&units));
        }

        #[test]
        fn scaling_the_numerator_scales_the_estimate(
            units in prop::collection::vec((0_u8..50, 1_u8..50), 2..60), scale in 0.1_f64..100.0,
        ) {
            let of = |scale: f64| Sums::of(units.iter().map(|&(n, d)| (scale * f64::from(n), f64::from(d)))).ratio();
            if let (Some(plain), Some(scaled)) = (of(1.0), of(scale)) {
                prop_assert!(near(scaled.value, scale * plain.value));
                prop_assert!((scaled.variance - scale * scale * plain.variance).abs() <= 1e-6 * (1.0 + scaled.variance));
            }
        }
    }
}
