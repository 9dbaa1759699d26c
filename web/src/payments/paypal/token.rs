//! PayPal's access token: one for all calls, renewed before it ends.

use crate::{
    config::Secret,
    payments::caller::{Answer, Caller},
};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, RequestBuilder, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use shop::{clock::Clock, payments::ProviderError};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A token that ends this soon is not used any more.
const MARGIN: TimeDelta = TimeDelta::seconds(60);

/// Proves us to PayPal.
pub(super) struct Tokens {
    client_id: String,
    client_secret: Secret,
    clock: Arc<dyn Clock>,
    /// Held while a new one is fetched, so that many callers fetch one.
    current: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    value: String,
    until: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

impl Tokens {
    pub(super) fn new(client_id: String, client_secret: Secret, clock: Arc<dyn Clock>) -> Self {
        Self {
            client_id,
            client_secret,
            clock,
            current: Mutex::new(None),
        }
    }

    /// Sends with a token, and once more with a new one when it is not accepted.
    pub(super) async fn send(
        &self,
        caller: &Caller,
        what: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Answer, ProviderError> {
        let token = self.get(caller, None).await?;
        let answer = caller.send(what, request().bearer_auth(&token)).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let renewed = self.get(caller, Some(&token)).await?;
        caller.send(what, request().bearer_auth(&renewed)).await
    }

    /// A token other than the one that was not accepted.
    async fn get(&self, caller: &Caller, unlike: Option<&str>) -> Result<String, ProviderError> {
        let mut current = self.current.lock().await;
        let usable = current
            .as_ref()
            .filter(|token| token.until > self.clock.now() && Some(token.value.as_str()) != unlike);
        if let Some(token) = usable {
            return Ok(token.value.clone());
        }
        let token = self.fetch(caller).await?;
        let value = token.value.clone();
        *current = Some(token);
        Ok(value)
    }

    async fn fetch(&self, caller: &Caller) -> Result<Token, ProviderError> {
        let what = "paypal: token";
        let asked_at = self.clock.now();
        let request = caller
            .request(Method::POST, "/v1/oauth2/token")
            .basic_auth(&self.client_id, Some(self.client_secret.expose()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let answer = caller.send(what, request).await?;
        if answer.status != StatusCode::OK {
            return Err(ProviderError::Refused {
                reason: format!("{what}: {}; are client id and secret right?", answer.status.as_u16()),
            });
        }
        let granted: Granted = answer.read(what)?;
        let life = TimeDelta::seconds(granted.expires_in.clamp(0, 86_400));
        Ok(Token {
            value: granted.access_token,
            until: asked_at + life - MARGIN,
        })
    }
}
