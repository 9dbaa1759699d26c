//! Stripe's messages, signed with a secret of the webhook endpoint.

use super::{
    Stripe,
    wire::{Charge, Intent, Refund},
};
use crate::payments::signature;
use serde::Deserialize;
use serde_json::value::RawValue;
use shop::payments::{ProviderError, ProviderNews, WebhookError, WebhookHeaders, WebhookNotice};

#[derive(Deserialize)]
struct Event<'a> {
    id: String,
    r#type: String,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

impl Stripe {
    pub(super) fn verify(&self, headers: &WebhookHeaders, body: &[u8]) -> Result<WebhookNotice, WebhookError> {
        if self.webhook_secrets.is_empty() {
            return Err(WebhookError::Unsupported);
        }
        let header = headers.one("stripe-signature");
        let header = header.ok_or(WebhookError::Forged("no signature, or several"))?;
        let secrets = self.webhook_secrets.iter().map(|secret| secret.expose().as_bytes());
        let keys: Vec<&[u8]> = secrets.collect();
        signature::verify(header, body, &keys, self.clock.now())?;
        read(body)
    }
}

/// What a proven message means. The state of the object tells, not the name of the event:
/// after a failed attempt the customer may still pay.
fn read(body: &[u8]) -> Result<WebhookNotice, WebhookError> {
    let malformed = |what: &str| WebhookError::Malformed(what.to_owned());
    let event: Event<'_> = serde_json::from_slice(body).map_err(|_| malformed("the event"))?;
    let object = event.data.object.get();
    let news = match event.r#type.as_str() {
        "payment_intent.succeeded"
        | "payment_intent.processing"
        | "payment_intent.payment_failed"
        | "payment_intent.canceled"
        | "payment_intent.requires_action"
        | "payment_intent.amount_capturable_updated" => {
            let intent: Intent = serde_json::from_str(object).map_err(|_| malformed("the payment"))?;
            Some(ProviderNews::Payment(intent.payment().map_err(not_understood)?))
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            let refund: Refund = serde_json::from_str(object).map_err(|_| malformed("the refund"))?;
            refund_news(refund)?
        }
        // Newer versions of the interface leave the refunds out; they come in messages of their own.
        "charge.refunded" => {
            let charge: Charge = serde_json::from_str(object).map_err(|_| malformed("the charge"))?;
            let newest = charge.refunds.and_then(|list| list.data.into_iter().next());
            newest.map_or(Ok(None), refund_news)?
        }
        _ => None,
    };
    Ok(WebhookNotice {
        event_id: event.id,
        kind: event.r#type,
        news,
    })
}

fn not_understood(error: ProviderError) -> WebhookError {
    WebhookError::Malformed(error.to_string())
}

/// A refund of no charge is not one of a payment here.
fn refund_news(mut refund: Refund) -> Result<Option<ProviderNews>, WebhookError> {
    let Some(capture) = refund.take_charge() else {
        return Ok(None);
    };
    Ok(Some(ProviderNews::Refund {
        capture,
        refund: refund.our_id(),
        news: refund.refund().map_err(not_understood)?,
    }))
}
