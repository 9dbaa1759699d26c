//! PayPal by its Orders API, version 2: the customer agrees on PayPal's pages, then the
//! money is taken.

mod amount;
mod token;
mod webhook;
mod wire;

pub use amount::takes;

use super::{
    belongs,
    caller::{Answer, Caller, Timeouts},
    key_of_a_try, segment,
};
use crate::config::PaypalConfig;
use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, header::CONTENT_TYPE};
use serde::Serialize;
use shop::{
    clock::Clock,
    id::PaymentId,
    payments::{
        CreatedPayment, NewPayment, NewRefund, NextStep, PaymentProvider, ProviderError, ProviderPayment,
        ProviderRefund, ProviderState, WebhookError, WebhookHeaders, WebhookNotice,
    },
};
use std::{fmt, sync::Arc};
use token::Tokens;
use tokio::sync::Semaphore;
use wire::{NewOrder, Objection, Order, Refund, RefundWish};

/// Messages whose origin is asked for at once.
const MOST_VERIFICATIONS: usize = 8;

/// PayPal.
pub struct Paypal {
    caller: Caller,
    tokens: Tokens,
    webhook_id: String,
    clock: Arc<dyn Clock>,
    verifications: Semaphore,
}

impl fmt::Debug for Paypal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paypal")
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

impl Paypal {
    /// A client with these settings.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(config: &PaypalConfig, timeouts: Timeouts, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Ok(Self {
            caller: Caller::new(config.address(), timeouts)?,
            tokens: Tokens::new(config.client_id.clone(), config.client_secret.clone(), clock.clone()),
            webhook_id: config.webhook_id.clone(),
            clock,
            verifications: Semaphore::new(MOST_VERIFICATIONS),
        })
    }

    fn json(&self, method: Method, path: &str, body: Vec<u8>) -> RequestBuilder {
        let request = self.caller.request(method, path);
        request.header(CONTENT_TYPE, "application/json").body(body)
    }

    /// Posts something that PayPal does once however often it is asked with this key.
    async fn post(&self, what: &str, path: &str, key: &str, body: &impl Serialize) -> Result<Answer, ProviderError> {
        let body = serde_json::to_vec(body).map_err(|error| ProviderError::Refused {
            reason: format!("{what}: {error}"),
        })?;
        let request = || {
            self.json(Method::POST, path, body.clone())
                .header("paypal-request-id", key)
                .header("prefer", "return=representation")
        };
        self.tokens.send(&self.caller, what, request).await
    }

    async fn order(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        let what = "paypal: look an order up";
        let path = format!("/v2/checkout/orders/{}", segment(reference)?);
        let request = || self.caller.request(Method::GET, &path);
        let answer = self.tokens.send(&self.caller, what, request).await?;
        if !answer.status.is_success() {
            return Err(Objection::read(&answer).error(what));
        }
        answer.read::<Order>(what)?.payment()
    }

    /// Looks first: no money is taken for a payment that is not the one that is meant.
    async fn take(&self, payment: PaymentId, reference: &str) -> Result<ProviderPayment, ProviderError> {
        let found = belongs(self.order(reference).await?, payment)?;
        if found.state != ProviderState::Approved {
            return Ok(found);
        }
        let what = "paypal: capture";
        let path = format!("/v2/checkout/orders/{}/capture", segment(reference)?);
        let key = key_of_a_try(&payment.to_string());
        let answer = self.post(what, &path, &key, &serde_json::json!({})).await?;
        if answer.status.is_success() {
            return answer.read::<Order>(what)?.payment();
        }
        let objection = Objection::read(&answer);
        if objection.is("ORDER_ALREADY_CAPTURED") {
            return self.order(reference).await;
        }
        if objection.is("ORDER_NOT_APPROVED") || objection.is("PAYER_ACTION_REQUIRED") {
            return Ok(ProviderPayment {
                state: ProviderState::Pending,
                ..found
            });
        }
        Err(objection.error(what))
    }
}

/// Where the customer agrees.
fn next(order: &Order) -> Result<NextStep, ProviderError> {
    let link = order
        .links
        .iter()
        .find(|link| matches!(link.rel.as_str(), "payer-action" | "approve"));
    match (link, order.status.as_str()) {
        (Some(link), _) if link.href.starts_with("https://") => Ok(NextStep::Redirect { url: link.href.clone() }),
        // The same id again, after the customer agreed.
        (None, "APPROVED" | "COMPLETED") => Ok(NextStep::Complete),
        _ => Err(ProviderError::Refused {
            reason: "paypal: an order without an address to agree at".into(),
        }),
    }
}

#[async_trait]
impl PaymentProvider for Paypal {
    fn code(&self) -> &'static str {
        "paypal"
    }

    fn label(&self) -> &str {
        "PayPal"
    }

    /// PayPal knows the key for some hours; later the same id would make a second order.
    /// Only one that a customer agreed to can be captured, so no money is taken twice.
    async fn create(&self, new: &NewPayment) -> Result<CreatedPayment, ProviderError> {
        let what = "paypal: make an order";
        let body = NewOrder::of(new)?;
        let key = new.id.to_string();
        let work = async {
            let answer = self.post(what, "/v2/checkout/orders", &key, &body).await?;
            if !answer.status.is_success() {
                return Err(Objection::read(&answer).error(what));
            }
            let order: Order = answer.read(what)?;
            let next = next(&order)?;
            Ok(CreatedPayment {
                reference: order.id,
                next,
            })
        };
        self.caller.within(work).await
    }

    async fn look_up(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        self.caller.within(self.order(reference)).await
    }

    async fn capture(&self, payment: PaymentId, reference: &str) -> Result<ProviderPayment, ProviderError> {
        self.caller.within(self.take(payment, reference)).await
    }

    /// PayPal has no call for it: an order that nobody captures lapses by itself within
    /// hours, and only this shop can capture it.
    async fn cancel(&self, reference: &str) -> Result<(), ProviderError> {
        segment(reference).map(|_| ())
    }

    /// The reason stays here: PayPal would show it to the customer.
    async fn refund(&self, new: &NewRefund) -> Result<ProviderRefund, ProviderError> {
        let what = "paypal: refund";
        let path = format!("/v2/payments/captures/{}/refund", segment(&new.capture)?);
        let body = RefundWish {
            amount: amount::write(new.amount)?,
            custom_id: new.id.to_string(),
        };
        let key = new.id.to_string();
        let work = async {
            let answer = self.post(what, &path, &key, &body).await?;
            if !answer.status.is_success() {
                return Err(Objection::read(&answer).error(what));
            }
            answer.read::<Refund>(what)?.refund()
        };
        self.caller.within(work).await
    }

    /// Without PayPal's id of it: among the refunds that the order shows, by ours.
    async fn look_up_refund(
        &self,
        asked: &NewRefund,
        reference: Option<&str>,
    ) -> Result<Option<ProviderRefund>, ProviderError> {
        let what = "paypal: look a refund up";
        let path = match reference {
            Some(reference) => format!("/v2/payments/refunds/{}", segment(reference)?),
            None => format!("/v2/checkout/orders/{}", segment(&asked.reference)?),
        };
        let work = async {
            let request = || self.caller.request(Method::GET, &path);
            let answer = self.tokens.send(&self.caller, what, request).await?;
            match (answer.status.is_success(), reference) {
                (true, Some(_)) => answer.read::<Refund>(what)?.refund().map(Some),
                (true, None) => answer.read::<Order>(what)?.refund_of(asked.id),
                _ => match (Objection::read(&answer).error(what), reference) {
                    (ProviderError::Unknown, Some(_)) => Ok(None),
                    // Without the order nobody knows of its refunds.
                    (ProviderError::Unknown, None) => Err(ProviderError::Refused {
                        reason: format!("{what}: the order is gone"),
                    }),
                    (error, _) => Err(error),
                },
            }
        };
        self.caller.within(work).await
    }

    async fn verify_webhook(&self, headers: &WebhookHeaders, body: &[u8]) -> Result<WebhookNotice, WebhookError> {
        self.verify(headers, body).await
    }
}
