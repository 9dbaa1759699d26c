//! What providers tell of refunds: of ours, and of those that somebody began on the
//! provider's own pages.

use super::{Payments, ProviderRefund, ProviderRefundState};
use crate::{
    error::ShopError,
    orders::{By, Change, OrderEventKind, RefundStatus, owed_back, settle_refund},
};
use chrono::TimeDelta;
use entities::{
    id::RefundId,
    payment::{self, PaymentStatus},
    refund,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};

impl Payments<'_> {
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
                // The money came back: nothing but this tells so.
                RefundStatus::Done if matches!(news.state, ProviderRefundState::Failed { .. }) => {
                    self.learn(row, news).await
                }
                // Given up here, and done there after all.
                RefundStatus::Failed if row.reference.is_none() && news.state == ProviderRefundState::Done => {
                    self.note_foreign(&payment, news).await
                }
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
            change.event(OrderEventKind::PaymentMismatched, change.own(news.amount), note);
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
        settle_refund(&mut change, &row, Ok("")).await?;
        change.commit().await
    }
}
