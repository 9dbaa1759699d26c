//! Terms in a snapshot.

use super::{KeyId, Kind, Numbers, Postings, Term};
use crate::{Item, catalog::blocks::Blocks};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Key, spare values, and the values in their order.
type StoredNumbers = (KeyId, u64, Vec<(u64, u32)>);

/// The terms at one moment.
#[derive(Serialize, Deserialize)]
pub(in crate::catalog) struct StoredTerms {
    keys: Vec<Arc<str>>,
    /// Each term and its items as a serialised bitmap; none for a place that is free.
    terms: Vec<Option<(StoredTerm, Vec<u8>)>>,
    numbers: Vec<StoredNumbers>,
}

#[derive(Serialize, Deserialize)]
enum StoredTerm {
    Category([u8; 16]),
    Brand([u8; 16]),
    Text(KeyId, Arc<str>),
    Bool(KeyId, bool),
    Has(KeyId, Kind),
}

impl From<&Term> for StoredTerm {
    fn from(term: &Term) -> Self {
        match term {
            Term::Category(id) => Self::Category(id.into_bytes()),
            Term::Brand(id) => Self::Brand(id.into_bytes()),
            Term::Text(key, text) => Self::Text(*key, Arc::clone(text)),
            Term::Bool(key, truth) => Self::Bool(*key, *truth),
            Term::Has(key, kind) => Self::Has(*key, *kind),
        }
    }
}

impl From<StoredTerm> for Term {
    fn from(term: StoredTerm) -> Self {
        match term {
            StoredTerm::Category(id) => Self::Category(Uuid::from_bytes(id)),
            StoredTerm::Brand(id) => Self::Brand(Uuid::from_bytes(id)),
            StoredTerm::Text(key, text) => Self::Text(key, text),
            StoredTerm::Bool(key, truth) => Self::Bool(key, truth),
            StoredTerm::Has(key, kind) => Self::Has(key, kind),
        }
    }
}

impl Postings {
    /// Takes down the present state.
    pub(in crate::catalog) fn stored(&self) -> StoredTerms {
        let term = |(term, slots): &(Term, RoaringBitmap)| {
            let mut bytes = Vec::with_capacity(slots.serialized_size());
            // Writing into memory does not fail.
            let written = !slots.is_empty() && slots.serialize_into(&mut bytes).is_ok();
            written.then(|| (StoredTerm::from(term), bytes))
        };
        let numbers = |(key, numbers): (&KeyId, &Numbers)| {
            let ordered = numbers.ordered.slices().flatten().copied().collect();
            (*key, numbers.spare as u64, ordered)
        };
        StoredTerms {
            keys: self.keys.clone(),
            terms: self.terms.iter().map(term).collect(),
            numbers: self.numbers.iter().map(numbers).collect(),
        }
    }

    /// The postings of these items; `None` when the parts do not fit together.
    pub(in crate::catalog) fn of_stored(stored: StoredTerms, items: &[Option<Arc<Item>>]) -> Option<Self> {
        let mut postings = Self {
            published: having(items, |item| item.published),
            in_stock: having(items, |item| item.in_stock),
            by_key: stored.keys.iter().cloned().zip(0..).collect(),
            keys: stored.keys,
            ..Self::default()
        };
        let mut of_slot = vec![Vec::new(); items.len()];
        for (id, term) in (0..).zip(stored.terms) {
            let Some((term, bytes)) = term else {
                postings.free.push(id);
                postings.terms.push((Term::Category(Uuid::nil()), RoaringBitmap::new()));
                continue;
            };
            let slots = RoaringBitmap::deserialize_from(&bytes[..]).ok()?;
            for slot in &slots {
                of_slot.get_mut(slot as usize)?.push(id);
            }
            let term = Term::from(term);
            postings.by_term.insert(term.clone(), id);
            postings.terms.push((term, slots));
        }
        postings.of_slot = of_slot.into_iter().map(Vec::into_boxed_slice).collect();
        for (key, spare, ordered) in stored.numbers {
            let numbers = Numbers {
                ordered: Blocks::of_sorted(ordered.into_iter()),
                spare: spare as usize,
            };
            postings.numbers.insert(key, numbers);
        }
        Some(postings)
    }
}

fn having(items: &[Option<Arc<Item>>], what: impl Fn(&Item) -> bool) -> RoaringBitmap {
    let slots = items.iter().zip(0..);
    slots
        .filter(|(item, _)| item.as_ref().is_some_and(|item| what(item)))
        .map(|(_, slot)| slot)
        .collect()
}
