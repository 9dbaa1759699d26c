//! PayPal's words: what is sent, what is answered, and what that means here.

use super::amount;
use crate::payments::{caller::Answer, code};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use shop::id::RefundId;
use shop::payments::{NewPayment, ProviderError, ProviderPayment, ProviderRefund, ProviderRefundState, ProviderState};

/// An amount.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Amount {
    pub(super) currency_code: String,
    pub(super) value: String,
}

/// An order as it is made.
#[derive(Serialize)]
pub(super) struct NewOrder {
    intent: &'static str,
    purchase_units: [NewUnit; 1],
    payment_source: Source,
}

#[derive(Serialize)]
struct NewUnit {
    reference_id: String,
    custom_id: String,
    invoice_id: String,
    amount: Amount,
}

#[derive(Serialize)]
struct Source {
    paypal: Wallet,
}

#[derive(Serialize)]
struct Wallet {
    experience_context: Experience,
}

#[derive(Serialize)]
struct Experience {
    user_action: &'static str,
    /// The shop has asked for the address already.
    shipping_preference: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_url: Option<String>,
}

impl NewOrder {
    pub(super) fn of(new: &NewPayment) -> Result<Self, ProviderError> {
        Ok(Self {
            intent: "CAPTURE",
            purchase_units: [NewUnit {
                reference_id: new.id.to_string(),
                custom_id: new.id.to_string(),
                invoice_id: new.order_number.clone(),
                amount: amount::write(new.amount)?,
            }],
            payment_source: Source {
                paypal: Wallet {
                    experience_context: Experience {
                        user_action: "PAY_NOW",
                        shipping_preference: "NO_SHIPPING",
                        return_url: new.return_url.clone(),
                        cancel_url: new.cancel_url.clone(),
                    },
                },
            },
        })
    }
}

/// A refund as it is made.
#[derive(Serialize)]
pub(super) struct RefundWish {
    pub(super) amount: Amount,
    pub(super) custom_id: String,
}

/// An order.
#[derive(Deserialize)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) status: String,
    #[serde(default)]
    purchase_units: Vec<Unit>,
    #[serde(default)]
    pub(super) links: Vec<Link>,
}

#[derive(Deserialize)]
struct Unit {
    custom_id: Option<String>,
    reference_id: Option<String>,
    #[serde(default)]
    payments: Payments,
}

#[derive(Default, Deserialize)]
struct Payments {
    #[serde(default)]
    captures: Vec<Capture>,
    #[serde(default)]
    refunds: Vec<Refund>,
}

/// Money taken.
#[derive(Deserialize)]
pub(super) struct Capture {
    id: String,
    status: String,
    amount: Amount,
    custom_id: Option<String>,
    supplementary_data: Option<Supplement>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Supplement {
    related_ids: Option<Related>,
}

#[derive(Deserialize)]
struct Related {
    order_id: Option<String>,
}

/// A link to something related.
#[derive(Deserialize)]
pub(super) struct Link {
    pub(super) href: String,
    pub(super) rel: String,
}

impl Link {
    /// The last part of the address that `rel` names, if it lies under `collection`.
    fn id<'a>(links: &'a [Self], rel: &str, collection: &str) -> Option<&'a str> {
        let link = links.iter().find(|link| link.rel == rel)?;
        let (before, id) = link.href.rsplit_once('/')?;
        before.ends_with(collection).then_some(id)
    }
}

/// Money given back.
#[derive(Deserialize)]
pub(super) struct Refund {
    id: String,
    status: String,
    amount: Option<Amount>,
    custom_id: Option<String>,
    #[serde(default)]
    links: Vec<Link>,
}

fn not_understood(what: &str) -> ProviderError {
    ProviderError::Refused {
        reason: format!("{what} is not understood"),
    }
}

impl Order {
    /// What it means.
    pub(super) fn payment(self) -> Result<ProviderPayment, ProviderError> {
        let unit = self.purchase_units.into_iter().next();
        let named = unit.as_ref().and_then(|unit| {
            let last = unit.payments.captures.last();
            let carried = last.and_then(|capture| capture.custom_id.as_deref());
            let names = [unit.custom_id.as_deref(), unit.reference_id.as_deref(), carried];
            names.into_iter().flatten().find_map(|name| name.parse().ok())
        });
        let state = match self.status.as_str() {
            "CREATED" | "SAVED" | "PAYER_ACTION_REQUIRED" => ProviderState::Pending,
            "APPROVED" => ProviderState::Approved,
            "VOIDED" => ProviderState::Failed {
                reason: "PayPal closed the payment".into(),
            },
            "COMPLETED" => {
                let capture = unit.and_then(|unit| unit.payments.captures.into_iter().next_back());
                capture
                    .ok_or_else(|| not_understood("an order without a capture"))?
                    .state()?
            }
            other => return Err(not_understood(&format!("order state {}", code(Some(other))))),
        };
        Ok(ProviderPayment {
            reference: self.id,
            payment: named,
            state,
        })
    }
}

impl Order {
    /// The refund that carries our id, if there is one.
    pub(super) fn refund_of(self, id: RefundId) -> Result<Option<ProviderRefund>, ProviderError> {
        let mut refunds = self.purchase_units.into_iter().flat_map(|unit| unit.payments.refunds);
        let is_it = |refund: &Refund| refund.our_id() == Some(id);
        refunds.rfind(is_it).map(Refund::refund).transpose()
    }
}

impl Capture {
    fn state(self) -> Result<ProviderState, ProviderError> {
        Ok(match self.status.as_str() {
            // What was given back since was taken nevertheless.
            "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED" => ProviderState::Captured {
                amount: amount::read(&self.amount).ok_or_else(|| not_understood("an amount"))?,
                capture: self.id,
            },
            "PENDING" => ProviderState::Processing,
            "DECLINED" | "FAILED" => ProviderState::Failed {
                reason: "PayPal declined the payment".into(),
            },
            other => return Err(not_understood(&format!("capture state {}", code(Some(other))))),
        })
    }

    /// What a message about it means; `None` when it names no order.
    pub(super) fn payment(self) -> Option<Result<ProviderPayment, ProviderError>> {
        let related = self
            .supplementary_data
            .as_ref()
            .and_then(|data| data.related_ids.as_ref());
        let order = related
            .and_then(|related| related.order_id.as_deref())
            .or_else(|| Link::id(&self.links, "up", "/checkout/orders"))?
            .to_owned();
        let payment = self.custom_id.as_deref().and_then(|name| name.parse().ok());
        Some(self.state().map(|state| ProviderPayment {
            reference: order,
            payment,
            state,
        }))
    }
}

impl Refund {
    /// Our own id of it.
    pub(super) fn our_id(&self) -> Option<RefundId> {
        self.custom_id.as_deref()?.parse().ok()
    }

    /// The capture that it was taken from.
    pub(super) fn capture(&self) -> Option<String> {
        Link::id(&self.links, "up", "/payments/captures").map(str::to_owned)
    }

    /// What it means.
    pub(super) fn refund(self) -> Result<ProviderRefund, ProviderError> {
        let failed = |reason: &str| ProviderRefundState::Failed { reason: reason.into() };
        let state = match self.status.as_str() {
            "COMPLETED" => ProviderRefundState::Done,
            "PENDING" => ProviderRefundState::Pending,
            "CANCELLED" => failed("PayPal cancelled the refund"),
            "FAILED" => failed("PayPal could not give the money back"),
            other => return Err(not_understood(&format!("refund state {}", code(Some(other))))),
        };
        let amount = self.amount.as_ref().and_then(amount::read);
        Ok(ProviderRefund {
            reference: self.id,
            state,
            amount: amount.ok_or_else(|| not_understood("an amount"))?,
        })
    }
}

#[derive(Default, Deserialize)]
struct Problem {
    name: Option<String>,
    debug_id: Option<String>,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    issue: Option<String>,
}

/// What PayPal objects to.
pub(super) struct Objection {
    status: StatusCode,
    problem: Problem,
}

impl Objection {
    pub(super) fn read(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            problem: serde_json::from_slice(&answer.body).unwrap_or_default(),
        }
    }

    /// Whether this is among its issues.
    pub(super) fn is(&self, issue: &str) -> bool {
        self.problem
            .details
            .iter()
            .any(|detail| detail.issue.as_deref() == Some(issue))
    }

    /// What it means when nothing else was made of it.
    pub(super) fn error(&self, what: &str) -> ProviderError {
        const DECLINED: [(&str, &str); 10] = [
            ("INSTRUMENT_DECLINED", "the bank or card declined; another one may do"),
            ("TRANSACTION_REFUSED", "PayPal refused the payment"),
            ("PAYER_CANNOT_PAY", "this PayPal account cannot pay"),
            ("PAYER_ACCOUNT_RESTRICTED", "this PayPal account cannot pay"),
            ("PAYER_ACCOUNT_LOCKED_OR_CLOSED", "this PayPal account cannot pay"),
            (
                "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
                "the bank or card declined; another one may do",
            ),
            ("CAPTURE_FULLY_REFUNDED", "the payment was given back already"),
            ("REFUND_AMOUNT_EXCEEDED", "more than is left of the payment"),
            ("REFUND_NOT_ALLOWED", "PayPal does not allow this refund"),
            ("REFUND_TIME_LIMIT_EXCEEDED", "too late for a refund by PayPal"),
        ];
        if let Some((_, reason)) = DECLINED.iter().find(|(issue, _)| self.is(issue)) {
            return ProviderError::Declined {
                reason: (*reason).to_owned(),
            };
        }
        if self.status == StatusCode::NOT_FOUND {
            return ProviderError::Unknown;
        }
        let first = self.problem.details.first().and_then(|detail| detail.issue.as_deref());
        ProviderError::Refused {
            reason: format!(
                "{what}: {} {} {} (debug id {})",
                self.status.as_u16(),
                code(self.problem.name.as_deref()),
                code(first),
                code(self.problem.debug_id.as_deref())
            ),
        }
    }
}
