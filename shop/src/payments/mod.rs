//! Payments: what a provider is, and how its word becomes an order's state.
//!
//! A customer who comes back, a message of the provider, and our own look at what is
//! overdue meet in one place, [`apply`](Payments::take_notice): it takes a state, not a
//! step, under the order's lock, so that it does not matter who comes first, or twice.

mod admin;
mod apply;
mod foreign;
mod provider;
mod refunds;
mod start;
#[cfg(test)]
mod tests;
mod upkeep;

pub use admin::RefundPayment;
pub use entities::payment::{Model as Payment, PaymentStatus};
pub use provider::{
    CreatedPayment, NewPayment, NewRefund, NextStep, PaymentProvider, ProviderError, ProviderNews, ProviderPayment,
    ProviderRefund, ProviderRefundState, ProviderState, WebhookError, WebhookHeaders, WebhookNotice,
};
pub use start::{StartPayment, StartedPayment};
pub use upkeep::Upkept;

use crate::{
    Shop,
    error::{ProblemCode, ShopError},
};
use std::sync::Arc;

/// Payments of a shop.
#[derive(Clone, Copy, Debug)]
pub struct Payments<'a> {
    shop: &'a Shop,
}

impl<'a> Payments<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// The provider of this code.
    #[must_use]
    pub fn provider(&self, code: &str) -> Option<&'a Arc<dyn PaymentProvider>> {
        self.shop
            .payment_providers()
            .iter()
            .find(|provider| provider.code() == code)
    }
}

/// What a provider's refusal means to whoever asked, at this place of the input.
fn refused(place: &str, error: &ProviderError, provider: &str) -> ShopError {
    match error {
        ProviderError::Declined { reason } => ShopError::problem(place, ProblemCode::PaymentDeclined, reason),
        ProviderError::Unknown => ShopError::problem("id", ProblemCode::NotFound, "the provider does not know it"),
        ProviderError::Unavailable { .. } => {
            tracing::warn!(%error, provider, "a payment provider does not answer");
            ShopError::Busy
        }
        ProviderError::Refused { .. } => {
            tracing::error!(%error, provider, "a payment provider refuses us");
            ShopError::Busy
        }
    }
}
