//! The recommender as administrators steer it. Every process follows within a moment.

use super::payloads::{RecommenderCountPayload, RecommenderRebuildPayload, RecommenderSettingsPayload};
use crate::{
    context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id, page::at_most,
    recommendations::RecommendationMode,
};
use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use shop::{
    Role,
    id::{BrandId, CategoryId, DeadLetterId},
    pipeline::{DefaultsPatch, ReembedScope},
};

/// Most ids of one call.
const MOST: usize = 100;

/// A change of what a score gets that does not say; absent stays, `null` goes back to how the
/// processes were started.
#[derive(Clone, Debug, InputObject)]
pub struct RecommenderDefaultsSetInput {
    /// Share of the text, 0 to 1; the picture gets the rest.
    pub text_weight: MaybeUndefined<f64>,
    /// How a score is taken.
    pub mode: MaybeUndefined<RecommendationMode>,
}

impl From<RecommenderDefaultsSetInput> for DefaultsPatch {
    fn from(input: RecommenderDefaultsSetInput) -> Self {
        Self {
            text_weight: patch(input.text_weight, |weight| weight as f32),
            is_calibrated: patch(input.mode, |mode| mode == RecommendationMode::Calibrated),
        }
    }
}

fn patch<A, B>(given: MaybeUndefined<A>, read: impl FnOnce(A) -> B) -> Option<Option<B>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(read(value))),
    }
}

/// Which products are embedded anew.
#[derive(Clone, Debug, InputObject)]
pub struct RecommenderReembedInput {
    /// All of them, whatever else is named.
    #[graphql(default)]
    pub is_everything: bool,
    /// Those of these categories and of what lies below them, at most 100.
    #[graphql(default)]
    pub category_ids: Vec<Id<CategoryId>>,
    /// Those of these brands, at most 100.
    #[graphql(default)]
    pub brand_ids: Vec<Id<BrandId>>,
}

impl RecommenderReembedInput {
    fn parse(self) -> Result<ReembedScope, ApiError> {
        at_most("input.categoryIds", &self.category_ids, MOST)?;
        at_most("input.brandIds", &self.brand_ids, MOST)?;
        if self.is_everything {
            return Ok(ReembedScope::Everything);
        }
        Ok(ReembedScope::Under {
            categories: self.category_ids.into_iter().map(|id| id.0).collect(),
            brands: self.brand_ids.into_iter().map(|id| id.0).collect(),
        })
    }
}

/// Which events.
#[derive(Clone, Debug, InputObject)]
pub struct DeadLetterIdsInput {
    /// Which, 1 to 100.
    pub ids: Vec<Id<DeadLetterId>>,
}

impl DeadLetterIdsInput {
    fn parse(self) -> Result<Vec<DeadLetterId>, ApiError> {
        at_most("input.ids", &self.ids, MOST)?;
        Ok(self.ids.into_iter().map(|id| id.0).collect())
    }
}

/// The recommender as administrators steer it.
#[derive(Default)]
pub struct RecommenderMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl RecommenderMutation {
    /// Has every process fold what changed into a new main generation of its index. Nothing
    /// needs this to be right: an index rebuilds itself when enough has changed.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn recommender_rebuild(&self, ctx: &Context<'_>) -> Result<RecommenderRebuildPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        RecommenderRebuildPayload::new(admin.recommender().rebuild().await)
    }

    /// Has products embedded anew, whatever their stored vectors say. The present ones answer
    /// until the new ones are there.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn recommender_reembed(
        &self,
        ctx: &Context<'_>,
        input: RecommenderReembedInput,
    ) -> Result<RecommenderCountPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        RecommenderCountPayload::new(admin.recommender().reembed(&input.parse()?).await)
    }

    /// Lets the embedding workers of all processes rest. What changes meanwhile waits.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn recommender_pause(&self, ctx: &Context<'_>) -> Result<RecommenderSettingsPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        RecommenderSettingsPayload::new(admin.recommender().set_paused(true).await)
    }

    /// Lets the embedding workers go on.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn recommender_resume(&self, ctx: &Context<'_>) -> Result<RecommenderSettingsPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        RecommenderSettingsPayload::new(admin.recommender().set_paused(false).await)
    }

    /// Changes what a score gets that does not say.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn recommender_defaults_set(
        &self,
        ctx: &Context<'_>,
        input: RecommenderDefaultsSetInput,
    ) -> Result<RecommenderSettingsPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        RecommenderSettingsPayload::new(admin.recommender().set_defaults(input.into()).await)
    }

    /// Has every product that could not be embedded tried again now.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn embedding_failures_retry(&self, ctx: &Context<'_>) -> Result<RecommenderCountPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        RecommenderCountPayload::new(admin.recommender().retry_failures().await)
    }

    /// Sends events that were given up once more. Those that are gone meanwhile are passed over.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn dead_letters_retry(
        &self,
        ctx: &Context<'_>,
        input: DeadLetterIdsInput,
    ) -> Result<RecommenderCountPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        RecommenderCountPayload::new(admin.recommender().retry_dead_letters(&input.parse()?).await)
    }

    /// Drops events that were given up, for good.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn dead_letters_discard(
        &self,
        ctx: &Context<'_>,
        input: DeadLetterIdsInput,
    ) -> Result<RecommenderCountPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        RecommenderCountPayload::new(admin.recommender().discard_dead_letters(&input.parse()?).await)
    }
}
