//! Opaque cursors: a keyset, packed and signed, so that a page position can be carried by
//! a client but neither read as a contract nor forged. A cursor belongs to one listing
//! (its sort, and its words when sorted by relevance) and is refused by any other.

use crate::behaviour::ListLabel;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use reco_actors::{
    ItemId,
    catalog::{Keyset, KeysetValue, SearchMode, Sort, SortField},
};
use sha2::Sha256;
use uuid::Uuid;

/// Bytes of the tag that travel with a cursor: enough against guessing, short in a URL.
const TAG_BYTES: usize = 12;
/// Bytes of the item id.
const ID_BYTES: usize = 16;
/// No honest cursor is longer; refused before decoding.
const MAX_CHARS: usize = 1_200;

/// The cursor is damaged, forged, or of another listing. Deliberately says no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCursor;

/// What a cursor belongs to; part of what is signed, not of what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorScope(Vec<u8>);

impl CursorScope {
    /// The scope of a product listing.
    #[must_use]
    pub fn products(sort: &[Sort], text: Option<&str>) -> Self {
        let mut bytes = b"products".to_vec();
        for criterion in sort {
            bytes.push(sort_code(criterion.field));
            bytes.push(u8::from(criterion.descending));
        }
        let by_relevance = sort.is_empty() || sort.iter().any(|s| s.field == SortField::Relevance);
        if let Some(text) = text.filter(|_| by_relevance) {
            bytes.push(0);
            bytes.extend_from_slice(text.trim().as_bytes());
        }
        Self(bytes)
    }

    /// The scope of a search.
    #[must_use]
    pub fn search(sort: &[Sort], text: &str, mode: SearchMode) -> Self {
        let mut scope = Self::products(sort, Some(text));
        scope.0.splice(0..0, *b"search");
        scope.0.push(match mode {
            SearchMode::Hybrid => 1,
            SearchMode::Words => 2,
            SearchMode::Meaning => 3,
        });
        scope
    }

    /// The scope of a listing that has one fixed order.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.as_bytes().to_vec())
    }
}

/// Packs and signs cursors with the shop's secret.
#[derive(Clone)]
pub struct CursorCodec {
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for CursorCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorCodec(..)")
    }
}

impl CursorCodec {
    /// A codec for this secret; every node of a shop must share it.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
        mac.update(b"myshop cursor v1");
        Self { mac }
    }

    /// The text form of a position within `scope`.
    #[must_use]
    pub fn encode(&self, scope: &CursorScope, keyset: &Keyset) -> String {
        self.seal(scope, pack(keyset))
    }

    /// The position a cursor stands for, if it is ours and of this scope.
    ///
    /// # Errors
    /// [`BadCursor`] for anything else.
    pub fn decode(&self, scope: &CursorScope, text: &str) -> Result<Keyset, BadCursor> {
        unpack(&self.open(scope, text)?).ok_or(BadCursor)
    }

    /// The signed text form of what a search was for.
    #[must_use]
    pub fn search_id(&self, query: &str) -> String {
        self.seal(&CursorScope::named("search id"), query.as_bytes().to_vec())
    }

    /// What the search was for that is called so, if we called it so.
    ///
    /// # Errors
    /// [`BadCursor`] for anything else.
    pub fn searched(&self, id: &str) -> Result<String, BadCursor> {
        let bytes = self.open(&CursorScope::named("search id"), id)?;
        String::from_utf8(bytes).map_err(|_| BadCursor)
    }

    /// The signed text form of a list that was handed out.
    #[must_use]
    pub fn list_id(&self, label: &ListLabel) -> String {
        self.seal(&CursorScope::named("list id"), label.pack())
    }

    /// The list that is called so, if we called it so.
    ///
    /// # Errors
    /// [`BadCursor`] for anything else.
    pub fn listed(&self, id: &str) -> Result<ListLabel, BadCursor> {
        let bytes = self.open(&CursorScope::named("list id"), id)?;
        ListLabel::unpack(&bytes).ok_or(BadCursor)
    }

    fn seal(&self, scope: &CursorScope, mut body: Vec<u8>) -> String {
        let tag = self.tag(scope, &body).finalize().into_bytes();
        body.extend_from_slice(&tag[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(body)
    }

    fn open(&self, scope: &CursorScope, text: &str) -> Result<Vec<u8>, BadCursor> {
        if text.len() > MAX_CHARS {
            return Err(BadCursor);
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let split = bytes.len().checked_sub(TAG_BYTES).ok_or(BadCursor)?;
        let (body, tag) = bytes.split_at(split);
        self.tag(scope, body)
            .verify_truncated_left(tag)
            .map_err(|_| BadCursor)?;
        bytes.truncate(split);
        Ok(bytes)
    }

    fn tag(&self, scope: &CursorScope, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(&(scope.0.len() as u64).to_le_bytes());
        mac.update(&scope.0);
        mac.update(body);
        mac
    }
}

const fn sort_code(field: SortField) -> u8 {
    match field {
        SortField::Relevance => 1,
        SortField::Price => 2,
        SortField::Rating => 3,
        SortField::CreatedAt => 4,
        SortField::Name => 5,
        SortField::Popularity => 6,
    }
}

fn pack(keyset: &Keyset) -> Vec<u8> {
    let mut out = keyset.id.0.as_bytes().to_vec();
    for value in &keyset.values {
        match value {
            KeysetValue::None => out.push(0),
            KeysetValue::Int(n) => {
                out.push(1);
                put_varint(&mut out, zigzag(*n));
            }
            KeysetValue::Float(x) => {
                out.push(2);
                out.extend_from_slice(&x.to_le_bytes());
            }
            KeysetValue::Text(text) => {
                out.push(3);
                put_varint(&mut out, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
    out
}

fn unpack(bytes: &[u8]) -> Option<Keyset> {
    let (id, mut rest) = bytes.split_at_checked(ID_BYTES)?;
    let mut values = Vec::new();
    while let Some((kind, tail)) = rest.split_first() {
        rest = tail;
        values.push(match kind {
            0 => KeysetValue::None,
            1 => KeysetValue::Int(unzigzag(take_varint(&mut rest)?)),
            2 => {
                let (raw, tail) = rest.split_first_chunk::<8>()?;
                rest = tail;
                KeysetValue::Float(f64::from_le_bytes(*raw))
            }
            3 => {
                let len = usize::try_from(take_varint(&mut rest)?).ok()?;
                let (raw, tail) = rest.split_at_checked(len)?;
                rest = tail;
                KeysetValue::Text(String::from_utf8(raw.to_vec()).ok()?)
            }
            _ => return None,
        });
    }
    Some(Keyset {
        values,
        id: ItemId(Uuid::from_slice(id).ok()?),
    })
}

const fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)).cast_unsigned()
}

const fn unzigzag(n: u64) -> i64 {
    (n >> 1).cast_signed() ^ -((n & 1).cast_signed())
}

fn put_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        n |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = KeysetValue> {
        prop_oneof![
            Just(KeysetValue::None),
            any::<i64>().prop_map(KeysetValue::Int),
            any::<f64>()
                .prop_filter("NaN never equals itself", |x| !x.is_nan())
                .prop_map(KeysetValue::Float),
            ".{0,40}".prop_map(KeysetValue::Text),
        ]
    }

    fn any_keyset() -> impl Strategy<Value = Keyset> {
        (any::<u128>(), proptest::collection::vec(any_value(), 0..4)).prop_map(|(id, values)| Keyset {
            values,
            id: ItemId(Uuid::from_u128(id)),
        })
    }

    fn price_ascending() -> CursorScope {
        CursorScope::products(
            &[Sort {
                field: SortField::Price,
                descending: false,
            }],
            None,
        )
    }

    proptest! {
        #[test]
        fn a_cursor_gives_back_the_keyset_it_was_made_of(keyset in any_keyset()) {
            let codec = CursorCodec::new(b"secret");
            let text = codec.encode(&price_ascending(), &keyset);
            prop_assert_eq!(codec.decode(&price_ascending(), &text), Ok(keyset));
        }

        #[test]
        fn a_cursor_with_any_bit_changed_is_refused(keyset in any_keyset(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let codec = CursorCodec::new(b"secret");
            let mut bytes = URL_SAFE_NO_PAD.decode(codec.encode(&price_ascending(), &keyset)).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(codec.decode(&price_ascending(), &URL_SAFE_NO_PAD.encode(bytes)), Err(BadCursor));
        }

        #[test]
        fn arbitrary_text_is_refused_without_a_panic(text in ".{0,200}") {
            prop_assert_eq!(CursorCodec::new(b"secret").decode(&price_ascending(), &text), Err(BadCursor));
        }
    }

    #[test]
    fn a_cursor_of_another_sort_secret_or_search_is_refused() {
        let keyset = Keyset {
            values: vec![KeysetValue::Int(8999)],
            id: ItemId(Uuid::from_u128(7)),
        };
        let codec = CursorCodec::new(b"secret");
        let text = codec.encode(&price_ascending(), &keyset);
        let descending = CursorScope::products(
            &[Sort {
                field: SortField::Price,
                descending: true,
            }],
            None,
        );
        assert_eq!(codec.decode(&descending, &text), Err(BadCursor));
        assert_eq!(
            CursorCodec::new(b"other").decode(&price_ascending(), &text),
            Err(BadCursor)
        );
        let shoes = codec.encode(&CursorScope::products(&[], Some("shoes")), &keyset);
        assert_eq!(
            codec.decode(&CursorScope::products(&[], Some("hats")), &shoes),
            Err(BadCursor)
        );
        assert_eq!(
            codec.decode(&CursorScope::products(&[], Some("shoes ")), &shoes),
            Ok(keyset)
        );
    }

    #[test]
    fn a_price_cursor_stays_short() {
        let keyset = Keyset {
            values: vec![KeysetValue::Int(8999)],
            id: ItemId(Uuid::from_u128(u128::MAX)),
        };
        assert!(CursorCodec::new(b"secret").encode(&price_ascending(), &keyset).len() <= 44);
    }
}
