//! What administrators do about money: say that it came or went by hand, and give back a
//! payment that did not pay its order.

use super::{
    PaymentStatus,
    apply::write,
    start::{begun, money},
};
use crate::{
    error::{ProblemCode, ShopError},
    idempotency::{Claim, IdempotencyKey},
    orders::{
        AdminOrders, Change, Ending, OrderEventKind, OrderStatus, OrderView, RefundStatus, STUCK, asked_amount,
        in_currency_of, refund_done, refund_payment, settle_refund, take_back,
    },
    text::Checks,
};
use entities::{
    id::{OrderId, PaymentId, RefundId},
    payment, refund,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter,
};

/// What of one payment shall go back.
#[derive(Clone, Debug, Default)]
pub struct RefundPayment {
    /// An exact decimal in the payment's currency, such as `89.99`; everything that is left
    /// without one.
    pub amount: Option<String>,
    /// Why.
    pub reason: String,
}

fn illegal(message: &str) -> ShopError {
    ShopError::problem("id", ProblemCode::IllegalState, message)
}

impl AdminOrders<'_> {
    /// The money came by hand: bank transfer, cash.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` with `IllegalState` unless the order waits for its money and the
    /// shop takes money by hand.
    pub async fn mark_paid(&self, id: OrderId, note: &str) -> Result<OrderView, ShopError> {
        let shop = self.shop();
        let provider = shop.payment_providers().iter().find(|provider| provider.is_manual());
        let provider = provider.ok_or_else(|| illegal("this shop takes no money by hand"))?;
        let mut checks = Checks::default();
        let note = checks.text("note", note, 500);
        checks.done()?;
        let mut change = Change::begin(shop, id, self.by()).await?;
        if change.order.status != OrderStatus::PendingPayment {
            return Err(illegal("the order does not wait for its money"));
        }
        let waiting = payment::Entity::find()
            .filter(payment::Column::OrderId.eq(id))
            .filter(payment::Column::Provider.eq(provider.code()))
            .filter(payment::Column::Status.eq(PaymentStatus::Created))
            .one(&change.tx)
            .await?;
        let row = match waiting {
            Some(row) => row,
            None => begun(&change, provider.code()).insert(&change.tx).await?,
        };
        let capture = format!("by-hand-{}", row.id);
        write(&change, &row, PaymentStatus::Captured, Some(&capture), "").await?;
        change.pay(&note).await?;
        change.commit().await?;
        shop.orders().load(id).await
    }

    /// The money went back by hand: a refund of a payment that was taken by hand, one whose
    /// provider this shop has no longer, one that failed, or one that its provider leaves
    /// open for a week. Once it is done, this changes nothing. A failed one that was more than
    /// is left of its payment stays failed, and nobody is asked to look at it any more.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with `IllegalState` for a refund that its provider answers for.
    pub async fn refund_done(&self, id: RefundId, note: &str) -> Result<OrderView, ShopError> {
        let mut checks = Checks::default();
        let note = checks.text("note", note, 500);
        checks.done()?;
        let shop = self.shop();
        let found = refund::Entity::find_by_id(id).one(shop.db()).await?;
        let order = found.ok_or(ShopError::NotFound)?.order_id;
        let mut change = Change::begin(shop, order, self.by()).await?;
        let row = refund::Entity::find_by_id(id).one(&change.tx).await?;
        let row = row.ok_or(ShopError::NotFound)?;
        let payment = payment::Entity::find_by_id(row.payment_id).one(&change.tx).await?;
        let payment = payment.ok_or(ShopError::NotFound)?;
        match row.status {
            RefundStatus::Failed if row.acknowledged_at.is_none() => {
                take_care(&mut change, &row, &payment, &note).await?;
            }
            RefundStatus::Done | RefundStatus::Failed => {
                drop(change);
                return shop.orders().load(order).await;
            }
            RefundStatus::Pending | RefundStatus::Sent => {
                let provider = shop.payments().provider(&payment.provider);
                let is_stuck = row.created_at < change.now - STUCK;
                if provider.is_some_and(|provider| !provider.is_manual()) && !is_stuck {
                    return Err(illegal("its provider gives this money back and tells when it is done"));
                }
                settle_refund(&mut change, &row, Ending::Done(&note)).await?;
            }
        }
        change.commit().await?;
        shop.orders().load(order).await
    }

    /// Gives back one payment that did not pay its order, or a part of it: what came too late,
    /// twice, or as another amount than was asked. The same key again changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` with every problem: `IllegalState` for the payment that paid its
    /// order, whose pieces and lines an order's refund looks after; `KeyReused` for a key that
    /// was used for something else.
    pub async fn refund_payment(
        &self,
        id: PaymentId,
        wanted: &RefundPayment,
        idempotency: &IdempotencyKey,
    ) -> Result<OrderView, ShopError> {
        let mut checks = Checks::default();
        let reason = checks.text("reason", &wanted.reason, 500);
        checks.done()?;
        let shop = self.shop();
        let found = payment::Entity::find_by_id(id).one(shop.db()).await?;
        let order = found.ok_or(ShopError::NotFound)?.order_id;
        let claim = Claim {
            operation: "payment.refund",
            owner: id.0,
            key: idempotency,
            input: format!("{wanted:?}"),
        };
        let mut change = Change::begin(shop, order, self.by()).await?;
        if claim.take(&change.tx, change.now).await?.is_some() {
            drop(change);
            return shop.orders().load(order).await;
        }
        let row = payment::Entity::find_by_id(id).one(&change.tx).await?;
        let row = row.ok_or(ShopError::NotFound)?;
        if row.status == PaymentStatus::Captured {
            return Err(illegal("this payment paid its order: refund the order"));
        }
        let left = row.amount - row.refunded_amount;
        if row.capture.is_none() || left == 0 {
            return Err(illegal("nothing of this payment could go back"));
        }
        let mut checks = Checks::default();
        let asked = asked_amount(&mut checks, wanted.amount.as_deref(), money(&row)?.currency, left);
        checks.done()?;
        let amount = asked.unwrap_or(left);
        refund_payment(&mut change, &row, amount, &reason).await?;
        claim.settle(&change.tx, id.0).await?;
        change.commit().await?;
        shop.payments().send_refunds_of(order).await;
        shop.orders().load(order).await
    }
}

/// A refund that failed was made by hand after all: it counts, if so much is left.
async fn take_care(
    change: &mut Change<'_>,
    row: &refund::Model,
    payment: &payment::Model,
    note: &str,
) -> Result<(), ShopError> {
    let is_of_order = payment.status == PaymentStatus::Captured;
    let is_counted = take_back(change, payment, row.amount).await?;
    let status = if is_counted {
        RefundStatus::Done
    } else {
        RefundStatus::Failed
    };
    let seen = refund::ActiveModel {
        id: Unchanged(row.id),
        status: Set(status),
        acknowledged_at: Set(Some(change.now)),
        updated_at: Set(change.now),
        ..Default::default()
    };
    seen.update(&change.tx).await?;
    if is_counted {
        let amount = in_currency_of(payment, row.amount)?;
        return refund_done(change, amount, note, is_of_order).await;
    }
    let note = if note.is_empty() {
        "a refund that failed was taken care of"
    } else {
        note
    };
    change.event(OrderEventKind::Noted, None, note);
    Ok(())
}
