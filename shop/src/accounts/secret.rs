//! Opaque secrets that are handed out once and kept as hashes: 256 random bits, so that
//! one fast hash is enough, and nobody who reads the database can use what is there.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt;

const BYTES: usize = 32;
/// Characters of a secret: its bytes in base64 without padding.
const CHARACTERS: usize = (BYTES * 4).div_ceil(3);

/// A secret on its way out. `Debug` hides it.
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; BYTES]>()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// What is stored of it.
    pub(super) fn hash(&self) -> String {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The stored form of a text that came in; `None` when no secret of ours looks like it.
pub(super) fn hash_of(text: &str) -> Option<String> {
    let text = text.trim();
    let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (text.len() == CHARACTERS && text.bytes().all(is_ours)).then(|| hash(text))
}

fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_differs_from_every_other_and_is_known_by_its_hash() {
        let (one, two) = (Secret::generate(), Secret::generate());
        assert_eq!(one.as_str().len(), CHARACTERS);
        assert_ne!(one.as_str(), two.as_str());
        assert_eq!(hash_of(&format!(" {}\n", one.as_str())), Some(one.hash()));
        assert_eq!(one.hash().len(), 64);
        assert!(!format!("{one:?}").contains(one.as_str()));
    }

    #[test]
    fn what_is_no_secret_of_ours_is_not_even_looked_for() {
        for text in [
            "",
            "short",
            &"a".repeat(44),
            &"é".repeat(21),
            &" ".repeat(43),
            &"'".repeat(43),
        ] {
            assert_eq!(hash_of(text), None, "{text}");
        }
    }
}
