//! Coupons as carts use them. Whether one may be used is looked at when it is typed, with
//! every quote, and for good when the order is placed: then under the coupon's row lock.

use crate::{
    error::{ProblemCode, ShopError},
    pricing::{BasisPoints, CouponTerms, Discount},
};
use chrono::{DateTime, Utc};
use entities::{
    Currency,
    coupon::{self, CouponKind},
    id::{CouponId, UserId},
    money::Money,
    order::{self, OrderStatus},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, sea_query::Expr,
};

/// A coupon.
pub type Coupon = coupon::Model;

/// Why a coupon does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponProblem {
    /// Nobody issued it, or it was withdrawn.
    Unknown,
    /// Its time has not come, or is over.
    Expired,
    /// It was used as often as it may be.
    Exhausted,
    /// The goods are worth too little.
    BelowMinimum {
        /// Least subtotal, minor units.
        minimum: i64,
    },
}

impl CouponProblem {
    /// As an error of an input.
    #[must_use]
    pub fn at(self, path: &str, currency: Currency) -> ShopError {
        let (code, message) = match self {
            Self::Unknown => (ProblemCode::CouponUnknown, "there is no such coupon".to_owned()),
            Self::Expired => (ProblemCode::CouponExpired, "the coupon is not valid now".to_owned()),
            Self::Exhausted => (
                ProblemCode::CouponExhausted,
                "the coupon was used as often as it may be".to_owned(),
            ),
            Self::BelowMinimum { minimum } => {
                let minimum = Money::new(minimum, currency);
                let message = format!("the coupon takes goods worth at least {minimum}");
                (ProblemCode::CouponMinimum { minimum }, message)
            }
        };
        ShopError::problem(path, code, message)
    }
}

/// What a coupon gives, if it may be used now by anybody at all.
pub(crate) fn terms(coupon: &Coupon, now: DateTime<Utc>) -> Result<CouponTerms, CouponProblem> {
    if !coupon.is_active {
        return Err(CouponProblem::Unknown);
    }
    let is_early = coupon.starts_at.is_some_and(|starts| now < starts);
    if is_early || coupon.ends_at.is_some_and(|ends| now >= ends) {
        return Err(CouponProblem::Expired);
    }
    if coupon.usage_limit.is_some_and(|limit| coupon.used_count >= limit) {
        return Err(CouponProblem::Exhausted);
    }
    let discount = match coupon.kind {
        CouponKind::Percent => Discount::Percent(coupon.percent_bp.and_then(BasisPoints::new).unwrap_or_default()),
        CouponKind::Fixed => Discount::Fixed(coupon.amount.unwrap_or(0)),
        CouponKind::FreeShipping => Discount::FreeShipping,
    };
    Ok(CouponTerms {
        discount,
        minimum: coupon.minimum_amount.unwrap_or(0),
    })
}

/// The coupon that a text names, whatever its case.
pub(crate) async fn find(db: &impl ConnectionTrait, code: &str) -> Result<Option<Coupon>, ShopError> {
    let code = code.trim().to_uppercase();
    Ok(coupon::Entity::find()
        .filter(coupon::Column::Code.eq(code))
        .one(db)
        .await?)
}

/// Who uses a coupon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Customer<'a> {
    pub(crate) user: Option<UserId>,
    pub(crate) email: &'a str,
}

/// Counts one more order, if the limits leave room; locks the coupon until the end.
pub(crate) async fn take(
    tx: &impl ConnectionTrait,
    coupon: &Coupon,
    customer: Customer<'_>,
) -> Result<Result<(), CouponProblem>, ShopError> {
    let used = Expr::col(coupon::Column::UsedCount);
    let taken = coupon::Entity::update_many()
        .col_expr(coupon::Column::UsedCount, used.clone().add(1))
        .filter(coupon::Column::Id.eq(coupon.id))
        // Withdrawn in the same moment is withdrawn.
        .filter(coupon::Column::IsActive.eq(true))
        .filter(
            Condition::any()
                .add(coupon::Column::UsageLimit.is_null())
                .add(used.lt(Expr::col(coupon::Column::UsageLimit))),
        )
        .exec(tx)
        .await?;
    if taken.rows_affected == 0 {
        return Ok(Err(CouponProblem::Exhausted));
    }
    let Some(limit) = coupon.customer_limit else {
        return Ok(Ok(()));
    };
    let mut theirs = Condition::any().add(order::Column::Email.eq(customer.email));
    if let Some(user) = customer.user {
        theirs = theirs.add(order::Column::UserId.eq(user));
    }
    let orders = order::Entity::find()
        .filter(order::Column::CouponId.eq(coupon.id))
        .filter(order::Column::Status.ne(OrderStatus::Cancelled))
        .filter(theirs)
        .count(tx)
        .await?;
    let has_room = i64::try_from(orders).is_ok_and(|orders| orders < i64::from(limit));
    Ok(if has_room {
        Ok(())
    } else {
        Err(CouponProblem::Exhausted)
    })
}

/// An order that used it was given up.
pub(crate) async fn give_back(tx: &impl ConnectionTrait, id: CouponId) -> Result<(), ShopError> {
    coupon::Entity::update_many()
        .col_expr(coupon::Column::UsedCount, Expr::col(coupon::Column::UsedCount).sub(1))
        .filter(coupon::Column::Id.eq(id))
        .filter(coupon::Column::UsedCount.gt(0))
        .exec(tx)
        .await?;
    Ok(())
}
