//! What things cost: lines, discount, tax, shipping, total. Pure: the same input gives the
//! same quote, on any machine, at any time.
//!
//! Everything is minor units. Each tax amount is rounded once, half up; a discount is
//! spread over the lines by largest remainders, so that the parts always add up:
//! the totals of the lines and of shipping make the total.

mod quote;
mod tax;
#[cfg(test)]
mod tests;

pub use quote::{
    CouponTerms, Discount, Priced, PricedLine, PricedShipping, PricingError, ShippingTerms, ToPrice, quote,
};
pub use tax::{TaxRates, TaxRule, TaxStrategy, Taxable};

/// Hundredths of a percent: 1500 is 15 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasisPoints(u32);

impl BasisPoints {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const WHOLE: Self = Self(10_000);

    /// A share of at most the whole; `None` for anything else.
    #[must_use]
    pub fn new(hundredths_of_percent: i32) -> Option<Self> {
        u32::try_from(hundredths_of_percent)
            .ok()
            .filter(|share| *share <= Self::WHOLE.0)
            .map(Self)
    }

    /// Hundredths of a percent.
    #[must_use]
    pub fn get(self) -> i32 {
        // At most 10,000.
        self.0.cast_signed()
    }

    /// This share of a non-negative amount, rounded half up.
    #[must_use]
    pub fn of(self, amount: i64) -> i64 {
        share(amount, self.0, Self::WHOLE.0)
    }

    /// The share of this rate that a non-negative amount already holds, rounded half up.
    #[must_use]
    pub fn within(self, amount: i64) -> i64 {
        share(amount, self.0, Self::WHOLE.0 + self.0)
    }
}

/// `amount × part ÷ whole`, half up; `part ≤ whole`, so it never exceeds the amount.
fn share(amount: i64, part: u32, whole: u32) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    let rounded = (2 * amount * part + whole).div_euclid(2 * whole);
    i64::try_from(rounded).expect("a share is not larger than its whole")
}

/// The part of a line's amount that belongs to `count` of its `quantity` pieces, when
/// `before` of them are settled already. Over all pieces the parts make the whole amount.
///
/// # Panics
/// When more pieces are named than there are.
#[must_use]
pub fn part_of_line(amount: i64, quantity: u32, before: u32, count: u32) -> i64 {
    assert!(before + count <= quantity, "more pieces than the line has");
    share(amount, before + count, quantity) - share(amount, before, quantity)
}
