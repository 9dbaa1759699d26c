//! Placing, paying and giving up orders.

use super::{
    Order, OrderCancelInput, OrderPlaceInput, Payment, PaymentCompleteInput, PaymentCreateInput, PaymentNextStep,
    payments::payment,
};
use crate::{
    cart::key,
    context::ContextExt,
    cost,
    error::ApiError,
    user_error::{UserError, settle, settle_at},
};
use async_graphql::{Context, Object, SimpleObject};
use shop::{
    error::ShopError,
    idempotency::IdempotencyKey,
    orders::{OrderView, PlaceOrder},
};

/// What a change of an order comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct OrderPayload {
    /// The order after the change; null when nothing was changed.
    pub order: Option<Order>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl OrderPayload {
    pub(super) fn new(result: Result<OrderView, ShopError>) -> Result<Self, ApiError> {
        Ok(match settle(result)? {
            Ok(view) => Self {
                order: Some(view.into()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self {
                order: None,
                user_errors,
            },
        })
    }
}

/// What beginning to pay comes to.
#[derive(Default, SimpleObject)]
pub struct PaymentPayload {
    /// The payment; null when none was begun.
    pub payment: Option<Payment>,
    /// What the customer does next; null once the payment came to an end.
    pub next: Option<PaymentNextStep>,
    /// Its order.
    pub order: Option<Order>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// Placing and giving up orders.
#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Places the viewer's cart as an order: looks at everything again, reserves the stock and
    /// keeps names and prices. The same key again gives the same order.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn order_place(
        &self,
        ctx: &Context<'_>,
        input: OrderPlaceInput,
        #[graphql(desc = "Names this attempt, such as a UUID; 1 to 100 characters.")] idempotency_key: String,
    ) -> Result<OrderPayload, ApiError> {
        let orders = ctx.services()?.shop.orders();
        let place = PlaceOrder {
            quote: input.quote,
            address: ctx.request()?.client.address,
            visitor: crate::behaviour::visitor(ctx)?,
        };
        let outcome = match IdempotencyKey::parse(&idempotency_key) {
            Ok(idempotency) => orders.place(ctx.viewer()?, key(ctx)?, &place, &idempotency).await,
            Err(error) => Err(error),
        };
        OrderPayload::new(outcome)
    }

    /// Gives up an order that is not sent; what was paid goes back, and so do the pieces. Its
    /// owner may, whoever holds its token, and an administrator.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn order_cancel(&self, ctx: &Context<'_>, input: OrderCancelInput) -> Result<OrderPayload, ApiError> {
        let orders = ctx.services()?.shop.orders();
        let token = input.token.as_deref();
        OrderPayload::new(orders.cancel(ctx.viewer()?, input.id.0, token, &input.reason).await)
    }
}

/// Paying orders.
#[derive(Default)]
pub struct PaymentMutation;

#[Object]
impl PaymentMutation {
    /// Begins to pay an order. The same key again gives the same payment.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn payment_create(
        &self,
        ctx: &Context<'_>,
        input: PaymentCreateInput,
        #[graphql(desc = "Names this attempt, such as a UUID; 1 to 100 characters.")] idempotency_key: String,
    ) -> Result<PaymentPayload, ApiError> {
        let payments = ctx.services()?.shop.payments();
        let (order, token) = (input.order_id.0, input.token.as_deref());
        let wanted = input.wanted(ctx.request()?.client.address);
        let outcome = match IdempotencyKey::parse(&idempotency_key) {
            Ok(idempotency) => payments.start(ctx.viewer()?, order, token, &wanted, &idempotency).await,
            Err(error) => Err(error),
        };
        Ok(match settle_at("orderId", outcome)? {
            Ok(started) => PaymentPayload {
                payment: Some(payment(&started.order, &started.payment)),
                next: started.next.map(PaymentNextStep::from),
                order: Some(started.order.into()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => PaymentPayload {
                user_errors,
                ..PaymentPayload::default()
            },
        })
    }

    /// The customer has agreed: takes the money, and gives the order as it is since. Doing it
    /// twice changes nothing.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn payment_complete(&self, ctx: &Context<'_>, input: PaymentCompleteInput) -> Result<OrderPayload, ApiError> {
        let payments = ctx.services()?.shop.payments();
        OrderPayload::new(
            payments
                .complete(ctx.viewer()?, input.id.0, input.token.as_deref())
                .await,
        )
    }
}
