//! What a shopper may be about to write, at every keystroke: words that go on as the last one
//! begins, and products that have them.

use super::{
    CatalogIndex, SearchGuide,
    blocks::{Blocks, Posting},
    guide::key,
    keywords::{Keywords, Word},
    search::both,
    words,
};
use crate::ItemId;
use std::cmp::Reverse;

/// Words that a beginning is taken for.
const COMPLETIONS: usize = 8;
/// Words that begin so and are looked at: the most frequent ones.
const LOOKED_AT: usize = 64;
/// Items of one completion that are weighed, where nothing else was asked for: a keystroke must not
/// wait for the whole of a large catalogue.
const MOST_WEIGHED: usize = 20_000;
/// A list so many times as long as another is looked into, not gone through.
const FEW: usize = 16;
/// How much popularity counts beside words: of two that match alike the popular one is meant.
const POPULARITY: f32 = 0.3;

/// What may be meant by the beginning of a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// Earlier questions that begin so, most frequent first; then the question gone on with, most
    /// items first.
    pub texts: Vec<String>,
    /// Published items that have the words, best first.
    pub items: Vec<ItemId>,
}

impl Keywords {
    /// Words that begin so, most items first; of words of one stem the most frequent. Where there
    /// are none, those that may be meant by a misspelled one.
    fn completions(&self, part: &str) -> Vec<&Word> {
        let mut found: Vec<(Reverse<usize>, &Word)> = Vec::new();
        let mut take = |word| found.push((Reverse(word_items(word)), word));
        self.each_beginning(part, &mut take);
        if found.is_empty() {
            let near = self.near(part).into_iter();
            found.extend(near.map(|near| (Reverse(word_items(near.word)), near.word)));
        }
        let order = |a: &(Reverse<usize>, &Word), b: &(Reverse<usize>, &Word)| {
            a.0.cmp(&b.0).then_with(|| a.1.text.cmp(&b.1.text))
        };
        // Of thousands of words a few are wanted; a stem has seldom more forms than this.
        if found.len() > LOOKED_AT {
            found.select_nth_unstable_by(LOOKED_AT - 1, order);
            found.truncate(LOOKED_AT);
        }
        found.sort_unstable_by(order);
        let mut kept: Vec<&Word> = Vec::new();
        for (_, word) in found {
            if kept.len() < COMPLETIONS && !kept.iter().any(|other| other.stem == word.stem) {
                kept.push(word);
            }
        }
        kept
    }
}

fn word_items(word: &Word) -> usize {
    word.items.len()
}

impl CatalogIndex {
    /// What a text may be the beginning of.
    #[must_use]
    pub fn suggest(&self, text: &str, texts: usize, items: usize, guide: &SearchGuide) -> Suggestions {
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
        let mut weights: Vec<(u32, f32)> = Vec::new();
        let mut continued = Vec::new();
        for word in completions {
            let hits: Vec<Posting> = match &before {
                Some(before) => among(before, &word.items),
                None => word.items.slices().flatten().take(MOST_WEIGHED).copied().collect(),
            };
            let mut shown = 0;
            for hit in hits.iter().filter(|hit| self.postings.published.contains(hit.slot)) {
                weights.push((hit.slot, hit.weight));
                shown += 1;
            }
            // A word of most of the catalogue is not counted to its end.
            if before.is_none() && hits.len() == MOST_WEIGHED {
                shown = word.items.len();
            }
            if shown > 0 {
                let said = runs.iter().copied().chain([&*word.text]);
                continued.push((shown, said.collect::<Vec<_>>().join(" ")));
            }
        }
        continued.sort_by_key(|(shown, _)| Reverse(*shown));
        for &slot in self.keywords.identified(folded.trim()) {
            weights.push((slot, f32::MAX));
        }
        let mut said: Vec<String> = guide.popular(text, texts).into_iter().map(str::to_owned).collect();
        for (_, text) in continued {
            if !said.iter().any(|known| key(known) == text) {
                said.push(text);
            }
        }
        said.truncate(texts);
        Suggestions {
            texts: said,
            items: self.best(weights, items),
        }
    }

    /// The items of most worth, each once, by its greatest weight.
    fn best(&self, weights: Vec<(u32, f32)>, most: usize) -> Vec<ItemId> {
        let popularity = |slot: u32| self.columns.popularity[slot as usize] as f32;
        let score = |(slot, weight): (u32, f32)| (weight + POPULARITY * popularity(slot).max(0.0).ln_1p(), slot);
        let mut ranked: Vec<(f32, u32)> = weights.into_iter().map(score).collect();
        let id = |slot: u32| self.columns.ids[slot as usize];
        let compare = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then_with(|| id(a.1).cmp(&id(b.1)));
        // An item has at most one of each completion.
        let enough = most * (COMPLETIONS + 1);
        if ranked.len() > enough && most > 0 {
            ranked.select_nth_unstable_by(enough - 1, compare);
            ranked.truncate(enough);
        }
        ranked.sort_unstable_by(compare);
        let mut best: Vec<u32> = Vec::with_capacity(most);
        for (_, slot) in ranked {
            if best.len() < most && !best.contains(&slot) {
                best.push(slot);
            }
        }
        best.into_iter().map(id).collect()
    }
}

/// Those of these items that have a word too, weights added.
fn among(items: &[Posting], word: &Blocks) -> Vec<Posting> {
    if items.len() * FEW < word.len() {
        let both = items.iter().filter_map(|item| {
            let weight = item.weight + word.get(item.slot)?.weight;
            Some(Posting { weight, ..*item })
        });
        return both.collect();
    }
    let all: Vec<Posting> = word.slices().flatten().copied().collect();
    both(items, &all)
}
