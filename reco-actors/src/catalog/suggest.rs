//! What a shopper may be about to write, at every keystroke: words that go on as the last one
//! begins, and products that have them.

use super::{
    CatalogIndex,
    blocks::Posting,
    keywords::{Keywords, Word},
    search::both,
    words,
};
use crate::ItemId;
use std::{cmp::Reverse, collections::HashMap};

/// Words that a beginning is taken for.
const COMPLETIONS: usize = 8;
/// How much popularity counts beside words: of two that match alike the popular one is meant.
const POPULARITY: f32 = 0.3;

/// What may be meant by the beginning of a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// The question gone on with, most items first.
    pub texts: Vec<String>,
    /// Published items that have the words, best first.
    pub items: Vec<ItemId>,
}

impl Keywords {
    /// Words that begin so, most items first; of words of one stem the most frequent. Where there
    /// are none, those that may be meant by a misspelled one.
    fn completions(&self, part: &str) -> Vec<&Word> {
        let mut found = self.beginning(part);
        if found.is_empty() {
            found = self.near(part).into_iter().map(|near| near.word).collect();
        }
        found.sort_by_key(|word| (Reverse(word.items.len()), word.text.clone()));
        let mut kept: Vec<&Word> = Vec::new();
        for word in found {
            if kept.len() < COMPLETIONS && !kept.iter().any(|other| other.stem == word.stem) {
                kept.push(word);
            }
        }
        kept
    }
}

impl CatalogIndex {
    /// What a text may be the beginning of.
    #[must_use]
    pub fn suggest(&self, text: &str, texts: usize, items: usize) -> Suggestions {
        let folded = words::fold(text);
        let mut runs: Vec<&str> = folded.split_ascii_whitespace().collect();
        let Some(last) = runs.pop() else {
            return Suggestions::default();
        };
        runs.retain(|run| !words::is_filler(run));
        let completions = self.keywords.completions(last);
        let before: Option<Vec<Posting>> = runs
            .iter()
            .filter_map(|run| self.keywords.run(run, false))
            .reduce(|hits, next| both(&hits, &next));
        let mut weights: HashMap<u32, f32> = HashMap::new();
        let mut continued = Vec::new();
        for word in completions {
            let postings: Vec<Posting> = word.items.slices().flatten().copied().collect();
            let hits = match &before {
                Some(before) => both(before, &postings),
                None => postings,
            };
            let mut shown = 0;
            for hit in hits.iter().filter(|hit| self.postings.published.contains(hit.slot)) {
                let weight = weights.entry(hit.slot).or_default();
                *weight = weight.max(hit.weight);
                shown += 1;
            }
            if shown > 0 {
                let said = runs.iter().copied().chain([&*word.text]);
                continued.push((shown, said.collect::<Vec<_>>().join(" ")));
            }
        }
        continued.sort_by_key(|(shown, _)| Reverse(*shown));
        for &slot in self.keywords.identified(folded.trim()) {
            weights.insert(slot, f32::MAX);
        }
        Suggestions {
            texts: continued.into_iter().map(|(_, text)| text).take(texts).collect(),
            items: self.best(weights, items),
        }
    }

    fn best(&self, weights: HashMap<u32, f32>, most: usize) -> Vec<ItemId> {
        let popularity = |slot: u32| self.columns.popularity[slot as usize] as f32;
        let score = |(slot, weight): (u32, f32)| (weight + POPULARITY * popularity(slot).max(0.0).ln_1p(), slot);
        let mut ranked: Vec<(f32, u32)> = weights.into_iter().map(score).collect();
        let id = |slot: u32| self.columns.ids[slot as usize];
        let compare = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then_with(|| id(a.1).cmp(&id(b.1)));
        if ranked.len() > most && most > 0 {
            ranked.select_nth_unstable_by(most - 1, compare);
        }
        ranked.truncate(most);
        ranked.sort_unstable_by(compare);
        ranked.into_iter().map(|(_, slot)| id(slot)).collect()
    }
}
