//! Products as staff change them.

use super::{
    inputs::{MOST, ProductCreateInput, ProductIdInput, ProductReindexInput, ProductUpdateInput},
    payloads::{DeletePayload, ProductPayload, ProductReindexPayload},
};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id, page::at_most, user_error::settle};
use async_graphql::{Context, Object};
use shop::{
    Currency, Role, ShopError,
    catalog::{ProductStatus, ProductView},
    id::ProductId,
    viewer::Staff,
};

/// Products as staff change them.
#[derive(Default)]
pub struct ProductMutation;

#[Object(guard = "Requires(Role::Staff)")]
impl ProductMutation {
    /// Creates a product with its variants; a draft unless `publish` is set.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn product_create(&self, ctx: &Context<'_>, input: ProductCreateInput) -> Result<ProductPayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let staff = ctx.viewer()?.staff(shop).await?;
        at_most("input.variants", &input.variants, MOST)?;
        at_most("input.attributes", &input.attributes, MOST)?;
        Ok(settle(created(&staff, input, shop.currency()).await)?.into())
    }

    /// Changes what the input names.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn product_update(&self, ctx: &Context<'_>, input: ProductUpdateInput) -> Result<ProductPayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let staff = ctx.viewer()?.staff(shop).await?;
        at_most(
            "input.attributes",
            input.attributes.as_deref().unwrap_or_default(),
            MOST,
        )?;
        Ok(settle(updated(&staff, input, shop.currency()).await)?.into())
    }

    /// Deletes a product with its variants, pictures and vectors. One of which pieces are
    /// promised to open orders stays, and may be archived instead.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn product_delete(
        &self,
        ctx: &Context<'_>,
        input: ProductIdInput,
    ) -> Result<DeletePayload<Id<ProductId>>, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(DeletePayload::new(
            input.id,
            settle(staff.catalog().product_delete(input.id.0).await)?,
        ))
    }

    /// Makes a product public.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn product_publish(&self, ctx: &Context<'_>, input: ProductIdInput) -> Result<ProductPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(settle(
            staff
                .catalog()
                .product_set_status(input.id.0, ProductStatus::Published)
                .await,
        )?
        .into())
    }

    /// Takes a product back from the public.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn product_unpublish(&self, ctx: &Context<'_>, input: ProductIdInput) -> Result<ProductPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(settle(
            staff
                .catalog()
                .product_set_status(input.id.0, ProductStatus::Draft)
                .await,
        )?
        .into())
    }

    /// Puts a product away: it is not public any more, and kept for old orders.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn product_archive(&self, ctx: &Context<'_>, input: ProductIdInput) -> Result<ProductPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(settle(
            staff
                .catalog()
                .product_set_status(input.id.0, ProductStatus::Archived)
                .await,
        )?
        .into())
    }

    /// Has products embedded and indexed anew.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn product_reindex(
        &self,
        ctx: &Context<'_>,
        input: ProductReindexInput,
    ) -> Result<ProductReindexPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        at_most("input.ids", input.ids.as_deref().unwrap_or_default(), MOST)?;
        let ids: Option<Vec<ProductId>> = input.ids.map(|ids| ids.into_iter().map(|Id(id)| id).collect());
        Ok(settle(staff.catalog().reindex(ids.as_deref()).await)?.into())
    }
}

async fn created(staff: &Staff<'_>, input: ProductCreateInput, currency: Currency) -> Result<ProductView, ShopError> {
    staff.catalog().product_create(input.parse(currency)?).await
}

async fn updated(staff: &Staff<'_>, input: ProductUpdateInput, currency: Currency) -> Result<ProductView, ShopError> {
    let Id(id) = input.id;
    staff.catalog().product_update(id, input.parse(currency)?).await
}
