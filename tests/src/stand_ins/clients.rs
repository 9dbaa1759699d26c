//! The shop's clients, set to ask the stand-ins.

use super::{
    StandIn,
    paypal::{self, Paypal},
    stripe::{self, Stripe},
};
use crate::clock::HandClock;
use shop::{
    Currency,
    clock::Clock,
    id::{PaymentId, RefundId},
    money::Money,
    payments::{NewPayment, NewRefund, PaymentProvider},
};
use std::sync::Arc;
use web::config::{Config, PaypalConfig, StripeConfig};

/// Both providers and the shop's clients of them.
pub struct Clients {
    /// Stands in for PayPal.
    pub paypal_server: StandIn<Paypal>,
    /// Stands in for Stripe.
    pub stripe_server: StandIn<Stripe>,
    /// The time of the clients.
    pub clock: Arc<HandClock>,
    /// The client of PayPal.
    pub paypal: Arc<dyn PaymentProvider>,
    /// The client of Stripe.
    pub stripe: Arc<dyn PaymentProvider>,
    /// Every client that the settings offer.
    pub all: Vec<Arc<dyn PaymentProvider>>,
    /// The settings.
    pub config: Config,
}

impl Clients {
    /// With time-outs that a test can wait for.
    ///
    /// # Panics
    /// When anything does not start.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With settings of its own.
    ///
    /// # Panics
    /// When anything does not start.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let (paypal_server, stripe_server) = (StandIn::paypal().await, StandIn::stripe().await);
        let mut config = Config::default();
        config.payments.timeout_ms = 1500;
        config.payments.paypal = Some(PaypalConfig {
            client_id: paypal::CLIENT_ID.into(),
            client_secret: paypal::CLIENT_SECRET.into(),
            webhook_id: paypal::WEBHOOK_ID.into(),
            base_url: Some(paypal_server.address.clone()),
            ..PaypalConfig::default()
        });
        config.payments.stripe = Some(StripeConfig {
            secret_key: stripe::SECRET_KEY.into(),
            publishable_key: stripe::PUBLISHABLE_KEY.into(),
            webhook_secrets: vec![stripe::WEBHOOK_SECRET.into()],
            base_url: stripe_server.address.clone(),
        });
        config.payments.manual.enabled = true;
        config.payments.manual.instructions = "Transfer {amount} and name order {order}".into();
        change(&mut config);
        config.validate().expect("the settings of a story are valid");
        let clock = HandClock::new();
        let shared: Arc<dyn Clock> = clock.clone();
        let all = web::payments::providers(&config, &shared).expect("the clients are built");
        let one = |code| {
            let found = all.iter().find(|provider| provider.code() == code);
            found.expect("the settings offer it").clone()
        };
        Self {
            paypal: one("paypal"),
            stripe: one("stripe"),
            all,
            paypal_server,
            stripe_server,
            clock,
            config,
        }
    }

    /// The client of this code.
    ///
    /// # Panics
    /// When the settings do not offer it.
    #[must_use]
    pub fn named(&self, code: &str) -> Arc<dyn PaymentProvider> {
        let found = self.all.iter().find(|provider| provider.code() == code);
        found.expect("the settings offer it").clone()
    }

    /// Nothing came that the providers' documents do not allow.
    ///
    /// # Panics
    /// When something did.
    pub fn content(&self) {
        let complaints = self.paypal_server.with(|desk| desk.complaints.clone());
        assert!(complaints.is_empty(), "PayPal complains: {complaints:?}");
        let complaints = self.stripe_server.with(|desk| desk.complaints.clone());
        assert!(complaints.is_empty(), "Stripe complains: {complaints:?}");
    }
}

/// A payment of so many minor units.
#[must_use]
pub fn new_payment(amount: i64, currency: Currency) -> NewPayment {
    NewPayment {
        id: PaymentId::generate(),
        order_number: "MS-1042 & more".into(),
        amount: Money::new(amount, currency),
        return_url: Some("https://shop.example.com/paid?order=1".into()),
        cancel_url: Some("https://shop.example.com/cart".into()),
    }
}

/// A refund of so many minor units.
#[must_use]
pub fn new_refund(reference: &str, capture: &str, amount: i64, currency: Currency) -> NewRefund {
    NewRefund {
        id: RefundId::generate(),
        reference: reference.into(),
        capture: capture.into(),
        amount: Money::new(amount, currency),
        reason: Some("arrived broken ü".into()),
    }
}
