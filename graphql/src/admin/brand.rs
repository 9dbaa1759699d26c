//! Brands as staff change them.

use super::{
    payloads::{BrandPayload, DeletePayload},
    taxonomy_inputs::{BrandCreateInput, BrandIdInput, BrandUpdateInput},
};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id, user_error::settle};
use async_graphql::{Context, Object};
use shop::{Role, id::BrandId};

/// Brands as staff change them.
#[derive(Default)]
pub struct BrandMutation;

#[Object(guard = "Requires(Role::Staff)")]
impl BrandMutation {
    /// Creates a brand.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn brand_create(&self, ctx: &Context<'_>, input: BrandCreateInput) -> Result<BrandPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(settle(staff.catalog().brand_create(input.into()).await)?.into())
    }

    /// Changes what the input names.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn brand_update(&self, ctx: &Context<'_>, input: BrandUpdateInput) -> Result<BrandPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(settle(staff.catalog().brand_update(input.id.0, input.into()).await)?.into())
    }

    /// Deletes a brand that no product has.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn brand_delete(
        &self,
        ctx: &Context<'_>,
        input: BrandIdInput,
    ) -> Result<DeletePayload<Id<BrandId>>, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(DeletePayload::new(
            input.id,
            settle(staff.catalog().brand_delete(input.id.0).await)?,
        ))
    }
}
