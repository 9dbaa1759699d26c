//! Reads about orders.

use super::{Order, OrderBy, OrderConnection, PaymentMethod};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    page::{MAX_OFFSET, MAX_SIZE, within},
};
use async_graphql::{Context, Object};
use shop::{Role, error::ShopError};

/// Reads about orders.
#[derive(Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// An order of the viewer's own, or one whose `token` they hold; an administrator finds
    /// every order. Null for every other order, whether there is one or not.
    #[graphql(complexity = "cost::LISTING + child_complexity")]
    async fn order(
        &self,
        ctx: &Context<'_>,
        by: OrderBy,
        #[graphql(desc = "Opens a guest's order.", secret)] token: Option<String>,
    ) -> Result<Option<Order>, ApiError> {
        let orders = ctx.services()?.shop.orders();
        match orders.find(ctx.viewer()?, &by.into(), token.as_deref()).await {
            Ok(view) => Ok(Some(view.into())),
            Err(ShopError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The viewer's own orders, newest first.
    ///
    /// @requires(CUSTOMER)
    #[graphql(
        guard = "Requires(Role::Customer)",
        complexity = "cost::page(Some(first), None, child_complexity)"
    )]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<OrderConnection, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let (first, offset) = (
            within("first", first, 1, MAX_SIZE)?,
            within("offset", offset, 0, MAX_OFFSET)?,
        );
        let orders = ctx.services()?.shop.orders();
        let (views, total) = orders.own(&customer, offset as u64, first as u64).await?;
        Ok(OrderConnection::new(views, total, offset))
    }

    /// Ways to pay.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn payment_methods(&self, ctx: &Context<'_>) -> Result<Vec<PaymentMethod>, ApiError> {
        let providers = ctx.services()?.shop.payment_providers().iter();
        let method = providers.map(|provider| PaymentMethod {
            provider: provider.code().to_owned(),
            label: provider.label().to_owned(),
        });
        Ok(method.collect())
    }
}
