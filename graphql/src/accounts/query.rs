//! Reads about the viewer.

use super::{Session, User};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires};
use async_graphql::{Context, Object};
use shop::{Role, Viewer};

/// Reads about the viewer.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Who is logged in; null for a guest.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<User>, ApiError> {
        let viewer = ctx.viewer()?;
        if matches!(viewer, Viewer::Guest) {
            return Ok(None);
        }
        let profile = ctx.services()?.shop.accounts().profile(&viewer.customer()?).await?;
        Ok(Some(profile.into()))
    }

    /// Open sessions of the viewer, the one used last first.
    ///
    /// @requires(CUSTOMER)
    #[graphql(
        guard = "Requires(Role::Customer)",
        complexity = "cost::small_list(child_complexity)"
    )]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let sessions = ctx.services()?.shop.accounts().sessions(&customer).await?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }
}
