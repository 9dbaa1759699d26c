//! Ids that only this shop can have handed out: an id with a proof (HMAC-SHA256, RFC 2104)
//! of what it is for. Whoever holds one may use that one thing, without an account.
//!
//! Sealed with the first of the signing keys and accepted from all, like access tokens, so
//! that keys are changed without emptying anybody's cart.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use uuid::Uuid;

/// Bytes of the id and of its proof.
const ID: usize = 16;
const PROOF: usize = 16;

/// What a sealed id is for; one for something else is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A guest's cart.
    Cart,
    /// Reading and moving an order without an account.
    Order,
    /// Reading its receipt, and no more.
    Receipt,
    /// Being the same visitor as before.
    Visitor,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Cart => b"myshop cart v1",
            Self::Order => b"myshop order v1",
            Self::Receipt => b"myshop receipt v1",
            Self::Visitor => b"myshop visitor v1",
        }
    }
}

/// Seals and opens ids.
#[derive(Clone)]
pub struct Sealer(Vec<Hmac<Sha256>>);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// Of these secrets; the first seals.
    ///
    /// # Panics
    /// Without any secret; HMAC itself takes keys of every length.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let key = |secret| Hmac::new_from_slice(secret).expect("HMAC takes keys of any length");
        let keys: Vec<_> = secrets.into_iter().map(key).collect();
        assert!(!keys.is_empty(), "a shop has a signing key");
        Self(keys)
    }

    /// The text that stands for the id.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, id: Uuid) -> String {
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend_from_slice(&proof(&self.0[0], purpose, &bytes).finalize().into_bytes()[..PROOF]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The id that a text stands for; `None` for anything that was not sealed here for this.
    #[must_use]
    pub fn open(&self, purpose: Purpose, text: &str) -> Option<Uuid> {
        if text.len() > 2 * (ID + PROOF) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, tag) = bytes.split_at_checked(ID)?;
        let holds = |key: &Hmac<Sha256>| proof(key, purpose, id).verify_truncated_left(tag).is_ok();
        (tag.len() == PROOF && self.0.iter().any(holds)).then(|| Uuid::from_slice(id).ok())?
    }
}

fn proof(key: &Hmac<Sha256>, purpose: Purpose, id: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(purpose.label());
    mac.update(id);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer(secrets: &[&str]) -> Sealer {
        Sealer::new(secrets.iter().map(|secret| secret.as_bytes()))
    }

    #[test]
    fn a_sealed_id_opens_for_its_purpose_and_after_a_change_of_keys() {
        let (id, old) = (Uuid::now_v7(), sealer(&["old"]));
        let text = old.seal(Purpose::Cart, id);
        assert_eq!(old.open(Purpose::Cart, &text), Some(id));
        assert_eq!(sealer(&["new", "old"]).open(Purpose::Cart, &text), Some(id));
        assert_eq!(old.open(Purpose::Order, &text), None);
        assert_eq!(sealer(&["new"]).open(Purpose::Cart, &text), None);
    }

    proptest! {
        #[test]
        fn nothing_else_opens(bits: u128, at in 0..32_usize, flip in 1..=255_u8, text in ".{0,80}") {
            let sealer = sealer(&["secret"]);
            let mut bytes = URL_SAFE_NO_PAD.decode(sealer.seal(Purpose::Cart, Uuid::from_u128(bits))).unwrap_or_default();
            bytes[at] ^= flip;
            prop_assert_eq!(sealer.open(Purpose::Cart, &URL_SAFE_NO_PAD.encode(&bytes)), None);
            bytes.truncate(at);
            prop_assert_eq!(sealer.open(Purpose::Cart, &URL_SAFE_NO_PAD.encode(&bytes)), None);
            prop_assert_eq!(sealer.open(Purpose::Cart, &text), None);
        }
    }
}
