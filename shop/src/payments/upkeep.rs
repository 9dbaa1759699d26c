//! What time brings about: orders that nobody paid, refunds that are due, things to forget.

use super::{PaymentStatus, Payments, ProviderState};
use crate::{
    error::ShopError,
    idempotency,
    orders::{OrderStatus, expire},
};
use chrono::TimeDelta;
use entities::{id::OrderId, order, payment, webhook_event};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::collections::HashSet;

/// How long an order waits again whose payment cannot be judged now.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(2);
/// How long it does while the provider works on its payment.
const PROCESSING: TimeDelta = TimeDelta::hours(1);

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkept {
    /// Orders that were given up because nobody paid.
    pub expired: usize,
    /// Refunds that were asked for.
    pub refunds: usize,
    /// Whether more of either may be due.
    pub has_more: bool,
}

/// What is known of an overdue order's payments.
enum Verdict {
    /// No money is coming.
    Free,
    /// It has to wait.
    Wait(TimeDelta),
}

impl Payments<'_> {
    /// One round: gives up overdue orders, asks for refunds that are due. Several processes
    /// may do it at once.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn upkeep(&self, limit: u64) -> Result<Upkept, ShopError> {
        // Side by side: stock is not to wait for a provider that does not answer.
        let (over, refunds) = futures::join!(self.expire_overdue(limit), self.send_refunds(limit));
        let ((overdue, expired), refunds) = (over?, refunds?);
        let full = |count: usize| count as u64 >= limit;
        Ok(Upkept {
            expired,
            refunds,
            has_more: full(overdue) || full(refunds),
        })
    }

    /// How many were overdue, and how many of them were given up.
    async fn expire_overdue(&self, limit: u64) -> Result<(usize, usize), ShopError> {
        let overdue = self.shop.orders().overdue(limit).await?;
        let (mut expired, mut silent) = (0, HashSet::new());
        for &id in &overdue {
            match self.expire_unless(id, &mut silent).await {
                Ok(is_over) => expired += usize::from(is_over),
                // The next one is not to wait for it; this one comes again.
                Err(error) => {
                    tracing::error!(order = %id, %error, "an overdue order cannot be given up yet");
                    self.put_off(id, LOOK_AGAIN).await?;
                }
            }
        }
        Ok((overdue.len(), expired))
    }

    /// Forgets what need not be remembered any longer.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn forget_old(&self, carts_after: TimeDelta) -> Result<(), ShopError> {
        let keys = idempotency::prune(self.shop.db(), self.shop.now()).await?;
        let carts = self.shop.carts().prune(carts_after).await?;
        // No provider sends a message again after so long.
        let old = webhook_event::Column::ReceivedAt.lt(self.shop.now() - TimeDelta::days(90));
        let messages = webhook_event::Entity::delete_many()
            .filter(old)
            .exec(self.shop.db())
            .await?;
        let messages = messages.rows_affected;
        tracing::debug!(keys, carts, messages, "old keys, carts and messages were forgotten");
        Ok(())
    }

    /// Gives up one order if it is overdue and no money is here or coming; tells whether it did.
    ///
    /// # Errors
    /// `NotFound`, `Internal`.
    pub async fn expire(&self, id: OrderId) -> Result<bool, ShopError> {
        self.expire_unless(id, &mut HashSet::new()).await
    }

    /// As [`Self::expire`], without asking providers that did not answer just now.
    async fn expire_unless(&self, id: OrderId, silent: &mut HashSet<String>) -> Result<bool, ShopError> {
        let row = order::Entity::find_by_id(id).one(self.shop.db()).await?;
        let row = row.ok_or(ShopError::NotFound)?;
        let is_over = row.reserved_until.is_some_and(|until| until < self.shop.now());
        if row.status != OrderStatus::PendingPayment || !is_over {
            return Ok(false);
        }
        match self.judge(id, silent).await? {
            Verdict::Free => expire(self.shop, id).await,
            Verdict::Wait(time) => {
                self.put_off(id, time).await?;
                Ok(false)
            }
        }
    }

    async fn put_off(&self, id: OrderId, time: TimeDelta) -> Result<(), ShopError> {
        order::Entity::update_many()
            .col_expr(order::Column::ReservedUntil, Expr::value(self.shop.now() + time))
            .filter(order::Column::Id.eq(id))
            .filter(order::Column::Status.eq(OrderStatus::PendingPayment))
            .exec(self.shop.db())
            .await?;
        Ok(())
    }

    /// Looks at the providers whether money is here or coming, and gives up payments that
    /// nobody agreed to, so that they cannot be agreed to later. One time-out is enough for a
    /// round: a provider that is `silent` is not asked again.
    async fn judge(&self, id: OrderId, silent: &mut HashSet<String>) -> Result<Verdict, ShopError> {
        let open = payment::Entity::find()
            .filter(payment::Column::OrderId.eq(id))
            .filter(payment::Column::Status.is_in([PaymentStatus::Created, PaymentStatus::Processing]))
            .all(self.shop.db())
            .await?;
        for row in open {
            // Without a reference the customer never got it.
            let Some(reference) = &row.reference else { continue };
            let Some(provider) = self.provider(&row.provider) else {
                tracing::error!(
                    provider = row.provider,
                    "an overdue payment is of a provider that is not configured"
                );
                return Ok(Verdict::Wait(PROCESSING));
            };
            if provider.is_manual() {
                continue;
            }
            if silent.contains(&row.provider) {
                return Ok(Verdict::Wait(LOOK_AGAIN));
            }
            let looked = match provider.look_up(reference).await {
                Ok(looked) => looked,
                Err(super::ProviderError::Unknown) => continue,
                Err(error) => {
                    tracing::warn!(%error, provider = provider.code(), "an overdue payment cannot be looked up");
                    if matches!(error, super::ProviderError::Unavailable { .. }) {
                        silent.insert(row.provider.clone());
                    }
                    return Ok(Verdict::Wait(LOOK_AGAIN));
                }
            };
            // Agreed, and perhaps never come back: this is the last moment to take it.
            let Ok(news) = self.agreed(&row, &looked).await else {
                return Ok(Verdict::Wait(LOOK_AGAIN));
            };
            match &news.state {
                ProviderState::Processing => return Ok(Verdict::Wait(PROCESSING)),
                ProviderState::Pending | ProviderState::Approved => {
                    if let Err(error) = provider.cancel(reference).await {
                        tracing::warn!(%error, provider = provider.code(), "an overdue payment cannot be given up");
                        return Ok(Verdict::Wait(LOOK_AGAIN));
                    }
                }
                ProviderState::Captured { .. } | ProviderState::Failed { .. } => {
                    self.apply(row.id, row.order_id, &news).await?;
                }
            }
        }
        Ok(Verdict::Free)
    }
}
