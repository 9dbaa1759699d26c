//! Access tokens: short-lived JWTs, HS256, signed with the first key of a ring and
//! accepted from every key in it, so that a key is changed without logging anybody out.
//!
//! The algorithm is fixed here and never read from the token. A token alone opens
//! nothing: [`super::Accounts::authenticate`] also asks for the session and the user, so
//! the `role` claim is for readers outside the shop; inside, the role comes from the row.

use chrono::{DateTime, Utc};
use entities::{
    id::{SessionId, UserId},
    user_account::Role,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Who signs, as the token says it.
const ISSUER: &str = "myshop";
/// Whom it is for.
const AUDIENCE: &str = "myshop-api";
/// No access token of ours is longer; a longer text is not even decoded.
const LONGEST_TOKEN: usize = 2048;
/// HS256 wants a key as long as its hash.
const SHORTEST_SECRET: usize = 32;

/// What a log-in hands out. The token is for the client alone: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The JWT, for the `Authorization: Bearer` header.
    pub token: String,
    /// From when on it opens nothing.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The user.
    pub(super) sub: UserId,
    /// The session that this log-in opened.
    pub(super) sid: SessionId,
    /// The role at the time of signing.
    pub(super) role: Role,
    /// The user's token version at the time of signing; a later one voids the token.
    pub(super) ver: i32,
    /// Signed at, seconds of the Unix epoch.
    pub(super) iat: i64,
    /// Expires at, seconds of the Unix epoch.
    pub(super) exp: i64,
    iss: String,
    aud: String,
}

impl Claims {
    pub(super) fn new(sub: UserId, sid: SessionId, role: Role, ver: i32, iat: i64, exp: i64) -> Self {
        Self {
            sub,
            sid,
            role,
            ver,
            iat,
            exp,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
        }
    }
}

/// Why a token opens nothing. For the log; a client only learns that it must log in.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum BadToken {
    #[error("not a token of this shop")]
    Malformed,
    #[error("signed with a key that is not in the ring")]
    UnknownKey,
    #[error("the signature is wrong")]
    Forged,
    #[error("expired")]
    Expired,
}

/// A signing key as the settings give it.
#[derive(Clone)]
pub struct TokenKey {
    /// Names the key in the token's header.
    pub kid: String,
    /// The shared secret, at least 32 bytes.
    pub secret: String,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// Keys that cannot sign.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadKeys {
    /// There is none.
    #[error("no signing key")]
    None,
    /// A secret is too short to be worth anything.
    #[error("the secret of signing key `{0}` is shorter than {SHORTEST_SECRET} bytes")]
    Short(String),
    /// Two keys have one name, or a name is empty.
    #[error("signing key `{0}` needs a name of its own")]
    Ambiguous(String),
}

/// The keys: the first signs, all verify.
pub struct KeyRing {
    signing_header: Header,
    signing: EncodingKey,
    verifying: Vec<(String, DecodingKey)>,
    validation: Validation,
}

impl KeyRing {
    /// A ring of these keys.
    ///
    /// # Errors
    /// When there is none, a secret is short, or a name is empty or used twice.
    pub fn new(keys: &[TokenKey]) -> Result<Self, BadKeys> {
        let first = keys.first().ok_or(BadKeys::None)?;
        for (index, key) in keys.iter().enumerate() {
            if key.secret.len() < SHORTEST_SECRET {
                return Err(BadKeys::Short(key.kid.clone()));
            }
            if key.kid.is_empty() || keys[..index].iter().any(|other| other.kid == key.kid) {
                return Err(BadKeys::Ambiguous(key.kid.clone()));
            }
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let to_verify = |key: &TokenKey| (key.kid.clone(), DecodingKey::from_secret(key.secret.as_bytes()));
        Ok(Self {
            signing_header: Header {
                kid: Some(first.kid.clone()),
                ..Header::new(Algorithm::HS256)
            },
            signing: EncodingKey::from_secret(first.secret.as_bytes()),
            verifying: keys.iter().map(to_verify).collect(),
            validation,
        })
    }

    pub(super) fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::encode(&self.signing_header, claims, &self.signing)
    }

    pub(super) fn verify(&self, token: &str) -> Result<Claims, BadToken> {
        if token.len() > LONGEST_TOKEN {
            return Err(BadToken::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| BadToken::Malformed)?;
        let kid = header.kid.ok_or(BadToken::Malformed)?;
        let (_, key) = self
            .verifying
            .iter()
            .find(|(known, _)| *known == kid)
            .ok_or(BadToken::UnknownKey)?;
        let verified = jsonwebtoken::decode::<Claims>(token, key, &self.validation);
        verified.map(|data| data.claims).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => BadToken::Expired,
            ErrorKind::InvalidSignature => BadToken::Forged,
            _ => BadToken::Malformed,
        })
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids: Vec<&str> = self.verifying.iter().map(|(kid, _)| kid.as_str()).collect();
        f.debug_struct("KeyRing").field("kids", &kids).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use serde_json::json;

    fn key(kid: &str, letter: &str) -> TokenKey {
        TokenKey {
            kid: kid.into(),
            secret: letter.repeat(SHORTEST_SECRET),
        }
    }

    fn ring(keys: &[TokenKey]) -> KeyRing {
        KeyRing::new(keys).unwrap()
    }

    fn claims(expires_in_s: i64) -> Claims {
        let now = Utc::now().timestamp();
        Claims::new(
            UserId::generate(),
            SessionId::generate(),
            Role::Customer,
            1,
            now,
            now + expires_in_s,
        )
    }

    fn encoded(value: &serde_json::Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    #[test]
    fn what_was_signed_is_read_back() {
        let ring = ring(&[key("2026-11", "a")]);
        let claims = claims(900);
        assert_eq!(ring.verify(&ring.sign(&claims).unwrap()), Ok(claims));
    }

    #[test]
    fn a_rotated_key_still_verifies_and_a_removed_one_does_not() {
        let old = ring(&[key("old", "a")]);
        let token = old.sign(&claims(900)).unwrap();
        assert!(ring(&[key("new", "b"), key("old", "a")]).verify(&token).is_ok());
        assert_eq!(ring(&[key("new", "b")]).verify(&token), Err(BadToken::UnknownKey));
        assert_eq!(ring(&[key("old", "b")]).verify(&token), Err(BadToken::Forged));
    }

    #[test]
    fn an_expired_token_opens_nothing() {
        let ring = ring(&[key("k", "a")]);
        assert_eq!(ring.verify(&ring.sign(&claims(-1)).unwrap()), Err(BadToken::Expired));
    }

    #[test]
    fn an_unsigned_token_opens_nothing() {
        let body = encoded(&serde_json::to_value(claims(900)).unwrap());
        for alg in ["none", "None", "HS512", "RS256"] {
            let header = encoded(&json!({"alg": alg, "typ": "JWT", "kid": "k"}));
            for signature in ["", "AAAA"] {
                let refusal = ring(&[key("k", "a")]).verify(&format!("{header}.{body}.{signature}"));
                assert_eq!(refusal, Err(BadToken::Malformed), "{alg}");
            }
        }
    }

    #[test]
    fn changed_claims_break_the_signature() {
        let ring = ring(&[key("k", "a")]);
        let token = ring.sign(&claims(900)).unwrap();
        let [header, _, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let admin = Claims {
            role: Role::Admin,
            ..claims(900)
        };
        let forged = format!(
            "{header}.{}.{signature}",
            encoded(&serde_json::to_value(admin).unwrap())
        );
        assert_eq!(ring.verify(&forged), Err(BadToken::Forged));
    }

    #[test]
    fn a_token_of_another_shop_or_purpose_is_refused_even_with_our_key() {
        let ring = ring(&[key("k", "a")]);
        for wrong in [
            Claims {
                iss: "theirs".into(),
                ..claims(900)
            },
            Claims {
                aud: "else".into(),
                ..claims(900)
            },
        ] {
            assert_eq!(ring.verify(&ring.sign(&wrong).unwrap()), Err(BadToken::Malformed));
        }
    }

    #[test]
    fn keys_that_cannot_protect_anything_make_no_ring() {
        assert_eq!(KeyRing::new(&[]).err(), Some(BadKeys::None));
        let short = TokenKey {
            kid: "k".into(),
            secret: "short".into(),
        };
        assert_eq!(KeyRing::new(&[short]).err(), Some(BadKeys::Short("k".into())));
        assert_eq!(
            KeyRing::new(&[key("k", "a"), key("k", "b")]).err(),
            Some(BadKeys::Ambiguous("k".into()))
        );
    }

    #[test]
    fn debug_shows_no_secret_and_no_token() {
        let secret = "s3cr3t-".repeat(6);
        let key = TokenKey {
            kid: "k".into(),
            secret: secret.clone(),
        };
        let ring = ring(std::slice::from_ref(&key));
        let token = ring.sign(&claims(900)).unwrap();
        let access = AccessToken {
            token: token.clone(),
            expires_at: Utc::now(),
        };
        let shown = format!("{key:?} {ring:?} {access:?}");
        assert!(!shown.contains(&secret) && !shown.contains(&token), "{shown}");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_verifier_panic_or_open(text in "\\PC{0,200}") {
            prop_assert!(ring(&[key("k", "a")]).verify(&text).is_err());
        }
    }
}
