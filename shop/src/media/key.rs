//! Names of stored pictures: `<sha-256 of the upload>/<rendition>.<jpg|png>`.
//!
//! Content-addressed: one picture uploaded twice is stored once, an object never changes
//! (clients may keep it for ever), and a key that parses cannot point outside the store.

use std::{fmt, str::FromStr};
use thiserror::Error;

/// Widths of the smaller copies, pixels. A copy exists where the full picture is wider.
pub const WIDTHS: [u32; 3] = [160, 480, 960];
/// Hexadecimal digits of a SHA-256.
const HASH_DIGITS: usize = 64;

/// SHA-256 of the bytes as they were uploaded, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(String);

impl ContentHash {
    pub(super) fn of(bytes: &[u8]) -> Self {
        use sha2::{Digest, Sha256};
        use std::fmt::Write as _;
        let mut digits = String::with_capacity(HASH_DIGITS);
        for byte in Sha256::digest(bytes) {
            write!(digits, "{byte:02x}").expect("a String takes all text");
        }
        Self(digits)
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which copy of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rendition {
    /// The largest we keep.
    Full,
    /// A copy this many pixels wide, one of [`WIDTHS`].
    Width(u32),
}

/// How a stored picture is encoded. Opaque ones are JPEG; only transparency needs PNG.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl Encoding {
    /// The media type to serve it with.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// The name of one stored object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaKey {
    hash: ContentHash,
    rendition: Rendition,
    encoding: Encoding,
}

/// The text names no picture.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not the key of a stored picture")]
pub struct NotAMediaKey;

impl MediaKey {
    pub(super) fn full(hash: ContentHash, encoding: Encoding) -> Self {
        Self {
            hash,
            rendition: Rendition::Full,
            encoding,
        }
    }

    /// Another copy of the same picture.
    #[must_use]
    pub fn with(&self, rendition: Rendition) -> Self {
        Self {
            hash: self.hash.clone(),
            rendition,
            encoding: self.encoding,
        }
    }

    /// The copies that exist beside a full picture of this width, narrow to wide.
    pub fn renditions(&self, full_width: u32) -> impl Iterator<Item = (u32, Self)> + '_ {
        WIDTHS
            .into_iter()
            .filter(move |&width| width < full_width)
            .map(|width| (width, self.with(Rendition::Width(width))))
    }

    /// The narrowest copy that is at least `wanted` pixels wide; the full picture if none is.
    #[must_use]
    pub fn at_least(&self, wanted: u32, full_width: u32) -> Self {
        let fitting = self.renditions(full_width).find(|(width, _)| *width >= wanted);
        fitting.map_or_else(|| self.with(Rendition::Full), |(_, key)| key)
    }

    /// The content hash.
    #[must_use]
    pub fn hash(&self) -> &ContentHash {
        &self.hash
    }

    /// How the object is encoded.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Where the object lies: a directory level of 256 keeps directories short.
    pub(super) fn location(&self) -> object_store::path::Path {
        object_store::path::Path::from(format!("{}/{self}", &self.hash.0[..2]))
    }
}

impl fmt::Display for MediaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rendition {
            Rendition::Full => write!(f, "{}/full.{}", self.hash.0, self.encoding.extension()),
            Rendition::Width(width) => write!(f, "{}/w{width}.{}", self.hash.0, self.encoding.extension()),
        }
    }
}

impl FromStr for MediaKey {
    type Err = NotAMediaKey;

    fn from_str(text: &str) -> Result<Self, NotAMediaKey> {
        let (hash, file) = text.split_once('/').ok_or(NotAMediaKey)?;
        let (name, extension) = file.split_once('.').ok_or(NotAMediaKey)?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if hash.len() != HASH_DIGITS || !hash.bytes().all(is_digit) {
            return Err(NotAMediaKey);
        }
        let encoding = match extension {
            "jpg" => Encoding::Jpeg,
            "png" => Encoding::Png,
            _ => return Err(NotAMediaKey),
        };
        let rendition = match name {
            "full" => Rendition::Full,
            other => {
                let known = WIDTHS.into_iter().find(|width| other == format!("w{width}"));
                Rendition::Width(known.ok_or(NotAMediaKey)?)
            }
        };
        Ok(Self {
            hash: ContentHash(hash.to_owned()),
            rendition,
            encoding,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> MediaKey {
        MediaKey::full(ContentHash::of(b"a picture"), Encoding::Jpeg)
    }

    #[test]
    fn a_key_is_read_back_from_its_text() {
        for key in [
            key(),
            key().with(Rendition::Width(480)),
            MediaKey {
                encoding: Encoding::Png,
                ..key()
            },
        ] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn no_other_text_is_a_key() {
        let hash = "0".repeat(HASH_DIGITS);
        for text in [
            String::new(),
            "../../etc/passwd".into(),
            format!("{hash}/../full.jpg"),
            format!("{hash}/full.svg"),
            format!("{hash}/full.jpg.exe"),
            format!("{hash}/w0480.jpg"),
            format!("{hash}/w100000.jpg"),
            format!("{hash}/full.jpg/"),
            format!("{hash}\\full.jpg"),
            format!("{}/full.jpg", "A".repeat(HASH_DIGITS)),
            format!("{}/full.jpg", "0".repeat(HASH_DIGITS - 1)),
            format!("/{hash}/full.jpg"),
        ] {
            assert_eq!(text.parse::<MediaKey>(), Err(NotAMediaKey), "{text:?}");
        }
    }

    #[test]
    fn copies_exist_only_below_the_full_width() {
        let widths = |full| key().renditions(full).map(|(width, _)| width).collect::<Vec<_>>();
        assert_eq!(widths(60), Vec::<u32>::new());
        assert_eq!(widths(160), Vec::<u32>::new());
        assert_eq!(widths(161), [160]);
        assert_eq!(widths(2000), WIDTHS);
    }

    #[test]
    fn the_smallest_copy_that_suffices_is_chosen() {
        assert_eq!(key().at_least(240, 2000), key().with(Rendition::Width(480)));
        assert_eq!(key().at_least(240, 300), key());
        assert_eq!(key().at_least(5000, 2000), key());
    }

    proptest! {
        #[test]
        fn what_parses_prints_the_same_text(text in "[0-9a-f]{64}/(full|w160|w480|w960|w1|x)\\.(jpg|png|gif)") {
            if let Ok(key) = text.parse::<MediaKey>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
