//! Clients of payment providers: what the domain asks for, said in each provider's language.
//!
//! Every call that moves money carries a key of ours, so that it may be repeated; errors
//! carry no secret and nothing personal. The domain knows only
//! [`shop::payments::PaymentProvider`].

mod caller;
pub mod manual;
pub mod paypal;
mod signature;
pub mod sink;
pub mod stripe;
pub mod test;

use crate::config::{Config, ManualConfig};
pub use caller::Timeouts;

use manual::Manual;
use paypal::Paypal;
use sha2::{Digest, Sha256};
use shop::id::PaymentId;
use shop::{
    clock::Clock,
    payments::{PaymentProvider, ProviderError, ProviderPayment},
};
use std::{sync::Arc, time::Duration};
use stripe::Stripe;
use test::TestProvider;
use uuid::Uuid;

/// How to pay by hand in a demo shop.
const DEMO_INSTRUCTIONS: &str =
    "This is a demo shop: transfer nothing. An administrator marks order {order} ({amount}) as paid.";

/// The ways to pay that the settings offer, in the order in which customers see them.
///
/// # Errors
/// When no HTTP client can be built.
pub fn providers(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Vec<Arc<dyn PaymentProvider>>> {
    let payments = &config.payments;
    let timeouts = Timeouts {
        connect: Duration::from_millis(payments.connect_timeout_ms),
        whole: Duration::from_millis(payments.timeout_ms),
    };
    let mut offered: Vec<Arc<dyn PaymentProvider>> = Vec::new();
    if let Some(stripe) = &payments.stripe {
        offered.push(Arc::new(Stripe::new(stripe, timeouts, clock.clone())?));
    }
    if let Some(paypal) = &payments.paypal {
        offered.push(Arc::new(Paypal::new(paypal, timeouts, clock.clone())?));
    }
    if payments.manual.enabled {
        offered.push(Arc::new(Manual::new(&payments.manual)));
    } else if config.shop.demo {
        // So that every way of an order can be tried in a demo shop.
        let manual = ManualConfig {
            instructions: DEMO_INSTRUCTIONS.to_owned(),
            ..payments.manual.clone()
        };
        offered.push(Arc::new(Manual::new(&manual)));
    }
    // The settings refuse it too; money is worth a second lock.
    if config.shop.demo && payments.test.enabled.unwrap_or(true) {
        let key = test_webhook_key(config);
        offered.push(Arc::new(TestProvider::new(payments.test.outcome, key, clock.clone())));
    }
    Ok(offered)
}

/// What messages of the test provider are signed with: made of the first signing key, so
/// that one secret is enough.
#[must_use]
pub fn test_webhook_key(config: &Config) -> Vec<u8> {
    let secret = config.auth.keys.first().map(|key| key.secret.as_str());
    let mut hash = Sha256::new();
    hash.update(b"myshop test payments\0");
    hash.update(secret.unwrap_or_default());
    hash.finalize().to_vec()
}

/// A provider's id as part of an address. One of another form is none of the provider's.
fn segment(id: &str) -> Result<&str, ProviderError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if id.is_empty() || id.len() > 128 || !id.bytes().all(plain) {
        return Err(ProviderError::Unknown);
    }
    Ok(id)
}

/// A key for one try at something that can be done only once anyway: sending it twice within
/// the try is harmless, and a later try is not answered with this one's failure.
fn key_of_a_try(what: &str) -> String {
    format!("{what}-{}", Uuid::now_v7().simple())
}

/// Refuses a payment that is another than was asked for.
fn belongs(found: ProviderPayment, payment: PaymentId) -> Result<ProviderPayment, ProviderError> {
    match found.payment {
        Some(other) if other != payment => Err(ProviderError::Refused {
            reason: format!("the reference belongs to {other}"),
        }),
        _ => Ok(found),
    }
}

/// A word of a provider that is fit for a log: one of its codes, or nothing.
fn code(word: Option<&str>) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']');
    let fits = |word: &&str| word.len() <= 64 && word.bytes().all(plain);
    word.filter(fits).unwrap_or("?")
}
