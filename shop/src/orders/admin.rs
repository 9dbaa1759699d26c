//! Orders as administrators see and move them. Obtained from [`crate::viewer::Admin`].

use super::{
    Change, OrderEventKind, OrderKey, OrderStatus, OrderView, Orders, attention,
    change::By,
    refunds::{RefundOrder, start_refund},
    state::Step,
    view::newest,
};
use crate::{
    Shop,
    error::ShopError,
    idempotency::{Claim, IdempotencyKey},
    text::Checks,
};
use chrono::{DateTime, Utc};
use entities::{
    id::{OrderId, UserId},
    order,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

/// Which orders are listed.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Of one of these states; any when none is named.
    pub statuses: Vec<OrderStatus>,
    /// Number, or the whole e-mail address.
    pub text: Option<String>,
    /// Of this user.
    pub user: Option<UserId>,
    /// Placed then or later.
    pub from: Option<DateTime<Utc>>,
    /// Placed before.
    pub before: Option<DateTime<Utc>>,
    /// Only those with a refund that failed or is to be made by hand, or with a payment of
    /// another amount than was asked.
    pub needs_attention: bool,
}

/// A page of orders, newest first.
#[derive(Clone, Debug)]
pub struct OrderPage {
    /// The orders.
    pub orders: Vec<OrderView>,
    /// How many match.
    pub total: u64,
}

/// What an administrator may do with orders.
#[derive(Clone, Copy, Debug)]
pub struct AdminOrders<'a> {
    shop: &'a Shop,
    by: By,
}

impl<'a> AdminOrders<'a> {
    pub(crate) fn new(shop: &'a Shop, user: Option<UserId>) -> Self {
        Self {
            shop,
            by: By::staff(user),
        }
    }

    pub(crate) fn shop(&self) -> &'a Shop {
        self.shop
    }

    pub(crate) fn by(&self) -> By {
        self.by
    }

    fn orders(&self) -> Orders<'a> {
        self.shop.orders()
    }

    /// Any order.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn find(&self, key: &OrderKey) -> Result<OrderView, ShopError> {
        let row = self.orders().row(key).await?.ok_or(ShopError::NotFound)?;
        Ok(self.orders().with_parts(vec![row]).await?.remove(0))
    }

    /// A page of orders, newest first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn list(&self, filter: &OrderFilter, offset: u64, limit: u64) -> Result<OrderPage, ShopError> {
        let mut which = Condition::all();
        if !filter.statuses.is_empty() {
            which = which.add(order::Column::Status.is_in(filter.statuses.iter().copied()));
        }
        if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let email = order::Column::Email.eq(text.to_lowercase());
            let number = super::parse_number(text).map(|number| order::Column::Number.eq(number));
            which = which.add(Condition::any().add(email).add_option(number));
        }
        which = which
            .add_option(filter.user.map(|user| order::Column::UserId.eq(user)))
            .add_option(filter.from.map(|from| order::Column::PlacedAt.gte(from)))
            .add_option(filter.before.map(|before| order::Column::PlacedAt.lt(before)))
            .add_option(filter.needs_attention.then(|| attention::needed(self.shop)));
        let found = order::Entity::find().filter(which);
        let total = found.clone().count(self.shop.db()).await?;
        let rows = newest(found).offset(offset).limit(limit).all(self.shop.db()).await?;
        Ok(OrderPage {
            orders: self.orders().with_parts(rows).await?,
            total,
        })
    }

    async fn finish(&self, change: Change<'a>) -> Result<OrderView, ShopError> {
        let id = change.order.id;
        change.commit().await?;
        self.shop.payments().send_refunds_of(id).await;
        self.orders().load(id).await
    }

    /// The parcel is on its way.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`, with `IllegalState` unless it is paid and not yet sent.
    pub async fn fulfil(&self, id: OrderId, tracking: &str) -> Result<OrderView, ShopError> {
        let mut checks = Checks::default();
        let tracking = checks.text("tracking", tracking, 200);
        checks.done()?;
        let mut change = Change::begin(self.shop, id, self.by).await?;
        if change.order.total_amount > 0 && super::owed_back(&change.order) == 0 {
            let message = "all its money goes back: nothing is left to send";
            return Err(ShopError::problem(
                "id",
                crate::error::ProblemCode::IllegalState,
                message,
            ));
        }
        change.step(Step::Fulfil, &tracking)?;
        change.order.tracking = tracking;
        change.tell(Step::Fulfil).await?;
        self.finish(change).await
    }

    /// The parcel arrived.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` with `IllegalState` unless it is on its way.
    pub async fn deliver(&self, id: OrderId) -> Result<OrderView, ShopError> {
        let mut change = Change::begin(self.shop, id, self.by).await?;
        change.step(Step::Deliver, "")?;
        self.finish(change).await
    }

    /// Gives up an order that is not sent; what was paid goes back, and so do the pieces.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` with `IllegalState` once it is sent.
    pub async fn cancel(&self, id: OrderId, reason: &str) -> Result<OrderView, ShopError> {
        let mut checks = Checks::default();
        let reason = checks.text("reason", reason, 500);
        checks.done()?;
        let mut change = Change::begin(self.shop, id, self.by).await?;
        change.cancel(&reason).await?;
        self.finish(change).await
    }

    /// Gives money back, and takes pieces back into stock. The same key again changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` with every problem, `KeyReused` for a key that was used for
    /// something else.
    pub async fn refund(
        &self,
        id: OrderId,
        wanted: &RefundOrder,
        idempotency: &IdempotencyKey,
    ) -> Result<OrderView, ShopError> {
        let mut checks = Checks::default();
        let wanted = RefundOrder {
            reason: checks.text("reason", &wanted.reason, 500),
            ..wanted.clone()
        };
        checks.done()?;
        let claim = Claim {
            operation: "order.refund",
            owner: id.0,
            key: idempotency,
            input: format!("{wanted:?}"),
        };
        let mut change = Change::begin(self.shop, id, self.by).await?;
        if claim.take(&change.tx, change.now).await?.is_some() {
            drop(change);
            return self.orders().load(id).await;
        }
        if super::owed_back(&change.order) == 0 {
            return Err(ShopError::problem(
                "id",
                crate::error::ProblemCode::IllegalState,
                "nothing of its money could go back",
            ));
        }
        start_refund(&mut change, &wanted).await?;
        claim.settle(&change.tx, id.0).await?;
        self.finish(change).await
    }

    /// Writes a note that only administrators read.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`.
    pub async fn note(&self, id: OrderId, text: &str) -> Result<OrderView, ShopError> {
        let mut checks = Checks::default();
        if text.trim().is_empty() {
            checks.fail("note", crate::error::ProblemCode::Required, "must not be empty");
        }
        let text = checks.text("note", text, 1_000);
        checks.done()?;
        let mut change = Change::begin(self.shop, id, self.by).await?;
        change.event(OrderEventKind::Noted, None, &text);
        self.finish(change).await
    }
}
