//! Payments and refunds as the API shows them.

use super::states::{PaymentStatus, RefundStatus};
use crate::{ids::Id, money::Money, scalars::DateTime};
use async_graphql::SimpleObject;
use shop::{
    id::{PaymentId, RefundId},
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
    /// What was asked.
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
    /// How far it is.
    pub status: RefundStatus,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
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

pub(super) fn payment(order: &OrderView, row: &payments::Payment) -> Payment {
    Payment {
        id: Id(row.id),
        provider: row.provider.clone(),
        status: row.status.into(),
        amount: order.money(row.amount).into(),
        refunded: order.money(row.refunded_amount).into(),
        problem: row.problem.clone(),
        created_at: DateTime(row.created_at),
    }
}

pub(super) fn refund(order: &OrderView, row: &domain::Refund) -> Refund {
    Refund {
        id: Id(row.id),
        status: row.status.into(),
        amount: order.money(row.amount).into(),
        reason: row.reason.clone(),
        created_at: DateTime(row.created_at),
    }
}
