//! Stripe's words: what is answered, and what that means here.

use super::amount;
use crate::payments::{caller::Answer, code};
use reqwest::StatusCode;
use serde::Deserialize;
use shop::payments::{ProviderError, ProviderPayment, ProviderRefund, ProviderRefundState, ProviderState};
use std::collections::HashMap;

/// A payment.
#[derive(Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) client_secret: Option<String>,
    #[serde(default)]
    amount_received: i64,
    currency: String,
    latest_charge: Option<Named>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// An object, or its id alone.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Named {
    Id(String),
    Object { id: String },
}

impl Named {
    fn into_id(self) -> String {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

/// Money given back.
#[derive(Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    status: Option<String>,
    amount: i64,
    currency: String,
    charge: Option<Named>,
    failure_reason: Option<String>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// Money taken, as a message shows it.
#[derive(Deserialize)]
pub(super) struct Charge {
    #[serde(default)]
    pub(super) refunds: Option<List>,
}

/// The newest entries of a list.
#[derive(Deserialize)]
pub(super) struct List {
    #[serde(default)]
    pub(super) data: Vec<Refund>,
    /// Whether older ones follow.
    #[serde(default)]
    pub(super) has_more: bool,
}

fn not_understood(what: &str) -> ProviderError {
    ProviderError::Refused {
        reason: format!("stripe: {what} is not understood"),
    }
}

impl Intent {
    /// What it means.
    pub(super) fn payment(self) -> Result<ProviderPayment, ProviderError> {
        let state = match self.status.as_str() {
            // A declined attempt leads back to the first: the customer may try another card.
            "requires_payment_method" | "requires_confirmation" | "requires_action" => ProviderState::Pending,
            "requires_capture" => ProviderState::Approved,
            "processing" => ProviderState::Processing,
            "succeeded" => {
                let charge = self
                    .latest_charge
                    .ok_or_else(|| not_understood("a payment without a charge"))?;
                let amount = amount::read(self.amount_received, &self.currency);
                ProviderState::Captured {
                    capture: charge.into_id(),
                    amount: amount.ok_or_else(|| not_understood("an amount"))?,
                }
            }
            "canceled" => ProviderState::Failed {
                reason: "the payment was cancelled".into(),
            },
            other => return Err(not_understood(&format!("payment state {}", code(Some(other))))),
        };
        Ok(ProviderPayment {
            reference: self.id,
            payment: self.metadata.get("payment_id").and_then(|id| id.parse().ok()),
            state,
        })
    }
}

impl Refund {
    /// The charge that it was taken from.
    pub(super) fn take_charge(&mut self) -> Option<String> {
        self.charge.take().map(Named::into_id)
    }

    /// Our own id of it.
    pub(super) fn our_id(&self) -> Option<shop::id::RefundId> {
        self.metadata.get("refund_id").and_then(|id| id.parse().ok())
    }

    /// What it means.
    pub(super) fn refund(self) -> Result<ProviderRefund, ProviderError> {
        let state = match self.status.as_deref() {
            Some("succeeded") => ProviderRefundState::Done,
            Some("pending" | "requires_action") | None => ProviderRefundState::Pending,
            Some("failed") => ProviderRefundState::Failed {
                reason: format!(
                    "Stripe could not give the money back: {}",
                    code(self.failure_reason.as_deref())
                ),
            },
            Some("canceled") => ProviderRefundState::Failed {
                reason: "the refund was cancelled".into(),
            },
            other => return Err(not_understood(&format!("refund state {}", code(other)))),
        };
        let amount = amount::read(self.amount, &self.currency);
        Ok(ProviderRefund {
            reference: self.id,
            state,
            amount: amount.ok_or_else(|| not_understood("an amount"))?,
        })
    }
}

#[derive(Default, Deserialize)]
struct Envelope {
    #[serde(default)]
    error: Problem,
}

#[derive(Default, Deserialize)]
struct Problem {
    r#type: Option<String>,
    code: Option<String>,
    param: Option<String>,
}

/// What Stripe objects to.
pub(super) struct Objection {
    status: StatusCode,
    problem: Problem,
}

impl Objection {
    pub(super) fn read(answer: &Answer) -> Self {
        let envelope: Envelope = serde_json::from_slice(&answer.body).unwrap_or_default();
        Self {
            status: answer.status,
            problem: envelope.error,
        }
    }

    /// Whether this is its code.
    pub(super) fn is(&self, code: &str) -> bool {
        self.problem.code.as_deref() == Some(code)
    }

    /// What it means when nothing else was made of it. Its own text is not used: it may
    /// quote keys.
    pub(super) fn error(&self, what: &str) -> ProviderError {
        const DECLINED: [(&str, &str); 10] = [
            ("card_declined", "the card was declined; another one may do"),
            ("expired_card", "the card has expired"),
            ("incorrect_cvc", "the card's security code is wrong"),
            ("insufficient_funds", "the card was declined; another one may do"),
            ("processing_error", "the card could not be charged; try again"),
            ("amount_too_small", "the amount is too small for this way to pay"),
            ("amount_too_large", "the amount is too large for this way to pay"),
            (
                "capture_charge_authorization_expired",
                "too late to take the money; pay again",
            ),
            ("charge_already_refunded", "the payment was given back already"),
            ("charge_disputed", "the customer's bank has the money back already"),
        ];
        let declined = |reason: &str| ProviderError::Declined { reason: reason.into() };
        if let Some((_, reason)) = DECLINED.iter().find(|(code, _)| self.is(code)) {
            return declined(reason);
        }
        if self.status == StatusCode::PAYMENT_REQUIRED || self.problem.r#type.as_deref() == Some("card_error") {
            return declined("the payment was declined; another way to pay may do");
        }
        if self.status == StatusCode::NOT_FOUND || self.is("resource_missing") {
            return ProviderError::Unknown;
        }
        ProviderError::Refused {
            reason: format!(
                "{what}: {} {} {} at {}",
                self.status.as_u16(),
                code(self.problem.r#type.as_deref()),
                code(self.problem.code.as_deref()),
                code(self.problem.param.as_deref())
            ),
        }
    }

    /// What it means for a refund: an amount that is refused there is more than is left.
    pub(super) fn refund_error(&self, what: &str) -> ProviderError {
        if self.status == StatusCode::BAD_REQUEST && self.problem.param.as_deref() == Some("amount") {
            return ProviderError::Declined {
                reason: "more than is left of the payment".into(),
            };
        }
        self.error(what)
    }
}
