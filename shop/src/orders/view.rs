//! An order with everything that is shown of it, and who may see it.

use super::{AdminOrders, OrderEventKind, OrderStatus, Orders};
use crate::{Viewer, error::ShopError, seal::Purpose, viewer::CustomerCap};
use entities::{
    Currency,
    id::{OrderId, ProductId},
    money::Money,
    order, order_event, order_line, payment, refund,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;

/// How far the money of an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// It is missing.
    Pending,
    /// It is here.
    Paid,
    /// Some of it went back or is on its way back.
    PartiallyRefunded,
    /// All of it did.
    Refunded,
    /// It never came.
    Void,
}

/// An order and its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderView {
    /// The order.
    pub order: order::Model,
    /// Its lines, in order.
    pub lines: Vec<order_line::Model>,
    /// What happened to it, in order.
    pub events: Vec<order_event::Model>,
    /// Attempts to pay it, oldest first.
    pub payments: Vec<payment::Model>,
    /// Money that went back, oldest first.
    pub refunds: Vec<refund::Model>,
}

impl OrderView {
    /// An amount in the order's currency.
    #[must_use]
    pub fn money(&self, amount: i64) -> Money {
        money_of(&self.order, amount)
    }

    /// Shipping, without a tax that comes on top.
    #[must_use]
    pub fn shipping_price(&self) -> i64 {
        let order = &self.order;
        if order.has_tax_included {
            return order.shipping_amount;
        }
        let of_goods: i64 = self.lines.iter().map(|line| line.tax_amount).sum();
        order.shipping_amount - (order.tax_amount - of_goods)
    }

    /// What happened; notes of administrators are theirs alone.
    pub fn visible_events(&self, is_admin: bool) -> impl Iterator<Item = &order_event::Model> {
        let events = self.events.iter();
        events.filter(move |event| is_admin || event.kind != OrderEventKind::Noted)
    }

    /// How far the money is.
    #[must_use]
    pub fn payment_state(&self) -> PaymentState {
        let order = &self.order;
        match order.status {
            OrderStatus::PendingPayment => PaymentState::Pending,
            _ if order.paid_at.is_none() => PaymentState::Void,
            _ if order.refunded_amount == 0 => PaymentState::Paid,
            _ if order.refunded_amount < order.total_amount => PaymentState::PartiallyRefunded,
            _ => PaymentState::Refunded,
        }
    }
}

/// Which order is meant.
#[derive(Clone, Debug)]
pub enum OrderKey {
    /// By its id.
    Id(OrderId),
    /// By the number that people use.
    Number(String),
}

impl<'a> Orders<'a> {
    /// An order of the viewer's own, or one whose access token they hold; an administrator
    /// finds every order.
    ///
    /// # Errors
    /// `NotFound` for every other order, whether there is one or not.
    pub async fn find(&self, viewer: &Viewer, key: &OrderKey, token: Option<&str>) -> Result<OrderView, ShopError> {
        let row = self.row(key).await?.ok_or(ShopError::NotFound)?;
        if !self.may_see(viewer, &row, token) {
            self.as_admin(viewer).await?;
        }
        Ok(self.with_parts(vec![row]).await?.remove(0))
    }

    /// The power over every order.
    ///
    /// # Errors
    /// `NotFound` for whoever has it not: an order that is not theirs does not exist for them.
    pub(super) async fn as_admin(&self, viewer: &Viewer) -> Result<AdminOrders<'a>, ShopError> {
        match viewer.admin(self.shop).await {
            Ok(admin) => Ok(admin.orders()),
            Err(ShopError::Unauthenticated | ShopError::Forbidden) => Err(ShopError::NotFound),
            Err(error) => Err(error),
        }
    }

    /// The order whose receipt a token opens.
    ///
    /// # Errors
    /// `NotFound` for every other text.
    pub async fn by_receipt(&self, token: &str) -> Result<OrderView, ShopError> {
        let id = self.shop.sealer().open(Purpose::Receipt, token);
        self.load(OrderId(id.ok_or(ShopError::NotFound)?)).await
    }

    /// Whether an order is the viewer's own or opened by the token.
    pub(super) fn may_see(&self, viewer: &Viewer, row: &order::Model, token: Option<&str>) -> bool {
        let owns = viewer.user().is_some_and(|user| row.user_id == Some(user.id));
        let opened = token.and_then(|token| self.shop.sealer().open(Purpose::Order, token));
        owns || opened == Some(row.id.0)
    }

    /// The token that opens an order to whoever holds it: for guests.
    #[must_use]
    pub fn access_token(&self, id: OrderId) -> String {
        self.shop.sealer().seal(Purpose::Order, id.0)
    }

    /// The token that opens the receipt of an order, and nothing else.
    #[must_use]
    pub fn receipt_token(&self, id: OrderId) -> String {
        self.shop.sealer().seal(Purpose::Receipt, id.0)
    }

    pub(super) async fn row(&self, key: &OrderKey) -> Result<Option<order::Model>, ShopError> {
        let found = match key {
            OrderKey::Id(id) => order::Entity::find_by_id(*id),
            OrderKey::Number(text) => match super::parse_number(text) {
                Some(number) => order::Entity::find().filter(order::Column::Number.eq(number)),
                None => return Ok(None),
            },
        };
        Ok(found.one(self.shop.db()).await?)
    }

    /// A page of the viewer's own orders, newest first, and how many there are.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn own(
        &self,
        customer: &CustomerCap,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<OrderView>, u64), ShopError> {
        let own = order::Entity::find().filter(order::Column::UserId.eq(customer.user().id));
        let total = own.clone().count(self.shop.db()).await?;
        let rows = newest(own).offset(offset).limit(limit).all(self.shop.db()).await?;
        Ok((self.with_parts(rows).await?, total))
    }

    /// Any order: for who has seen it already.
    pub(crate) async fn load(&self, id: OrderId) -> Result<OrderView, ShopError> {
        let row = order::Entity::find_by_id(id).one(self.shop.db()).await?;
        let row = row.ok_or(ShopError::NotFound)?;
        Ok(self.with_parts(vec![row]).await?.remove(0))
    }

    /// Four statements, however many orders.
    pub(super) async fn with_parts(&self, rows: Vec<order::Model>) -> Result<Vec<OrderView>, ShopError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let db = self.shop.db();
        let ids: Vec<OrderId> = rows.iter().map(|row| row.id).collect();
        let among = || ids.iter().copied();
        let mut lines: HashMap<OrderId, Vec<_>> = HashMap::new();
        let mut events: HashMap<OrderId, Vec<_>> = HashMap::new();
        let mut payments: HashMap<OrderId, Vec<_>> = HashMap::new();
        let mut refunds: HashMap<OrderId, Vec<_>> = HashMap::new();
        let found = order_line::Entity::find().filter(order_line::Column::OrderId.is_in(among()));
        for line in found.order_by_asc(order_line::Column::Position).all(db).await? {
            lines.entry(line.order_id).or_default().push(line);
        }
        let found = order_event::Entity::find().filter(order_event::Column::OrderId.is_in(among()));
        for event in found.order_by_asc(order_event::Column::Id).all(db).await? {
            events.entry(event.order_id).or_default().push(event);
        }
        let found = payment::Entity::find().filter(payment::Column::OrderId.is_in(among()));
        for payment in found.order_by_asc(payment::Column::Id).all(db).await? {
            payments.entry(payment.order_id).or_default().push(payment);
        }
        let found = refund::Entity::find().filter(refund::Column::OrderId.is_in(among()));
        for refund in found.order_by_asc(refund::Column::Id).all(db).await? {
            refunds.entry(refund.order_id).or_default().push(refund);
        }
        let view = |row: order::Model| OrderView {
            lines: lines.remove(&row.id).unwrap_or_default(),
            events: events.remove(&row.id).unwrap_or_default(),
            payments: payments.remove(&row.id).unwrap_or_default(),
            refunds: refunds.remove(&row.id).unwrap_or_default(),
            order: row,
        };
        Ok(rows.into_iter().map(view).collect())
    }
}

/// An amount in an order's currency.
pub(super) fn money_of(order: &order::Model, amount: i64) -> Money {
    let currency = Currency::from_code(&order.currency);
    Money::new(amount, currency.expect("an order keeps the code of a currency"))
}

/// Newest first.
pub(super) fn newest(query: sea_orm::Select<order::Entity>) -> sea_orm::Select<order::Entity> {
    query
        .order_by_desc(order::Column::PlacedAt)
        .order_by_desc(order::Column::Id)
}

/// Whether a user has paid for a product, whatever became of the order since but a full refund.
pub(crate) async fn has_bought(
    db: &impl ConnectionTrait,
    user: entities::id::UserId,
    product: ProductId,
) -> Result<bool, ShopError> {
    let bought = order_line::Entity::find()
        .inner_join(order::Entity)
        .filter(
            Condition::all()
                .add(order_line::Column::ProductId.eq(product))
                .add(order::Column::UserId.eq(user))
                .add(order::Column::PaidAt.is_not_null())
                .add(order::Column::Status.is_not_in([OrderStatus::Cancelled, OrderStatus::Refunded])),
        )
        .limit(1);
    Ok(bought.one(db).await?.is_some())
}
