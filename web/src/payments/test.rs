//! Payments without money, for demo shops and stories. It remembers nothing: a reference says
//! what becomes of its payment, so every process of a shop tells the same.

use super::signature;
use crate::config::TestOutcome;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use shop::{
    Currency,
    clock::Clock,
    id::{PaymentId, RefundId},
    money::Money,
    payments::{
        CreatedPayment, NewPayment, NewRefund, NextStep, PaymentProvider, ProviderError, ProviderNews, ProviderPayment,
        ProviderRefund, ProviderRefundState, ProviderState, WebhookError, WebhookHeaders, WebhookNotice,
    },
};
use std::{fmt, str::FromStr, sync::Arc};

/// The header that carries the signature of a message.
pub const SIGNATURE_HEADER: &str = "myshop-test-signature";

/// The signature of a message's body; for stories that send one.
#[must_use]
pub fn sign(key: &[u8], body: &[u8], at: DateTime<Utc>) -> String {
    signature::sign(key, body, at)
}

/// Payments without money.
pub struct TestProvider {
    outcome: TestOutcome,
    webhook_key: Vec<u8>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for TestProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestProvider")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl TestProvider {
    /// Its payments come to this; its messages are signed with that key.
    #[must_use]
    pub fn new(outcome: TestOutcome, webhook_key: Vec<u8>, clock: Arc<dyn Clock>) -> Self {
        Self {
            outcome,
            webhook_key,
            clock,
        }
    }
}

/// What a reference says: `test.<outcome>.<minor units>.<currency>.<payment>`.
struct Reference {
    outcome: TestOutcome,
    amount: Money,
    payment: PaymentId,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            TestOutcome::Complete => "complete",
            TestOutcome::Decline => "decline",
            TestOutcome::Process => "process",
        };
        let Money { amount, currency } = self.amount;
        write!(f, "test.{outcome}.{amount}.{}.{}", currency.code(), self.payment)
    }
}

impl FromStr for Reference {
    type Err = ProviderError;

    fn from_str(text: &str) -> Result<Self, ProviderError> {
        let parts: Vec<&str> = text.split('.').collect();
        let ["test", outcome, amount, currency, payment] = parts[..] else {
            return Err(ProviderError::Unknown);
        };
        let outcome = match outcome {
            "complete" => TestOutcome::Complete,
            "decline" => TestOutcome::Decline,
            "process" => TestOutcome::Process,
            _ => return Err(ProviderError::Unknown),
        };
        let currency = Currency::from_code(currency).ok_or(ProviderError::Unknown)?;
        Ok(Self {
            outcome,
            amount: Money::new(amount.parse().map_err(|_| ProviderError::Unknown)?, currency),
            payment: payment.parse().map_err(|_| ProviderError::Unknown)?,
        })
    }
}

impl Reference {
    fn captured(&self) -> ProviderState {
        ProviderState::Captured {
            capture: format!("test-capture.{}", self.payment),
            amount: self.amount,
        }
    }

    fn payment(&self, state: ProviderState) -> ProviderPayment {
        ProviderPayment {
            reference: self.to_string(),
            payment: Some(self.payment),
            state,
        }
    }
}

/// A message: `{"event_id", "kind", "payment": {"reference", "state"}}`, or with `refund`
/// in place of `payment`, or with neither.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    event_id: String,
    kind: String,
    payment: Option<PaymentEvent>,
    refund: Option<RefundEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentEvent {
    reference: String,
    state: EventState,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum EventState {
    Pending,
    Approved,
    Processing,
    Captured,
    Failed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundEvent {
    reference: String,
    capture: String,
    refund_id: Option<RefundId>,
    /// Minor units.
    amount: i64,
    currency: String,
}

const DECLINED: &str = "this test payment is meant to be declined";

#[async_trait]
impl PaymentProvider for TestProvider {
    fn code(&self) -> &'static str {
        "test"
    }

    fn label(&self) -> &str {
        "Test payment"
    }

    async fn create(&self, new: &NewPayment) -> Result<CreatedPayment, ProviderError> {
        let reference = Reference {
            outcome: self.outcome,
            amount: new.amount,
            payment: new.id,
        };
        Ok(CreatedPayment {
            reference: reference.to_string(),
            next: NextStep::Complete,
        })
    }

    async fn look_up(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        let reference: Reference = reference.parse()?;
        Ok(reference.payment(match reference.outcome {
            TestOutcome::Complete => reference.captured(),
            TestOutcome::Decline => ProviderState::Failed {
                reason: DECLINED.into(),
            },
            TestOutcome::Process => ProviderState::Processing,
        }))
    }

    async fn capture(&self, payment: PaymentId, reference: &str) -> Result<ProviderPayment, ProviderError> {
        let found = super::belongs(self.look_up(reference).await?, payment)?;
        match found.state {
            ProviderState::Failed { reason } => Err(ProviderError::Declined { reason }),
            _ => Ok(found),
        }
    }

    async fn cancel(&self, reference: &str) -> Result<(), ProviderError> {
        reference.parse::<Reference>().map(|_| ())
    }

    async fn refund(&self, new: &NewRefund) -> Result<ProviderRefund, ProviderError> {
        Ok(ProviderRefund {
            reference: format!("test-refund.{}", new.id),
            state: ProviderRefundState::Done,
            amount: new.amount,
        })
    }

    /// It remembers nothing, and what it was asked for was done.
    async fn look_up_refund(
        &self,
        asked: &NewRefund,
        _: Option<&str>,
    ) -> Result<Option<ProviderRefund>, ProviderError> {
        self.refund(asked).await.map(Some)
    }

    async fn verify_webhook(&self, headers: &WebhookHeaders, body: &[u8]) -> Result<WebhookNotice, WebhookError> {
        let header = headers.one(SIGNATURE_HEADER);
        let header = header.ok_or(WebhookError::Forged("no signature, or several"))?;
        signature::verify(header, body, &[&self.webhook_key], self.clock.now())?;
        let malformed = |what: &str| WebhookError::Malformed(what.to_owned());
        let event: Event = serde_json::from_slice(body).map_err(|_| malformed("the event"))?;
        let news = match (event.payment, event.refund) {
            (Some(payment), None) => Some(payment_news(&payment).map_err(|_| malformed("the reference"))?),
            (None, Some(refund)) => Some(refund_news(refund).ok_or_else(|| malformed("the currency"))?),
            (None, None) => None,
            (Some(_), Some(_)) => return Err(malformed("payment and refund at once")),
        };
        Ok(WebhookNotice {
            event_id: event.event_id,
            kind: event.kind,
            news,
        })
    }
}

fn payment_news(event: &PaymentEvent) -> Result<ProviderNews, ProviderError> {
    let reference: Reference = event.reference.parse()?;
    Ok(ProviderNews::Payment(reference.payment(match event.state {
        EventState::Pending => ProviderState::Pending,
        EventState::Approved => ProviderState::Approved,
        EventState::Processing => ProviderState::Processing,
        EventState::Captured => reference.captured(),
        EventState::Failed => ProviderState::Failed {
            reason: DECLINED.into(),
        },
    })))
}

fn refund_news(event: RefundEvent) -> Option<ProviderNews> {
    Some(ProviderNews::Refund {
        capture: event.capture,
        refund: event.refund_id,
        news: ProviderRefund {
            reference: event.reference,
            state: ProviderRefundState::Done,
            amount: Money::new(event.amount, Currency::from_code(&event.currency)?),
        },
    })
}
