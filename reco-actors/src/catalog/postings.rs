//! Which items have what: a bitmap of slots per category, brand and attribute value, and the
//! way back from a slot to its terms, so that a change costs what it changes and a facet is
//! counted in one pass over the items.

use super::{blocks::Blocks, columns::ordered_float};
use crate::{Attribute, AttributeValue, Item};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

mod stored;

pub(super) use stored::StoredTerms;

/// Dense number of a term; given again when nothing has the term any more.
pub(super) type TermId = u32;
/// Dense number of an attribute key.
pub(super) type KeyId = u32;

/// The type of an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Kind {
    Text,
    Number,
    Bool,
}

/// Something an item can have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Term {
    /// It lies in this category or below.
    Category(Uuid),
    /// It is of this brand.
    Brand(Uuid),
    /// An attribute has this text, folded.
    Text(KeyId, Arc<str>),
    /// An attribute has this truth.
    Bool(KeyId, bool),
    /// It has the attribute, with a value of this type.
    Has(KeyId, Kind),
}

impl Term {
    /// The attribute that it is about.
    pub(super) fn key(&self) -> Option<KeyId> {
        match self {
            Self::Text(key, _) | Self::Bool(key, _) | Self::Has(key, _) => Some(*key),
            Self::Category(_) | Self::Brand(_) => None,
        }
    }
}

/// The numbers of one attribute.
#[derive(Default)]
pub(super) struct Numbers {
    /// Values in their order, each with the slot that has it.
    pub(super) ordered: Blocks<(u64, u32)>,
    /// How many values stand beside another of their item.
    pub(super) spare: usize,
}

/// All sets of slots.
#[derive(Default)]
pub(super) struct Postings {
    pub(super) published: RoaringBitmap,
    pub(super) in_stock: RoaringBitmap,
    terms: Vec<(Term, RoaringBitmap)>,
    by_term: HashMap<Term, TermId>,
    /// Numbers that terms nobody has any more left behind.
    free: Vec<TermId>,
    /// Terms of each slot, ascending.
    of_slot: Vec<Box<[TermId]>>,
    keys: Vec<Arc<str>>,
    by_key: HashMap<Arc<str>, KeyId>,
    numbers: HashMap<KeyId, Numbers>,
}

/// Texts of attributes are equal when they are equal in lower case.
pub(super) fn fold(text: &str) -> Arc<str> {
    text.to_lowercase().into()
}

impl Postings {
    /// Adds the place of an item yet to be set.
    pub(super) fn push(&mut self) {
        self.of_slot.push(Box::default());
    }

    /// Replaces what the slot had by what it has now.
    pub(super) fn set(&mut self, slot: u32, before: Option<&Item>, now: Option<&Item>) {
        put(&mut self.published, slot, now.is_some_and(|item| item.published));
        put(&mut self.in_stock, slot, now.is_some_and(|item| item.in_stock));
        let same =
            |a: &Item, b: &Item| a.categories == b.categories && a.brand == b.brand && a.attributes == b.attributes;
        if matches!((before, now), (Some(before), Some(now)) if same(before, now)) {
            return;
        }
        if let Some(before) = before {
            self.remove_numbers(slot, &before.attributes);
        }
        let mut terms = now.map(|item| self.terms_of(item)).unwrap_or_default();
        terms.sort_unstable();
        terms.dedup();
        let old = std::mem::take(&mut self.of_slot[slot as usize]);
        for &term in &terms {
            self.terms[term as usize].1.insert(slot);
        }
        for &term in old.iter().filter(|term| terms.binary_search(term).is_err()) {
            self.take_away(slot, term);
        }
        self.of_slot[slot as usize] = terms.into_boxed_slice();
        if let Some(now) = now {
            self.add_numbers(slot, &now.attributes);
        }
    }

    fn terms_of(&mut self, item: &Item) -> Vec<TermId> {
        let mut terms = Vec::with_capacity(item.categories.len() + 1 + 2 * item.attributes.len());
        for category in &item.categories {
            terms.push(self.intern(Term::Category(category.id)));
        }
        if let Some(brand) = &item.brand {
            terms.push(self.intern(Term::Brand(brand.id)));
        }
        for attribute in &item.attributes {
            let key = self.intern_key(&attribute.key);
            let kind = match &attribute.value {
                AttributeValue::Text(text) => {
                    terms.push(self.intern(Term::Text(key, fold(text))));
                    Kind::Text
                }
                AttributeValue::Bool(truth) => {
                    terms.push(self.intern(Term::Bool(key, *truth)));
                    Kind::Bool
                }
                AttributeValue::Number(number) if number.is_finite() => Kind::Number,
                AttributeValue::Number(_) => continue,
            };
            terms.push(self.intern(Term::Has(key, kind)));
        }
        terms
    }

    fn intern(&mut self, term: Term) -> TermId {
        if let Some(&id) = self.by_term.get(&term) {
            return id;
        }
        let id = if let Some(id) = self.free.pop() {
            self.terms[id as usize].0 = term.clone();
            id
        } else {
            self.terms.push((term.clone(), RoaringBitmap::new()));
            (self.terms.len() - 1) as TermId
        };
        self.by_term.insert(term, id);
        id
    }

    fn intern_key(&mut self, key: &str) -> KeyId {
        if let Some(&id) = self.by_key.get(key) {
            return id;
        }
        let (id, key): (KeyId, Arc<str>) = (self.keys.len() as KeyId, key.into());
        self.keys.push(Arc::clone(&key));
        self.by_key.insert(key, id);
        id
    }

    fn take_away(&mut self, slot: u32, id: TermId) {
        let (term, slots) = &mut self.terms[id as usize];
        slots.remove(slot);
        if slots.is_empty() {
            self.by_term.remove(term);
            self.free.push(id);
        }
    }

    fn add_numbers(&mut self, slot: u32, attributes: &[Attribute]) {
        let found = self.numbers_of(attributes);
        for (at, &(key, number)) in found.iter().enumerate() {
            let numbers = self.numbers.entry(key).or_default();
            numbers.ordered.put((number, slot));
            numbers.spare += usize::from(at > 0 && found[at - 1].0 == key);
        }
    }

    fn remove_numbers(&mut self, slot: u32, attributes: &[Attribute]) {
        let found = self.numbers_of(attributes);
        for (at, &(key, number)) in found.iter().enumerate() {
            let Some(numbers) = self.numbers.get_mut(&key) else {
                continue;
            };
            numbers.ordered.remove((number, slot));
            numbers.spare -= usize::from(at > 0 && found[at - 1].0 == key);
            if numbers.ordered.is_empty() {
                self.numbers.remove(&key);
            }
        }
    }

    /// An item's numbers by key, each once. All keys are interned already.
    fn numbers_of(&self, attributes: &[Attribute]) -> Vec<(KeyId, u64)> {
        let number = |attribute: &Attribute| match attribute.value {
            AttributeValue::Number(number) if number.is_finite() => {
                Some((*self.by_key.get(attribute.key.as_str())?, ordered_float(number + 0.0)))
            }
            _ => None,
        };
        let mut found: Vec<_> = attributes.iter().filter_map(number).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Who has the term.
    pub(super) fn of(&self, term: &Term) -> Option<&RoaringBitmap> {
        let id = *self.by_term.get(term)?;
        Some(&self.terms[id as usize].1)
    }

    pub(super) fn key_id(&self, key: &str) -> Option<KeyId> {
        self.by_key.get(key).copied()
    }

    pub(super) fn key(&self, id: KeyId) -> &str {
        &self.keys[id as usize]
    }

    pub(super) fn numbers(&self, key: KeyId) -> Option<&Numbers> {
        self.numbers.get(&key)
    }

    /// How many of the slots have each term, by the term's number.
    pub(super) fn count<'s>(&self, slots: impl Iterator<Item = &'s u32>) -> Vec<u32> {
        let mut counts = vec![0; self.terms.len()];
        for slot in slots {
            for &term in &self.of_slot[*slot as usize] {
                counts[term as usize] += 1;
            }
        }
        counts
    }

    /// Every term by its number, and who has it.
    pub(super) fn terms(&self) -> impl Iterator<Item = (TermId, (&Term, &RoaringBitmap))> {
        (0..).zip(self.terms.iter().map(|(term, slots)| (term, slots)))
    }

    /// The term of this number and who has it.
    pub(super) fn term(&self, id: TermId) -> (&Term, &RoaringBitmap) {
        let (term, slots) = &self.terms[id as usize];
        (term, slots)
    }

    /// The number of a term somebody has.
    pub(super) fn id(&self, term: &Term) -> Option<TermId> {
        self.by_term.get(term).copied()
    }
}

fn put(set: &mut RoaringBitmap, slot: u32, is_in: bool) {
    if is_in {
        set.insert(slot);
    } else {
        set.remove(slot);
    }
}
