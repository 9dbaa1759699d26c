//! Asking providers to give money back: once for each refund, however often it is tried, and
//! asking what became of it until that is known, for messages get lost.

use super::{NewRefund, PaymentProvider, Payments, ProviderError, ProviderRefund, ProviderRefundState};
use crate::{
    error::ShopError,
    orders::{By, Change, RefundStatus, in_currency_of, settle_refund},
};
use chrono::TimeDelta;
use entities::{id::OrderId, payment, refund};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

/// Tries after which a refund that is refused, not merely unanswered, is given up.
const MOST_TRIES: i32 = 12;
/// How long a provider remembers a key: PayPal and Stripe promise longer.
const REPEATABLE: TimeDelta = TimeDelta::hours(20);
/// How often a provider is asked what became of a refund that it has taken on.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

impl Payments<'_> {
    /// Asks for the refunds of one order at once; what fails is tried again by the upkeep.
    pub(crate) async fn send_refunds_of(&self, order: OrderId) {
        let of_order = refund::Column::OrderId.eq(order);
        if let Err(error) = self.send_where(of_order, 20).await {
            tracing::warn!(%error, "refunds will be asked for again");
        }
    }

    /// Asks for refunds that are due, or after them. Tells how many were.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn send_refunds(&self, limit: u64) -> Result<usize, ShopError> {
        self.send_where(Expr::value(true), limit).await
    }

    async fn send_where(&self, which: Expr, limit: u64) -> Result<usize, ShopError> {
        let due = refund::Entity::find()
            .filter(refund::Column::Status.is_in([RefundStatus::Pending, RefundStatus::Sent]))
            .filter(refund::Column::NextAttemptAt.lte(self.shop.now()))
            .filter(which)
            .order_by_asc(refund::Column::NextAttemptAt)
            .limit(limit)
            .all(self.shop.db())
            .await?;
        let count = due.len();
        for row in due {
            if self.claim(&row).await? {
                self.attend(&row).await?;
            }
        }
        Ok(count)
    }

    /// Takes a refund for one try; of several processes one gets it.
    async fn claim(&self, row: &refund::Model) -> Result<bool, ShopError> {
        let pause = match row.status {
            RefundStatus::Sent => LOOK_AGAIN,
            _ => TimeDelta::seconds(30) * 2_i32.pow(row.attempts.clamp(0, 7).unsigned_abs()),
        };
        let claimed = refund::Entity::update_many()
            .col_expr(refund::Column::Attempts, Expr::value(row.attempts + 1))
            .col_expr(refund::Column::NextAttemptAt, Expr::value(self.shop.now() + pause))
            .filter(refund::Column::Id.eq(row.id))
            .filter(refund::Column::Attempts.eq(row.attempts))
            .exec(self.shop.db())
            .await?;
        Ok(claimed.rows_affected > 0)
    }

    async fn attend(&self, row: &refund::Model) -> Result<(), ShopError> {
        let payment = payment::Entity::find_by_id(row.payment_id).one(self.shop.db()).await?;
        let payment = payment.ok_or(ShopError::NotFound)?;
        let Some(provider) = self.provider(&payment.provider) else {
            tracing::error!(
                provider = payment.provider,
                "a refund waits for a provider that is not configured"
            );
            return Ok(());
        };
        let asked = NewRefund {
            id: row.id,
            reference: payment.reference.clone().unwrap_or_default(),
            capture: payment.capture.clone().unwrap_or_default(),
            amount: in_currency_of(&payment, row.amount)?,
            reason: Some(row.reason.clone()).filter(|reason| !reason.is_empty()),
        };
        let is_sent = row.status == RefundStatus::Sent;
        // The key of an old one may be forgotten, and an earlier try may have been done unheard.
        let is_old = row.attempts > 0 && row.created_at < self.shop.now() - REPEATABLE;
        if is_sent || is_old {
            match provider.look_up_refund(&asked, row.reference.as_deref()).await {
                Ok(Some(news)) => return self.learn(row, &news).await,
                // It was told us, so it must be there.
                Ok(None) if is_sent => {
                    tracing::error!(refund = %row.id, provider = provider.code(), "a refund is gone at its provider");
                    return Ok(());
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(refund = %row.id, %error, "a refund will be looked up again");
                    return Ok(());
                }
            }
        }
        self.ask(row, provider.as_ref(), &asked).await
    }

    async fn ask(
        &self,
        row: &refund::Model,
        provider: &dyn PaymentProvider,
        asked: &NewRefund,
    ) -> Result<(), ShopError> {
        match provider.refund(asked).await {
            Ok(news) => self.learn(row, &news).await,
            Err(ProviderError::Unavailable { reason }) => {
                tracing::warn!(refund = %row.id, reason, "a refund will be asked for again");
                Ok(())
            }
            Err(error) if row.attempts + 1 < MOST_TRIES && matches!(error, ProviderError::Refused { .. }) => {
                tracing::error!(refund = %row.id, %error, "a refund will be asked for again");
                Ok(())
            }
            Err(error) => self.end(row, Err(&error.to_string())).await,
        }
    }

    /// What the provider says of a refund.
    pub(super) async fn learn(&self, row: &refund::Model, news: &ProviderRefund) -> Result<(), ShopError> {
        refund::Entity::update_many()
            .col_expr(refund::Column::Reference, Expr::value(news.reference.as_str()))
            .col_expr(refund::Column::Status, Expr::value(RefundStatus::Sent))
            .col_expr(refund::Column::NextAttemptAt, Expr::value(self.shop.now() + LOOK_AGAIN))
            .filter(refund::Column::Id.eq(row.id))
            .filter(refund::Column::Status.eq(RefundStatus::Pending))
            .exec(self.shop.db())
            .await?;
        match &news.state {
            ProviderRefundState::Pending => Ok(()),
            ProviderRefundState::Done => self.end(row, Ok("")).await,
            ProviderRefundState::Failed { reason } => self.end(row, Err(reason)).await,
        }
    }

    async fn end(&self, row: &refund::Model, outcome: Result<&str, &str>) -> Result<(), ShopError> {
        let mut change = Change::begin(self.shop, row.order_id, By::PROVIDER).await?;
        let outcome = outcome.map_err(|problem| &problem[..problem.floor_char_boundary(500)]);
        settle_refund(&mut change, row, outcome).await?;
        change.commit().await
    }
}
