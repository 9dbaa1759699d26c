//! Asking providers to give money back: once for each refund, however often it is tried, and
//! asking what became of it until that is known, for messages get lost.

use super::{NewRefund, PaymentProvider, Payments, ProviderError, ProviderRefund, ProviderRefundState};
use crate::{
    error::ShopError,
    orders::{By, Change, Ending, RefundStatus, in_currency_of, settle_refund},
};
use chrono::TimeDelta;
use entities::{id::OrderId, payment, refund};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use std::collections::HashSet;

/// Tries after which a refund that is refused, not merely unanswered, is given up.
const MOST_TRIES: i32 = 12;
/// How long a provider remembers a key: PayPal and Stripe promise longer.
const REPEATABLE: TimeDelta = TimeDelta::hours(20);
/// How often a provider is asked what became of a refund that it has taken on.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// The start of a text, as long as the database keeps it.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(500)]
}

impl Payments<'_> {
    /// Asks for the refunds of one order at once; what fails is tried again by the upkeep.
    pub(crate) async fn send_refunds_of(&self, order: OrderId) {
        let of_order = refund::Column::OrderId
            .eq(order)
            .and(refund::Column::Status.eq(RefundStatus::Pending));
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
        let mut count = 0;
        let mut silent = HashSet::new();
        for row in due {
            let payment = payment::Entity::find_by_id(row.payment_id).one(self.shop.db()).await?;
            let payment = payment.ok_or(ShopError::NotFound)?;
            // One time-out is enough for a round: others wait.
            if silent.contains(&payment.provider) || !self.claim(&row).await? {
                continue;
            }
            count += 1;
            if !self.attend(&row, &payment).await? {
                silent.insert(payment.provider);
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
            .filter(refund::Column::Status.eq(row.status))
            .exec(self.shop.db())
            .await?;
        Ok(claimed.rows_affected > 0)
    }

    /// Asks for a refund, or what became of it; `false` when its provider does not answer.
    async fn attend(&self, row: &refund::Model, payment: &payment::Model) -> Result<bool, ShopError> {
        let Some(provider) = self.provider(&payment.provider) else {
            tracing::error!(
                provider = payment.provider,
                "a refund waits for a provider that is not configured"
            );
            return Ok(true);
        };
        let asked = NewRefund {
            id: row.id,
            reference: payment.reference.clone().unwrap_or_default(),
            capture: payment.capture.clone().unwrap_or_default(),
            amount: in_currency_of(payment, row.amount)?,
            reason: Some(row.reason.clone()).filter(|reason| !reason.is_empty()),
        };
        let is_sent = row.status == RefundStatus::Sent;
        // The key of an old one may be forgotten, and an earlier try may have been done unheard.
        let is_old = row.attempts > 0 && row.created_at < self.shop.now() - REPEATABLE;
        if is_sent || is_old {
            match provider.look_up_refund(&asked, row.reference.as_deref()).await {
                Ok(Some(news)) => return self.learn(row, &news).await.map(|()| true),
                // It was told us, so it must be there.
                Ok(None) if is_sent => {
                    tracing::error!(refund = %row.id, provider = provider.code(), "a refund is gone at its provider");
                    return Ok(true);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(refund = %row.id, %error, "a refund will be looked up again");
                    return Ok(!matches!(error, ProviderError::Unavailable { .. }));
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
    ) -> Result<bool, ShopError> {
        match provider.refund(asked).await {
            Ok(news) => self.learn(row, &news).await.map(|()| true),
            Err(ProviderError::Unavailable { reason }) => {
                tracing::warn!(refund = %row.id, reason, "a refund will be asked for again");
                Ok(false)
            }
            Err(error) if row.attempts + 1 < MOST_TRIES && matches!(error, ProviderError::Refused { .. }) => {
                tracing::error!(refund = %row.id, %error, "a refund will be asked for again");
                Ok(true)
            }
            Err(error) => self
                .end(row, Ending::GivenUp(cut(&error.to_string())))
                .await
                .map(|()| true),
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
            ProviderRefundState::Done => self.end(row, Ending::Done("")).await,
            ProviderRefundState::Failed { reason } => self.end(row, Ending::Failed(cut(reason))).await,
        }
    }

    async fn end(&self, row: &refund::Model, ending: Ending<'_>) -> Result<(), ShopError> {
        let mut change = Change::begin(self.shop, row.order_id, By::PROVIDER).await?;
        settle_refund(&mut change, row, ending).await?;
        change.commit().await
    }
}
