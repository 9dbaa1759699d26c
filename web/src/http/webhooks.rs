//! `POST /webhooks/{provider}`: what payment providers tell by themselves. A message is proven
//! before anything of it is believed, and answered so that the provider sends again exactly
//! what was not taken for want of a database or of its own check.

use crate::payments::sink::NoticeSink;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    routing::post,
};
use shop::{
    ShopError,
    payments::{PaymentProvider, WebhookError, WebhookHeaders, WebhookNotice},
};
use std::sync::Arc;

/// No message of a provider is near this.
const LARGEST_MESSAGE: usize = 256 * 1024;

/// Who may send messages, and where proven ones go.
#[derive(Clone)]
pub struct Webhooks {
    providers: Arc<[Arc<dyn PaymentProvider>]>,
    sink: Arc<dyn NoticeSink>,
}

impl Webhooks {
    /// Of these providers, into that sink.
    #[must_use]
    pub fn new(providers: Vec<Arc<dyn PaymentProvider>>, sink: Arc<dyn NoticeSink>) -> Self {
        Self {
            providers: providers.into(),
            sink,
        }
    }
}

/// Why a message is not taken.
#[derive(Debug)]
enum WebhookFailure {
    /// No such provider, or one that sends none.
    Unknown,
    /// Forged, or not understood: sent again it would be no better.
    Refused,
    /// To be sent again later.
    Later,
}

impl From<WebhookFailure> for StatusCode {
    fn from(failure: WebhookFailure) -> Self {
        match failure {
            WebhookFailure::Unknown => Self::NOT_FOUND,
            WebhookFailure::Refused => Self::BAD_REQUEST,
            WebhookFailure::Later => Self::SERVICE_UNAVAILABLE,
        }
    }
}

/// The route, for a router of any state.
pub fn router<S: Clone + Send + Sync + 'static>(webhooks: Webhooks) -> Router<S> {
    Router::new()
        .route("/webhooks/{provider}", post(take))
        .layer(DefaultBodyLimit::max(LARGEST_MESSAGE))
        .with_state(webhooks)
}

async fn take(
    State(webhooks): State<Webhooks>,
    Path(code): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    match prove_and_settle(&webhooks, &code, &headers, &body).await {
        Ok(()) => StatusCode::OK,
        Err(failure) => failure.into(),
    }
}

async fn prove_and_settle(
    webhooks: &Webhooks,
    code: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), WebhookFailure> {
    let known = webhooks.providers.iter().find(|provider| provider.code() == code);
    let provider = known.ok_or(WebhookFailure::Unknown)?;
    let notice = match provider.verify_webhook(&collect(headers), body).await {
        Ok(notice) => notice,
        Err(error) => return Err(refuse(provider.code(), &error)),
    };
    settle_notice(webhooks, provider.code(), notice).await
}

/// Hands a proven message to the domain.
async fn settle_notice(
    webhooks: &Webhooks,
    provider: &'static str,
    notice: WebhookNotice,
) -> Result<(), WebhookFailure> {
    let (event, kind) = (notice.event_id.clone(), notice.kind.clone());
    match webhooks.sink.take(provider, notice).await {
        Ok(()) => {
            tracing::info!(provider, %event, %kind, "message of a payment provider taken");
            Ok(())
        }
        Err(error @ (ShopError::Busy | ShopError::Internal(_))) => {
            tracing::error!(provider, %event, %kind, %error, "message of a payment provider not taken");
            Err(WebhookFailure::Later)
        }
        // Sent again it may fit: a message may come before its payment is written down.
        Err(error) => {
            tracing::warn!(provider, %event, %kind, %error, "message of a payment provider does not fit");
            Err(WebhookFailure::Later)
        }
    }
}

fn refuse(provider: &'static str, error: &WebhookError) -> WebhookFailure {
    match error {
        WebhookError::Unsupported => WebhookFailure::Unknown,
        // Anybody can send these: not worth more than a line that is off by default.
        WebhookError::Forged(_) => {
            tracing::debug!(provider, %error, "message refused");
            WebhookFailure::Refused
        }
        WebhookError::Malformed(_) => {
            tracing::warn!(provider, %error, "message of a payment provider refused");
            WebhookFailure::Refused
        }
        WebhookError::Unavailable(_) => {
            tracing::warn!(provider, %error, "message of a payment provider put off");
            WebhookFailure::Later
        }
    }
}

/// Every header, the unreadable too: one that was sent twice must not look as if once.
fn collect(headers: &HeaderMap) -> WebhookHeaders {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let all = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)));
    WebhookHeaders(all.collect())
}
