//! Lines, a coupon and a way to ship, made into a quote.

use super::BasisPoints;
use std::cmp::Reverse;
use thiserror::Error;

/// A line to be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToPrice {
    /// Price of one; never negative.
    pub unit: i64,
    /// How many.
    pub quantity: u32,
    /// Tax rate.
    pub tax: BasisPoints,
}

/// What a coupon gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// A share of the goods.
    Percent(BasisPoints),
    /// An amount off the goods, as far as they go.
    Fixed(i64),
    /// Shipping for nothing.
    FreeShipping,
}

/// A coupon that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CouponTerms {
    /// What it gives.
    pub discount: Discount,
    /// Least subtotal that it takes.
    pub minimum: i64,
}

/// A way to ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShippingTerms {
    /// Its price.
    pub price: i64,
    /// Goods of more than this, after discount, ship for nothing.
    pub free_over: Option<i64>,
    /// Tax rate.
    pub tax: BasisPoints,
}

/// A priced line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// Price times quantity.
    pub subtotal: i64,
    /// Its share of the discount.
    pub discount: i64,
    /// Its tax: on top, or within when prices hold it.
    pub tax: i64,
    /// What it adds to the total.
    pub total: i64,
}

/// Priced shipping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PricedShipping {
    /// Its price.
    pub price: i64,
    /// Its tax.
    pub tax: i64,
    /// What it adds to the total.
    pub total: i64,
}

/// A quote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Priced {
    /// The lines, as they were given.
    pub lines: Vec<PricedLine>,
    /// Sum of the lines' subtotals.
    pub subtotal: i64,
    /// Sum of the lines' discounts.
    pub discount: i64,
    /// Shipping.
    pub shipping: PricedShipping,
    /// Tax of lines and shipping.
    pub tax: i64,
    /// What is to be paid.
    pub total: i64,
}

/// Why something has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PricingError {
    /// An amount does not fit.
    #[error("the amounts are too large")]
    TooLarge,
    /// The goods are worth less than the coupon takes.
    #[error("the coupon takes at least {minimum}")]
    BelowMinimum {
        /// Minor units.
        minimum: i64,
    },
}

/// Prices a cart. Without a way to ship, shipping is nothing.
///
/// # Errors
/// `BelowMinimum` for a coupon that does not apply, `TooLarge`.
pub fn quote(
    lines: &[ToPrice],
    coupon: Option<CouponTerms>,
    shipping: Option<ShippingTerms>,
    is_tax_included: bool,
) -> Result<Priced, PricingError> {
    let subtotals = lines.iter().map(|line| line.unit.checked_mul(i64::from(line.quantity)));
    let subtotals: Vec<i64> = subtotals.collect::<Option<_>>().ok_or(PricingError::TooLarge)?;
    let subtotal = sum(subtotals.iter().copied())?;
    if let Some(CouponTerms { minimum, .. }) = coupon
        && subtotal < minimum
    {
        return Err(PricingError::BelowMinimum { minimum });
    }
    let given = coupon.map(|coupon| coupon.discount);
    let discount = match given {
        Some(Discount::Percent(share)) => share.of(subtotal),
        Some(Discount::Fixed(amount)) => amount.clamp(0, subtotal),
        Some(Discount::FreeShipping) | None => 0,
    };
    let discounts = spread(discount, &subtotals);
    let priced = lines.iter().zip(subtotals).zip(discounts);
    let priced = priced.map(|((line, subtotal), discount)| {
        let (tax, total) = taxed(subtotal - discount, line.tax, is_tax_included)?;
        Ok(PricedLine {
            subtotal,
            discount,
            tax,
            total,
        })
    });
    let lines: Vec<PricedLine> = priced.collect::<Result<_, PricingError>>()?;
    let shipping = match shipping {
        Some(terms) if !lines.is_empty() => {
            let is_over = terms.free_over.is_some_and(|limit| subtotal - discount > limit);
            let is_free = is_over || given == Some(Discount::FreeShipping);
            let price = if is_free { 0 } else { terms.price };
            let (tax, total) = taxed(price, terms.tax, is_tax_included)?;
            PricedShipping { price, tax, total }
        }
        _ => PricedShipping::default(),
    };
    Ok(Priced {
        subtotal,
        discount,
        tax: sum(lines.iter().map(|line| line.tax).chain([shipping.tax]))?,
        total: sum(lines.iter().map(|line| line.total).chain([shipping.total]))?,
        lines,
        shipping,
    })
}

fn sum(amounts: impl Iterator<Item = i64>) -> Result<i64, PricingError> {
    let mut sum = 0_i64;
    for amount in amounts {
        sum = sum.checked_add(amount).ok_or(PricingError::TooLarge)?;
    }
    Ok(sum)
}

/// The tax of an amount, and the amount with it.
fn taxed(amount: i64, rate: BasisPoints, is_included: bool) -> Result<(i64, i64), PricingError> {
    if is_included {
        return Ok((rate.within(amount), amount));
    }
    let tax = rate.of(amount);
    Ok((tax, amount.checked_add(tax).ok_or(PricingError::TooLarge)?))
}

/// Spreads an amount over weights by largest remainders: the parts make the amount, and
/// none exceeds its weight while the amount does not exceed their sum.
fn spread(amount: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().copied().map(i128::from).sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: i64| i128::from(amount) * i128::from(weight);
    let floor = |weight: i64| i64::try_from(exact(weight) / whole).expect("a part is not larger than its whole");
    let mut parts: Vec<i64> = weights.iter().map(|weight| floor(*weight)).collect();
    let missing = usize::try_from(amount - parts.iter().sum::<i64>()).expect("parts are rounded down");
    let mut order: Vec<usize> = (0..weights.len()).collect();
    // Equal remainders go by place, so that the same cart always gives the same parts.
    order.sort_by_key(|&place| (Reverse(exact(weights[place]) % whole), place));
    for place in order.into_iter().take(missing) {
        parts[place] += 1;
    }
    parts
}
