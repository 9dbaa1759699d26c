//! Search as administrators see it.

use super::{
    analytics::SearchAnalytics,
    types::{SearchFusion, SearchRule, SearchSynonym},
};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires, scalars::DateTime};
use async_graphql::{Context, Object};
use shop::{Role, discovery::DayRange};

/// Search as administrators see it.
#[derive(Default)]
pub struct SearchAdminQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl SearchAdminQuery {
    /// All synonyms, in the order they were made.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn search_synonyms(&self, ctx: &Context<'_>) -> Result<Vec<SearchSynonym>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let rows = admin.search().synonym_list().await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// All rules, in the order they were made.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn search_rules(&self, ctx: &Context<'_>) -> Result<Vec<SearchRule>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let rows = admin.search().rule_list().await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// How much each part of a score counts.
    ///
    /// @requires(ADMIN)
    async fn search_fusion(&self, ctx: &Context<'_>) -> Result<SearchFusion, ApiError> {
        let shop = &ctx.services()?.shop;
        ctx.viewer()?.admin(shop).await?;
        Ok(shop.discovery().settings().await?.into())
    }

    /// What was searched for in a period of whole days, UTC, and what came of it.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::LISTING + child_complexity")]
    async fn search_analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its first day; 30 days ago unless given.")] from: Option<DateTime>,
        #[graphql(desc = "Its last day; today unless given.")] to: Option<DateTime>,
    ) -> Result<SearchAnalytics, ApiError> {
        let shop = &ctx.services()?.shop;
        ctx.viewer()?.admin(shop).await?;
        let today = shop.now().date_naive();
        let to = to.map_or(today, |at| at.0.date_naive());
        let from = from.map_or(to - chrono::Days::new(30), |at| at.0.date_naive());
        if to < from {
            return Err(ApiError::bad_input("from must not be after to"));
        }
        Ok(SearchAnalytics::new(DayRange { from, to }, shop.currency()))
    }
}
