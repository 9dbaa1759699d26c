//! Secrets: token signing keys and the cursor key.

use super::ConfigError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The secret that demo shops sign with; refused elsewhere.
pub(super) const DEMO_SECRET: &str = "demo-secret-demo-secret-demo-secret-demo";
const SHORTEST_SECRET: usize = 32;

/// Sign-in and tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Signing keys; the first signs, all verify, so that keys can be rotated.
    pub keys: Vec<SigningKey>,
    /// Life of an access token, seconds.
    pub access_ttl_s: i64,
    /// How long a session lasts at most, days.
    pub session_days: i64,
    /// How long a session lasts without being used, days.
    pub idle_days: i64,
    /// The first administrator: made at start when the shop has none.
    pub first_admin: Option<FirstAdmin>,
}

/// Who administers a new shop.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstAdmin {
    /// What to log in with.
    pub email: String,
    /// At least 8 characters.
    pub password: String,
}

impl fmt::Debug for FirstAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstAdmin")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// One HS256 key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKey {
    /// Key id, written into each token.
    pub kid: String,
    /// At least 32 characters of randomness.
    pub secret: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl Default for AuthConfig {
    fn default() -> Self {
        let demo = SigningKey {
            kid: "demo".into(),
            secret: DEMO_SECRET.into(),
        };
        Self {
            keys: vec![demo],
            access_ttl_s: 15 * 60,
            session_days: 30,
            idle_days: 14,
            first_admin: None,
        }
    }
}

impl AuthConfig {
    pub(super) fn validate(&self, demo: bool) -> Result<(), ConfigError> {
        const ADVICE: &str = r#"set a key such as [{kid="2026-11",secret="<output of: openssl rand -hex 32>"}]"#;
        let refuse = |problem: String| Err(ConfigError::refused("auth.keys", format!("{problem}; {ADVICE}")));
        if self.keys.is_empty() {
            return refuse("no signing key".into());
        }
        for (index, key) in self.keys.iter().enumerate() {
            if key.secret.len() < SHORTEST_SECRET {
                return refuse(format!(
                    "the secret of key `{}` is shorter than {SHORTEST_SECRET} characters",
                    key.kid
                ));
            }
            if !demo && key.secret == DEMO_SECRET {
                return refuse("the demo secret is public and refused outside demo mode".into());
            }
            if key.kid.is_empty() || self.keys[..index].iter().any(|other| other.kid == key.kid) {
                return refuse("every key needs its own kid".into());
            }
        }
        if !(60..=3600).contains(&self.access_ttl_s) {
            return Err(ConfigError::refused("auth.access_ttl_s", "must be within 60 and 3600"));
        }
        if !(1..=365).contains(&self.session_days) {
            return Err(ConfigError::refused("auth.session_days", "must be within 1 and 365"));
        }
        if !(1..=self.session_days).contains(&self.idle_days) {
            return Err(ConfigError::refused(
                "auth.idle_days",
                "must be within 1 and auth.session_days",
            ));
        }
        Ok(())
    }
}
