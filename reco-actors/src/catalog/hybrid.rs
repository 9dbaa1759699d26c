//! The shopper's search box: words and meaning in one order.
//!
//! `score = w·bm25f + c·coverage + m·cosine`: BM25F as a share of the highest that any item could
//! have, the share of the words that an item has, and the cosine of the text's embedding with the
//! item's. A convex combination of scores on fixed scales beats rank fusion (Bruch, Gai, Ingber:
//! An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023), and an item's score depends on
//! that item and the question alone, so that positions outlive changes elsewhere. An item named by
//! an identifier comes before all others.

use super::{
    CatalogIndex, Filter, ListPage, Sort, SortField, Window,
    lexical::{Lexical, LexicalHit},
    listing::Asked,
    order::each,
    search::Found,
};
use crate::{ItemId, RecoError};
use fixedbitset::FixedBitSet;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Neighbours in meaning that are looked at.
pub(crate) const NEIGHBOURS: usize = 200;
/// Of neighbours less like the question than this nobody would say that they are meant …
const LEAST_COSINE: f32 = 0.25;
/// … nor of those so much less like it than the best one.
const COSINE_RANGE: f32 = 0.25;
/// Where fewer items than this have all the words, such with fewer of them are shown behind.
const ENOUGH: usize = 20;
/// Items with the words whose meaning is looked at; the best by words where there are more.
const MOST_RESCORED: usize = 20_000;
/// What being named is worth: more than all else together.
const IDENTIFIED: f32 = 10.0;

/// How much each part of a score counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// How well the words match.
    pub words: f32,
    /// How many of them do.
    pub coverage: f32,
    /// How like the meaning is.
    pub meaning: f32,
}

impl Default for Fusion {
    /// Round values from the middle of a wide plateau; see `docs/SEARCH.md`.
    fn default() -> Self {
        Self {
            words: 0.3,
            coverage: 0.3,
            meaning: 1.0,
        }
    }
}

/// Knows how like items are to what is asked for.
pub trait Meaning {
    /// The nearest of these, best first: slot and cosine.
    fn nearest(&self, allow: &FixedBitSet, k: usize) -> Vec<(u32, f32)>;
    /// The cosine of one; `None` without a vector.
    fn cosine(&self, slot: u32) -> Option<f32>;
}

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SearchMode {
    /// Words and meaning.
    #[default]
    Hybrid,
    /// Words alone.
    Words,
    /// Meaning alone.
    Meaning,
}

/// What a shopper looks for.
#[derive(Clone, Debug)]
pub struct SearchQuery {
    /// What they wrote.
    pub text: String,
    /// What is looked at.
    pub mode: SearchMode,
    /// Filters.
    pub filter: Filter,
    /// Criteria in order; relevance when empty.
    pub sort: Vec<Sort>,
    /// Which part.
    pub window: Window,
    /// Whether to compute `total`.
    pub want_total: bool,
    /// Whether to compute `facets`.
    pub want_facets: bool,
    /// How much each part counts.
    pub fusion: Fusion,
}

/// How a search that would find nothing was widened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relaxation {
    /// Misspelled words were taken for what they may mean.
    Spelling,
    /// Items lack some of the words.
    FewerWords,
    /// Items have none of the words and are alike in meaning.
    MeaningOnly,
}

/// What a score is made of; the parts add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SearchScore {
    /// By an identifier that names the item.
    pub identifier: f32,
    /// By words, how well and how many.
    pub words: f32,
    /// By meaning.
    pub meaning: f32,
}

impl SearchScore {
    /// The sum.
    #[must_use]
    pub fn total(&self) -> f32 {
        self.identifier + self.words + self.meaning
    }
}

/// A page of what was found.
#[derive(Clone, Debug)]
pub struct SearchPage {
    /// The items.
    pub page: ListPage,
    /// Their scores, in their order.
    pub scores: Vec<SearchScore>,
    /// The text as it may have been meant, where words were misspelled.
    pub corrected: Option<String>,
    /// How the search was widened, in this order.
    pub relaxed: Vec<Relaxation>,
}

/// Candidates with the parts of their scores.
struct Candidates {
    set: RoaringBitmap,
    parts: HashMap<u32, SearchScore>,
    relaxed: Vec<Relaxation>,
}

impl CatalogIndex {
    /// One page of published items that have the words or mean the same; by words alone where
    /// `meaning` is not known.
    ///
    /// # Errors
    /// `InvalidArgument` when the window's position is one of another order.
    pub fn search(&self, query: &SearchQuery, meaning: Option<&dyn Meaning>) -> Result<SearchPage, RecoError> {
        let (lexical, meaning) = match query.mode {
            SearchMode::Hybrid => (self.keywords.lexical(&query.text), meaning),
            SearchMode::Words => (self.keywords.lexical(&query.text), None),
            SearchMode::Meaning => (Lexical::default(), meaning),
        };
        let Candidates { set, parts, relaxed } = self.candidates(query, &lexical, meaning);
        let mut scores = vec![0.0; self.columns.len()];
        for (slot, part) in &parts {
            scores[*slot as usize] = part.total();
        }
        let found = Found { slots: set, scores };
        let asked = Asked {
            filter: &query.filter,
            sort: &query.sort,
            window: &query.window,
            want_total: query.want_total,
            want_facets: query.want_facets,
        };
        let page = self.page(&asked, Some(&found))?;
        let score = |id: ItemId| self.slots.get(&id).and_then(|slot| parts.get(&slot.0)).copied();
        Ok(SearchPage {
            scores: page
                .entries
                .iter()
                .map(|entry| score(entry.id).unwrap_or_default())
                .collect(),
            page,
            corrected: lexical.corrected,
            relaxed,
        })
    }

    /// The best items by words alone, for whoever has to ask elsewhere what they mean.
    #[must_use]
    pub fn best_by_words(&self, query: &SearchQuery, most: usize) -> Vec<ItemId> {
        let (mut hits, _) = self.by_words(query, &self.keywords.lexical(&query.text));
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.slot.cmp(&b.slot)));
        hits.truncate(most);
        hits.iter().map(|hit| self.columns.ids[hit.slot as usize]).collect()
    }

    fn candidates(&self, query: &SearchQuery, lexical: &Lexical, meaning: Option<&dyn Meaning>) -> Candidates {
        let (hits, mut relaxed) = self.by_words(query, lexical);
        if lexical.corrected.is_some() && !hits.is_empty() {
            relaxed.insert(0, Relaxation::Spelling);
        }
        let is_code = query.text.bytes().any(|byte| byte.is_ascii_digit());
        let is_named = is_code && hits.iter().any(|hit| hit.identified);
        let by_relevance = query.sort.first().is_none_or(|sort| sort.field == SortField::Relevance);
        // Whoever names an item by a number wants that one; and in another order what is merely alike would come first.
        let is_wanted = !is_named && (by_relevance || hits.is_empty());
        let meaning = meaning.filter(|_| is_wanted);
        let neighbours = meaning
            .map(|meaning| self.neighbours(query, meaning))
            .unwrap_or_default();
        if hits.is_empty() && !neighbours.is_empty() && query.mode == SearchMode::Hybrid {
            relaxed = vec![Relaxation::MeaningOnly];
        }
        let mut parts: HashMap<u32, SearchScore> = HashMap::with_capacity(hits.len() + neighbours.len());
        let fusion = query.fusion;
        for hit in &hits {
            let words = fusion.words * hit.score + fusion.coverage * hit.coverage;
            let identifier = if hit.identified { IDENTIFIED } else { 0.0 };
            let part = SearchScore {
                identifier,
                words,
                meaning: 0.0,
            };
            parts.insert(hit.slot, part);
        }
        if let Some(meaning) = meaning {
            for slot in rescored(&hits) {
                if let (Some(cosine), Some(part)) = (meaning.cosine(slot), parts.get_mut(&slot)) {
                    part.meaning = fusion.meaning * cosine;
                }
            }
        }
        for (slot, cosine) in neighbours {
            let part = parts.entry(slot).or_insert_with(|| {
                // It may have some of the words, if not enough of them.
                let at = lexical.hits.binary_search_by_key(&slot, |hit| hit.slot);
                let words = at.map_or(0.0, |at| {
                    fusion.words * lexical.hits[at].score + fusion.coverage * lexical.hits[at].coverage
                });
                SearchScore {
                    words,
                    ..SearchScore::default()
                }
            });
            part.meaning = fusion.meaning * cosine;
        }
        Candidates {
            set: parts.keys().copied().collect(),
            parts,
            relaxed,
        }
    }

    /// Items with all the words; where too few of them may show, also such with fewer and fewer.
    fn by_words(&self, query: &SearchQuery, lexical: &Lexical) -> (Vec<LexicalHit>, Vec<Relaxation>) {
        let having: RoaringBitmap = lexical.hits.iter().map(|hit| hit.slot).collect();
        let shown = self.select().narrow(&query.filter, having & &self.postings.published);
        let hits = || lexical.hits.iter().filter(|hit| shown.contains(hit.slot));
        let mut shares: Vec<f32> = hits().map(LexicalHit::share).collect();
        let enough = shares.len().min(ENOUGH);
        if enough == 0 {
            return (Vec::new(), Vec::new());
        }
        let (_, least, _) = shares.select_nth_unstable_by(enough - 1, |a, b| b.total_cmp(a));
        let least = if hits().any(|hit| hit.identified) { 1.0 } else { *least };
        let is_wanted = |hit: &&LexicalHit| hit.share() >= least;
        let relaxed = if least < 1.0 {
            vec![Relaxation::FewerWords]
        } else {
            Vec::new()
        };
        (lexical.hits.iter().filter(is_wanted).copied().collect(), relaxed)
    }

    /// Items that mean the same, of all and of those that the filter lets through.
    fn neighbours(&self, query: &SearchQuery, meaning: &dyn Meaning) -> Vec<(u32, f32)> {
        let mut near = meaning.nearest(&self.bits(&self.postings.published), NEIGHBOURS);
        if query.filter != Filter::default() {
            let through = self.select().narrow(&query.filter, self.postings.published.clone());
            near.extend(meaning.nearest(&self.bits(&through), NEIGHBOURS));
            near.sort_by_key(|(slot, _)| *slot);
            near.dedup_by_key(|(slot, _)| *slot);
        }
        let best = near.iter().map(|(_, cosine)| *cosine).fold(0.0, f32::max);
        near.retain(|(_, cosine)| *cosine >= LEAST_COSINE.max(best - COSINE_RANGE));
        near
    }

    fn bits(&self, set: &RoaringBitmap) -> FixedBitSet {
        let mut bits = FixedBitSet::with_capacity(self.columns.len());
        each(set, |slot| bits.insert(slot as usize));
        bits
    }
}

/// Whose meaning is looked at: all, or the best by words.
fn rescored(hits: &[LexicalHit]) -> Vec<u32> {
    let mut best: Vec<&LexicalHit> = hits.iter().collect();
    if best.len() > MOST_RESCORED {
        let by_score = |a: &&LexicalHit, b: &&LexicalHit| b.score.total_cmp(&a.score).then(a.slot.cmp(&b.slot));
        best.select_nth_unstable_by(MOST_RESCORED - 1, by_score);
        best.truncate(MOST_RESCORED);
    }
    best.into_iter().map(|hit| hit.slot).collect()
}
