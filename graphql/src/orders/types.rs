//! Orders as the API shows them.

use super::{
    payments::{Payment, Refund, payment, refund},
    states::{OrderActor, OrderEventKind, OrderPaymentStatus, OrderStatus},
};
use crate::{
    cart::{Address, types_percent as percent},
    catalog::Product,
    context::ContextExt,
    cost,
    error::ApiError,
    guard::role_of,
    ids::Id,
    money::Money,
    scalars::{DateTime, Decimal},
};
use async_graphql::{Context, Object, SimpleObject};
use shop::{
    Role,
    id::{OrderId, OrderLineId, UserId},
    orders::{self as domain, OrderView},
};
use std::sync::Arc;

/// Something that happened to an order.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderEvent {
    /// What.
    pub kind: OrderEventKind,
    /// Where the order was, if it moved.
    pub from_status: Option<OrderStatus>,
    /// Where it is since.
    pub to_status: Option<OrderStatus>,
    /// Who did it.
    pub actor: OrderActor,
    /// Which user, for administrators.
    pub actor_id: Option<Id<UserId>>,
    /// How much money it was about.
    pub amount: Option<Money>,
    /// What was said about it.
    pub note: String,
    /// When.
    pub at: DateTime,
}

/// A line of an order: names and prices as they were when it was placed.
#[derive(Clone, Debug)]
pub struct OrderLine {
    order: Arc<OrderView>,
    place: usize,
}

#[Object]
impl OrderLine {
    /// `line_…`
    async fn id(&self) -> Id<OrderLineId> {
        Id(self.row().id)
    }

    /// The product, if it is public still.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>, ApiError> {
        Ok(ctx.loaders()?.product(self.row().product_id).await?.map(Product))
    }

    /// What it was called.
    async fn product_name(&self) -> &str {
        &self.row().product_name
    }

    /// Which variant; empty for a simple product.
    async fn variant_title(&self) -> &str {
        &self.row().variant_title
    }

    /// Its stock-keeping unit.
    async fn sku(&self) -> &str {
        &self.row().sku
    }

    /// How many pieces.
    async fn quantity(&self) -> i32 {
        self.row().quantity
    }

    /// Pieces whose money went back.
    async fn refunded_quantity(&self) -> i32 {
        self.row().refunded_quantity
    }

    /// Price of one.
    async fn unit_price(&self) -> Money {
        self.money(self.row().unit_amount)
    }

    /// Price times quantity.
    async fn subtotal(&self) -> Money {
        self.money(self.row().subtotal_amount)
    }

    /// Its share of the discount.
    async fn discount(&self) -> Money {
        self.money(self.row().discount_amount)
    }

    /// Its tax.
    async fn tax(&self) -> Money {
        self.money(self.row().tax_amount)
    }

    /// Its tax rate, per cent.
    async fn tax_percent(&self) -> Decimal {
        percent(self.row().tax_bp)
    }

    /// What it adds to the total.
    async fn total(&self) -> Money {
        self.money(self.row().total_amount)
    }
}

impl OrderLine {
    fn row(&self) -> &domain::OrderLine {
        &self.order.lines[self.place]
    }

    fn money(&self, amount: i64) -> Money {
        self.order.money(amount).into()
    }
}

/// An order. Only its owner, whoever holds its token, and administrators see it.
#[derive(Clone, Debug)]
pub struct Order(Arc<OrderView>);

impl From<OrderView> for Order {
    fn from(view: OrderView) -> Self {
        Self(Arc::new(view))
    }
}

impl Order {
    fn money(&self, amount: i64) -> Money {
        self.0.money(amount).into()
    }
}

#[Object]
impl Order {
    /// `ord_…`
    async fn id(&self) -> Id<OrderId> {
        Id(self.0.order.id)
    }

    /// What people call it, such as `4K7M-Q2XD`.
    async fn number(&self) -> &str {
        &self.0.order.number
    }

    /// How far it is.
    async fn status(&self) -> OrderStatus {
        self.0.order.status.into()
    }

    /// How far its money is.
    async fn payment_status(&self) -> OrderPaymentStatus {
        self.0.payment_state().into()
    }

    /// Where news goes.
    async fn email(&self) -> &str {
        &self.0.order.email
    }

    /// Opens this order without an account: for guests. Whoever holds it may pay and cancel.
    async fn token(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(ctx.services()?.shop.orders().access_token(self.0.order.id))
    }

    /// A page to print, openable by whoever has this address.
    async fn receipt_url(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        let services = ctx.services()?;
        let token = services.shop.orders().receipt_token(self.0.order.id);
        Ok(format!("{}/orders/{token}/receipt", services.public_url))
    }

    /// Lines, in order.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn lines(&self) -> Vec<OrderLine> {
        let line = |place| OrderLine {
            order: Arc::clone(&self.0),
            place,
        };
        (0..self.0.lines.len()).map(line).collect()
    }

    /// What happened to it, in order. Notes of administrators are theirs alone.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<OrderEvent>, ApiError> {
        let is_admin = role_of(ctx.viewer()?) == Some(Role::Admin);
        let events = self.0.visible_events(is_admin);
        let event = |row: &domain::OrderEvent| OrderEvent {
            kind: row.kind.into(),
            from_status: row.from_status.map(Into::into),
            to_status: row.to_status.map(Into::into),
            actor: row.actor.into(),
            actor_id: row.actor_id.filter(|_| is_admin).map(|id| Id(UserId(id))),
            amount: row.amount.map(|amount| self.money(amount)),
            note: if is_admin || !row.has_inner_note() {
                row.note.clone()
            } else {
                String::new()
            },
            at: DateTime(row.created_at),
        };
        Ok(events.map(event).collect())
    }

    /// Attempts to pay it, oldest first.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn payments(&self) -> Vec<Payment> {
        self.0.payments.iter().map(|row| payment(&self.0, row)).collect()
    }

    /// Money that goes back, oldest first.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>, ApiError> {
        let is_admin = role_of(ctx.viewer()?) == Some(Role::Admin);
        let refunds = self.0.refunds.iter();
        Ok(refunds.map(|row| refund(&self.0, row, is_admin)).collect())
    }

    /// Sum of prices times quantities.
    async fn subtotal(&self) -> Money {
        self.money(self.0.order.subtotal_amount)
    }

    /// What the coupon took off the goods.
    async fn discount(&self) -> Money {
        self.money(self.0.order.discount_amount)
    }

    /// Shipping, without a tax that comes on top.
    async fn shipping(&self) -> Money {
        self.money(self.0.shipping_price())
    }

    /// Tax of goods and shipping.
    async fn tax(&self) -> Money {
        self.money(self.0.order.tax_amount)
    }

    /// Whether prices hold the tax already.
    async fn is_tax_included(&self) -> bool {
        self.0.order.has_tax_included
    }

    /// What was to be paid.
    async fn total(&self) -> Money {
        self.money(self.0.order.total_amount)
    }

    /// What went back or is on its way back.
    async fn refunded(&self) -> Money {
        self.money(self.0.order.refunded_amount)
    }

    /// The coupon's code.
    async fn coupon_code(&self) -> Option<&str> {
        self.0.order.coupon_code.as_deref()
    }

    /// Where it goes.
    async fn shipping_address(&self) -> Address {
        self.0.order.shipping_address.clone().into()
    }

    /// Who pays.
    async fn billing_address(&self) -> Address {
        self.0.order.billing_address.clone().into()
    }

    /// How it is shipped.
    async fn shipping_method(&self) -> &str {
        &self.0.order.shipping_name
    }

    /// How the parcel is followed; empty before it is sent.
    async fn tracking(&self) -> &str {
        &self.0.order.tracking
    }

    /// Until when its stock waits for the money.
    async fn reserved_until(&self) -> Option<DateTime> {
        self.0.order.reserved_until.map(DateTime)
    }

    /// When it was placed.
    async fn placed_at(&self) -> DateTime {
        DateTime(self.0.order.placed_at)
    }

    /// When it was paid.
    async fn paid_at(&self) -> Option<DateTime> {
        self.0.order.paid_at.map(DateTime)
    }

    /// When it was sent.
    async fn fulfilled_at(&self) -> Option<DateTime> {
        self.0.order.fulfilled_at.map(DateTime)
    }

    /// When it arrived.
    async fn delivered_at(&self) -> Option<DateTime> {
        self.0.order.delivered_at.map(DateTime)
    }

    /// When it was given up.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.0.order.cancelled_at.map(DateTime)
    }
}
