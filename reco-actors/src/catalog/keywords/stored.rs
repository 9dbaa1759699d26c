//! Words in a snapshot: texts, and all postings in two long columns.

use super::{Blocks, Keywords, Posting, Word, WordId};
use crate::catalog::near;
use crate::snapshot::{In, Kind, Out, SnapshotError, damaged};
use serde::{Deserialize, Serialize};
use std::{io, sync::Arc};

/// The words at one moment.
pub(in crate::catalog) struct StoredWords {
    shape: Shape,
    slots: Vec<u32>,
    weights: Vec<f32>,
}

type StoredWord = (Arc<str>, Option<Arc<str>>, u32);

#[derive(Serialize, Deserialize)]
struct Shape {
    /// Text, stem where it differs, and how many items; none for a place that is free.
    words: Vec<Option<StoredWord>>,
    identifiers: Vec<(Box<str>, Vec<u32>)>,
    slots: u32,
    items: u64,
}

impl Keywords {
    /// Takes down the present state.
    pub(in crate::catalog) fn stored(&self) -> StoredWords {
        let (mut slots, mut weights) = (Vec::new(), Vec::new());
        let word = |word: &Word| {
            let before = slots.len();
            for posting in word.items.slices().flatten() {
                slots.push(posting.slot);
                weights.push(posting.weight);
            }
            let stem = (word.stem != word.text).then(|| Arc::clone(&word.stem));
            let count = (slots.len() - before) as u32;
            (count > 0).then(|| (Arc::clone(&word.text), stem, count))
        };
        let words = self.words.iter().map(word).collect();
        let identifiers = self.identifiers.iter();
        StoredWords {
            shape: Shape {
                words,
                identifiers: identifiers
                    .map(|(whole, slots)| (whole.clone(), slots.clone()))
                    .collect(),
                slots: self.of_slot.len() as u32,
                items: self.items as u64,
            },
            slots,
            weights,
        }
    }

    /// Reads what [`StoredWords::write`] wrote.
    ///
    /// # Errors
    /// `Damaged` when anything is not as written, `Io`.
    pub(in crate::catalog) fn read(file: &In) -> Result<Self, SnapshotError> {
        let shape: Shape = file.value(Kind::Words)?;
        let slots: Vec<u32> = file.numbers(Kind::WordSlots)?;
        let weights: Vec<f32> = file.numbers(Kind::WordWeights)?;
        let wanted: usize = shape.words.iter().flatten().map(|word| word.2 as usize).sum();
        if wanted != slots.len() || wanted != weights.len() || slots.iter().any(|slot| *slot >= shape.slots) {
            return Err(damaged("words"));
        }
        let mut keywords = Self {
            of_slot: words_of_slots(&shape, &slots),
            identifiers: shape.identifiers.into_iter().collect(),
            items: shape.items as usize,
            ..Self::default()
        };
        let mut at = 0;
        for (id, word) in (0..).zip(shape.words) {
            let Some((text, stem, count)) = word else {
                keywords.words.push(Word {
                    text: "".into(),
                    stem: "".into(),
                    items: Blocks::default(),
                });
                keywords.free.push(id);
                continue;
            };
            let range = at..at + count as usize;
            at = range.end;
            let postings = slots[range.clone()].iter().zip(&weights[range]);
            let postings = postings.map(|(&slot, &weight)| Posting { slot, weight });
            keywords.place(id, text, stem, Blocks::of_sorted(postings));
        }
        keywords.shapes = keywords.words.iter().map(|word| near::Shape::of(&word.text)).collect();
        keywords.in_order = keywords
            .by_text
            .iter()
            .map(|(text, id)| (Arc::clone(text), *id))
            .collect();
        Ok(keywords)
    }

    fn place(&mut self, id: WordId, text: Arc<str>, stem: Option<Arc<str>>, items: Blocks) {
        let stem = stem.unwrap_or_else(|| Arc::clone(&text));
        self.by_text.insert(Arc::clone(&text), id);
        self.by_stem.entry(Arc::clone(&stem)).or_default().push(id);
        self.words.push(Word { text, stem, items });
    }
}

/// Turns "items of each word" round: words of each slot, ascending.
fn words_of_slots(shape: &Shape, slots: &[u32]) -> Vec<Box<[WordId]>> {
    let mut counts = vec![0_u32; shape.slots as usize];
    for &slot in slots {
        counts[slot as usize] += 1;
    }
    let mut of_slot: Vec<Vec<WordId>> = counts.iter().map(|count| Vec::with_capacity(*count as usize)).collect();
    let mut rest = slots;
    for (id, word) in (0..).zip(&shape.words) {
        let count = word.as_ref().map_or(0, |word| word.2 as usize);
        let (own, after) = rest.split_at(count);
        own.iter().for_each(|slot| of_slot[*slot as usize].push(id));
        rest = after;
    }
    of_slot.into_iter().map(Vec::into_boxed_slice).collect()
}

impl StoredWords {
    pub(in crate::catalog) fn write(self, out: &mut Out) -> io::Result<()> {
        out.value(Kind::Words, &self.shape)?;
        out.section(Kind::WordSlots, &self.slots)?;
        out.section(Kind::WordWeights, &self.weights)
    }
}
