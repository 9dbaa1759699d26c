//! Search as administrators steer it. Every process follows within a moment.

use super::{
    inputs::{
        SearchFusionSetInput, SearchRuleCreateInput, SearchRuleIdInput, SearchRuleUpdateInput,
        SearchSynonymCreateInput, SearchSynonymIdInput, SearchSynonymUpdateInput,
    },
    payloads::{SearchFusionPayload, SearchRulePayload, SearchSynonymPayload},
};
use crate::{
    commerce::{GonePayload, parts},
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
};
use async_graphql::{Context, Object};
use shop::{
    Role,
    id::{SearchRuleId, SearchSynonymId},
};

/// Search as administrators steer it.
#[derive(Default)]
pub struct SearchAdminMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl SearchAdminMutation {
    /// Says that words mean the same.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn search_synonym_create(
        &self,
        ctx: &Context<'_>,
        input: SearchSynonymCreateInput,
    ) -> Result<SearchSynonymPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (row, user_errors) = parts(admin.search().synonym_create(input.parse()?).await)?;
        let synonym = row.map(Into::into);
        Ok(SearchSynonymPayload { synonym, user_errors })
    }

    /// Changes what the input names.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn search_synonym_update(
        &self,
        ctx: &Context<'_>,
        input: SearchSynonymUpdateInput,
    ) -> Result<SearchSynonymPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (id, patch) = (input.id.0, input.parse()?);
        let (row, user_errors) = parts(admin.search().synonym_update(id, patch).await)?;
        let synonym = row.map(Into::into);
        Ok(SearchSynonymPayload { synonym, user_errors })
    }

    /// Deletes a synonym.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn search_synonym_delete(
        &self,
        ctx: &Context<'_>,
        input: SearchSynonymIdInput,
    ) -> Result<GonePayload<Id<SearchSynonymId>>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        GonePayload::new(input.id, admin.search().synonym_delete(input.id.0).await)
    }

    /// Makes a rule: pins, boosts, buries or hides products in the answers to some questions.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn search_rule_create(
        &self,
        ctx: &Context<'_>,
        input: SearchRuleCreateInput,
    ) -> Result<SearchRulePayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (row, user_errors) = parts(admin.search().rule_create(input.parse()?).await)?;
        let rule = row.map(Into::into);
        Ok(SearchRulePayload { rule, user_errors })
    }

    /// Changes what the input names.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn search_rule_update(
        &self,
        ctx: &Context<'_>,
        input: SearchRuleUpdateInput,
    ) -> Result<SearchRulePayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (id, patch) = (input.id.0, input.parse()?);
        let (row, user_errors) = parts(admin.search().rule_update(id, patch).await)?;
        let rule = row.map(Into::into);
        Ok(SearchRulePayload { rule, user_errors })
    }

    /// Deletes a rule.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn search_rule_delete(
        &self,
        ctx: &Context<'_>,
        input: SearchRuleIdInput,
    ) -> Result<GonePayload<Id<SearchRuleId>>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        GonePayload::new(input.id, admin.search().rule_delete(input.id.0).await)
    }

    /// Changes how much each part of a score counts.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn search_fusion_set(
        &self,
        ctx: &Context<'_>,
        input: SearchFusionSetInput,
    ) -> Result<SearchFusionPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (settings, user_errors) = parts(admin.search().set_fusion(input.into()).await)?;
        let fusion = settings.map(Into::into);
        Ok(SearchFusionPayload { fusion, user_errors })
    }
}
