//! Ranges for people: a few, of round numbers, each holding a fair share of what there is.

/// At most so many ranges.
const MOST: usize = 6;
/// Up to so many different numbers stand for themselves.
const MOST_POINTS: usize = 8;
/// Numbers people like, times a power of ten.
const ROUND: [f64; 10] = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];

/// A closed range; an absent end is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Band<T> {
    pub(super) min: Option<T>,
    pub(super) max: Option<T>,
}

impl<T: std::fmt::Display> Band<T> {
    /// `min..max`, as filters are told.
    pub(super) fn value(&self) -> String {
        let end = |end: &Option<T>| end.as_ref().map(T::to_string).unwrap_or_default();
        format!("{}..{}", end(&self.min), end(&self.max))
    }
}

impl Band<f64> {
    /// As people read it.
    pub(super) fn label(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => min.to_string(),
            (Some(min), Some(max)) => format!("{min} – {max}"),
            (Some(min), None) => format!("≥ {min}"),
            (None, Some(max)) => format!("≤ {max}"),
            (None, None) => "–".to_owned(),
        }
    }
}

/// Ranges of whole numbers without overlap. `numbers` are in order.
pub(super) fn whole(numbers: &[i64]) -> Vec<Band<i64>> {
    let floats: Vec<f64> = numbers.iter().map(|&number| number as f64).collect();
    let mut cuts: Vec<i64> = cuts(&floats).into_iter().map(|cut| cut.round() as i64).collect();
    cuts.dedup();
    let lower = std::iter::once(None).chain(cuts.iter().copied().map(Some));
    let upper = cuts.iter().map(|cut| Some(cut - 1)).chain([None]);
    lower.zip(upper).map(|(min, max)| Band { min, max }).collect()
}

/// Ranges that meet at their ends, or the numbers themselves when they are few. `numbers` are
/// in order.
pub(super) fn real(numbers: &[f64]) -> Vec<Band<f64>> {
    let mut points: Vec<f64> = Vec::new();
    for &number in numbers {
        if points.last() != Some(&number) {
            points.push(number);
        }
        if points.len() > MOST_POINTS {
            break;
        }
    }
    if points.len() <= MOST_POINTS {
        let point = |number| Band {
            min: Some(number),
            max: Some(number),
        };
        return points.into_iter().map(point).collect();
    }
    let cuts = cuts(numbers);
    let lower = std::iter::once(None).chain(cuts.iter().copied().map(Some));
    let upper = cuts.iter().copied().map(Some).chain([None]);
    lower.zip(upper).map(|(min, max)| Band { min, max }).collect()
}

/// Round numbers near the quantiles, inside what there is.
fn cuts(numbers: &[f64]) -> Vec<f64> {
    let (Some(&lowest), Some(&highest)) = (numbers.first(), numbers.last()) else {
        return Vec::new();
    };
    let quantile = |part: usize| numbers[numbers.len() * part / MOST];
    let mut cuts: Vec<f64> = (1..MOST).map(|part| round(quantile(part))).collect();
    cuts.retain(|&cut| lowest < cut && cut <= highest);
    cuts.dedup();
    cuts
}

/// The nearest round number.
fn round(number: f64) -> f64 {
    if number == 0.0 {
        return 0.0;
    }
    let power = number.abs().log10().floor();
    // Powers of ten are exact one way only: tenths are made by division.
    let scaled = |factor: f64| {
        if power < 0.0 {
            factor / 10_f64.powf(-power)
        } else {
            factor * 10_f64.powf(power)
        }
    };
    let distance = |factor: &f64| (scaled(*factor) - number.abs()).abs();
    let nearest = ROUND.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    nearest.map_or(number, scaled).copysign(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_fall_into_round_ranges_without_overlap() {
        let prices: Vec<i64> = (0..600).map(|n| 500 + n * 17).collect();
        let values: Vec<String> = whole(&prices).iter().map(Band::value).collect();
        assert_eq!(values, ["..1999", "2000..3999", "4000..5999", "6000..7999", "8000.."]);
        assert_eq!(whole(&[700, 700]), [Band { min: None, max: None }]);
        assert_eq!(whole(&[]).len(), 1);
    }

    #[test]
    fn few_different_numbers_stand_for_themselves() {
        let labels: Vec<String> = real(&[64.0, 64.0, 128.0]).iter().map(Band::label).collect();
        assert_eq!(labels, ["64", "128"]);
    }

    #[test]
    fn round_numbers_are_round() {
        assert_eq!(
            [round(1234.0), round(0.031), round(-97.0), round(0.0)],
            [1000.0, 0.03, -100.0, 0.0]
        );
    }

    proptest! {
        #[test]
        fn every_number_lies_in_a_range(mut numbers in proptest::collection::vec(-1e9_f64..1e9, 1..200)) {
            numbers.sort_by(f64::total_cmp);
            let bands = real(&numbers);
            let within = |number: f64, band: &Band<f64>| {
                band.min.is_none_or(|min| min <= number) && band.max.is_none_or(|max| number <= max)
            };
            prop_assert!(numbers.iter().all(|&number| bands.iter().any(|band| within(number, band))));
            prop_assert!(bands.len() <= MOST_POINTS);
        }
    }
}
