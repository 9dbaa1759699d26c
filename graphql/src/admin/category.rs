//! Categories as staff change them.

use super::{
    payloads::{CategoryPayload, DeletePayload},
    taxonomy_inputs::{CategoryCreateInput, CategoryIdInput, CategoryUpdateInput},
};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id, user_error::settle};
use async_graphql::{Context, Object};
use shop::{Role, id::CategoryId};

/// Categories as staff change them.
#[derive(Default)]
pub struct CategoryMutation;

#[Object(guard = "Requires(Role::Staff)")]
impl CategoryMutation {
    /// Creates a category.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn category_create(
        &self,
        ctx: &Context<'_>,
        input: CategoryCreateInput,
    ) -> Result<CategoryPayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let staff = ctx.viewer()?.staff(shop).await?;
        let outcome = settle(staff.catalog().category_create(input.into()).await)?;
        Ok(CategoryPayload::new(&shop.catalog().taxonomy(), outcome))
    }

    /// Changes what the input names.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn category_update(
        &self,
        ctx: &Context<'_>,
        input: CategoryUpdateInput,
    ) -> Result<CategoryPayload, ApiError> {
        let shop = &ctx.services()?.shop;
        let staff = ctx.viewer()?.staff(shop).await?;
        let Id(id) = input.id;
        let outcome = settle(staff.catalog().category_update(id, input.into()).await)?;
        Ok(CategoryPayload::new(&shop.catalog().taxonomy(), outcome))
    }

    /// Deletes a category that is empty: no products, no categories below.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn category_delete(
        &self,
        ctx: &Context<'_>,
        input: CategoryIdInput,
    ) -> Result<DeletePayload<Id<CategoryId>>, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(DeletePayload::new(
            input.id,
            settle(staff.catalog().category_delete(input.id.0).await)?,
        ))
    }
}
