//! Coupons as administrators keep them.

use super::{
    coupon_inputs::{CouponCreateInput, CouponIdInput, CouponUpdateInput, CouponWhere},
    payloads::{CouponPayload, GonePayload, parts},
    types::Coupon,
};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    page::{MAX_OFFSET, MAX_SIZE, within},
};
use async_graphql::{Context, Object, SimpleObject};
use shop::{Role, ShopError, id::CouponId};

/// A page of coupons, newest first.
#[derive(Clone, Debug, SimpleObject)]
pub struct CouponConnection {
    /// The coupons.
    #[graphql(complexity = "child_complexity")]
    pub nodes: Vec<Coupon>,
    /// How many match.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
}

/// Coupons as administrators see them.
#[derive(Default)]
pub struct CouponQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl CouponQuery {
    /// Coupons, newest first.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::page(Some(first), None, child_complexity)")]
    async fn coupons(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Conditions.")] filter: Option<CouponWhere>,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<CouponConnection, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let first = within("first", first, 1, MAX_SIZE)? as u64;
        let offset = within("offset", offset, 0, MAX_OFFSET)? as u64;
        let filter = filter.unwrap_or_default().into();
        let page = admin.coupons().list(&filter, offset, first).await?;
        let rows = page.coupons.into_iter();
        let nodes: Vec<_> = rows.map(|row| Coupon::new(row, shop.currency())).collect();
        Ok(CouponConnection {
            has_next_page: page.total > offset + nodes.len() as u64,
            nodes,
            total_count: page.total,
        })
    }

    /// A coupon; null when there is none.
    ///
    /// @requires(ADMIN)
    async fn coupon(&self, ctx: &Context<'_>, id: Id<CouponId>) -> Result<Option<Coupon>, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        match admin.coupons().find(id.0).await {
            Ok(row) => Ok(Some(Coupon::new(row, shop.currency()))),
            Err(ShopError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Coupons as administrators change them.
#[derive(Default)]
pub struct CouponMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl CouponMutation {
    /// Issues a coupon.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn coupon_create(&self, ctx: &Context<'_>, input: CouponCreateInput) -> Result<CouponPayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let (row, user_errors) = parts(admin.coupons().create(input.parse(shop.currency())).await)?;
        let coupon = row.map(|row| Coupon::new(row, shop.currency()));
        Ok(CouponPayload { coupon, user_errors })
    }

    /// Changes what the input names. Open carts follow with their next quote.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn coupon_update(&self, ctx: &Context<'_>, input: CouponUpdateInput) -> Result<CouponPayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let (id, patch) = (input.id.0, input.parse(shop.currency()));
        let (row, user_errors) = parts(admin.coupons().update(id, patch).await)?;
        let coupon = row.map(|row| Coupon::new(row, shop.currency()));
        Ok(CouponPayload { coupon, user_errors })
    }

    /// Deletes a coupon that no order ever used; one that was used stays, and may be
    /// deactivated instead.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn coupon_delete(
        &self,
        ctx: &Context<'_>,
        input: CouponIdInput,
    ) -> Result<GonePayload<Id<CouponId>>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        GonePayload::new(input.id, admin.coupons().delete(input.id.0).await)
    }
}
