//! Numbers as administrators give them, and the checks of them.

use crate::{error::ProblemCode, pricing::BasisPoints, text::Checks};
use iso_country::Country;

/// Above this an amount is a typing error.
const HIGHEST_AMOUNT: i64 = 1_000_000_000_000;

/// A decimal number as somebody gave it, counted in the smallest unit that is kept: minor
/// units of the currency, or hundredths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// So many units.
    Exact(i64),
    /// Finer than the unit, or too large to be counted.
    Inexact,
}

impl From<Option<i64>> for Given {
    fn from(units: Option<i64>) -> Self {
        units.map_or(Self::Inexact, Self::Exact)
    }
}

impl Checks {
    /// An amount of money of at least `least` minor units.
    pub(super) fn amount(&mut self, path: &str, given: Given, least: i64) -> i64 {
        match given {
            Given::Exact(amount) if (least..=HIGHEST_AMOUNT).contains(&amount) => return amount,
            Given::Exact(_) if least > 0 => {
                self.fail(
                    path,
                    ProblemCode::OutOfRange,
                    "must be more than nothing, and not absurdly high",
                );
            }
            Given::Exact(_) => self.fail(path, ProblemCode::OutOfRange, "must not be negative, nor absurdly high"),
            Given::Inexact => self.fail(path, ProblemCode::Invalid, "has more decimals than the currency"),
        }
        0
    }

    /// A percentage of at most 100 with two decimals, and of at least `least` hundredths.
    pub(super) fn percent(&mut self, path: &str, given: Given, least: i32) -> BasisPoints {
        let Given::Exact(hundredths) = given else {
            self.fail(path, ProblemCode::Invalid, "has more than two decimals");
            return BasisPoints::ZERO;
        };
        let share = i32::try_from(hundredths).ok().filter(|share| *share >= least);
        share.and_then(BasisPoints::new).unwrap_or_else(|| {
            let message = if least > 0 {
                "must be within 0.01 and 100"
            } else {
                "must be within 0 and 100"
            };
            self.fail(path, ProblemCode::OutOfRange, message);
            BasisPoints::ZERO
        })
    }

    /// An ISO 3166-1 alpha-2 code, upper case.
    pub(super) fn country(&mut self, path: &str, text: &str) -> String {
        let country = text.trim().to_uppercase();
        // Countries that the currency crate marks as unspecified are none of a parcel's.
        if country.len() != 2 || country.parse::<Country>().is_err() {
            self.fail(
                path,
                ProblemCode::Invalid,
                "must be an ISO 3166-1 code such as US or DE",
            );
        }
        country
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_kept_exactly_is_refused_where_it_stands() {
        let mut checks = Checks::default();
        assert_eq!(checks.amount("a", Given::Exact(5), 0), 5);
        assert_eq!(checks.percent("a", Given::Exact(10_000), 1), BasisPoints::WHOLE);
        assert_eq!(checks.country("a", " de "), "DE");
        checks.amount("price", Given::Inexact, 0);
        checks.amount("price", Given::Exact(0), 1);
        checks.percent("percent", Given::Exact(0), 1);
        checks.percent("percent", Given::Exact(10_001), 0);
        checks.country("country", "Germany");
        let codes: Vec<_> = checks.into_problems().into_iter().map(|problem| problem.code).collect();
        let (shape, range) = (ProblemCode::Invalid, ProblemCode::OutOfRange);
        assert_eq!(codes, [shape, range, range, range, shape]);
    }
}
