//! The shopper's search box: words and meaning in one order.
//!
//! `score = w·bm25f + c·coverage + m·cosine + l·looks`: BM25F as a share of the highest that any item
//! could have, the share of the words that an item has, the cosine of the text's embedding with the
//! item's, and, where the image model has a text side, how far the item's picture shows what the
//! text says. A convex combination of scores on fixed scales beats rank fusion (Bruch, Gai, Ingber:
//! An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023), and an item's score depends on
//! that item and the question alone, so that positions outlive changes elsewhere. An item named by
//! an identifier comes before all others.

use super::{
    CatalogIndex, Filter, ListPage, RuleAction, SearchGuide, SearchRule, Sort, SortField, Window,
    lexical::{Lexical, LexicalHit},
    listing::Asked,
    order::each,
    ranking::Ranking,
};
use crate::{ItemId, RecoError};
use chrono::{DateTime, Utc};
use fixedbitset::FixedBitSet;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

/// Neighbours in meaning that are looked at.
pub(crate) const NEIGHBOURS: usize = 200;
/// Of neighbours less like the question than this nobody would say that they are meant …
const LEAST_COSINE: f32 = 0.25;
/// … nor of those so much less like it than the best one.
const COSINE_RANGE: f32 = 0.25;
/// Where fewer items than this have all the words, such with fewer of them are shown behind.
const ENOUGH: usize = 20;
/// Items with the words whose meaning is looked at; the best by words where there are more.
const MOST_RESCORED: usize = 5_000;
/// Pictures that show less of what is asked for do not find their items.
const LEAST_LOOKS: f32 = 0.6;
/// What coming first is worth: more than that; the second loses one of it.
const PINNED: f32 = 1_000.0;

/// How much of what was asked for an item must have.
#[derive(Clone, Copy, Debug)]
struct Least {
    /// All the words, or where too few such items may show, fewer and fewer.
    share: f32,
    /// Some that may show are named by an identifier: those alone are wanted.
    is_named: bool,
}

/// How much each part of a score counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// How well the words match.
    pub words: f32,
    /// How many of them do.
    pub coverage: f32,
    /// How like the meaning is.
    pub meaning: f32,
    /// How far the picture shows it.
    pub looks: f32,
}

impl Default for Fusion {
    /// Round values from the middle of a wide plateau; see `docs/SEARCH.md`.
    fn default() -> Self {
        Self {
            words: 0.3,
            coverage: 0.3,
            meaning: 1.0,
            looks: 0.3,
        }
    }
}

/// Knows how like items are to what is asked for.
pub trait Meaning: Sync {
    /// The nearest of these, best first: slot and cosine.
    fn nearest(&self, allow: &FixedBitSet, k: usize) -> Vec<(u32, f32)>;
    /// The cosine of one; `None` without a vector.
    fn cosine(&self, slot: u32) -> Option<f32>;
}

/// What is known of a question beside its words.
#[derive(Clone, Copy, Default)]
pub struct Senses<'a> {
    /// How like items' texts are to it, by cosine.
    pub meaning: Option<&'a dyn Meaning>,
    /// How far items' pictures show it, 0 to 1.
    pub looks: Option<&'a dyn Meaning>,
}

impl<'a> Senses<'a> {
    /// Meaning alone.
    pub fn meaning(meaning: &'a dyn Meaning) -> Self {
        Self {
            meaning: Some(meaning),
            looks: None,
        }
    }
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
    /// When it is asked: rules have their times.
    pub at: DateTime<Utc>,
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
    /// By the picture.
    pub looks: f32,
    /// By rules of the staff; below nought where they want it lower.
    pub rules: f32,
}

impl SearchScore {
    /// The sum.
    #[must_use]
    pub fn total(&self) -> f32 {
        self.identifier + self.words + self.meaning + self.looks + self.rules
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

impl CatalogIndex {
    /// One page of published items that have the words, mean the same or show it; by words alone where
    /// nothing else is known of the question.
    ///
    /// # Errors
    /// `InvalidArgument` when the window's position is one of another order.
    pub fn search(
        &self,
        query: &SearchQuery,
        guide: &SearchGuide,
        senses: Senses<'_>,
    ) -> Result<SearchPage, RecoError> {
        let words = || match query.mode {
            SearchMode::Hybrid | SearchMode::Words => self.keywords.lexical(&query.text, guide),
            SearchMode::Meaning => Lexical::default(),
        };
        let senses = match query.mode {
            SearchMode::Hybrid | SearchMode::Meaning => senses,
            SearchMode::Words => Senses::default(),
        };
        // What names an item, or is wanted in another order, may need no neighbours.
        let is_wanted = is_by_relevance(query) && !is_code(query);
        let near = || is_wanted.then(|| self.alike(query, senses));
        let (lexical, alike) = self.beside(words, near);
        let mut ranking = self.ranked(query, guide.fusion, &lexical, (senses, alike));
        let said = std::iter::once(query.text.as_str()).chain(lexical.corrected.as_deref());
        let rules = guide.rules_for(said, query.at);
        self.follow_rules(&rules, is_by_relevance(query), &mut ranking);
        let asked = Asked {
            filter: &query.filter,
            sort: &query.sort,
            window: &query.window,
            want_total: query.want_total,
            want_facets: query.want_facets,
        };
        let page = self.page(&asked, Some(&ranking.found))?;
        let slots = page.entries.iter().filter_map(|entry| self.slots.get(&entry.id));
        let scores = slots.map(|slot| ranking.parts(slot.0)).collect();
        let relaxed = ranking.relaxed;
        Ok(SearchPage {
            page,
            scores,
            corrected: lexical.corrected,
            relaxed,
        })
    }

    /// The best items by words alone, for whoever has to ask elsewhere what they mean.
    #[must_use]
    pub fn best_by_words(&self, query: &SearchQuery, guide: &SearchGuide, most: usize) -> Vec<ItemId> {
        let lexical = self.keywords.lexical(&query.text, guide);
        let Some(least) = self.least(query, &lexical) else {
            return Vec::new();
        };
        let mut best = lexical.best(least.share, most);
        best.sort_unstable();
        best.iter().map(|(_, slot)| self.columns.ids[*slot as usize]).collect()
    }

    fn ranked<'l>(
        &self,
        query: &SearchQuery,
        fusion: Fusion,
        lexical: &'l Lexical,
        (senses, alike): (Senses<'_>, Option<Vec<u32>>),
    ) -> Ranking<'l> {
        let least = self.least(query, lexical);
        let mut ranking = Ranking::new(lexical, least.map(|least| least.share), fusion, self.columns.len());
        let is_named = is_code(query) && least.is_some_and(|least| least.is_named);
        // Whoever names an item by a number wants that one; and in another order what is merely alike would come first.
        if is_named || !(is_by_relevance(query) || least.is_none()) {
            return ranking;
        }
        let mut alike = alike.unwrap_or_else(|| self.alike(query, senses));
        if least.is_none() && !alike.is_empty() && query.mode == SearchMode::Hybrid {
            ranking.relaxed = vec![Relaxation::MeaningOnly];
        }
        let rescored = least.map(|least| lexical.best(least.share, MOST_RESCORED));
        alike.extend(rescored.into_iter().flatten().map(|(_, slot)| slot));
        alike.sort_unstable();
        alike.dedup();
        for slot in alike {
            ranking.find(slot);
            if let Some(cosine) = senses.meaning.and_then(|meaning| meaning.cosine(slot)) {
                ranking.mean(slot, cosine);
            }
            if let Some(likeness) = senses.looks.and_then(|looks| looks.cosine(slot)) {
                ranking.look(slot, likeness);
            }
        }
        ranking
    }

    /// Items that mean the same or show it.
    fn alike(&self, query: &SearchQuery, senses: Senses<'_>) -> Vec<u32> {
        let meant = senses.meaning.map(|meaning| self.meant(query, meaning));
        let mut alike = meant.unwrap_or_default();
        alike.extend(senses.looks.into_iter().flat_map(|looks| self.shown(query, looks)));
        alike
    }

    /// Does with what was found as staff want it. In another order than relevance nothing comes first.
    fn follow_rules(&self, rules: &[&SearchRule], by_relevance: bool, ranking: &mut Ranking<'_>) {
        let mut pinned = 0.0;
        for rule in rules {
            match rule.action {
                RuleAction::Pin if by_relevance => {
                    for slot in rule.items.iter().filter_map(|id| self.slots.get(id)) {
                        ranking.pin(slot.0, PINNED - pinned);
                        pinned += 1.0;
                    }
                }
                RuleAction::Boost(strength) => ranking.shift(&self.targets(rule), strength),
                RuleAction::Bury(strength) => ranking.shift(&self.targets(rule), -strength),
                RuleAction::Pin | RuleAction::Hide => {}
            }
        }
        // Whatever else is said of an item: hidden is hidden.
        for rule in rules.iter().filter(|rule| rule.action == RuleAction::Hide) {
            ranking.found.slots -= self.targets(rule);
        }
    }

    /// Whom a rule is about.
    fn targets(&self, rule: &SearchRule) -> RoaringBitmap {
        self.having(&rule.items, &rule.categories, &rule.brands)
    }

    /// How much of the words an item must have. `None` when nothing that may show has any.
    fn least(&self, query: &SearchQuery, lexical: &Lexical) -> Option<Least> {
        let published = &self.postings.published;
        let narrowed;
        let shown = match query.filter == Filter::default() {
            true => published,
            false => {
                let having = lexical.hits.iter().map(|hit| hit.slot);
                let having = RoaringBitmap::from_sorted_iter(having).unwrap_or_default();
                narrowed = self.select().narrow(&query.filter, having & published);
                &narrowed
            }
        };
        let shows = |hit: &&LexicalHit| shown.contains(hit.slot);
        if lexical.hits.iter().filter(|hit| hit.identified).any(|hit| shows(&hit)) {
            return Some(Least {
                share: 1.0,
                is_named: true,
            });
        }
        let (mut count, mut least) = (0, None);
        for share in lexical.shares() {
            let having = lexical.hits.iter().filter(|hit| hit.share() == share);
            let having = having.filter(shows).take(ENOUGH - count).count();
            count += having;
            least = if having > 0 { Some(share) } else { least };
            if count >= ENOUGH {
                break;
            }
        }
        least.map(|share| Least { share, is_named: false })
    }

    /// Items that mean the same.
    fn meant(&self, query: &SearchQuery, meaning: &dyn Meaning) -> Vec<u32> {
        let near = self.neighbours(query, meaning);
        let best = near.iter().map(|(_, cosine)| *cosine).fold(0.0, f32::max);
        let least = LEAST_COSINE.max(best - COSINE_RANGE);
        let meant = near.into_iter().filter(|(_, cosine)| *cosine >= least);
        meant.map(|(slot, _)| slot).collect()
    }

    /// Items whose pictures show what is asked for.
    fn shown(&self, query: &SearchQuery, looks: &dyn Meaning) -> Vec<u32> {
        let near = self.neighbours(query, looks).into_iter();
        let shown = near.filter(|(_, likeness)| *likeness >= LEAST_LOOKS);
        shown.map(|(slot, _)| slot).collect()
    }

    /// The nearest of all items and of those that the filter lets through.
    fn neighbours(&self, query: &SearchQuery, meaning: &dyn Meaning) -> Vec<(u32, f32)> {
        let mut near = meaning.nearest(&self.bits(&self.postings.published), NEIGHBOURS);
        if query.filter != Filter::default() {
            let through = self.select().narrow(&query.filter, self.postings.published.clone());
            near.extend(meaning.nearest(&self.bits(&through), NEIGHBOURS));
            near.sort_by_key(|(slot, _)| *slot);
            near.dedup_by_key(|(slot, _)| *slot);
        }
        near
    }

    fn bits(&self, set: &RoaringBitmap) -> FixedBitSet {
        let mut bits = FixedBitSet::with_capacity(self.columns.len());
        each(set, |slot| bits.insert(slot as usize));
        bits
    }
}

fn is_code(query: &SearchQuery) -> bool {
    query.text.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_by_relevance(query: &SearchQuery) -> bool {
    query.sort.first().is_none_or(|sort| sort.field == SortField::Relevance)
}
