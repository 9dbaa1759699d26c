//! Reads of the recommender itself.

use super::{
    RecommenderStatus,
    lists::{DeadLetterConnection, EmbeddingFailureConnection},
};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    page::{MAX_OFFSET, MAX_SIZE, within},
};
use async_graphql::{Context, Object};
use shop::Role;

/// Reads of the recommender itself.
#[derive(Default)]
pub struct RecommenderQuery;

#[Object]
impl RecommenderQuery {
    /// How the recommender is doing.
    ///
    /// @requires(STAFF)
    #[graphql(guard = "Requires(Role::Staff)", complexity = "cost::LISTING + child_complexity")]
    async fn recommender(&self, ctx: &Context<'_>) -> Result<RecommenderStatus, ApiError> {
        let services = ctx.services()?;
        ctx.viewer()?.staff(&services.shop).await?;
        RecommenderStatus::read(services).await
    }

    /// Products that could not be embedded, wholly or in part, with the reason. They are tried
    /// again by themselves, after pauses that grow; those tried again last come first.
    ///
    /// @requires(STAFF)
    #[graphql(
        guard = "Requires(Role::Staff)",
        complexity = "cost::page(Some(first), None, child_complexity)"
    )]
    async fn embedding_failures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<EmbeddingFailureConnection, ApiError> {
        let shop = &ctx.services()?.shop;
        ctx.viewer()?.staff(shop).await?;
        let (first, offset) = window(first, offset)?;
        EmbeddingFailureConnection::read(shop, offset, first).await
    }

    /// Events that a consumer could not take however often it tried, the newest first. They
    /// stay until they are tried again or dropped; what came after them goes on.
    ///
    /// @requires(ADMIN)
    #[graphql(
        guard = "Requires(Role::Admin)",
        complexity = "cost::page(Some(first), None, child_complexity)"
    )]
    async fn dead_letters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<DeadLetterConnection, ApiError> {
        let shop = &ctx.services()?.shop;
        ctx.viewer()?.admin(shop).await?;
        let (first, offset) = window(first, offset)?;
        DeadLetterConnection::read(shop, offset, first).await
    }
}

fn window(first: i32, offset: i32) -> Result<(u64, u64), ApiError> {
    let first = within("first", first, 1, MAX_SIZE)?;
    let offset = within("offset", offset, 0, MAX_OFFSET)?;
    Ok((first as u64, offset as u64))
}
