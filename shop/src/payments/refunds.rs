//! Asking providers to give money back: once for each refund, however often it is tried.

use super::{NewRefund, Payments, ProviderError, ProviderRefund, ProviderRefundState, start::money};
use crate::{
    error::ShopError,
    orders::{By, Change, OrderEventKind, RefundStatus, owed_back, settle_refund},
};
use chrono::TimeDelta;
use entities::{
    id::{OrderId, RefundId},
    money::Money,
    payment::{self, PaymentStatus},
    refund,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

/// Tries after which a refund that is refused, not merely unanswered, is given up.
const MOST_TRIES: i32 = 12;
/// How long a provider remembers a key: PayPal and Stripe promise longer.
const REPEATABLE: TimeDelta = TimeDelta::hours(20);

impl Payments<'_> {
    /// Asks for the refunds of one order at once; what fails is tried again by the upkeep.
    pub(crate) async fn send_refunds_of(&self, order: OrderId) {
        let of_order = refund::Column::OrderId.eq(order);
        if let Err(error) = self.send_where(of_order, 20).await {
            tracing::warn!(%error, "refunds will be asked for again");
        }
    }

    /// Asks for refunds that are due. Tells how many were.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn send_refunds(&self, limit: u64) -> Result<usize, ShopError> {
        self.send_where(Expr::value(true), limit).await
    }

    async fn send_where(&self, which: Expr, limit: u64) -> Result<usize, ShopError> {
        let due = refund::Entity::find()
            // What a provider has taken on it tells by itself; asked again it might pay again.
            .filter(refund::Column::Status.eq(RefundStatus::Pending))
            .filter(refund::Column::NextAttemptAt.lte(self.shop.now()))
            .filter(which)
            .order_by_asc(refund::Column::NextAttemptAt)
            .limit(limit)
            .all(self.shop.db())
            .await?;
        let count = due.len();
        for row in due {
            if self.claim(&row).await? {
                self.send(&row).await?;
            }
        }
        Ok(count)
    }

    /// Takes a refund for one try; of several processes one gets it.
    async fn claim(&self, row: &refund::Model) -> Result<bool, ShopError> {
        let pause = TimeDelta::seconds(30) * 2_i32.pow(row.attempts.clamp(0, 7).unsigned_abs());
        let claimed = refund::Entity::update_many()
            .col_expr(refund::Column::Attempts, Expr::value(row.attempts + 1))
            .col_expr(refund::Column::NextAttemptAt, Expr::value(self.shop.now() + pause))
            .filter(refund::Column::Id.eq(row.id))
            .filter(refund::Column::Attempts.eq(row.attempts))
            .exec(self.shop.db())
            .await?;
        Ok(claimed.rows_affected > 0)
    }

    async fn send(&self, row: &refund::Model) -> Result<(), ShopError> {
        if row.attempts > 0 && row.created_at < self.shop.now() - REPEATABLE {
            // Its key may be forgotten by now, and an earlier try may have been done unheard.
            tracing::error!(refund = %row.id, "nobody knows what became of a refund: look at the provider");
            return Ok(());
        }
        let payment = payment::Entity::find_by_id(row.payment_id).one(self.shop.db()).await?;
        let payment = payment.ok_or(ShopError::NotFound)?;
        let Some(provider) = self.provider(&payment.provider) else {
            tracing::error!(
                provider = payment.provider,
                "a refund waits for a provider that is not configured"
            );
            return Ok(());
        };
        let new = NewRefund {
            id: row.id,
            reference: payment.reference.clone().unwrap_or_default(),
            capture: payment.capture.clone().unwrap_or_default(),
            amount: Money::new(row.amount, money(&payment)?.currency),
            reason: Some(row.reason.clone()).filter(|reason| !reason.is_empty()),
        };
        match provider.refund(&new).await {
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
    async fn learn(&self, row: &refund::Model, news: &ProviderRefund) -> Result<(), ShopError> {
        refund::Entity::update_many()
            .col_expr(refund::Column::Reference, Expr::value(news.reference.as_str()))
            .col_expr(refund::Column::Status, Expr::value(RefundStatus::Sent))
            .filter(refund::Column::Id.eq(row.id))
            .filter(refund::Column::Status.eq(RefundStatus::Pending))
            .exec(self.shop.db())
            .await?;
        match &news.state {
            ProviderRefundState::Pending => Ok(()),
            ProviderRefundState::Done => self.end(row, Ok(())).await,
            ProviderRefundState::Failed { reason } => self.end(row, Err(reason)).await,
        }
    }

    async fn end(&self, row: &refund::Model, outcome: Result<(), &str>) -> Result<(), ShopError> {
        let mut change = Change::begin(self.shop, row.order_id, By::PROVIDER).await?;
        let outcome = outcome.map_err(|problem| problem.get(..500).unwrap_or(problem));
        settle_refund(&mut change, row, outcome).await?;
        change.commit().await
    }

    /// A provider tells of a refund: one of ours, or one from its own pages.
    pub(super) async fn take_refund(
        &self,
        provider: &str,
        capture: &str,
        id: Option<RefundId>,
        news: &ProviderRefund,
    ) -> Result<(), ShopError> {
        let payment = payment::Entity::find()
            .filter(payment::Column::Provider.eq(provider))
            .filter(payment::Column::Capture.eq(capture))
            .one(self.shop.db())
            .await?;
        let Some(payment) = payment else {
            // It may be of a payment whose own message is still on its way.
            let open = payment::Entity::find()
                .filter(payment::Column::Provider.eq(provider))
                .filter(payment::Column::Status.is_in([PaymentStatus::Created, PaymentStatus::Processing]))
                .filter(payment::Column::Reference.is_not_null())
                .filter(payment::Column::CreatedAt.gt(self.shop.now() - TimeDelta::days(3)));
            if open.one(self.shop.db()).await?.is_some() {
                return Err(ShopError::Busy);
            }
            tracing::warn!(provider, "a message about a refund that is not ours");
            return Ok(());
        };
        let ours = refund::Entity::find()
            .filter(refund::Column::PaymentId.eq(payment.id))
            .all(self.shop.db())
            .await?;
        let is_it = |row: &&refund::Model| Some(row.id) == id || row.reference.as_deref() == Some(&*news.reference);
        if let Some(row) = ours.iter().find(is_it) {
            return match row.status {
                RefundStatus::Pending | RefundStatus::Sent => self.learn(row, news).await,
                RefundStatus::Done | RefundStatus::Failed => Ok(()),
            };
        }
        // One of ours whose answer is still on its way: the next try learns of it by its key.
        let is_under_way = |row: &refund::Model| row.reference.is_none() && row.amount == news.amount.amount;
        if ours
            .iter()
            .any(|row| row.status == RefundStatus::Pending && is_under_way(row))
        {
            return Ok(());
        }
        if news.state == ProviderRefundState::Done {
            self.note_foreign(&payment, news).await?;
        }
        Ok(())
    }

    /// Somebody gave money back on the provider's own pages.
    async fn note_foreign(&self, payment: &payment::Model, news: &ProviderRefund) -> Result<(), ShopError> {
        let mut change = Change::begin(self.shop, payment.order_id, By::PROVIDER).await?;
        let known = refund::Entity::find()
            .filter(refund::Column::PaymentId.eq(payment.id))
            .filter(refund::Column::Reference.eq(news.reference.as_str()))
            .one(&change.tx)
            .await?;
        if known.is_some() {
            return Ok(());
        }
        let amount = news.amount.amount;
        let taken = payment::Entity::update_many()
            .col_expr(
                payment::Column::RefundedAmount,
                Expr::col(payment::Column::RefundedAmount).add(amount),
            )
            .filter(payment::Column::Id.eq(payment.id))
            .filter(
                Expr::col(payment::Column::RefundedAmount)
                    .add(amount)
                    .lte(Expr::col(payment::Column::Amount)),
            )
            .exec(&change.tx)
            .await?;
        let counts = payment.status == PaymentStatus::Captured;
        if taken.rows_affected == 0 || (counts && amount > owed_back(&change.order)) {
            drop(change);
            let mut change = Change::begin(self.shop, payment.order_id, By::PROVIDER).await?;
            let note = "more went back at the provider than was paid: somebody has to look";
            change.event(OrderEventKind::PaymentMismatched, Some(amount), note);
            return change.commit().await;
        }
        let row = refund::ActiveModel {
            id: Set(RefundId::generate()),
            order_id: Set(payment.order_id),
            payment_id: Set(payment.id),
            reference: Set(Some(news.reference.clone())),
            status: Set(RefundStatus::Sent),
            amount: Set(amount),
            reason: Set("given back at the provider".to_owned()),
            problem: Set(String::new()),
            attempts: Set(0),
            next_attempt_at: Set(change.now),
            created_at: Set(change.now),
            updated_at: Set(change.now),
        };
        let row = row.insert(&change.tx).await?;
        if counts {
            change.order.refunded_amount += amount;
        }
        settle_refund(&mut change, &row, Ok(())).await?;
        change.commit().await
    }
}
