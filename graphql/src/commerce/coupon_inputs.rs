//! What administrators send about coupons.

use super::{amount, percent, types::CouponKind};
use crate::{
    ids::Id,
    inputs::patch,
    scalars::{DateTime, Decimal},
};
use async_graphql::{InputObject, MaybeUndefined};
use shop::{
    Currency,
    checkout::{CouponFilter, CouponPatch, NewCoupon},
    id::CouponId,
};

/// Which coupons are listed.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CouponWhere {
    /// The code contains this, whatever the case.
    pub text: Option<String>,
    /// Whether they may be used at all.
    pub is_active: Option<bool>,
}

impl From<CouponWhere> for CouponFilter {
    fn from(CouponWhere { text, is_active }: CouponWhere) -> Self {
        Self { text, is_active }
    }
}

/// A new coupon.
#[derive(Clone, Debug, InputObject)]
pub struct CouponCreateInput {
    /// 3 to 40 letters A–Z, digits, `-` and `_`; kept in upper case, unique.
    pub code: String,
    /// What it gives.
    pub kind: CouponKind,
    /// 0.01 to 100 with two decimals: for `PERCENT`, and only for it.
    pub percent: Option<Decimal>,
    /// More than nothing: for `FIXED`, and only for it.
    pub amount: Option<Decimal>,
    /// Least subtotal that it takes.
    pub minimum: Option<Decimal>,
    /// From when on it holds.
    pub starts_at: Option<DateTime>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime>,
    /// Orders that may use it, at least 1; without one there is no limit.
    pub usage_limit: Option<i32>,
    /// Orders of one customer that may use it, at least 1.
    pub customer_limit: Option<i32>,
    /// Whether it may be used at all.
    #[graphql(default = true)]
    pub is_active: bool,
}

impl CouponCreateInput {
    pub(super) fn parse(self, currency: Currency) -> NewCoupon {
        NewCoupon {
            code: self.code,
            kind: self.kind.into(),
            percent: self.percent.map(percent),
            amount: self.amount.map(|given| amount(given, currency)),
            minimum: self.minimum.map(|given| amount(given, currency)),
            starts_at: self.starts_at.map(|at| at.0),
            ends_at: self.ends_at.map(|at| at.0),
            usage_limit: self.usage_limit,
            customer_limit: self.customer_limit,
            is_active: self.is_active,
        }
    }
}

/// A change of a coupon; absent stays, `null` clears. With another kind, the percentage or
/// amount of the former kind goes by itself.
#[derive(Clone, Debug, InputObject)]
pub struct CouponUpdateInput {
    /// Which.
    pub id: Id<CouponId>,
    /// 3 to 40 letters A–Z, digits, `-` and `_`; kept in upper case, unique.
    pub code: Option<String>,
    /// What it gives.
    pub kind: Option<CouponKind>,
    /// 0.01 to 100 with two decimals: for `PERCENT`, and only for it.
    pub percent: MaybeUndefined<Decimal>,
    /// More than nothing: for `FIXED`, and only for it.
    pub amount: MaybeUndefined<Decimal>,
    /// Least subtotal that it takes.
    pub minimum: MaybeUndefined<Decimal>,
    /// From when on it holds.
    pub starts_at: MaybeUndefined<DateTime>,
    /// From when on it holds no longer.
    pub ends_at: MaybeUndefined<DateTime>,
    /// Orders that may use it, at least 1.
    pub usage_limit: MaybeUndefined<i32>,
    /// Orders of one customer that may use it, at least 1.
    pub customer_limit: MaybeUndefined<i32>,
    /// Whether it may be used at all.
    pub is_active: Option<bool>,
}

impl CouponUpdateInput {
    pub(super) fn parse(self, currency: Currency) -> CouponPatch {
        CouponPatch {
            code: self.code,
            kind: self.kind.map(Into::into),
            percent: patch(self.percent, percent),
            amount: patch(self.amount, |given| amount(given, currency)),
            minimum: patch(self.minimum, |given| amount(given, currency)),
            starts_at: patch(self.starts_at, |at| at.0),
            ends_at: patch(self.ends_at, |at| at.0),
            usage_limit: patch(self.usage_limit, |limit| limit),
            customer_limit: patch(self.customer_limit, |limit| limit),
            is_active: self.is_active,
        }
    }
}

/// Which coupon.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CouponIdInput {
    /// Which.
    pub id: Id<CouponId>,
}
