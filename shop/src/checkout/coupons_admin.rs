//! Coupons as administrators keep them. Obtained from [`crate::viewer::Admin`].
//!
//! An order that used a coupon points to it for good, so such a coupon is never deleted:
//! it is deactivated. How often it was used belongs to the orders and is not written here.

use super::{Coupon, CouponKind, given::Given};
use crate::{
    Shop,
    catalog::Patch,
    db::begin_write,
    error::{OnConstraint, ProblemCode, ShopError},
    text::Checks,
};
use chrono::{DateTime, Utc};
use entities::{coupon, id::CouponId, order};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::LikeExpr,
};

/// Most coupons of one page.
const LARGEST_PAGE: u64 = 100;

/// Which coupons are listed.
#[derive(Clone, Debug, Default)]
pub struct CouponFilter {
    /// The code contains this, whatever the case.
    pub text: Option<String>,
    /// Whether they may be used at all.
    pub is_active: Option<bool>,
}

/// A page of coupons, newest first.
#[derive(Clone, Debug)]
pub struct CouponPage {
    /// The coupons.
    pub coupons: Vec<Coupon>,
    /// How many match.
    pub total: u64,
}

/// A new coupon.
#[derive(Clone, Debug)]
pub struct NewCoupon {
    /// What customers type; kept in upper case.
    pub code: String,
    /// What it gives.
    pub kind: CouponKind,
    /// Hundredths of a percent: for `Percent`, and only for it.
    pub percent: Option<Given>,
    /// Minor units: for `Fixed`, and only for it.
    pub amount: Option<Given>,
    /// Least subtotal, minor units.
    pub minimum: Option<Given>,
    /// From when on it holds.
    pub starts_at: Option<DateTime<Utc>>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime<Utc>>,
    /// Orders that may use it.
    pub usage_limit: Option<i32>,
    /// Orders of one customer that may use it.
    pub customer_limit: Option<i32>,
    /// Whether it may be used at all.
    pub is_active: bool,
}

/// A change of a coupon; what is absent stays. With another kind, the percentage or amount
/// of the former kind goes by itself.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in NewCoupon")]
pub struct CouponPatch {
    pub code: Option<String>,
    pub kind: Option<CouponKind>,
    pub percent: Patch<Given>,
    pub amount: Patch<Given>,
    pub minimum: Patch<Given>,
    pub starts_at: Patch<DateTime<Utc>>,
    pub ends_at: Patch<DateTime<Utc>>,
    pub usage_limit: Patch<i32>,
    pub customer_limit: Patch<i32>,
    pub is_active: Option<bool>,
}

impl CouponPatch {
    /// The coupon as it shall be.
    fn over(self, row: &Coupon) -> NewCoupon {
        let kind = self.kind.unwrap_or(row.kind);
        let stays = kind == row.kind;
        let percent = row.percent_bp.filter(|_| stays).map(i64::from);
        let amount = row.amount.filter(|_| stays);
        NewCoupon {
            code: self.code.unwrap_or_else(|| row.code.clone()),
            kind,
            percent: self.percent.change().unwrap_or(percent.map(Given::Exact)),
            amount: self.amount.change().unwrap_or(amount.map(Given::Exact)),
            minimum: self.minimum.change().unwrap_or(row.minimum_amount.map(Given::Exact)),
            starts_at: self.starts_at.change().unwrap_or(row.starts_at),
            ends_at: self.ends_at.change().unwrap_or(row.ends_at),
            usage_limit: self.usage_limit.change().unwrap_or(row.usage_limit),
            customer_limit: self.customer_limit.change().unwrap_or(row.customer_limit),
            is_active: self.is_active.unwrap_or(row.is_active),
        }
    }
}

/// What an administrator may do with coupons.
#[derive(Clone, Copy, Debug)]
pub struct AdminCoupons<'a> {
    shop: &'a Shop,
}

impl<'a> AdminCoupons<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// A page of coupons, newest first; `limit` is brought within 1 and 100.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn list(&self, filter: &CouponFilter, offset: u64, limit: u64) -> Result<CouponPage, ShopError> {
        let mut query = coupon::Entity::find();
        if let Some(is_active) = filter.is_active {
            query = query.filter(coupon::Column::IsActive.eq(is_active));
        }
        if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            query = query.filter(coupon::Column::Code.like(holding(text)));
        }
        let total = query.clone().count(self.shop.db()).await?;
        let coupons = query
            .order_by_desc(coupon::Column::CreatedAt)
            .order_by_desc(coupon::Column::Id)
            .offset(offset)
            .limit(limit.clamp(1, LARGEST_PAGE))
            .all(self.shop.db())
            .await?;
        Ok(CouponPage { coupons, total })
    }

    /// A coupon.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn find(&self, id: CouponId) -> Result<Coupon, ShopError> {
        let found = coupon::Entity::find_by_id(id).one(self.shop.db()).await?;
        found.ok_or(ShopError::NotFound)
    }

    /// Issues a coupon.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, a taken code among them.
    pub async fn create(&self, input: NewCoupon) -> Result<Coupon, ShopError> {
        let now = self.shop.now();
        let row = coupon::ActiveModel {
            id: Set(CouponId::generate()),
            used_count: Set(0),
            created_at: Set(now),
            ..checked(input, now)?
        };
        row.insert(self.shop.db())
            .await
            .on_constraint("coupon_code_key", code_taken)
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of what the coupon would be.
    pub async fn update(&self, id: CouponId, patch: CouponPatch) -> Result<Coupon, ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        let row = locked(&tx, id).await?;
        let row = coupon::ActiveModel {
            id: Unchanged(id),
            ..checked(patch.over(&row), self.shop.now())?
        };
        let row = row.update(&tx).await.on_constraint("coupon_code_key", code_taken)?;
        tx.commit().await?;
        Ok(row)
    }

    /// Deletes a coupon that no order ever used.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with `InUse` once an order used it.
    pub async fn delete(&self, id: CouponId) -> Result<(), ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        // An order that is being placed takes the coupon's row first, so it is counted here
        // or finds no coupon.
        locked(&tx, id).await?;
        let used = order::Entity::find()
            .filter(order::Column::CouponId.eq(id))
            .count(&tx)
            .await?;
        if used > 0 {
            let message = format!("{used} orders used it: deactivate it instead");
            return Err(ShopError::problem("id", ProblemCode::InUse, message));
        }
        coupon::Entity::delete_by_id(id).exec(&tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A pattern for codes that hold a text; `_` is part of codes and no wildcard here.
fn holding(text: &str) -> LikeExpr {
    const ESCAPE: char = '!';
    let mut pattern = String::from("%");
    for character in text.to_uppercase().chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}

async fn locked(tx: &DatabaseTransaction, id: CouponId) -> Result<Coupon, ShopError> {
    let found = coupon::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    found.ok_or(ShopError::NotFound)
}

fn code_taken() -> ShopError {
    ShopError::problem("code", ProblemCode::Taken, "another coupon has it")
}

/// The row of a coupon with these values, without what it is and was used.
fn checked(input: NewCoupon, now: DateTime<Utc>) -> Result<coupon::ActiveModel, ShopError> {
    let mut checks = Checks::default();
    let code = code(&mut checks, &input.code);
    let percent = gift(&mut checks, "percent", input.percent, input.kind == CouponKind::Percent)
        .map(|percent| checks.percent("percent", percent, 1));
    let amount = gift(&mut checks, "amount", input.amount, input.kind == CouponKind::Fixed)
        .map(|amount| checks.amount("amount", amount, 1));
    let minimum = input.minimum.map(|minimum| checks.amount("minimum", minimum, 0));
    if let (Some(starts), Some(ends)) = (input.starts_at, input.ends_at)
        && starts >= ends
    {
        checks.fail("endsAt", ProblemCode::OutOfRange, "must be after the start");
    }
    for (path, limit) in [
        ("usageLimit", input.usage_limit),
        ("customerLimit", input.customer_limit),
    ] {
        if limit.is_some_and(|limit| limit < 1) {
            checks.fail(
                path,
                ProblemCode::OutOfRange,
                "must be at least 1; without one there is no limit",
            );
        }
    }
    checks.done()?;
    Ok(coupon::ActiveModel {
        code: Set(code),
        kind: Set(input.kind),
        percent_bp: Set(percent.map(crate::pricing::BasisPoints::get)),
        amount: Set(amount),
        minimum_amount: Set(minimum),
        starts_at: Set(input.starts_at),
        ends_at: Set(input.ends_at),
        usage_limit: Set(input.usage_limit),
        customer_limit: Set(input.customer_limit),
        is_active: Set(input.is_active),
        updated_at: Set(now),
        ..Default::default()
    })
}

/// 3 to 40 of A–Z, 0–9, `-` and `_`; what customers type is compared in upper case.
fn code(checks: &mut Checks, text: &str) -> String {
    let code = text.trim().to_uppercase();
    let is_plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if code.is_empty() {
        checks.fail("code", ProblemCode::Required, "must not be empty");
    } else if code.chars().count() > 40 {
        checks.fail("code", ProblemCode::TooLong, "at most 40 characters");
    } else if code.chars().count() < 3 || !code.chars().all(is_plain) {
        checks.fail("code", ProblemCode::Invalid, "3 to 40 of A–Z, 0–9, - and _");
    }
    code
}

/// What a kind of coupon needs and any other kind must not have.
fn gift(checks: &mut Checks, path: &str, given: Option<Given>, is_needed: bool) -> Option<Given> {
    match (given, is_needed) {
        (None, true) => checks.fail(path, ProblemCode::Required, "this kind of coupon needs it"),
        (Some(_), false) => checks.fail(path, ProblemCode::Invalid, "not for this kind of coupon"),
        _ => return given,
    }
    None
}
