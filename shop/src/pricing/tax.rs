//! Which tax rate applies to what.

use super::BasisPoints;
use entities::id::CategoryId;
use std::fmt::Debug;

/// What is taxed.
#[derive(Clone, Copy, Debug)]
pub enum Taxable<'a> {
    /// Goods, with their category and its ancestors, nearest first.
    Goods(&'a [CategoryId]),
    /// Carrying them.
    Shipping,
}

/// Chooses tax rates.
pub trait TaxStrategy: Debug + Send + Sync {
    /// The rate of something that goes to a country (ISO 3166-1 alpha-2; unknown yet when
    /// `None`).
    fn rate(&self, what: Taxable<'_>, country: Option<&str>) -> BasisPoints;
}

/// A rate for a country, a category and what is below it, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRule {
    /// Every country when none.
    pub country: Option<String>,
    /// All goods when none.
    pub category: Option<CategoryId>,
    /// The rate.
    pub rate: BasisPoints,
}

/// One rate, and exceptions to it. The most specific exception wins: of the nearest
/// category first, then the one that names the country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRates {
    /// Where no rule applies.
    pub usual: BasisPoints,
    /// Whether shipping is taxed (by the rules without a category).
    pub is_shipping_taxed: bool,
    /// The exceptions.
    pub rules: Vec<TaxRule>,
}

impl TaxStrategy for TaxRates {
    fn rate(&self, what: Taxable<'_>, country: Option<&str>) -> BasisPoints {
        let path = match what {
            Taxable::Goods(path) => path,
            Taxable::Shipping if self.is_shipping_taxed => &[],
            Taxable::Shipping => return BasisPoints::ZERO,
        };
        let applies = |rule: &&TaxRule| {
            let is_here = rule.country.as_deref().is_none_or(|code| Some(code) == country);
            is_here && rule.category.is_none_or(|category| path.contains(&category))
        };
        let distance = |rule: &TaxRule| {
            let steps = rule
                .category
                .and_then(|category| path.iter().position(|id| *id == category));
            (steps.unwrap_or(usize::MAX), rule.country.is_none())
        };
        let nearest = self.rules.iter().filter(applies).min_by_key(|rule| distance(rule));
        nearest.map_or(self.usual, |rule| rule.rate)
    }
}
