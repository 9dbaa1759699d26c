//! Passwords: what we accept, and how they become a hash.
//!
//! The policy follows NIST SP 800-63B: length counts, composition does not; the commonest
//! passwords and the user's own address are refused. Hashes are Argon2id with the first
//! parameters that OWASP names (19 MiB, two passes, one lane). A hash takes tens of
//! milliseconds and that much memory, so it runs on a blocking thread, [`AT_ONCE`] of them
//! at a time, and past [`MOST_WAITING`] callers the next is turned away at once.

use super::email::Email;
use crate::error::ShopError;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};
use std::{fmt, sync::Arc};
use thiserror::Error;
use tokio::sync::Semaphore;

/// Fewest characters of a new password.
pub const SHORTEST: usize = 8;
/// Most characters of a new password.
pub const LONGEST: usize = 128;
/// Hashes computed at the same time: two cores' worth, 38 MiB of memory.
const AT_ONCE: usize = 2;
/// Callers that may be hashing or waiting; at about 30 ms a hash the last waits a second.
const MOST_WAITING: usize = 64;
/// Bytes that are hashed at most; longer input cannot be the password of any account.
const LONGEST_BYTES: usize = LONGEST * 4;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The commonest leaked passwords that are long enough to pass the length rule, one a line.
const COMMONEST: &str = include_str!("common_passwords.txt");

/// Stands where a hash would, and is none: no password opens the account.
pub(super) const NO_PASSWORD: &str = "!";

/// What somebody typed as a password. Never shown, never logged, never compared directly.
#[derive(Clone)]
pub struct Password(String);

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why a new password is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WeakPassword {
    /// Fewer than [`SHORTEST`] characters.
    #[error("a password needs at least {SHORTEST} characters")]
    TooShort,
    /// More than [`LONGEST`] characters.
    #[error("a password may have at most {LONGEST} characters")]
    TooLong,
    /// It is the address itself, or what stands before its `@`.
    #[error("the password is the e-mail address")]
    IsEmail,
    /// Among the first that anybody would try.
    #[error("this password is among the commonest, choose another")]
    Common,
}

impl Password {
    /// Judges a new password of the account with this address.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, email: &Email) -> Result<(), WeakPassword> {
        let length = self.0.chars().count();
        if length < SHORTEST {
            return Err(WeakPassword::TooShort);
        }
        if length > LONGEST {
            return Err(WeakPassword::TooLong);
        }
        let folded = self.0.trim().to_lowercase();
        if folded == email.as_str() || folded == email.local_part() {
            return Err(WeakPassword::IsEmail);
        }
        let mut characters = folded.chars();
        let first = characters.next();
        let is_one_character = characters.all(|next| Some(next) == first);
        if is_one_character || COMMONEST.lines().any(|common| common == folded) {
            return Err(WeakPassword::Common);
        }
        Ok(())
    }
}

/// Turns passwords into hashes and checks them, a bounded number at a time.
#[derive(Clone)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    admission: Arc<Semaphore>,
    running: Arc<Semaphore>,
    /// What a log-in of an unknown user is checked against, so that it takes as long.
    dummy: Arc<str>,
}

impl PasswordHasher {
    /// A hasher with today's parameters.
    #[must_use]
    pub fn new() -> Self {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants are within Argon2's limits");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash_with(&argon2, "nobody's password").expect("the constants are within Argon2's limits");
        Self {
            argon2,
            admission: Arc::new(Semaphore::new(MOST_WAITING)),
            running: Arc::new(Semaphore::new(AT_ONCE)),
            dummy: dummy.into(),
        }
    }

    /// The hash to store, in PHC form with its own random salt.
    ///
    /// # Errors
    /// `Busy` when too many callers wait, `Internal` when hashing itself fails.
    pub async fn hash(&self, password: &Password) -> Result<String, ShopError> {
        let (argon2, text) = (self.argon2.clone(), password.0.clone());
        self.on_blocking_thread(move || hash_with(&argon2, &text).map_err(ShopError::internal))
            .await?
    }

    /// Whether the password belongs to the hash. Without a hash (no such user, or one whom no
    /// password opens) the answer is no, after the same amount of work.
    ///
    /// # Errors
    /// `Busy` when too many callers wait.
    pub async fn verify(&self, password: &Password, hash: Option<&str>) -> Result<bool, ShopError> {
        let (argon2, text) = (self.argon2.clone(), password.0.clone());
        let hash = hash.filter(|hash| *hash != NO_PASSWORD);
        let stored: Arc<str> = hash.map_or_else(|| self.dummy.clone(), Arc::from);
        let is_known = hash.is_some();
        let fits = text.len() <= LONGEST_BYTES;
        let matches = self
            .on_blocking_thread(move || {
                let bytes = if fits { text.as_bytes() } else { b"" };
                PasswordHash::new(&stored).is_ok_and(|parsed| argon2.verify_password(bytes, &parsed).is_ok())
            })
            .await?;
        Ok(matches && is_known && fits)
    }

    /// Takes every place, so that whoever would hash now is turned away: how tests see it.
    #[cfg(test)]
    pub(super) fn occupy(&self) -> tokio::sync::OwnedSemaphorePermit {
        let places = self.admission.clone().try_acquire_many_owned(MOST_WAITING as u32);
        places.expect("nobody hashes meanwhile")
    }

    async fn on_blocking_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ShopError> {
        let _admitted = self.admission.try_acquire().map_err(|_| ShopError::Busy)?;
        // The permit travels with the work: a caller that gives up must not let another in
        // while its own hash is still being computed.
        let running = self
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(ShopError::internal)?;
        let work = move || {
            let done = work();
            drop(running);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(ShopError::internal)
    }
}

impl Default for PasswordHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHasher")
    }
}

fn hash_with(argon2: &Argon2<'_>, text: &str) -> Result<String, argon2::password_hash::Error> {
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>())?;
    Ok(argon2.hash_password(text.as_bytes(), &salt)?.to_string())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<(), WeakPassword> {
        Password::from(text).check(&"ada.lovelace@example.com".parse().unwrap())
    }

    #[test]
    fn length_counts_and_composition_does_not() {
        assert_eq!(judge("seven77"), Err(WeakPassword::TooShort));
        assert_eq!(judge("correct horse battery staple"), Ok(()));
        assert_eq!(judge("только по-русски"), Ok(()));
        assert_eq!(judge(&"ab".repeat(64)), Ok(()));
        assert_eq!(judge(&"ab".repeat(65)), Err(WeakPassword::TooLong));
    }

    #[test]
    fn what_anybody_would_try_first_is_refused() {
        assert_eq!(judge("Password123"), Err(WeakPassword::Common));
        assert_eq!(judge("zzzzzzzzzzz"), Err(WeakPassword::Common));
        assert_eq!(judge("ada.lovelace@EXAMPLE.com"), Err(WeakPassword::IsEmail));
        assert_eq!(judge("Ada.Lovelace"), Err(WeakPassword::IsEmail));
    }

    #[test]
    fn the_list_holds_only_what_the_length_rule_lets_through() {
        for common in COMMONEST.lines() {
            assert!(
                common.chars().count() >= SHORTEST && common == common.to_lowercase(),
                "{common}"
            );
        }
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_as_owasp_asks_salted_and_checks_its_password_only() {
        let hasher = PasswordHasher::new();
        let password = Password::from("correct horse");
        let (one, two) = (
            hasher.hash(&password).await.unwrap(),
            hasher.hash(&password).await.unwrap(),
        );
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
        assert!(hasher.verify(&password, Some(&one)).await.unwrap());
        assert!(!hasher.verify(&Password::from("wrong horse"), Some(&one)).await.unwrap());
        assert!(!hasher.verify(&password, Some("not a hash")).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_logs_in_with_the_dummy_password_or_with_a_monster() {
        let hasher = PasswordHasher::new();
        assert!(!hasher.verify(&Password::from("nobody's password"), None).await.unwrap());
        let empty = hasher.hash(&Password::from("")).await.unwrap();
        assert!(
            !hasher
                .verify(&Password::from("x".repeat(LONGEST_BYTES + 1)), Some(&empty))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn past_the_bound_a_caller_is_turned_away_at_once() {
        let hasher = PasswordHasher::new();
        let taken = hasher
            .admission
            .clone()
            .try_acquire_many_owned(MOST_WAITING as u32)
            .unwrap();
        assert!(matches!(
            hasher.hash(&Password::from("correct horse")).await,
            Err(ShopError::Busy)
        ));
        drop(taken);
        assert!(hasher.hash(&Password::from("correct horse")).await.is_ok());
    }

    #[test]
    fn debug_shows_no_password() {
        assert!(!format!("{:?}", Password::from("correct horse")).contains("horse"));
    }
}
