//! Coupons, zones, rates and taxes as administrators see them.

use crate::{
    cart::types_percent as percent,
    catalog::Category,
    context::ContextExt,
    error::ApiError,
    ids::Id,
    money::Money,
    scalars::{DateTime, Decimal},
};
use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use shop::{
    Currency, checkout,
    id::{CategoryId, CouponId, ShippingRateId, ShippingZoneId, TaxRateId},
    money,
};

/// What a coupon gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "checkout::CouponKind")]
pub enum CouponKind {
    /// A percentage off the goods.
    Percent,
    /// An amount off the goods.
    Fixed,
    /// Shipping for nothing.
    FreeShipping,
}

/// A coupon as administrators see it.
#[derive(Clone, Debug, SimpleObject)]
pub struct Coupon {
    /// `coup_…`
    pub id: Id<CouponId>,
    /// What customers type, in any case.
    pub code: String,
    /// What it gives.
    pub kind: CouponKind,
    /// Per cent, for `PERCENT`.
    pub percent: Option<Decimal>,
    /// For `FIXED`.
    pub amount: Option<Money>,
    /// Least subtotal that it takes.
    pub minimum: Option<Money>,
    /// From when on it holds.
    pub starts_at: Option<DateTime>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime>,
    /// Orders that may use it.
    pub usage_limit: Option<i32>,
    /// Orders of one customer that may use it.
    pub customer_limit: Option<i32>,
    /// Orders that use it now.
    pub used_count: i32,
    /// Whether it may be used at all.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime,
    /// When it was last changed.
    pub updated_at: DateTime,
}

impl Coupon {
    pub(super) fn new(row: checkout::Coupon, currency: Currency) -> Self {
        let amount = |amount| money::Money::new(amount, currency).into();
        Self {
            id: Id(row.id),
            code: row.code,
            kind: row.kind.into(),
            percent: row.percent_bp.map(percent),
            amount: row.amount.map(amount),
            minimum: row.minimum_amount.map(amount),
            starts_at: row.starts_at.map(DateTime),
            ends_at: row.ends_at.map(DateTime),
            usage_limit: row.usage_limit,
            customer_limit: row.customer_limit,
            used_count: row.used_count,
            is_active: row.is_active,
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
        }
    }
}

/// A way to ship as administrators see it.
#[derive(Clone, Debug, SimpleObject)]
pub struct ShippingRate {
    /// `rate_…`
    pub id: Id<ShippingRateId>,
    /// What customers read.
    pub name: String,
    /// Its price.
    pub price: Money,
    /// Goods of more than this, after discount, ship for nothing.
    pub free_over: Option<Money>,
    /// Days on the way, at least.
    pub min_days: Option<i32>,
    /// Days on the way, at most.
    pub max_days: Option<i32>,
    /// Whether it may be chosen.
    pub is_active: bool,
    /// Order among rates.
    pub position: i32,
}

impl ShippingRate {
    pub(super) fn new(row: checkout::ShippingRate, currency: Currency) -> Self {
        let amount = |amount| money::Money::new(amount, currency).into();
        Self {
            id: Id(row.id),
            name: row.name,
            price: amount(row.price_amount),
            free_over: row.free_over_amount.map(amount),
            min_days: row.min_days,
            max_days: row.max_days,
            is_active: row.is_active,
            position: row.position,
        }
    }
}

/// Countries that share ways to ship.
#[derive(Clone, Debug, SimpleObject)]
pub struct ShippingZone {
    /// `zone_…`
    pub id: Id<ShippingZoneId>,
    /// What staff call it.
    pub name: String,
    /// ISO 3166-1 alpha-2 codes; none: every country that no other zone names.
    pub countries: Vec<String>,
    /// Order among zones.
    pub position: i32,
    /// Its ways to ship, in their order.
    #[graphql(complexity = "crate::cost::small_list(child_complexity)")]
    pub rates: Vec<ShippingRate>,
}

impl ShippingZone {
    pub(super) fn new(zone: checkout::Zone, currency: Currency) -> Self {
        let rates = zone.rates.into_iter();
        Self {
            id: Id(zone.zone.id),
            name: zone.zone.name,
            countries: zone.zone.countries.0,
            position: zone.zone.position,
            rates: rates.map(|row| ShippingRate::new(row, currency)).collect(),
        }
    }
}

/// A tax rate that differs from the shop's usual one. The most specific one applies: of the
/// nearest category first, then the one that names the country.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct TaxRate {
    /// `tax_…`
    pub id: Id<TaxRateId>,
    /// ISO 3166-1 alpha-2; every country when null.
    pub country: Option<String>,
    /// A category and what is below it; everything when null.
    pub category_id: Option<Id<CategoryId>>,
    /// Per cent.
    pub percent: Decimal,
}

#[ComplexObject]
impl TaxRate {
    /// The category.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<Category>, ApiError> {
        let taxonomy = ctx.loaders()?.taxonomy();
        let row = self.category_id.and_then(|id| taxonomy.category(id.0));
        Ok(row.map(|row| Category::new(&taxonomy, row)))
    }
}

impl From<checkout::TaxRate> for TaxRate {
    fn from(row: checkout::TaxRate) -> Self {
        Self {
            id: Id(row.id),
            country: row.country,
            category_id: row.category_id.map(Id),
            percent: percent(row.rate_bp),
        }
    }
}
