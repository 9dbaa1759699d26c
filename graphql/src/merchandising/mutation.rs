//! Rules for lists as administrators make them. Every process follows within a moment.

use super::{
    inputs::{RecommendationRuleCreateInput, RecommendationRuleIdInput, RecommendationRuleUpdateInput},
    types::RecommendationRule,
};
use crate::{
    commerce::{GonePayload, parts},
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    user_error::UserError,
};
use async_graphql::{Context, Object, SimpleObject};
use shop::{Role, id::RecommendationRuleId};

/// What a change of a rule comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct RecommendationRulePayload {
    /// The rule after the change; null when nothing was changed.
    pub rule: Option<RecommendationRule>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// Rules for lists as administrators make them.
#[derive(Default)]
pub struct MerchandisingMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl MerchandisingMutation {
    /// Makes a rule: pins, boosts, buries or blocks products in lists of recommendations. A draft
    /// unless it is published at once.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn recommendation_rule_create(
        &self,
        ctx: &Context<'_>,
        input: RecommendationRuleCreateInput,
    ) -> Result<RecommendationRulePayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (row, user_errors) = parts(admin.merchandising().create(input.parse()?).await)?;
        let rule = row.map(Into::into);
        Ok(RecommendationRulePayload { rule, user_errors })
    }

    /// Changes what the input names; publishes, or takes back what was published.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn recommendation_rule_update(
        &self,
        ctx: &Context<'_>,
        input: RecommendationRuleUpdateInput,
    ) -> Result<RecommendationRulePayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (id, patch) = (input.id.0, input.parse()?);
        let (row, user_errors) = parts(admin.merchandising().update(id, patch).await)?;
        let rule = row.map(Into::into);
        Ok(RecommendationRulePayload { rule, user_errors })
    }

    /// Deletes a rule.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn recommendation_rule_delete(
        &self,
        ctx: &Context<'_>,
        input: RecommendationRuleIdInput,
    ) -> Result<GonePayload<Id<RecommendationRuleId>>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        GonePayload::new(input.id, admin.merchandising().delete(input.id.0).await)
    }
}
