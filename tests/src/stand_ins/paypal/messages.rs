//! The messages that PayPal sends, and its word on whether it sent one.

use super::{Paypal, WEBHOOK_ID};
use crate::stand_ins::{Call, Message, Reply, odd_fields};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

impl Paypal {
    /// The message that the customer agreed.
    #[must_use]
    pub fn approved_message(&mut self, order: &str, at: DateTime<Utc>) -> Message {
        let resource = self.order_json(order);
        self.message("CHECKOUT.ORDER.APPROVED", "checkout-order", &resource, at)
    }

    /// The message of a capture's present state.
    ///
    /// # Panics
    /// When nothing of the order was captured.
    #[must_use]
    pub fn capture_message(&mut self, order: &str, at: DateTime<Utc>) -> Message {
        let resource = self.capture_json(order);
        let kind = match resource["status"].as_str() {
            Some("COMPLETED") => "PAYMENT.CAPTURE.COMPLETED",
            Some("PENDING") => "PAYMENT.CAPTURE.PENDING",
            _ => "PAYMENT.CAPTURE.DENIED",
        };
        self.message(kind, "capture", &resource, at)
    }

    /// The message of a refund.
    #[must_use]
    pub fn refund_message(&mut self, refund: &str, at: DateTime<Utc>) -> Message {
        let resource = self.refunds[refund].clone();
        self.message("PAYMENT.CAPTURE.REFUNDED", "refund", &resource, at)
    }

    /// Any message. Spaced unlike our own JSON, so that only its very bytes verify.
    pub fn message(&mut self, kind: &str, resource_type: &str, resource: &Value, at: DateTime<Utc>) -> Message {
        let time = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let (event, transmission) = (self.id("WH-2WR32451HC0233532"), self.id("69cd13f0-d67a-11e5-baa3"));
        let body = format!(
            "{{\"id\" : \"{event}\",  \"event_version\":\"1.0\",\"create_time\":\"{time}\", \"resource_type\":\
             \"{resource_type}\",\"event_type\": \"{kind}\",\"summary\":\"caf\\u00e9\", \"resource\":{resource}}}"
        );
        let signature = self.id("signature");
        let known = (signature.clone(), time.clone(), body.clone());
        self.sent.insert(transmission.clone(), known);
        let headers = [
            ("paypal-transmission-id", transmission),
            ("paypal-transmission-time", time),
            (
                "paypal-cert-url",
                "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42".into(),
            ),
            ("paypal-auth-algo", "SHA256withRSA".into()),
            ("paypal-transmission-sig", signature),
        ];
        Message {
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body: body.into_bytes(),
        }
    }

    /// Whether a message is one of those that were sent, byte for byte.
    pub(super) fn verify(&mut self, call: &Call, body: &Value) -> Reply {
        let fields = [
            "auth_algo",
            "cert_url",
            "transmission_id",
            "transmission_sig",
            "transmission_time",
            "webhook_id",
            "webhook_event",
        ];
        if let Some(odd) = odd_fields(body, &fields, &[]) {
            return self.complain(odd);
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let raw = String::from_utf8_lossy(&call.body).into_owned();
        let holds = self
            .sent
            .get(text("transmission_id"))
            .is_some_and(|(signature, time, sent)| {
                let is_ours = text("transmission_sig") == signature && text("transmission_time") == time;
                is_ours && text("webhook_id") == WEBHOOK_ID && raw.contains(&format!("\"webhook_event\":{sent}"))
            });
        Reply::new(
            200,
            json!({"verification_status": if holds { "SUCCESS" } else { "FAILURE" }}),
        )
    }
}
