//! Experiments as administrators see them.

use super::types::Experiment;
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id};
use async_graphql::{Context, Object};
use shop::{Role, ShopError, id::ExperimentId};

/// Experiments as administrators see them.
#[derive(Default)]
pub struct ExperimentQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl ExperimentQuery {
    /// All experiments, the latest first.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn experiments(&self, ctx: &Context<'_>) -> Result<Vec<Experiment>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let rows = admin.experiments().list().await?;
        Ok(rows.into_iter().map(Experiment).collect())
    }

    /// One of them; null when there is none with this id.
    ///
    /// @requires(ADMIN)
    async fn experiment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`exp_…`")] id: Id<ExperimentId>,
    ) -> Result<Option<Experiment>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        match admin.experiments().find(id.0).await {
            Ok(row) => Ok(Some(Experiment(row))),
            Err(ShopError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
