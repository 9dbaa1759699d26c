//! PayPal's messages. PayPal itself says whether one is its own: it is asked with the very
//! bytes that came, and nothing is believed before.

use super::{
    Paypal,
    wire::{Capture, Order, Refund},
};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shop::payments::{ProviderError, ProviderNews, WebhookError, WebhookHeaders, WebhookNotice};
use url::Url;

/// PayPal sends a message again for three days, under the time of the first attempt. What
/// comes twice within them is known by its id.
const OLDEST: TimeDelta = TimeDelta::hours(73);
/// Clocks differ.
const NEWEST: TimeDelta = TimeDelta::minutes(5);
/// No header of a transmission is near this.
const LONGEST_HEADER: usize = 500;

/// The question whether a message is PayPal's.
#[derive(Serialize)]
struct Question<'a> {
    transmission_id: &'a str,
    transmission_time: &'a str,
    cert_url: &'a str,
    auth_algo: &'a str,
    transmission_sig: &'a str,
    webhook_id: &'a str,
    /// Byte for byte: the signature is over them.
    webhook_event: &'a RawValue,
}

#[derive(Deserialize)]
struct Verdict {
    verification_status: String,
}

#[derive(Deserialize)]
struct Event<'a> {
    id: String,
    event_type: String,
    #[serde(borrow)]
    resource: &'a RawValue,
}

fn header<'a>(headers: &'a WebhookHeaders, name: &str) -> Result<&'a str, WebhookError> {
    let value = headers
        .one(name)
        .filter(|value| !value.is_empty() && value.len() <= LONGEST_HEADER);
    value.ok_or(WebhookError::Forged("a header is missing, double or too long"))
}

/// Whether a certificate lies where PayPal's do.
fn is_paypals(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let host = url.host_str().unwrap_or_default();
    let ours = host == "paypal.com" || host.ends_with(".paypal.com");
    url.scheme() == "https" && ours && url.port().is_none() && url.username().is_empty() && url.password().is_none()
}

impl Paypal {
    pub(super) async fn verify(&self, headers: &WebhookHeaders, body: &[u8]) -> Result<WebhookNotice, WebhookError> {
        if self.webhook_id.is_empty() {
            return Err(WebhookError::Unsupported);
        }
        let question = Question {
            transmission_id: header(headers, "paypal-transmission-id")?,
            transmission_time: header(headers, "paypal-transmission-time")?,
            cert_url: header(headers, "paypal-cert-url")?,
            auth_algo: header(headers, "paypal-auth-algo")?,
            transmission_sig: header(headers, "paypal-transmission-sig")?,
            webhook_id: &self.webhook_id,
            webhook_event: serde_json::from_slice(body).map_err(|_| WebhookError::Forged("the body is no JSON"))?,
        };
        if !is_paypals(question.cert_url) {
            return Err(WebhookError::Forged("the certificate lies elsewhere"));
        }
        self.check_time(question.transmission_time)?;
        self.ask(&question).await?;
        read(body)
    }

    fn check_time(&self, time: &str) -> Result<(), WebhookError> {
        let sent: DateTime<Utc> = time.parse().map_err(|_| WebhookError::Forged("the time is none"))?;
        let age = self.clock.now() - sent;
        if age > OLDEST || age < -NEWEST {
            return Err(WebhookError::Forged("sent too long ago"));
        }
        Ok(())
    }

    async fn ask(&self, question: &Question<'_>) -> Result<(), WebhookError> {
        let unavailable = |reason: String| WebhookError::Unavailable(reason);
        // Everybody can send us messages; they shall not make us send as many.
        let Ok(_permit) = self.verifications.try_acquire() else {
            return Err(unavailable("too many messages at once".into()));
        };
        let body = serde_json::to_vec(question).map_err(|_| WebhookError::Forged("the body is no JSON"))?;
        let what = "paypal: verify a message";
        let work = async {
            let path = "/v1/notifications/verify-webhook-signature";
            let request = || self.json(Method::POST, path, body.clone());
            let answer = self.tokens.send(&self.caller, what, request).await?;
            if !answer.status.is_success() {
                return Ok(Err(answer.status));
            }
            answer.read::<Verdict>(what).map(Ok)
        };
        let asked: Result<Result<Verdict, _>, ProviderError> = self.caller.within(work).await;
        match asked {
            Ok(Ok(verdict)) if verdict.verification_status == "SUCCESS" => Ok(()),
            Ok(Ok(_)) => Err(WebhookError::Forged("PayPal does not know it")),
            // It objects to the form of what we passed on; 401 and 403 are about us.
            Ok(Err(status)) if matches!(status.as_u16(), 400 | 422) => {
                Err(WebhookError::Forged("PayPal does not take it for a message"))
            }
            Ok(Err(status)) => Err(unavailable(format!("{what}: {}", status.as_u16()))),
            Err(error) => Err(unavailable(error.to_string())),
        }
    }
}

/// What a proven message means.
fn read(body: &[u8]) -> Result<WebhookNotice, WebhookError> {
    let malformed = |what: &str| WebhookError::Malformed(what.to_owned());
    let event: Event<'_> = serde_json::from_slice(body).map_err(|_| malformed("the event"))?;
    let not_understood = |error: ProviderError| WebhookError::Malformed(error.to_string());
    let resource = event.resource.get();
    let news = match event.event_type.as_str() {
        "CHECKOUT.ORDER.APPROVED" => {
            let order: Order = serde_json::from_str(resource).map_err(|_| malformed("the order"))?;
            Some(ProviderNews::Payment(order.payment().map_err(not_understood)?))
        }
        "PAYMENT.CAPTURE.COMPLETED"
        | "PAYMENT.CAPTURE.PENDING"
        | "PAYMENT.CAPTURE.DENIED"
        | "PAYMENT.CAPTURE.DECLINED" => {
            let capture: Capture = serde_json::from_str(resource).map_err(|_| malformed("the capture"))?;
            // One without an order was not made by this shop.
            let payment = capture.payment().transpose().map_err(not_understood)?;
            payment.map(ProviderNews::Payment)
        }
        "PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.CAPTURE.REVERSED" => {
            let refund: Refund = serde_json::from_str(resource).map_err(|_| malformed("the refund"))?;
            let capture = refund.capture().ok_or_else(|| malformed("a refund of nothing"))?;
            Some(ProviderNews::Refund {
                capture,
                refund: refund.our_id(),
                news: refund.refund().map_err(not_understood)?,
            })
        }
        _ => None,
    };
    Ok(WebhookNotice {
        event_id: event.id,
        kind: event.event_type,
        news,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_only_taken_from_paypal() {
        for (address, fits) in [
            ("https://api.paypal.com/v1/notifications/certs/CERT-1", true),
            ("https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1", true),
            ("http://api.paypal.com/certs/1", false),
            ("https://paypal.com.example.com/certs/1", false),
            ("https://notpaypal.com/certs/1", false),
            ("https://api.paypal.com@example.com/1", false),
            ("https://api.paypal.com:8443/1", false),
            ("paypal.com", false),
            ("", false),
        ] {
            assert_eq!(is_paypals(address), fits, "{address}");
        }
    }
}
