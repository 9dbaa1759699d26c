//! Reads about the viewer.

use super::User;
use crate::{context::ContextExt, error::ApiError};
use async_graphql::{Context, Object};
use shop::Viewer;

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
}
