//! What time brings about: orders that nobody paid, refunds that are due, things to forget.

use super::{PaymentStatus, Payments, ProviderState};
use crate::{
    error::ShopError,
    idempotency,
    orders::{OrderStatus, expire},
};
use chrono::TimeDelta;
use entities::{id::OrderId, order, payment};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

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
        let overdue = self.shop.orders().overdue(limit).await?;
        let mut done = Upkept::default();
        for &id in &overdue {
            done.expired += usize::from(self.expire(id).await?);
        }
        done.refunds = self.send_refunds(limit).await?;
        let full = |count: usize| count as u64 >= limit;
        done.has_more = full(overdue.len()) || full(done.refunds);
        Ok(done)
    }

    /// Forgets what need not be remembered any longer.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn forget_old(&self, carts_after: TimeDelta) -> Result<(), ShopError> {
        let keys = idempotency::prune(self.shop.db(), self.shop.now()).await?;
        let carts = self.shop.carts().prune(carts_after).await?;
        tracing::debug!(keys, carts, "old keys and carts were forgotten");
        Ok(())
    }

    async fn expire(&self, id: OrderId) -> Result<bool, ShopError> {
        match self.judge(id).await? {
            Verdict::Free => expire(self.shop, id).await,
            Verdict::Wait(time) => {
                order::Entity::update_many()
                    .col_expr(order::Column::ReservedUntil, Expr::value(self.shop.now() + time))
                    .filter(order::Column::Id.eq(id))
                    .filter(order::Column::Status.eq(OrderStatus::PendingPayment))
                    .exec(self.shop.db())
                    .await?;
                Ok(false)
            }
        }
    }

    /// Looks at the providers whether money is here or coming, and gives up payments that
    /// nobody agreed to, so that they cannot be agreed to later.
    async fn judge(&self, id: OrderId) -> Result<Verdict, ShopError> {
        let open = payment::Entity::find()
            .filter(payment::Column::OrderId.eq(id))
            .filter(payment::Column::Status.is_in([PaymentStatus::Created, PaymentStatus::Processing]))
            .all(self.shop.db())
            .await?;
        for row in open {
            let (Some(reference), Some(provider)) = (&row.reference, self.provider(&row.provider)) else {
                // The customer never got it.
                continue;
            };
            if provider.is_manual() {
                continue;
            }
            let news = match provider.look_up(reference).await {
                Ok(news) => news,
                Err(super::ProviderError::Unknown) => continue,
                Err(error) => {
                    tracing::warn!(%error, provider = provider.code(), "an overdue payment cannot be looked up");
                    return Ok(Verdict::Wait(LOOK_AGAIN));
                }
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
