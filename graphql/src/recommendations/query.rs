//! Reads of the recommender itself.

use super::RecommenderStatus;
use crate::{context::ContextExt, error::ApiError, guard::Requires};
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
    #[graphql(guard = "Requires(Role::Staff)")]
    async fn recommender(&self, ctx: &Context<'_>) -> Result<RecommenderStatus, ApiError> {
        let services = ctx.services()?;
        ctx.viewer()?.staff(&services.shop).await?;
        Ok(services.status.status().await.into())
    }
}
