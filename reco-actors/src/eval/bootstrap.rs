//! How sure a mean is: percentile bootstrap over queries (Efron and Tibshirani, *An
//! Introduction to the Bootstrap*, chapter 13), and paired comparison of two systems on the
//! same queries (Sakai, SIGIR 2006). Seeded, so a figure can be reproduced to the last digit.

use super::sampling::Random;
use serde::{Deserialize, Serialize};

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// How many resamples.
    pub resamples: usize,
    /// Coverage of the interval, such as 0.95.
    pub confidence: f64,
    /// Seed of the resampling.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self {
            resamples: 2_000,
            confidence: 0.95,
            seed: 20_240_501,
        }
    }
}

/// A mean with its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean of the values.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// How many values.
    pub count: usize,
}

/// System A against system B on the same queries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Mean of `a − b` with its interval; an interval that excludes 0 is a difference.
    pub difference: Estimate,
    /// Two-sided achieved significance: how often the resampled difference, shifted to a mean
    /// of zero, is at least as large as the observed one. Never 0: at least one over the
    /// number of resamples plus one.
    pub p_value: f64,
    /// Share of queries on which A is strictly better.
    pub wins: f64,
    /// Share of queries on which B is strictly better.
    pub losses: f64,
}

impl Bootstrap {
    /// Mean and interval of per-query values; all zero for none.
    #[must_use]
    pub fn mean(&self, values: &[f64]) -> Estimate {
        self.interval(values, &self.resampled_means(values))
    }

    /// Compares per-query values of two systems, paired by position; the longer one is cut.
    #[must_use]
    pub fn compare(&self, a: &[f64], b: &[f64]) -> Comparison {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let means = self.resampled_means(&differences);
        let difference = self.interval(&differences, &means);
        let observed = difference.mean.abs();
        let extreme = means
            .iter()
            .filter(|mean| (*mean - difference.mean).abs() >= observed - 1e-12)
            .count();
        let share = |better: &dyn Fn(f64) -> bool| {
            let count = differences.iter().filter(|difference| better(**difference)).count();
            if differences.is_empty() {
                0.0
            } else {
                count as f64 / differences.len() as f64
            }
        };
        Comparison {
            difference,
            p_value: (extreme + 1) as f64 / (means.len() + 1) as f64,
            wins: share(&|difference| difference > 0.0),
            losses: share(&|difference| difference < 0.0),
        }
    }

    fn interval(&self, values: &[f64], means: &[f64]) -> Estimate {
        let mean = average(values);
        let tail = (1.0 - self.confidence.clamp(0.0, 1.0)) / 2.0;
        let at = |share: f64| -> f64 {
            let last = means.len().saturating_sub(1);
            means
                .get((share * last as f64).round() as usize)
                .copied()
                .unwrap_or(mean)
        };
        Estimate {
            mean,
            low: at(tail),
            high: at(1.0 - tail),
            count: values.len(),
        }
    }

    /// Means of the resamples, ascending; empty without values.
    fn resampled_means(&self, values: &[f64]) -> Vec<f64> {
        if values.is_empty() {
            return Vec::new();
        }
        let mut random = Random::new(self.seed);
        let mut means: Vec<f64> = (0..self.resamples)
            .map(|_| {
                let draw = |_| values[random.below(values.len() as u64) as usize];
                (0..values.len()).map(draw).sum::<f64>() / values.len() as f64
            })
            .collect();
        means.sort_unstable_by(f64::total_cmp);
        means
    }
}

fn average(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normals(count: usize, mean: f64, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..count).map(|_| mean + random.normal()).collect()
    }

    #[test]
    fn the_interval_is_that_of_theory() {
        // Mean of 400 standard normals: standard error 1/20, so ±1.96/20 = ±0.098.
        let estimate = Bootstrap::default().mean(&normals(400, 0.0, 1));
        assert!((estimate.high - estimate.low - 0.196).abs() < 0.03, "{estimate:?}");
    }

    #[test]
    fn the_interval_covers_the_truth_about_as_often_as_it_says() {
        let bootstrap = Bootstrap {
            resamples: 300,
            confidence: 0.9,
            ..Bootstrap::default()
        };
        let covered = (0..300).filter(|&seed| {
            let estimate = bootstrap.mean(&normals(60, 0.5, 10_000 + seed));
            (estimate.low..=estimate.high).contains(&0.5)
        });
        let share = covered.count() as f64 / 300.0;
        assert!((0.84..=0.95).contains(&share), "covered {share}");
    }

    #[test]
    fn a_real_difference_is_found_and_none_is_not() {
        let base = normals(300, 0.0, 2);
        let better: Vec<f64> = base
            .iter()
            .zip(normals(300, 0.3, 3))
            .map(|(base, lift)| base + lift)
            .collect();
        let found = Bootstrap::default().compare(&better, &base);
        assert!(
            found.p_value < 0.01 && found.difference.low > 0.0 && found.wins > found.losses,
            "{found:?}"
        );
        let same = Bootstrap::default().compare(&normals(300, 0.0, 4), &normals(300, 0.0, 5));
        assert!(same.p_value > 0.05, "{same:?}");
        let equal = Bootstrap::default().compare(&base, &base);
        assert_eq!((equal.p_value, equal.wins, equal.losses), (1.0, 0.0, 0.0));
    }

    #[test]
    fn no_values_give_zero_not_nan() {
        let estimate = Bootstrap::default().mean(&[]);
        assert_eq!(
            (estimate.mean, estimate.low, estimate.high, estimate.count),
            (0.0, 0.0, 0.0, 0)
        );
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_mean_and_repeats(values in prop::collection::vec(0.0_f64..1.0, 2..60)) {
            let bootstrap = Bootstrap { resamples: 200, ..Bootstrap::default() };
            let estimate = bootstrap.mean(&values);
            prop_assert!(estimate.low <= estimate.mean + 1e-9 && estimate.mean <= estimate.high + 1e-9);
            prop_assert_eq!(bootstrap.mean(&values), estimate);
        }
    }
}
