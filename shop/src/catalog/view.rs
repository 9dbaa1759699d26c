//! A product as a whole: its row, variants and pictures, and what follows from them.

use entities::Currency;
use entities::{
    id::ProductId,
    media,
    money::Money,
    product::{self, ProductStatus},
    variant,
};

/// Lowest and highest price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRange {
    /// Lowest.
    pub min: Money,
    /// Highest.
    pub max: Money,
}

/// A product with everything that is shown of it. Brand and category names are in the
/// [`super::Taxonomy`].
#[derive(Clone, Debug, PartialEq)]
pub struct ProductView {
    /// The product's own row.
    pub product: product::Model,
    /// Variants, in order.
    pub variants: Vec<variant::Model>,
    /// Pictures, main one first.
    pub media: Vec<media::Model>,
}

impl ProductView {
    /// Identity.
    #[must_use]
    pub fn id(&self) -> ProductId {
        self.product.id
    }

    /// Whether the public may see it.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.product.status == ProductStatus::Published
    }

    /// Prices over sellable variants; none when nothing can be bought.
    #[must_use]
    pub fn price(&self) -> Option<PriceRange> {
        let currency = self
            .variants
            .iter()
            .find_map(|variant| Currency::from_code(&variant.currency))?;
        let prices = || self.variants.iter().filter_map(|variant| variant.price_amount);
        let (min, max) = (prices().min()?, prices().max()?);
        Some(PriceRange {
            min: Money::new(min, currency),
            max: Money::new(max, currency),
        })
    }

    /// Whether a variant with a price has free stock.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.variants.iter().any(is_available)
    }

    /// Mean rating 1–5, none without ratings.
    #[must_use]
    pub fn rating(&self) -> Option<f64> {
        let count = self.product.rating_count;
        (count > 0).then(|| self.product.rating_sum as f64 / f64::from(count))
    }
}

/// Pieces that can still be promised.
#[must_use]
pub fn free_stock(variant: &variant::Model) -> i32 {
    (variant.stock_on_hand - variant.stock_reserved).max(0)
}

/// Whether it can be bought now.
#[must_use]
pub fn is_available(variant: &variant::Model) -> bool {
    variant.price_amount.is_some() && free_stock(variant) > 0
}
