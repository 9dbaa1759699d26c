//! Reads about the viewer's cart and addresses.

use super::{Cart, SavedAddress};
use crate::{
    context::ContextExt,
    cookies::{CART, CART_LIFE_S},
    cost,
    error::ApiError,
    guard::Requires,
};
use async_graphql::{Context, Object};
use shop::{
    Role,
    cart::{CartKey, CartView},
    id::UserId,
};

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
    Ok(carts.key(&request.viewer, token(ctx)?))
}

/// The token of a guest's cart: of the header, else of a browser's cookie.
pub(crate) fn token<'a>(ctx: &'a Context<'_>) -> Result<Option<&'a str>, ApiError> {
    match ctx.request()?.cart_token.as_deref() {
        Some(token) => Ok(Some(token)),
        None => CART.read(ctx),
    }
}

/// Keeps a guest's cart with their browser. A client that sends the token itself needs none.
pub(crate) fn keep(ctx: &Context<'_>, cart: &CartView) -> Result<(), ApiError> {
    if cart.user.is_some() || ctx.request()?.cart_token.is_some() {
        return Ok(());
    }
    let token = ctx.services()?.shop.carts().token(cart.id);
    if CART.read(ctx)? == Some(token.as_str()) {
        return Ok(());
    }
    CART.set(ctx, &token, CART_LIFE_S)
}

/// What a guest put into their cart becomes the user's who logs in.
pub(crate) async fn merge(ctx: &Context<'_>, user: UserId) -> Result<(), ApiError> {
    let carts = ctx.services()?.shop.carts();
    carts.merge(user, token(ctx)?).await?;
    CART.clear(ctx)
}
