//! Zones and ways to ship as administrators keep them.

use super::{
    payloads::{GonePayload, ShippingRatePayload, ShippingZonePayload, parts},
    shipping_inputs::{
        ShippingRateCreateInput, ShippingRateIdInput, ShippingRateUpdateInput, ShippingZoneCreateInput,
        ShippingZoneIdInput, ShippingZoneUpdateInput,
    },
    types::{ShippingRate, ShippingZone},
};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id};
use async_graphql::{Context, Object};
use shop::{
    Role,
    id::{ShippingRateId, ShippingZoneId},
};

/// Zones as administrators see them.
#[derive(Default)]
pub struct ShippingQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl ShippingQuery {
    /// Zones with their ways to ship, in their order. Without any, the settings' one way holds.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn shipping_zones(&self, ctx: &Context<'_>) -> Result<Vec<ShippingZone>, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let zones = admin.terms().zones().await?.into_iter();
        Ok(zones.map(|zone| ShippingZone::new(zone, shop.currency())).collect())
    }
}

/// Zones and ways to ship as administrators change them. Carts follow with their next quote.
#[derive(Default)]
pub struct ShippingMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl ShippingMutation {
    /// Makes a zone.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn shipping_zone_create(
        &self,
        ctx: &Context<'_>,
        input: ShippingZoneCreateInput,
    ) -> Result<ShippingZonePayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let (zone, user_errors) = parts(admin.terms().zone_create(input.into()).await)?;
        let zone = zone.map(|zone| ShippingZone::new(zone, shop.currency()));
        Ok(ShippingZonePayload { zone, user_errors })
    }

    /// Changes what the input names.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn shipping_zone_update(
        &self,
        ctx: &Context<'_>,
        input: ShippingZoneUpdateInput,
    ) -> Result<ShippingZonePayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let (zone, user_errors) = parts(admin.terms().zone_update(input.id.0, input.into()).await)?;
        let zone = zone.map(|zone| ShippingZone::new(zone, shop.currency()));
        Ok(ShippingZonePayload { zone, user_errors })
    }

    /// Deletes a zone with its ways to ship.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn shipping_zone_delete(
        &self,
        ctx: &Context<'_>,
        input: ShippingZoneIdInput,
    ) -> Result<GonePayload<Id<ShippingZoneId>>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        GonePayload::new(input.id, admin.terms().zone_delete(input.id.0).await)
    }

    /// Adds a way to ship to a zone.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn shipping_rate_create(
        &self,
        ctx: &Context<'_>,
        input: ShippingRateCreateInput,
    ) -> Result<ShippingRatePayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let (zone, new) = (input.zone_id.0, input.parse(shop.currency()));
        let (row, user_errors) = parts(admin.terms().rate_create(zone, new).await)?;
        let rate = row.map(|row| ShippingRate::new(row, shop.currency()));
        Ok(ShippingRatePayload { rate, user_errors })
    }

    /// Changes what the input names.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn shipping_rate_update(
        &self,
        ctx: &Context<'_>,
        input: ShippingRateUpdateInput,
    ) -> Result<ShippingRatePayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let (id, patch) = (input.id.0, input.parse(shop.currency()));
        let (row, user_errors) = parts(admin.terms().rate_update(id, patch).await)?;
        let rate = row.map(|row| ShippingRate::new(row, shop.currency()));
        Ok(ShippingRatePayload { rate, user_errors })
    }

    /// Deletes a way to ship. Carts that chose it get the first one that is left.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn shipping_rate_delete(
        &self,
        ctx: &Context<'_>,
        input: ShippingRateIdInput,
    ) -> Result<GonePayload<Id<ShippingRateId>>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        GonePayload::new(input.id, admin.terms().rate_delete(input.id.0).await)
    }
}
