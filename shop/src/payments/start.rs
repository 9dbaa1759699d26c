//! What a customer does: begins to pay, and comes back.

use super::{NewPayment, NextStep, PaymentStatus, Payments, ProviderError, ProviderState, refused};
use crate::{
    Viewer,
    error::{ProblemCode, ShopError},
    idempotency::{Claim, IdempotencyKey},
    orders::{By, Change, Letters, OrderEventKind, OrderKey, OrderStatus, OrderView, in_currency_of},
    text::Checks,
};
use chrono::TimeDelta;
use entities::{
    id::{OrderId, PaymentId},
    money::Money,
    order, payment,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr,
};
use std::net::IpAddr;

/// Longest address to come back to.
const LONGEST_URL: usize = 2_000;

/// How long the same key gives the same payment at a provider: PayPal and Stripe promise longer.
const REPEATABLE: TimeDelta = TimeDelta::hours(20);
/// Attempts to pay one order.
const MOST_PAYMENTS: u64 = 20;

/// How somebody wants to pay.
#[derive(Clone, Debug)]
pub struct StartPayment {
    /// Code of the provider.
    pub provider: String,
    /// Where their browser comes back to when they have agreed.
    pub return_url: Option<String>,
    /// Where it comes back to when they have not.
    pub cancel_url: Option<String>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

/// A payment that was begun.
#[derive(Clone, Debug)]
pub struct StartedPayment {
    /// The payment.
    pub payment: payment::Model,
    /// What the customer does next; nothing once it came to an end.
    pub next: Option<NextStep>,
    /// Its order.
    pub order: OrderView,
}

impl Payments<'_> {
    /// Begins to pay an order. The same key again gives the same payment.
    ///
    /// # Errors
    /// `NotFound` for an order that the viewer may not see; `Invalid` for an unknown provider
    /// or an order that is not to be paid any more; `RateLimited` for an address that begins
    /// many; `Busy` while the provider does not answer.
    pub async fn start(
        &self,
        viewer: &Viewer,
        order: OrderId,
        token: Option<&str>,
        wanted: &StartPayment,
        idempotency: &IdempotencyKey,
    ) -> Result<StartedPayment, ShopError> {
        self.shop.orders().find(viewer, &OrderKey::Id(order), token).await?;
        let mut checks = Checks::default();
        url(&mut checks, "returnUrl", wanted.return_url.as_deref());
        url(&mut checks, "cancelUrl", wanted.cancel_url.as_deref());
        let Some(provider) = self.provider(&wanted.provider) else {
            checks.fail("provider", ProblemCode::NotFound, "there is no such way to pay here");
            return Err(checks.done().err().unwrap_or(ShopError::NotFound));
        };
        checks.done()?;
        let claim = Claim {
            operation: "payment.create",
            owner: order.0,
            key: idempotency,
            input: format!("{:?}", (&wanted.provider, &wanted.return_url, &wanted.cancel_url)),
        };
        let row = self
            .open(By::customer(viewer), order, provider.code(), &claim, wanted.address)
            .await?;
        let view = self.shop.orders().load(order).await?;
        let is_waiting = view.order.reserved_until.is_some_and(|until| until > self.shop.now());
        // A provider forgets its keys after a day, and would begin another payment.
        let is_fresh = row.created_at > self.shop.now() - REPEATABLE;
        let next = match row.status {
            PaymentStatus::Created if is_waiting && is_fresh => Some(self.create_at_provider(&row, wanted).await?),
            _ => None,
        };
        let view = self.shop.orders().load(order).await?;
        let row = view.payments.iter().find(|payment| payment.id == row.id).cloned();
        Ok(StartedPayment {
            payment: row.ok_or(ShopError::NotFound)?,
            next,
            order: view,
        })
    }

    /// The payment's row: committed before the provider hears of it, so that no charge is
    /// without one.
    async fn open(
        &self,
        by: By,
        order: OrderId,
        provider: &str,
        claim: &Claim<'_>,
        address: Option<IpAddr>,
    ) -> Result<payment::Model, ShopError> {
        let mut change = Change::begin(self.shop, order, by).await?;
        if let Some(id) = claim.take(&change.tx, change.now).await? {
            let row = payment::Entity::find_by_id(PaymentId(id)).one(&change.tx).await?;
            return row.ok_or(ShopError::NotFound);
        }
        let is_open = change.order.reserved_until.is_some_and(|until| until > change.now);
        if change.order.status != OrderStatus::PendingPayment || !is_open {
            let message = "this order is not to be paid any more";
            return Err(ShopError::problem("orderId", ProblemCode::IllegalState, message));
        }
        self.shop.paces().payments.take(address)?;
        let attempts = payment::Entity::find().filter(payment::Column::OrderId.eq(order));
        if attempts.count(&change.tx).await? >= MOST_PAYMENTS {
            let message = format!("at most {MOST_PAYMENTS} payments are begun for an order");
            return Err(ShopError::problem("orderId", ProblemCode::TooLong, message));
        }
        let row = begun(&change, provider).insert(&change.tx).await?;
        claim.settle(&change.tx, row.id.0).await?;
        change.event(OrderEventKind::PaymentStarted, Some(row.amount), provider);
        change.commit().await?;
        Ok(row)
    }

    async fn create_at_provider(&self, row: &payment::Model, wanted: &StartPayment) -> Result<NextStep, ShopError> {
        let provider = self.provider(&row.provider).ok_or(ShopError::NotFound)?;
        let order = order::Entity::find_by_id(row.order_id).one(self.shop.db()).await?;
        let order = order.ok_or(ShopError::NotFound)?;
        let placed_at = order.placed_at;
        let new = NewPayment {
            id: row.id,
            order_number: order.number,
            amount: money(row)?,
            return_url: wanted.return_url.clone(),
            cancel_url: wanted.cancel_url.clone(),
        };
        let created = match provider.create(&new).await {
            Ok(created) => created,
            Err(error) => {
                if let ProviderError::Declined { reason } = &error {
                    self.give_up(row, reason).await?;
                }
                return Err(refused("provider", &error, provider.code()));
            }
        };
        if let NextStep::Instructions { text } = &created.next {
            self.mail_instructions(row, text).await?;
        }
        let now = self.shop.now();
        payment::Entity::update_many()
            .col_expr(payment::Column::Reference, Expr::value(created.reference))
            .col_expr(payment::Column::UpdatedAt, Expr::value(now))
            .filter(payment::Column::Id.eq(row.id))
            .filter(payment::Column::Reference.is_null())
            .exec(self.shop.db())
            .await?;
        if provider.is_manual() {
            // A bank transfer takes days: the stock waits as long, while the order still does.
            let until = placed_at + self.shop.commerce().manual_hold;
            order::Entity::update_many()
                .col_expr(order::Column::ReservedUntil, Expr::value(until))
                .filter(order::Column::Id.eq(row.order_id))
                .filter(order::Column::Status.eq(OrderStatus::PendingPayment))
                .filter(order::Column::ReservedUntil.lt(until))
                .exec(self.shop.db())
                .await?;
        }
        Ok(created.next)
    }

    /// Whoever pays by hand finds how in their mail, once for each order.
    async fn mail_instructions(&self, row: &payment::Model, text: &str) -> Result<(), ShopError> {
        let told = payment::Entity::find()
            .filter(payment::Column::OrderId.eq(row.order_id))
            .filter(payment::Column::Provider.eq(row.provider.as_str()))
            .filter(payment::Column::Reference.is_not_null());
        if told.one(self.shop.db()).await?.is_some() {
            return Ok(());
        }
        let mut change = Change::begin(self.shop, row.order_id, By::SYSTEM).await?;
        let letter = Letters::about(self.shop, &change.order).to_pay(text);
        change.mail(letter);
        change.commit().await
    }

    async fn give_up(&self, row: &payment::Model, reason: &str) -> Result<(), ShopError> {
        let mut change = Change::begin(self.shop, row.order_id, By::PROVIDER).await?;
        // Its money may have come another way meanwhile: that stands.
        let failed = payment::Entity::update_many()
            .col_expr(payment::Column::Status, Expr::value(PaymentStatus::Failed))
            .col_expr(
                payment::Column::Problem,
                Expr::value(reason.chars().take(500).collect::<String>()),
            )
            .col_expr(payment::Column::UpdatedAt, Expr::value(change.now))
            .filter(payment::Column::Id.eq(row.id))
            .filter(payment::Column::Status.is_in([PaymentStatus::Created, PaymentStatus::Processing]))
            .filter(payment::Column::Capture.is_null())
            .exec(&change.tx)
            .await?;
        if failed.rows_affected == 0 {
            return Ok(());
        }
        change.event(OrderEventKind::PaymentFailed, Some(row.amount), reason);
        change.commit().await
    }

    /// The customer comes back: takes the money if they agreed, and gives the order as it
    /// is since. Doing it twice changes nothing.
    ///
    /// # Errors
    /// `NotFound` for a payment of an order that the viewer may not see, `Invalid` when the
    /// provider declined or the order is not to be paid any more, `Busy` while the provider
    /// does not answer.
    pub async fn complete(&self, viewer: &Viewer, id: PaymentId, token: Option<&str>) -> Result<OrderView, ShopError> {
        let row = payment::Entity::find_by_id(id).one(self.shop.db()).await?;
        let row = row.ok_or(ShopError::NotFound)?;
        let order = self
            .shop
            .orders()
            .find(viewer, &OrderKey::Id(row.order_id), token)
            .await?;
        let is_open = matches!(row.status, PaymentStatus::Created | PaymentStatus::Processing);
        let (Some(reference), true) = (&row.reference, is_open) else {
            return Ok(order);
        };
        let provider = self.provider(&row.provider).ok_or(ShopError::NotFound)?;
        let refuse = |error: ProviderError| refused("id", &error, provider.code());
        let mut news = provider.look_up(reference).await.map_err(refuse)?;
        if news.state == ProviderState::Approved {
            let is_waiting = order.order.reserved_until.is_some_and(|until| until > self.shop.now());
            if order.order.status != OrderStatus::PendingPayment || !is_waiting {
                let message = "this order is not to be paid any more; nothing was charged";
                return Err(ShopError::problem("id", ProblemCode::IllegalState, message));
            }
            news = match provider.capture(row.id, reference).await {
                Ok(captured) => captured,
                Err(error) => {
                    if let ProviderError::Declined { reason } = &error {
                        self.give_up(&row, reason).await?;
                    }
                    return Err(refuse(error));
                }
            };
        }
        self.apply(row.id, row.order_id, &news).await?;
        self.shop.orders().load(row.order_id).await
    }
}

/// A payment of all of an order's money that has just begun.
pub(super) fn begun(change: &Change<'_>, provider: &str) -> payment::ActiveModel {
    payment::ActiveModel {
        id: Set(PaymentId::generate()),
        order_id: Set(change.order.id),
        provider: Set(provider.to_owned()),
        reference: Set(None),
        capture: Set(None),
        status: Set(PaymentStatus::Created),
        amount: Set(change.order.total_amount),
        currency: Set(change.order.currency.clone()),
        refunded_amount: Set(0),
        problem: Set(String::new()),
        created_at: Set(change.now),
        updated_at: Set(change.now),
    }
}

pub(super) fn money(row: &payment::Model) -> Result<Money, ShopError> {
    in_currency_of(row, row.amount)
}

fn url(checks: &mut Checks, path: &str, text: Option<&str>) {
    let is_url = |text: &str| {
        let has_scheme = text.starts_with("https://") || text.starts_with("http://");
        has_scheme && text.len() <= LONGEST_URL && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if text.is_some_and(|text| !is_url(text)) {
        checks.fail(path, ProblemCode::Invalid, "must be an http or https address");
    }
}
