//! How much to make of a comparison: p-values of several at once, the size of an effect, and people with several
//! cases.

use std::collections::BTreeMap;

/// P-values of several comparisons, adjusted so that the chance of even one false finding among all of them stays
/// below the level they are held against (Holm, *Scandinavian Journal of Statistics*, 1979): the `i`-th smallest of
/// `m`, counted from 1, is multiplied by `m − i + 1`, is at most 1 and never below the one before it. In the order
/// given; NaN counts as 1.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut ascending: Vec<usize> = (0..p_values.len()).collect();
    // Not-a-numbers of either sign come last.
    ascending.sort_by(|&a, &b| {
        let (a, b) = (p_values[a], p_values[b]);
        a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
    });
    let mut adjusted = vec![1.0; p_values.len()];
    let mut before = 0.0_f64;
    for (step, at) in ascending.into_iter().enumerate() {
        let factor = (p_values.len() - step) as f64;
        before = (factor * p_values[at]).min(1.0).max(before);
        adjusted[at] = before;
    }
    adjusted
}

/// Mean of `a − b` in standard deviations of `a − b`, with `n − 1` degrees of freedom: Cohen's `d` of pairs, `d_z`
/// (Cohen, *Statistical Power Analysis*, 1988, chapter 2). Paired by position; the longer one is cut. 0 for less
/// than two pairs, and when the differences do not vary by more than rounding does.
#[must_use]
pub fn effect_size(a: &[f64], b: &[f64]) -> f64 {
    let pairs = || a.iter().zip(b);
    let differences: Vec<f64> = pairs().map(|(a, b)| a - b).collect();
    if differences.len() < 2 {
        return 0.0;
    }
    let mean = average(&differences);
    let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
    let deviation = (squares / (differences.len() - 1) as f64).sqrt();
    let largest = pairs().fold(0.0_f64, |largest, (a, b)| largest.max(a.abs()).max(b.abs()));
    if deviation > 1e-12 * largest {
        mean / deviation
    } else {
        0.0
    }
}

/// Mean of each person's cases, ascending by person; paired by position, the longer one is cut.
///
/// Cases of one person resemble each other, so a bootstrap over cases is too sure of itself. One over these means
/// draws people with all of their cases (the cluster bootstrap; Field and Welsh, *Journal of the Royal Statistical
/// Society* B, 2007), and everyone counts the same, however many cases they have: means and intervals are then of
/// the mean over people, not of the mean over cases. Two systems asked the same cases give means of the same people
/// in the same order, ready for [`Bootstrap::compare`](super::Bootstrap::compare) and [`effect_size`].
#[must_use]
pub fn by_person(persons: &[u32], values: &[f64]) -> Vec<f64> {
    let mut cases: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (&person, &value) in persons.iter().zip(values) {
        cases.entry(person).or_default().push(value);
    }
    cases.values().map(|values| average(values)).collect()
}

/// Of at least one value.
fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Bootstrap, Random};
    use proptest::prelude::*;

    fn all_close(found: &[f64], expected: &[f64]) -> bool {
        found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn holms_correction_worked_by_hand() {
        // Ascending 0.005·4, 0.01·3, 0.03·2, and 0.04·1 is raised to the one before.
        assert!(all_close(&holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]));
        assert!(all_close(&holm(&[0.6, 0.5, 0.02]), &[1.0, 1.0, 0.06]), "at most 1");
        assert!(all_close(&holm(&[0.02, 0.02]), &[0.04, 0.04]), "ties stay ties");
        assert!(all_close(&holm(&[0.04]), &[0.04]) && holm(&[]).is_empty());
        assert!(all_close(&holm(&[-f64::NAN, 0.01, f64::NAN]), &[1.0, 0.03, 1.0]));
    }

    #[test]
    fn an_effect_worked_by_hand() {
        // Differences 1, 2, 3, 2: mean 2, variance 2/3.
        let (a, b) = ([3.0, 5.0, 4.0, 2.0], [2.0, 3.0, 1.0, 0.0]);
        assert!(all_close(&[effect_size(&a, &b)], &[2.0 / (2.0_f64 / 3.0).sqrt()]));
        assert!(all_close(&[effect_size(&b, &a)], &[-2.0 / (2.0_f64 / 3.0).sqrt()]));
        assert!(all_close(&[effect_size(&[1.0, 2.0, 9.0], &[0.0, 3.0])], &[0.0]));
    }

    #[test]
    fn differences_that_do_not_vary_have_no_size() {
        assert_eq!(effect_size(&[], &[]), 0.0);
        assert_eq!(effect_size(&[1.0], &[0.0]), 0.0);
        assert_eq!(effect_size(&[0.0; 3], &[0.0; 3]), 0.0);
        // All a tenth, but not to the last digit.
        assert_eq!(effect_size(&[0.3, 0.4, 0.9], &[0.2, 0.3, 0.8]), 0.0);
    }

    #[test]
    fn cases_are_gathered_by_person() {
        let means = by_person(&[7, 2, 7, 2, 7, 5], &[1.0, 0.0, 2.0, 1.0, 6.0, 4.0]);
        assert_eq!(means, [0.5, 4.0, 3.0]);
        assert!(by_person(&[], &[1.0]).is_empty());
    }

    #[test]
    fn an_interval_by_person_is_wider_where_a_persons_cases_are_alike() {
        let mut random = Random::new(11);
        let people: Vec<f64> = (0..80).map(|_| random.normal()).collect();
        let persons: Vec<u32> = (0..800).map(|case| case / 10).collect();
        let values: Vec<f64> = persons
            .iter()
            .map(|&person| people[person as usize] + 0.1 * random.normal())
            .collect();
        let width = |values: &[f64]| {
            let estimate = Bootstrap::default().mean(values);
            estimate.high - estimate.low
        };
        // Ten cases that all say the same are worth one: the square root of ten.
        let ratio = width(&by_person(&persons, &values)) / width(&values);
        assert!((2.8..3.5).contains(&ratio), "{ratio}");
    }

    proptest! {
        #[test]
        fn adjusting_keeps_the_order_and_lowers_nothing(p_values in prop::collection::vec(0.0_f64..=1.0, 0..12)) {
            let adjusted = holm(&p_values);
            prop_assert_eq!(adjusted.len(), p_values.len());
            for (a, &p) in p_values.iter().enumerate() {
                prop_assert!((p..=1.0).contains(&adjusted[a]));
                for (b, &other) in p_values.iter().enumerate() {
                    prop_assert!(p > other || adjusted[a] <= adjusted[b]);
                }
            }
        }

        #[test]
        fn swapping_the_systems_turns_the_effect_round(
            pairs in prop::collection::vec((0.0_f64..1.0, 0.0_f64..1.0), 0..20),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            prop_assert_eq!(effect_size(&a, &b), -effect_size(&b, &a));
        }
    }
}
