//! HTTP to a provider: bounded in time and size, and repeated once where an answer is missing.
//!
//! Everything that is sent here may be sent twice: it only reads, carries an idempotency
//! key, or ends in the same state. No redirect is followed, so secrets stay with the
//! address that the settings name.

use crate::config::is_loopback;
use rand::Rng;
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use shop::payments::ProviderError;
use std::{fmt, future::Future, time::Duration};
use url::Url;

/// No answer of a provider that we ask for is near this.
const LARGEST_ANSWER: usize = 1 << 20;
/// Pause before a repetition, milliseconds; at random, so that nodes do not repeat in step.
const PAUSE_MS: std::ops::Range<u64> = 100..400;
/// A provider that wants a longer pause gets its rest: the caller asks again later.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long a provider is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For everything that one operation needs.
    pub whole: Duration,
}

/// What a provider answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The answer as what it should be.
    pub(super) fn read<T: DeserializeOwned>(&self, what: &str) -> Result<T, ProviderError> {
        // Not the parser's text: it may quote the answer.
        serde_json::from_slice(&self.body).map_err(|_| ProviderError::Refused {
            reason: format!("{what}: the answer is not understood"),
        })
    }
}

/// An attempt that did not give a final answer.
struct Failed {
    reason: String,
    /// When to try again; `None` for not at all.
    pause: Option<Duration>,
}

/// A client of one provider.
pub(super) struct Caller {
    client: Client,
    base: String,
    whole: Duration,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Caller {
    pub(super) fn new(base: &str, timeouts: Timeouts) -> anyhow::Result<Self> {
        // Another part of the program may have installed a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let is_local = is_loopback(&Url::parse(base)?);
        let builder = Client::builder()
            .connect_timeout(timeouts.connect)
            .redirect(Policy::none())
            .https_only(!is_local)
            .user_agent(concat!("myshop/", env!("CARGO_PKG_VERSION")));
        let builder = if is_local { builder.no_proxy() } else { builder };
        Ok(Self {
            client: builder.build()?,
            base: base.to_owned(),
            whole: timeouts.whole,
        })
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// Ends an operation that takes too long. What it had done by then is not known.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        tokio::time::timeout(self.whole, work).await.unwrap_or_else(|_| {
            Err(ProviderError::Unavailable {
                reason: "no answer in time".into(),
            })
        })
    }

    /// Sends, and once more when the connection breaks or the answer says to try again.
    pub(super) async fn send(&self, what: &str, request: RequestBuilder) -> Result<Answer, ProviderError> {
        let unavailable = |failed: Failed| ProviderError::Unavailable {
            reason: format!("{what}: {}", failed.reason),
        };
        let again = request.try_clone();
        let failed = match attempt(request).await {
            Ok(answer) => return Ok(answer),
            Err(failed) => failed,
        };
        let (Some(pause), Some(again)) = (failed.pause, again) else {
            return Err(unavailable(failed));
        };
        tokio::time::sleep(pause).await;
        attempt(again).await.map_err(unavailable)
    }
}

async fn attempt(request: RequestBuilder) -> Result<Answer, Failed> {
    let response = request.send().await.map_err(|error| broken(&error))?;
    let status = response.status();
    let is_final = !status.is_server_error() && !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT);
    if !is_final {
        return Err(Failed {
            reason: format!("the answer is {}", status.as_u16()),
            pause: pause_of(response.headers()),
        });
    }
    let body = read(response).await?;
    Ok(Answer { status, body })
}

/// Not the error's text: it holds the address.
fn broken(error: &reqwest::Error) -> Failed {
    let reason = if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "the connection broke"
    };
    Failed {
        reason: reason.into(),
        pause: Some(jittered()),
    }
}

fn jittered() -> Duration {
    Duration::from_millis(rand::rng().random_range(PAUSE_MS))
}

/// When an answer that is none says to try again.
fn pause_of(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("stripe-should-retry") == Some("false") {
        return None;
    }
    match text(RETRY_AFTER.as_str()).map(str::parse) {
        None => Some(jittered()),
        Some(Ok(seconds)) => {
            let wanted = Duration::from_secs(seconds);
            (wanted <= LONGEST_PAUSE).then(|| wanted.max(jittered()))
        }
        // A date, or nonsense: long enough for us.
        Some(Err(_)) => None,
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Failed {
                reason: "the answer is too large".into(),
                pause: None,
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
