//! Stripe by Payment Intents: the customer confirms in the page, and Stripe takes the money.

mod amount;
mod webhook;
mod wire;

use super::{
    belongs,
    caller::{Answer, Caller, Timeouts},
    key_of_a_try, segment,
};
use crate::config::{Secret, StripeConfig};
use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, header::CONTENT_TYPE};
use shop::{
    clock::Clock,
    id::{PaymentId, RefundId},
    payments::{
        CreatedPayment, NewPayment, NewRefund, NextStep, PaymentProvider, ProviderError, ProviderPayment,
        ProviderRefund, ProviderState, WebhookError, WebhookHeaders, WebhookNotice,
    },
};
use std::{fmt, sync::Arc};
use url::form_urlencoded::Serializer;
use wire::{Intent, List, Objection, Refund};

/// The version of the interface that the words here are of.
const VERSION: &str = "2025-11-17.clover";
/// Longest value of metadata.
const LONGEST_VALUE: usize = 500;

/// Stripe.
pub struct Stripe {
    caller: Caller,
    secret_key: Secret,
    publishable_key: String,
    webhook_secrets: Vec<Secret>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe")
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

type Fields<'a> = [(&'a str, &'a str)];

impl Stripe {
    /// A client with these settings.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(config: &StripeConfig, timeouts: Timeouts, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Ok(Self {
            caller: Caller::new(&config.base_url, timeouts)?,
            secret_key: config.secret_key.clone(),
            publishable_key: config.publishable_key.clone(),
            webhook_secrets: config.webhook_secrets.clone(),
            clock,
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.caller
            .request(method, path)
            .bearer_auth(self.secret_key.expose())
            .header("stripe-version", VERSION)
    }

    /// Posts something that Stripe does once however often it is asked with this key.
    async fn post(&self, what: &str, path: &str, key: &str, fields: &Fields<'_>) -> Result<Answer, ProviderError> {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("idempotency-key", key)
            .body(body);
        self.caller.send(what, request).await
    }

    async fn intent(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        let what = "stripe: look a payment up";
        let path = format!("/v1/payment_intents/{}", segment(reference)?);
        let answer = self.caller.send(what, self.request(Method::GET, &path)).await?;
        if !answer.status.is_success() {
            return Err(Objection::read(&answer).error(what));
        }
        answer.read::<Intent>(what)?.payment()
    }

    /// Money is taken when the customer confirms; only a payment that waits for it is captured.
    async fn take(&self, payment: PaymentId, reference: &str) -> Result<ProviderPayment, ProviderError> {
        let found = belongs(self.intent(reference).await?, payment)?;
        if found.state != ProviderState::Approved {
            return Ok(found);
        }
        let what = "stripe: capture";
        let path = format!("/v1/payment_intents/{}/capture", segment(reference)?);
        let answer = self.post(what, &path, &key_of_a_try(&payment.to_string()), &[]).await?;
        if answer.status.is_success() {
            return answer.read::<Intent>(what)?.payment();
        }
        let objection = Objection::read(&answer);
        if objection.is("payment_intent_unexpected_state") {
            return self.intent(reference).await;
        }
        Err(objection.error(what))
    }

    /// A refund that carries our id, among those of a charge, however many there are.
    async fn refund_among(&self, charge: &str, id: RefundId) -> Result<Option<ProviderRefund>, ProviderError> {
        let what = "stripe: look refunds up";
        let mut after: Option<String> = None;
        loop {
            let mut query = vec![("charge", segment(charge)?), ("limit", "100")];
            query.extend(after.as_deref().map(|last| ("starting_after", last)));
            let query = Serializer::new(String::new()).extend_pairs(query).finish();
            let request = self.request(Method::GET, &format!("/v1/refunds?{query}"));
            let answer = self.caller.send(what, request).await?;
            if !answer.status.is_success() {
                return Err(match Objection::read(&answer).error(what) {
                    ProviderError::Unknown => ProviderError::Refused {
                        reason: format!("{what}: the charge is gone"),
                    },
                    error => error,
                });
            }
            let page: List = answer.read(what)?;
            after = page.data.last().filter(|_| page.has_more).map(|last| last.id.clone());
            let found = page.data.into_iter().find(|refund| refund.our_id() == Some(id));
            if found.is_some() || after.is_none() {
                return found.map(Refund::refund).transpose();
            }
        }
    }

    async fn refund_named(&self, reference: &str) -> Result<Option<ProviderRefund>, ProviderError> {
        let what = "stripe: look a refund up";
        let path = format!("/v1/refunds/{}", segment(reference)?);
        let answer = self.caller.send(what, self.request(Method::GET, &path)).await?;
        if answer.status.is_success() {
            return answer.read::<Refund>(what)?.refund().map(Some);
        }
        match Objection::read(&answer).error(what) {
            ProviderError::Unknown => Ok(None),
            error => Err(error),
        }
    }

    async fn give_up(&self, reference: &str) -> Result<(), ProviderError> {
        let what = "stripe: cancel";
        let path = format!("/v1/payment_intents/{}/cancel", segment(reference)?);
        let answer = self.post(what, &path, &key_of_a_try(reference), &[]).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        let objection = Objection::read(&answer);
        if !objection.is("payment_intent_unexpected_state") {
            return Err(objection.error(what));
        }
        match self.intent(reference).await?.state {
            ProviderState::Failed { .. } => Ok(()),
            _ => Err(ProviderError::Declined {
                reason: "the payment can no longer be cancelled".into(),
            }),
        }
    }
}

/// The start of a text, at most so many bytes.
fn start(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[async_trait]
impl PaymentProvider for Stripe {
    fn code(&self) -> &'static str {
        "stripe"
    }

    fn label(&self) -> &str {
        "Card and more"
    }

    async fn create(&self, new: &NewPayment) -> Result<CreatedPayment, ProviderError> {
        let what = "stripe: make a payment";
        let (amount, id) = (amount::write(new.amount)?.to_string(), new.id.to_string());
        let currency = new.amount.currency.code().to_ascii_lowercase();
        let fields = [
            ("amount", amount.as_str()),
            ("currency", &currency),
            ("automatic_payment_methods[enabled]", "true"),
            ("metadata[payment_id]", &id),
            ("metadata[order_number]", start(&new.order_number, LONGEST_VALUE)),
        ];
        let answer = self
            .caller
            .within(self.post(what, "/v1/payment_intents", &id, &fields))
            .await?;
        if !answer.status.is_success() {
            return Err(Objection::read(&answer).error(what));
        }
        let intent: Intent = answer.read(what)?;
        let client_secret = intent.client_secret.ok_or_else(|| ProviderError::Refused {
            reason: format!("{what}: no client secret"),
        })?;
        Ok(CreatedPayment {
            reference: intent.id,
            next: NextStep::Confirm {
                client_secret,
                publishable_key: self.publishable_key.clone(),
            },
        })
    }

    async fn look_up(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        self.caller.within(self.intent(reference)).await
    }

    async fn capture(&self, payment: PaymentId, reference: &str) -> Result<ProviderPayment, ProviderError> {
        self.caller.within(self.take(payment, reference)).await
    }

    async fn cancel(&self, reference: &str) -> Result<(), ProviderError> {
        self.caller.within(self.give_up(reference)).await
    }

    async fn refund(&self, new: &NewRefund) -> Result<ProviderRefund, ProviderError> {
        let what = "stripe: refund";
        let (amount, id) = (amount::write(new.amount)?.to_string(), new.id.to_string());
        let mut fields = vec![
            ("charge", segment(&new.capture)?),
            ("amount", &amount),
            ("metadata[refund_id]", &id),
        ];
        if let Some(reason) = &new.reason {
            fields.push(("metadata[reason]", start(reason, LONGEST_VALUE)));
        }
        let answer = self.caller.within(self.post(what, "/v1/refunds", &id, &fields)).await?;
        if !answer.status.is_success() {
            return Err(Objection::read(&answer).refund_error(what));
        }
        answer.read::<Refund>(what)?.refund()
    }

    async fn look_up_refund(
        &self,
        asked: &NewRefund,
        reference: Option<&str>,
    ) -> Result<Option<ProviderRefund>, ProviderError> {
        let work = async {
            match reference {
                Some(reference) => self.refund_named(reference).await,
                None => self.refund_among(&asked.capture, asked.id).await,
            }
        };
        self.caller.within(work).await
    }

    async fn verify_webhook(&self, headers: &WebhookHeaders, body: &[u8]) -> Result<WebhookNotice, WebhookError> {
        self.verify(headers, body)
    }
}
