//! Rules for lists as administrators see them.

use super::{
    inputs::RecommendationRulesPreviewInput,
    preview::{RecommendationRulesPreviewPayload, preview},
    types::RecommendationRule,
};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires};
use async_graphql::{Context, Object};
use shop::Role;

/// Rules for lists as administrators see them.
#[derive(Default)]
pub struct MerchandisingQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl MerchandisingQuery {
    /// All rules for lists, drafts too, in the order they were made.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn recommendation_rules(&self, ctx: &Context<'_>) -> Result<Vec<RecommendationRule>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let rows = admin.merchandising().list().await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// What drafts would make of a list, beside the list as it is. Nothing is changed or recorded.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "2 * cost::list(cost::RECOMMENDATION, Some(input.first), 12, child_complexity)")]
    async fn recommendation_rules_preview(
        &self,
        ctx: &Context<'_>,
        input: RecommendationRulesPreviewInput,
    ) -> Result<RecommendationRulesPreviewPayload, ApiError> {
        preview(ctx, input).await
    }
}
