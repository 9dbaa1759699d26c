//! Variants as staff change them.

use super::{
    inputs::{VariantCreateInput, VariantIdInput, VariantStockSetInput, VariantUpdateInput},
    payloads::{PartDeletePayload, VariantPayload},
};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    user_error::{settle, settle_at},
};
use async_graphql::{Context, Object};
use shop::{Role, id::VariantId};

/// Variants as staff change them.
#[derive(Default)]
pub struct VariantMutation;

#[Object(guard = "Requires(Role::Staff)")]
impl VariantMutation {
    /// Adds a variant to a product.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn variant_create(&self, ctx: &Context<'_>, input: VariantCreateInput) -> Result<VariantPayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let staff = ctx.viewer()?.staff(shop).await?;
        let (Id(product), sku) = (input.product_id, input.sku.trim().to_owned());
        let outcome = match input.parse(shop.currency()) {
            Ok(new) => staff.catalog().variant_create(product, new).await,
            Err(error) => Err(error),
        };
        Ok(VariantPayload::new(settle_at("productId", outcome)?, |row| {
            row.sku == sku
        }))
    }

    /// Changes what the input names.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn variant_update(&self, ctx: &Context<'_>, input: VariantUpdateInput) -> Result<VariantPayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let staff = ctx.viewer()?.staff(shop).await?;
        let Id(id) = input.id;
        let outcome = match input.parse(shop.currency()) {
            Ok(patch) => staff.catalog().variant_update(id, patch).await,
            Err(error) => Err(error),
        };
        Ok(VariantPayload::new(settle(outcome)?, |row| row.id == id))
    }

    /// Removes a variant; the last one of a product stays.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn variant_delete(
        &self,
        ctx: &Context<'_>,
        input: VariantIdInput,
    ) -> Result<PartDeletePayload<Id<VariantId>>, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(PartDeletePayload::new(
            input.id,
            settle(staff.catalog().variant_delete(input.id.0).await)?,
        ))
    }

    /// Says how many pieces are in the house. Setting the same number again changes nothing.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn variant_stock_set(
        &self,
        ctx: &Context<'_>,
        input: VariantStockSetInput,
    ) -> Result<VariantPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        let Id(id) = input.id;
        let outcome = staff.catalog().variant_set_stock(id, input.stock).await;
        Ok(VariantPayload::new(settle(outcome)?, |row| row.id == id))
    }
}
