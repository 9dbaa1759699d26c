//! Reads about the viewer's cart and addresses.

use super::{Cart, SavedAddress};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires};
use async_graphql::{Context, Object};
use shop::{Role, cart::CartKey};

/// Reads about the viewer's cart and addresses.
#[derive(Default)]
pub struct CartQuery;

#[Object]
impl CartQuery {
    /// The viewer's cart: a user's own, a guest's by their token; null before anything was put
    /// into one.
    #[graphql(complexity = "cost::LISTING + child_complexity")]
    async fn cart(&self, ctx: &Context<'_>) -> Result<Option<Cart>, ApiError> {
        Ok(ctx.services()?.shop.carts().find(key(ctx)?).await?.map(Cart))
    }

    /// Addresses that the viewer keeps, the default one first.
    ///
    /// @requires(CUSTOMER)
    #[graphql(
        guard = "Requires(Role::Customer)",
        complexity = "cost::small_list(child_complexity)"
    )]
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<SavedAddress>, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let rows = ctx.services()?.shop.addresses(&customer).list().await?;
        Ok(rows.into_iter().map(SavedAddress::from).collect())
    }
}

/// Which cart this request means.
pub(crate) fn key(ctx: &Context<'_>) -> Result<CartKey, ApiError> {
    let request = ctx.request()?;
    let carts = ctx.services()?.shop.carts();
    Ok(carts.key(&request.viewer, request.cart_token.as_deref()))
}
