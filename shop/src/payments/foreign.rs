//! What providers tell of refunds: of ours, and of those that somebody began on the
//! provider's own pages.

use super::{Payments, ProviderRefund, ProviderRefundState};
use crate::{
    error::ShopError,
    orders::{By, Change, Ending, OrderEventKind, RefundStatus, settle_refund, take_back},
};
use chrono::TimeDelta;
use entities::{
    id::RefundId,
    payment::{self, PaymentStatus},
    refund,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

const TOO_MUCH: &str = "more went back at the provider than was paid: somebody has to look";

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
                // Given up here or made by hand, and done there after all: money that went back beside.
                RefundStatus::Failed | RefundStatus::Done
                    if row.reference.is_none() && news.state == ProviderRefundState::Done =>
                {
                    self.note_foreign(&payment, news).await
                }
                RefundStatus::Done | RefundStatus::Failed => Ok(()),
            };
        }
        // Perhaps one of ours whose answer is still on its way: told again, it is known by then.
        let is_under_way = |row: &refund::Model| row.reference.is_none() && row.amount == news.amount.amount;
        if ours
            .iter()
            .any(|row| row.status == RefundStatus::Pending && is_under_way(row))
        {
            return Err(ShopError::Busy);
        }
        if news.state == ProviderRefundState::Done {
            self.note_foreign(&payment, news).await?;
        }
        Ok(())
    }

    /// Somebody gave money back on the provider's own pages. More than there was is written
    /// down as a refund that failed, so that somebody looks.
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
        if news.amount.currency.code() != payment.currency {
            // No provider gives back in another currency than it took: nothing can be counted.
            let what = format!("{} {} went back", news.amount.currency.code(), news.amount);
            tracing::error!(payment = %payment.id, "money went back in another currency than was taken");
            change.event(OrderEventKind::PaymentMismatched, None, &what);
            return change.commit().await;
        }
        let is_counted = take_back(&mut change, payment, news.amount.amount).await?;
        let row = refund::ActiveModel {
            id: Set(RefundId::generate()),
            order_id: Set(payment.order_id),
            payment_id: Set(payment.id),
            reference: Set(Some(news.reference.clone())),
            status: Set(if is_counted {
                RefundStatus::Sent
            } else {
                RefundStatus::Failed
            }),
            amount: Set(news.amount.amount),
            reason: Set("given back at the provider".to_owned()),
            problem: Set(if is_counted { String::new() } else { TOO_MUCH.to_owned() }),
            attempts: Set(0),
            next_attempt_at: Set(change.now),
            acknowledged_at: Set(None),
            created_at: Set(change.now),
            updated_at: Set(change.now),
        };
        let row = row.insert(&change.tx).await?;
        if is_counted {
            settle_refund(&mut change, &row, Ending::Done("")).await?;
        } else {
            change.event(OrderEventKind::PaymentMismatched, change.own(news.amount), TOO_MUCH);
        }
        change.commit().await
    }
}
