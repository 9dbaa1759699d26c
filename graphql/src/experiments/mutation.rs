//! Experiments as administrators run them. Every process follows within a moment.

use super::{
    inputs::{ExperimentCreateInput, ExperimentIdInput, ExperimentUpdateInput},
    types::Experiment,
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
use shop::{Role, ShopError, experiments as domain, id::ExperimentId};

/// What a change of an experiment comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct ExperimentPayload {
    /// The experiment after the change; null when nothing was changed.
    pub experiment: Option<Experiment>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl ExperimentPayload {
    fn new(outcome: Result<domain::Experiment, ShopError>) -> Result<Self, ApiError> {
        let (row, user_errors) = parts(outcome)?;
        let experiment = row.map(Experiment);
        Ok(Self {
            experiment,
            user_errors,
        })
    }
}

/// Experiments as administrators run them.
#[derive(Default)]
pub struct ExperimentMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl ExperimentMutation {
    /// Drafts an experiment.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn experiment_create(
        &self,
        ctx: &Context<'_>,
        input: ExperimentCreateInput,
    ) -> Result<ExperimentPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        ExperimentPayload::new(admin.experiments().create(input.parse()?).await)
    }

    /// Changes what the input names of a draft. What has run stays as it was planned.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn experiment_update(
        &self,
        ctx: &Context<'_>,
        input: ExperimentUpdateInput,
    ) -> Result<ExperimentPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (id, patch) = (input.id.0, input.parse()?);
        ExperimentPayload::new(admin.experiments().update(id, patch).await)
    }

    /// Lets people take part in a draft from now on. A list is part of one experiment at a time.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn experiment_start(
        &self,
        ctx: &Context<'_>,
        input: ExperimentIdInput,
    ) -> Result<ExperimentPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        ExperimentPayload::new(admin.experiments().start(input.id.0).await)
    }

    /// Ends it: lists are made as without it from now on. What it showed stays.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn experiment_stop(
        &self,
        ctx: &Context<'_>,
        input: ExperimentIdInput,
    ) -> Result<ExperimentPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        ExperimentPayload::new(admin.experiments().stop(input.id.0).await)
    }

    /// Deletes one that does not run, with all that it showed.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn experiment_delete(
        &self,
        ctx: &Context<'_>,
        input: ExperimentIdInput,
    ) -> Result<GonePayload<Id<ExperimentId>>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        GonePayload::new(input.id, admin.experiments().delete(input.id.0).await)
    }
}
