//! Payments: what a provider is, and how its word becomes an order's state.

mod provider;

pub use provider::{
    CreatedPayment, NewPayment, NewRefund, NextStep, PaymentProvider, ProviderError, ProviderNews, ProviderPayment,
    ProviderRefund, ProviderRefundState, ProviderState, WebhookError, WebhookHeaders, WebhookNotice,
};
