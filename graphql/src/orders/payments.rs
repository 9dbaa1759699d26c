//! Payments and refunds as the API shows them.

use super::states::{PaymentStatus, RefundStatus};
use crate::{ids::Id, money::Money, scalars::DateTime};
use async_graphql::SimpleObject;
use shop::{
    Currency,
    id::{PaymentId, RefundId},
    money,
    orders::{self as domain, OrderView},
    payments::{self, NextStep},
};

/// An attempt to pay an order.
#[derive(Clone, Debug, SimpleObject)]
pub struct Payment {
    /// `pay_…`
    pub id: Id<PaymentId>,
    /// Code of the provider.
    pub provider: String,
    /// How far it is.
    pub status: PaymentStatus,
    /// What was asked; of a `MISMATCHED` one, what was taken.
    pub amount: Money,
    /// What went back or is on its way back.
    pub refunded: Money,
    /// Why it came to nothing; empty when it did not.
    pub problem: String,
    /// When it was begun.
    pub created_at: DateTime,
}

/// Money that goes back.
#[derive(Clone, Debug, SimpleObject)]
pub struct Refund {
    /// `refund_…`
    pub id: Id<RefundId>,
    /// Out of which payment.
    pub payment_id: Id<PaymentId>,
    /// How far it is.
    pub status: RefundStatus,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Why it did not go back, for administrators; empty for others.
    pub problem: String,
    /// When it was begun.
    pub created_at: DateTime,
}

/// A way to pay.
#[derive(Clone, Debug, SimpleObject)]
pub struct PaymentMethod {
    /// For `paymentCreate`.
    pub provider: String,
    /// What customers read.
    pub label: String,
}

/// What a customer does to agree to a payment. Exactly one of its members is there, or none:
/// then `paymentComplete` is all that is left.
#[derive(Clone, SimpleObject)]
pub struct PaymentNextStep {
    /// Opens this page of the provider and comes back.
    pub redirect_url: Option<String>,
    /// Confirms with the provider's script: opens this one payment to it.
    pub client_secret: Option<String>,
    /// Names the shop to the provider's script, beside `clientSecret`.
    pub publishable_key: Option<String>,
    /// Pays outside, as told here.
    pub instructions: Option<String>,
}

impl From<NextStep> for PaymentNextStep {
    fn from(next: NextStep) -> Self {
        let mut step = Self {
            redirect_url: None,
            client_secret: None,
            publishable_key: None,
            instructions: None,
        };
        match next {
            NextStep::Redirect { url } => step.redirect_url = Some(url),
            NextStep::Confirm {
                client_secret,
                publishable_key,
            } => {
                step.client_secret = Some(client_secret);
                step.publishable_key = Some(publishable_key);
            }
            NextStep::Instructions { text } => step.instructions = Some(text),
            NextStep::Complete => {}
        }
        step
    }
}

/// An amount of a payment, which may be of another currency than its order when a provider
/// took another amount than was asked.
fn amount(order: &OrderView, row: &payments::Payment, amount: i64) -> Money {
    match Currency::from_code(&row.currency) {
        Some(currency) => money::Money::new(amount, currency).into(),
        None => order.money(amount).into(),
    }
}

pub(super) fn payment(order: &OrderView, row: &payments::Payment) -> Payment {
    Payment {
        id: Id(row.id),
        provider: row.provider.clone(),
        status: row.status.into(),
        amount: amount(order, row, row.amount),
        refunded: amount(order, row, row.refunded_amount),
        problem: row.problem.clone(),
        created_at: DateTime(row.created_at),
    }
}

pub(super) fn refund(order: &OrderView, row: &domain::Refund, is_admin: bool) -> Refund {
    let payment = order.payments.iter().find(|payment| payment.id == row.payment_id);
    Refund {
        id: Id(row.id),
        payment_id: Id(row.payment_id),
        status: row.status.into(),
        amount: payment.map_or_else(
            || order.money(row.amount).into(),
            |payment| amount(order, payment, row.amount),
        ),
        reason: row.reason.clone(),
        // A provider's own words may name what is ours alone.
        problem: if is_admin { row.problem.clone() } else { String::new() },
        created_at: DateTime(row.created_at),
    }
}
