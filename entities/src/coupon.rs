//! Coupons: what lowers a price, for whom and how long.

use crate::id::CouponId;
use sea_orm::entity::prelude::*;

/// What a coupon gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum CouponKind {
    /// So many hundredths of a percent off the goods.
    #[sea_orm(string_value = "PERCENT")]
    Percent,
    /// An amount off the goods.
    #[sea_orm(string_value = "FIXED")]
    Fixed,
    /// Shipping for nothing.
    #[sea_orm(string_value = "FREE_SHIPPING")]
    FreeShipping,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "coupon")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CouponId,
    /// What customers type, upper case, unique.
    #[sea_orm(unique)]
    pub code: String,
    /// What it gives.
    pub kind: CouponKind,
    /// Hundredths of a percent, for `Percent`.
    pub percent_bp: Option<i32>,
    /// Minor units, for `Fixed`.
    pub amount: Option<i64>,
    /// Least subtotal, minor units.
    pub minimum_amount: Option<i64>,
    /// From when on it holds.
    pub starts_at: Option<chrono::DateTime<chrono::Utc>>,
    /// From when on it holds no longer.
    pub ends_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Orders that may use it.
    pub usage_limit: Option<i32>,
    /// Orders of one customer that may use it.
    pub customer_limit: Option<i32>,
    /// Orders that use it now.
    pub used_count: i32,
    /// Whether it may be used at all.
    pub is_active: bool,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
