//! Orders as administrators see and move them.

use super::{
    Order, OrderFulfilInput, OrderIdInput, OrderMarkPaidInput, OrderNoteAddInput, OrderPayload, OrderRefundInput,
    OrderStatus, PaymentRefundInput, RefundMarkDoneInput,
};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    page::{MAX_OFFSET, MAX_SIZE, at_most, within},
    scalars::DateTime,
};
use async_graphql::{Context, InputObject, Object, SimpleObject};
use shop::{
    Role,
    id::UserId,
    idempotency::IdempotencyKey,
    orders::{OrderFilter, OrderView},
};

/// Which orders are listed.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OrderWhere {
    /// Of one of these states.
    #[graphql(default)]
    pub statuses: Vec<OrderStatus>,
    /// The number, however it is typed, or the whole e-mail address.
    #[graphql(secret)]
    pub text: Option<String>,
    /// Of this user.
    pub user_id: Option<Id<UserId>>,
    /// Placed then or later.
    pub placed_from: Option<DateTime>,
    /// Placed before.
    pub placed_before: Option<DateTime>,
    /// Only those whose money somebody has to look after: a refund that failed, is to be made
    /// by hand or is open for a week, a payment of another amount than was asked.
    #[graphql(default)]
    pub needs_attention: bool,
}

impl From<OrderWhere> for OrderFilter {
    fn from(input: OrderWhere) -> Self {
        Self {
            statuses: input.statuses.into_iter().map(Into::into).collect(),
            text: input.text,
            user: input.user_id.map(|id| id.0),
            from: input.placed_from.map(|at| at.0),
            before: input.placed_before.map(|at| at.0),
            needs_attention: input.needs_attention,
        }
    }
}

/// A page of orders, newest first.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderConnection {
    /// The orders.
    #[graphql(complexity = "child_complexity")]
    pub nodes: Vec<Order>,
    /// How many there are.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
}

impl OrderConnection {
    pub(super) fn new(views: Vec<OrderView>, total_count: u64, offset: usize) -> Self {
        Self {
            has_next_page: total_count > (offset + views.len()) as u64,
            nodes: views.into_iter().map(Order::from).collect(),
            total_count,
        }
    }
}

/// Orders as administrators see them.
#[derive(Default)]
pub struct AdminOrderQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl AdminOrderQuery {
    /// All orders, newest first.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::page(Some(first), None, child_complexity)")]
    async fn admin_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Conditions.")] filter: Option<OrderWhere>,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<OrderConnection, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (first, offset) = (
            within("first", first, 1, MAX_SIZE)?,
            within("offset", offset, 0, MAX_OFFSET)?,
        );
        let filter = filter.unwrap_or_default();
        at_most("where.statuses", &filter.statuses, 10)?;
        let page = admin.orders().list(&filter.into(), offset as u64, first as u64).await?;
        Ok(OrderConnection::new(page.orders, page.total, offset))
    }
}

/// Orders as administrators move them.
#[derive(Default)]
pub struct AdminOrderMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl AdminOrderMutation {
    /// The money came by hand: bank transfer, cash.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn order_mark_paid(&self, ctx: &Context<'_>, input: OrderMarkPaidInput) -> Result<OrderPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        OrderPayload::new(admin.orders().mark_paid(input.id.0, &input.note).await)
    }

    /// The parcel is on its way.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn order_fulfil(&self, ctx: &Context<'_>, input: OrderFulfilInput) -> Result<OrderPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        OrderPayload::new(admin.orders().fulfil(input.id.0, &input.tracking).await)
    }

    /// The parcel arrived.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn order_deliver(&self, ctx: &Context<'_>, input: OrderIdInput) -> Result<OrderPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        OrderPayload::new(admin.orders().deliver(input.id.0).await)
    }

    /// Gives money back, and takes pieces back into stock. The same key again changes nothing.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn order_refund(
        &self,
        ctx: &Context<'_>,
        input: OrderRefundInput,
        #[graphql(desc = "Names this attempt, such as a UUID; 1 to 100 characters.")] idempotency_key: String,
    ) -> Result<OrderPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (id, wanted) = (input.id.0, input.parse()?);
        let outcome = match IdempotencyKey::parse(&idempotency_key) {
            Ok(idempotency) => admin.orders().refund(id, &wanted, &idempotency).await,
            Err(error) => Err(error),
        };
        OrderPayload::new(outcome)
    }

    /// Gives back one payment that did not pay its order, or a part of it: one that came too
    /// late, twice, or as another amount than was asked. The same key again changes nothing.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn payment_refund(
        &self,
        ctx: &Context<'_>,
        input: PaymentRefundInput,
        #[graphql(desc = "Names this attempt, such as a UUID; 1 to 100 characters.")] idempotency_key: String,
    ) -> Result<OrderPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (id, wanted) = (input.id.0, input.parse());
        let outcome = match IdempotencyKey::parse(&idempotency_key) {
            Ok(idempotency) => admin.orders().refund_payment(id, &wanted, &idempotency).await,
            Err(error) => Err(error),
        };
        OrderPayload::new(outcome)
    }

    /// The money of a refund went back by hand: one of a payment that was taken by hand, one
    /// whose provider the shop has no longer, one that failed, or one that its provider leaves
    /// open for a week. Once it is done, this changes nothing.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn refund_mark_done(&self, ctx: &Context<'_>, input: RefundMarkDoneInput) -> Result<OrderPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        OrderPayload::new(admin.orders().refund_done(input.id.0, &input.note).await)
    }

    /// Writes a note that only administrators read.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn order_note_add(&self, ctx: &Context<'_>, input: OrderNoteAddInput) -> Result<OrderPayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        OrderPayload::new(admin.orders().note(input.id.0, &input.note).await)
    }
}
