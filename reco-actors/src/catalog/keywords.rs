//! The inverted index of keywords: word → items with the weight the word has in each.
//!
//! Our own rather than a search library's: a change must be seen by the very next read, one
//! item at a time, while segment-based libraries such as tantivy commit in batches. Weights
//! follow BM25F, but field lengths are held against fixed typical ones, so that an item's
//! weights depend on that item alone: nothing is recomputed when others change.

use super::{
    blocks::{Blocks, Posting},
    near::Shape,
    words::{self, Stems, each_word},
};
use crate::{AttributeValue, Item};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

mod stored;

pub(super) use stored::StoredWords;

type WordId = u32;

/// How much a field counts, how much its length matters, and how long it typically is.
struct Field {
    weight: f32,
    norm: f32,
    typical: f32,
}

const NAME: Field = Field {
    weight: 6.0,
    norm: 0.5,
    typical: 8.0,
};
const BRAND: Field = Field {
    weight: 3.0,
    norm: 0.0,
    typical: 1.0,
};
const CATEGORIES: Field = Field {
    weight: 2.0,
    norm: 0.3,
    typical: 4.0,
};
const ATTRIBUTES: Field = Field {
    weight: 1.0,
    norm: 0.5,
    typical: 15.0,
};
const DESCRIPTION: Field = Field {
    weight: 3.0,
    norm: 0.7,
    typical: 60.0,
};

pub(super) struct Word {
    pub(super) text: Arc<str>,
    pub(super) stem: Arc<str>,
    pub(super) items: Blocks,
}

/// Words and identifiers of all items.
#[derive(Default)]
pub(super) struct Keywords {
    words: Vec<Word>,
    /// Of each of these.
    shapes: Vec<Shape>,
    /// Places of words that nobody has any more.
    free: Vec<WordId>,
    by_text: HashMap<Arc<str>, WordId>,
    /// For beginnings; looked up by hash it is several times faster.
    in_order: BTreeMap<Arc<str>, WordId>,
    by_stem: HashMap<Arc<str>, Vec<WordId>>,
    /// Words of each slot, ascending.
    of_slot: Vec<Box<[WordId]>>,
    /// Identifiers, whole and folded.
    identifiers: BTreeMap<Box<str>, Vec<u32>>,
    stems: Stems,
    items: usize,
}

impl Keywords {
    /// Adds the place of an item yet to be set.
    pub(super) fn push(&mut self) {
        self.of_slot.push(Box::default());
    }

    pub(super) fn slots(&self) -> usize {
        self.of_slot.len()
    }

    /// Items with words.
    pub(super) fn items(&self) -> usize {
        self.items
    }

    /// Replaces the words the slot had by those it has now.
    pub(super) fn set(&mut self, slot: u32, before: Option<&Item>, now: Option<&Item>) {
        self.items += usize::from(now.is_some());
        self.items -= usize::from(before.is_some());
        if matches!((before, now), (Some(before), Some(now)) if same_texts(before, now)) {
            return;
        }
        for identifier in before.map(|item| item.identifiers.as_slice()).unwrap_or_default() {
            self.remove_identifier(slot, identifier);
        }
        for identifier in now.map(|item| item.identifiers.as_slice()).unwrap_or_default() {
            self.add_identifier(slot, identifier);
        }
        let weights = now.map(|item| self.weigh(item)).unwrap_or_default();
        for &(word, weight) in &weights {
            self.words[word as usize].items.put(Posting { slot, weight });
        }
        let old = std::mem::take(&mut self.of_slot[slot as usize]);
        for &word in &old {
            if weights.binary_search_by_key(&word, |entry| entry.0).is_err() {
                self.take_away(slot, word);
            }
        }
        self.of_slot[slot as usize] = weights.iter().map(|entry| entry.0).collect();
    }

    /// The item's words with their weights, by word.
    fn weigh(&mut self, item: &Item) -> Vec<(WordId, f32)> {
        let mut weights = Vec::new();
        let mut field = Vec::new();
        let categories = item.categories.iter().map(|category| category.label.as_str());
        self.weigh_field(&NAME, [item.name.as_str()], &mut field, &mut weights);
        self.weigh_field(
            &BRAND,
            item.brand.iter().map(|brand| brand.label.as_str()),
            &mut field,
            &mut weights,
        );
        self.weigh_field(&CATEGORIES, categories, &mut field, &mut weights);
        let attributes: Vec<String> = item.attributes.iter().filter_map(attribute_text).collect();
        self.weigh_field(
            &ATTRIBUTES,
            attributes.iter().map(String::as_str),
            &mut field,
            &mut weights,
        );
        self.weigh_field(&DESCRIPTION, [item.description.as_str()], &mut field, &mut weights);
        // Stable, so that sums come out the same each time.
        weights.sort_by_key(|entry| entry.0);
        weights.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        weights
    }

    fn weigh_field<'t>(
        &mut self,
        rule: &Field,
        texts: impl IntoIterator<Item = &'t str>,
        field: &mut Vec<WordId>,
        weights: &mut Vec<(WordId, f32)>,
    ) {
        field.clear();
        for text in texts {
            each_word(text, |word| field.push(self.intern(word)));
        }
        let length = 1.0 - rule.norm + rule.norm * field.len() as f32 / rule.typical;
        field.sort_unstable();
        for run in field.chunk_by(PartialEq::eq) {
            weights.push((run[0], rule.weight * run.len() as f32 / length));
        }
    }

    fn intern(&mut self, text: &str) -> WordId {
        if let Some(&id) = self.by_text.get(text) {
            return id;
        }
        let shared: Arc<str> = text.into();
        let stem = match self.stems.of(text) {
            stem if stem == text => Arc::clone(&shared),
            stem => stem.into(),
        };
        let word = Word {
            text: Arc::clone(&shared),
            stem: Arc::clone(&stem),
            items: Blocks::default(),
        };
        let id = if let Some(id) = self.free.pop() {
            self.words[id as usize] = word;
            self.shapes[id as usize] = Shape::of(text);
            id
        } else {
            self.words.push(word);
            self.shapes.push(Shape::of(text));
            (self.words.len() - 1) as WordId
        };
        self.in_order.insert(Arc::clone(&shared), id);
        self.by_text.insert(shared, id);
        self.by_stem.entry(stem).or_default().push(id);
        id
    }

    fn take_away(&mut self, slot: u32, id: WordId) {
        let word = &mut self.words[id as usize];
        word.items.remove(slot);
        if !word.items.is_empty() {
            return;
        }
        self.by_text.remove(&word.text);
        self.in_order.remove(&word.text);
        if let Some(siblings) = self.by_stem.get_mut(&word.stem) {
            siblings.retain(|&sibling| sibling != id);
            if siblings.is_empty() {
                self.by_stem.remove(&word.stem);
            }
        }
        self.free.push(id);
    }

    fn add_identifier(&mut self, slot: u32, identifier: &str) {
        let whole = words::fold(identifier.trim());
        if whole.is_empty() {
            return;
        }
        let slots = self.identifiers.entry(whole.into()).or_default();
        if let Err(at) = slots.binary_search(&slot) {
            slots.insert(at, slot);
        }
    }

    fn remove_identifier(&mut self, slot: u32, identifier: &str) {
        let whole = words::fold(identifier.trim());
        let Some(slots) = self.identifiers.get_mut(whole.as_str()) else {
            return;
        };
        slots.retain(|&other| other != slot);
        if slots.is_empty() {
            self.identifiers.remove(whole.as_str());
        }
    }

    /// The word itself, then its kin by stem, then of the words that begin with it so many, the
    /// most frequent ones; each once, kin and beginnings in alphabetical order.
    pub(super) fn alike(&self, text: &str, longer: usize) -> (Option<&Word>, Vec<&Word>, Vec<&Word>) {
        let stem = self.stems.of(text);
        let word = |id: &WordId| &self.words[*id as usize];
        let siblings = self.by_stem.get(&*stem).map(Vec::as_slice).unwrap_or_default();
        let mut kin: Vec<&Word> = siblings.iter().map(word).filter(|word| &*word.text != text).collect();
        kin.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        let most = longer;
        let mut longer: Vec<&Word> = Vec::new();
        if most > 0 {
            let other = |word: &&Word| &*word.text != text && *word.stem != *stem;
            self.each_beginning(text, &mut |word| longer.extend(Some(word).filter(other)));
        }
        if longer.len() > most {
            longer.sort_by_key(|word| std::cmp::Reverse(word.items.len()));
            longer.truncate(most);
            longer.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        }
        (self.by_text.get(text).map(word), kin, longer)
    }

    /// Every word that begins so, in alphabetical order.
    pub(super) fn each_beginning<'a>(&'a self, part: &str, take: &mut impl FnMut(&'a Word)) {
        let words = self.in_order.range::<str, _>(from(part));
        let beginning = words.take_while(|(word, _)| word.starts_with(part));
        beginning.for_each(|(_, id)| take(&self.words[*id as usize]));
    }

    /// All words that somebody has, with their shapes.
    pub(super) fn shaped(&self) -> impl Iterator<Item = (&Word, Shape)> {
        let all = self.words.iter().zip(self.shapes.iter().copied());
        all.filter(|(word, _)| !word.items.is_empty())
    }

    /// Items with exactly this identifier (folded).
    pub(super) fn identified(&self, whole: &str) -> &[u32] {
        self.identifiers.get(whole).map(Vec::as_slice).unwrap_or_default()
    }

    /// Items with an identifier that begins so (folded), by identifier.
    pub(super) fn identified_from<'a>(&'a self, beginning: &'a str) -> impl Iterator<Item = u32> + 'a {
        self.identifiers
            .range::<str, _>(from(beginning))
            .take_while(move |(whole, _)| whole.starts_with(beginning))
            .flat_map(|(_, slots)| slots.iter().copied())
    }
}

/// All texts that are not before this one.
fn from(text: &str) -> (Bound<&str>, Bound<&str>) {
    (Bound::Included(text), Bound::Unbounded)
}

fn same_texts(a: &Item, b: &Item) -> bool {
    a.name == b.name
        && a.identifiers == b.identifiers
        && a.brand == b.brand
        && a.categories == b.categories
        && a.attributes == b.attributes
        && a.description == b.description
}

/// What an attribute can be found by: its text or number, or its name when it is true.
fn attribute_text(attribute: &crate::Attribute) -> Option<String> {
    match &attribute.value {
        AttributeValue::Text(text) => Some(text.clone()),
        AttributeValue::Number(number) => Some(number.to_string()),
        AttributeValue::Bool(truth) => truth.then(|| attribute.label.clone()),
    }
}
