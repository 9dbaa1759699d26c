//! Changes of carts and addresses.

use super::{
    AddressCreateInput, AddressIdInput, AddressUpdateInput, Cart, CartCouponApplyInput, CartDetailsSetInput,
    CartLinesAddInput, CartLinesRemoveInput, CartLinesSetInput, SavedAddress,
    inputs::{lines, variants},
    query::{keep, key},
};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    user_error::{Outcome, UserError, settle},
};
use async_graphql::{Context, Object, SimpleObject};
use shop::{Role, cart::CartView, checkout, error::ShopError, id::AddressId};

/// What a change of a cart comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct CartPayload {
    /// The cart after the change; null when nothing was changed.
    pub cart: Option<Cart>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl CartPayload {
    fn new(ctx: &Context<'_>, result: Result<CartView, ShopError>) -> Result<Self, ApiError> {
        let (cart, user_errors) = split(settle(result)?);
        if let Some(cart) = &cart {
            keep(ctx, cart)?;
        }
        Ok(Self {
            cart: cart.map(Cart),
            user_errors,
        })
    }
}

/// What a change of a kept address comes to.
#[derive(Default, SimpleObject)]
pub struct AddressPayload {
    /// The address after the change; null when nothing was changed.
    pub address: Option<SavedAddress>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl AddressPayload {
    fn new(result: Result<checkout::SavedAddress, ShopError>) -> Result<Self, ApiError> {
        let (address, user_errors) = split(settle(result)?);
        Ok(Self {
            address: address.map(SavedAddress::from),
            user_errors,
        })
    }
}

/// What forgetting an address comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct AddressDeletePayload {
    /// What is gone now; null when nothing was deleted.
    pub deleted_id: Option<Id<AddressId>>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

fn split<T>(outcome: Outcome<T>) -> (Option<T>, Vec<UserError>) {
    match outcome {
        Ok(value) => (Some(value), Vec::new()),
        Err(errors) => (None, errors),
    }
}

/// Changes of the viewer's cart. A guest's first change makes a cart; its `token` opens it.
#[derive(Default)]
pub struct CartMutation;

#[Object]
impl CartMutation {
    /// Puts pieces in, beside those that are in already.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn cart_lines_add(&self, ctx: &Context<'_>, input: CartLinesAddInput) -> Result<CartPayload, ApiError> {
        let (services, lines) = (ctx.services()?, lines(&input.lines)?);
        let (key, carts) = (key(ctx)?, services.shop.carts());
        let outcome = match input.search_id.map(|id| services.searched(&id)) {
            Some(Ok(query)) => carts.add_found(key, &lines, &query).await,
            Some(Err(problem)) => Err(problem),
            None => carts.add(key, &lines).await,
        };
        CartPayload::new(ctx, outcome)
    }

    /// Says how many pieces there are to be. Doing it twice changes nothing.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn cart_lines_set(&self, ctx: &Context<'_>, input: CartLinesSetInput) -> Result<CartPayload, ApiError> {
        let lines = lines(&input.lines)?;
        CartPayload::new(ctx, ctx.services()?.shop.carts().set(key(ctx)?, &lines).await)
    }

    /// Takes lines out.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn cart_lines_remove(&self, ctx: &Context<'_>, input: CartLinesRemoveInput) -> Result<CartPayload, ApiError> {
        let variants = variants(&input.variant_ids)?;
        CartPayload::new(ctx, ctx.services()?.shop.carts().remove(key(ctx)?, &variants).await)
    }

    /// Applies a coupon, in place of the one before.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn cart_coupon_apply(&self, ctx: &Context<'_>, input: CartCouponApplyInput) -> Result<CartPayload, ApiError> {
        let carts = ctx.services()?.shop.carts();
        CartPayload::new(ctx, carts.coupon(key(ctx)?, Some(&input.code)).await)
    }

    /// Takes the coupon away.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn cart_coupon_remove(&self, ctx: &Context<'_>) -> Result<CartPayload, ApiError> {
        CartPayload::new(ctx, ctx.services()?.shop.carts().coupon(key(ctx)?, None).await)
    }

    /// Says where the goods go, how, and where news goes.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn cart_details_set(&self, ctx: &Context<'_>, input: CartDetailsSetInput) -> Result<CartPayload, ApiError> {
        CartPayload::new(ctx, ctx.services()?.shop.carts().details(key(ctx)?, input.into()).await)
    }
}

/// Addresses that users keep.
#[derive(Default)]
pub struct AddressMutation;

#[Object(guard = "Requires(Role::Customer)")]
impl AddressMutation {
    /// Keeps an address.
    ///
    /// @requires(CUSTOMER)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn address_create(&self, ctx: &Context<'_>, input: AddressCreateInput) -> Result<AddressPayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let addresses = ctx.services()?.shop.addresses(&customer);
        AddressPayload::new(addresses.create(&input.address.into(), input.is_default).await)
    }

    /// Changes a kept address.
    ///
    /// @requires(CUSTOMER)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn address_update(&self, ctx: &Context<'_>, input: AddressUpdateInput) -> Result<AddressPayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let address = input.address.map(checkout::Address::from);
        let addresses = ctx.services()?.shop.addresses(&customer);
        AddressPayload::new(addresses.update(input.id.0, address.as_ref(), input.is_default).await)
    }

    /// Forgets an address. Orders keep their own copy.
    ///
    /// @requires(CUSTOMER)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn address_delete(&self, ctx: &Context<'_>, input: AddressIdInput) -> Result<AddressDeletePayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let (done, user_errors) = split(settle(
            ctx.services()?.shop.addresses(&customer).delete(input.id.0).await,
        )?);
        Ok(AddressDeletePayload {
            deleted_id: done.map(|()| input.id),
            user_errors,
        })
    }
}
