//! Answers a text query: every word must match, in whatever field. Scores come in coarse steps
//! of a word's rarity, so that cursors into a listing by relevance outlive changes elsewhere.

use super::{
    blocks::{Blocks, Posting},
    keywords::Keywords,
    words::{self, Chunk},
};
use roaring::RoaringBitmap;

/// How soon more of a word stops to count (BM25's k1).
const SATURATION: f32 = 1.2;
/// Rarity is rounded to steps of this.
const STEP: f32 = 0.25;
/// Kin of a word by stem count this much, …
const KIN: f32 = 0.8;
/// … and words that it begins this much.
const LONGER: f32 = 0.5;
/// The same where the word itself is one.
const BESIDE_EXACT: f32 = 0.2;
/// An item named by its identifier comes before all others, …
const IDENTIFIED: f32 = 1_000.0;
/// … and the beginning of one is as good as a good word.
const IDENTIFIED_FROM: f32 = 10.0;
/// Shorter beginnings of identifiers name nothing.
pub(super) const SHORTEST_IDENTIFIER: usize = 3;

/// Items that match, and how well.
pub(super) struct Found {
    pub(super) slots: RoaringBitmap,
    /// By slot; nought where nothing matches.
    pub(super) scores: Vec<f32>,
}

/// What one word finds.
pub(super) struct Matched {
    pub(super) hits: Vec<Posting>,
    /// The most that a hit could weigh.
    pub(super) ideal: f32,
    /// The word that was meant, if it was misspelled.
    pub(super) meant: Option<String>,
}

impl Keywords {
    /// Items that have every word of `text`, the last of which may be a beginning. A text
    /// without any word finds what it identifies, or nothing.
    pub(super) fn search(&self, text: &str) -> Found {
        let folded = words::fold(text);
        let mut runs: Vec<&str> = folded.split_ascii_whitespace().collect();
        let last = runs.pop();
        runs.retain(|run| !words::is_filler(run) && Some(*run) != last);
        runs.sort_unstable();
        runs.dedup();
        let wanted = runs
            .into_iter()
            .map(|run| (run, false))
            .chain(last.map(|run| (run, true)));
        let mut hits: Option<Vec<Posting>> = None;
        for (run, is_last) in wanted {
            let Some(next) = self.run(run, is_last) else {
                continue;
            };
            hits = Some(match hits {
                None => next,
                Some(hits) => both(&hits, &next),
            });
        }
        let hits = either(
            hits.unwrap_or_default(),
            identified(self.identified(folded.trim()), IDENTIFIED),
        );
        let mut scores = vec![0.0; self.slots()];
        for hit in &hits {
            scores[hit.slot as usize] = hit.weight;
        }
        Found {
            slots: hits.iter().map(|hit| hit.slot).collect(),
            scores,
        }
    }

    /// Items that match one run of letters: as an identifier, as a whole, or by all its parts.
    /// `None` when there is no word in it.
    pub(super) fn run(&self, run: &str, is_last: bool) -> Option<Vec<Posting>> {
        let chunk = Chunk::new(run);
        let mut hits: Option<Vec<Posting>> = None;
        for (at, part) in chunk.parts.iter().enumerate() {
            let is_beginning = is_last && at + 1 == chunk.parts.len();
            let found = self.word(part, all(is_beginning)).hits;
            hits = Some(match hits {
                None => found,
                Some(hits) => both(&hits, &found),
            });
        }
        if let Some(joined) = &chunk.joined {
            hits = Some(either(hits.unwrap_or_default(), self.word(joined, all(is_last)).hits));
        }
        let mut named = identified(self.identified(run), IDENTIFIED);
        if is_last && run.len() >= SHORTEST_IDENTIFIER {
            let mut from: Vec<u32> = self.identified_from(run).collect();
            from.sort_unstable();
            from.dedup();
            named = either(named, identified(&from, IDENTIFIED_FROM));
        }
        if named.is_empty() {
            return hits;
        }
        Some(either(hits.unwrap_or_default(), named))
    }

    /// Items that have a word, or kin of it, or one of so many longer ones; with scores.
    pub(super) fn word(&self, text: &str, longer: usize) -> Matched {
        let (exact, kin, longer) = self.alike(text, longer);
        // Whoever wrote a whole word seldom means a longer one.
        let share = if exact.is_some() { BESIDE_EXACT } else { LONGER };
        let exact = exact.into_iter().map(|word| (&word.items, 1.0));
        let kin = kin.into_iter().map(|word| (&word.items, KIN));
        let longer = longer.into_iter().map(|word| (&word.items, share));
        let lists: Vec<(&Blocks, f32)> = exact.chain(kin).chain(longer).collect();
        self.weighed(&lists)
    }

    /// Items of these lists, scored by how rare they are.
    pub(super) fn weighed(&self, lists: &[(&Blocks, f32)]) -> Matched {
        let mut hits = self.sum(lists);
        let (all, having) = (self.items() as f32, hits.len() as f32);
        let rarity = (1.0 + (all - having + 0.5) / (having + 0.5)).ln();
        let rarity = (rarity / STEP).round().max(1.0) * STEP;
        for hit in &mut hits {
            hit.weight = rarity * hit.weight * (SATURATION + 1.0) / (SATURATION + hit.weight);
        }
        Matched {
            hits,
            ideal: rarity * (SATURATION + 1.0),
            meant: None,
        }
    }

    /// The lists in one, weights added.
    fn sum(&self, lists: &[(&Blocks, f32)]) -> Vec<Posting> {
        let scaled = lists.iter().flat_map(|(list, factor)| {
            let postings = list.slices().flatten();
            postings.map(move |posting| Posting {
                weight: posting.weight * factor,
                ..*posting
            })
        });
        let total: usize = lists.iter().flat_map(|(list, _)| list.slices()).map(<[_]>::len).sum();
        if lists.len() <= 1 {
            let mut all = Vec::with_capacity(total);
            all.extend(scaled);
            return all;
        }
        if total < self.slots() / 8 {
            let mut all: Vec<Posting> = scaled.collect();
            all.sort_by_key(|posting| posting.slot);
            all.dedup_by(|next, kept| {
                let same = next.slot == kept.slot;
                if same {
                    kept.weight += next.weight;
                }
                same
            });
            return all;
        }
        let mut weights = vec![0.0; self.slots()];
        for posting in scaled {
            weights[posting.slot as usize] += posting.weight;
        }
        let by_slot = (0..).zip(weights);
        by_slot
            .filter(|(_, weight)| *weight > 0.0)
            .map(|(slot, weight)| Posting { slot, weight })
            .collect()
    }
}

/// How many longer words are meant: all or none.
fn all(is_beginning: bool) -> usize {
    if is_beginning { usize::MAX } else { 0 }
}

pub(super) fn identified(slots: &[u32], weight: f32) -> Vec<Posting> {
    slots.iter().map(|&slot| Posting { slot, weight }).collect()
}

/// Items in both, scores added.
pub(super) fn both(a: &[Posting], b: &[Posting]) -> Vec<Posting> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut common = Vec::with_capacity(short.len());
    let mut rest = long;
    for hit in short {
        rest = &rest[gallop(rest, hit.slot)..];
        if let Some(other) = rest.first().filter(|other| other.slot == hit.slot) {
            common.push(Posting {
                slot: hit.slot,
                weight: hit.weight + other.weight,
            });
        }
    }
    common
}

/// How many come before `slot`, looked for from the front in growing steps.
fn gallop(list: &[Posting], slot: u32) -> usize {
    let mut step = 1;
    while step < list.len() && list[step].slot < slot {
        step *= 2;
    }
    let (from, to) = (step / 2, list.len().min(step + 1));
    from + list[from..to].partition_point(|posting| posting.slot < slot)
}

/// Items in either, with the better score.
pub(super) fn either(a: Vec<Posting>, b: Vec<Posting>) -> Vec<Posting> {
    if b.is_empty() {
        return a;
    }
    let mut all = a;
    all.extend(b);
    all.sort_by_key(|posting| posting.slot);
    all.dedup_by(|next, kept| {
        let same = next.slot == kept.slot;
        if same {
            kept.weight = kept.weight.max(next.weight);
        }
        same
    });
    all
}
