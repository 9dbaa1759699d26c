//! "What goes with this item?", answered on the caller's thread: filter, search, diversity,
//! reasons, and a last look at the live state of every item.

use super::{Shared, config::invalid, fallback, handle::exceeded};
use crate::{
    ItemId, Reason, RecoError, Recommendations, Recommended, ScoreMode, ScorePart, SimilarKind, SimilarQuery, Slot,
    Source, Weights,
    catalog::CatalogIndex,
    index::{Generation, Hit},
    models::{Candidate, diversify},
};
use fixedbitset::FixedBitSet;
use parking_lot::RwLockReadGuard;
use std::time::Instant;

/// Longest list.
pub(super) const MAX_LIMIT: usize = 100;
/// A diverse list of `n` is picked from this many times `n` candidates …
const DIVERSITY_FACTOR: usize = 4;
/// … but at least from this many.
const DIVERSITY_POOL: usize = 60;
/// Found beyond what is wanted, in place of items withdrawn while the search ran.
pub(super) const SPARE: usize = 4;
/// From this share of the score on, the text alone is the reason.
const MOSTLY_TEXT: f32 = 0.8;
/// Below this share of the text, the picture is the reason.
const MOSTLY_IMAGE: f32 = 0.5;

pub(super) fn validate(query: &SimilarQuery) -> Result<(), RecoError> {
    if !(1..=MAX_LIMIT).contains(&query.limit) {
        return Err(invalid("limit", "must lie within 1 and 100"));
    }
    if !(0.0..=1.0).contains(&query.diversity) {
        return Err(invalid("diversity", "must lie within 0 and 1"));
    }
    Ok(())
}

/// Whether a query lets items without free stock through.
pub(super) fn lets_out_of_stock(query: &SimilarQuery) -> bool {
    query.include_out_of_stock || query.filter.in_stock == Some(false)
}

/// An item, and which others may be shown beside it.
pub(super) struct Admitted {
    pub(super) slot: Slot,
    pub(super) allow: FixedBitSet,
}

/// What a search has found.
pub(super) struct Found {
    pub(super) ask: Ask,
    pub(super) hits: Vec<Hit>,
    /// Taken before the search: what it saw is of this generation or a later one.
    pub(super) generation: String,
}

/// Answers a valid query.
pub(super) fn similar(shared: &Shared, query: &SimilarQuery, until: Instant) -> Result<Recommendations, RecoError> {
    let generation = shared.generation();
    let Admitted { slot, allow } = admitted(shared, query, until)?;
    let ask = Ask::new(shared, query);
    let hits = ask.search(&shared.serving.load().reader.load(), slot, &allow);
    answer(shared, query, Found { ask, hits, generation }, until)
}

/// What the catalogue lets through.
pub(super) fn admitted(shared: &Shared, query: &SimilarQuery, until: Instant) -> Result<Admitted, RecoError> {
    let catalog = read(shared, until)?;
    let slot = catalog.slot(query.item).ok_or(RecoError::UnknownItem(query.item))?;
    let mut allow = catalog.allow(&query.filter, lets_out_of_stock(query));
    exclude(&mut allow, slot);
    Ok(Admitted { slot, allow })
}

/// A list of what was found and may still be shown; of popular and new items when that is nothing.
pub(super) fn answer(
    shared: &Shared,
    query: &SimilarQuery,
    found: Found,
    until: Instant,
) -> Result<Recommendations, RecoError> {
    let Found { ask, hits, generation } = found;
    let out_of_stock = lets_out_of_stock(query);
    let catalog = read(shared, until)?;
    let items: Vec<Recommended> = hits
        .into_iter()
        .filter(|hit| catalog.is_recommendable(hit.slot, out_of_stock))
        .filter_map(|hit| Some(ask.recommended(catalog.item(hit.slot)?.id, &hit)))
        .take(query.limit)
        .collect();
    if !items.is_empty() {
        return Ok(Recommendations {
            items,
            source: Source::Vectors,
            generation,
        });
    }
    let mut allow = catalog.allow(&query.filter, out_of_stock);
    if let Some(slot) = catalog.slot(query.item) {
        exclude(&mut allow, slot);
    }
    let path = catalog
        .get(query.item)
        .map(|item| item.categories.as_slice())
        .unwrap_or_default();
    let items = fallback::popular_and_new(&catalog, path, &allow, query.limit);
    Ok(Recommendations {
        items,
        source: Source::Fallback,
        generation,
    })
}

fn read(shared: &Shared, until: Instant) -> Result<RwLockReadGuard<'_, CatalogIndex>, RecoError> {
    shared
        .catalog
        .try_read_until(until)
        .ok_or_else(|| exceeded(shared.config.deadline))
}

fn exclude(allow: &mut FixedBitSet, slot: Slot) {
    let at = slot.0 as usize;
    if at < allow.len() {
        allow.remove(at);
    }
}

/// Weights, mode and size of a search.
pub(super) struct Ask {
    pub(super) weights: Weights,
    pub(super) mode: ScoreMode,
    limit: usize,
    pub(super) diversity: f32,
}

impl Ask {
    pub(super) fn new(shared: &Shared, query: &SimilarQuery) -> Self {
        let defaults = *shared.defaults.read();
        let weights = match query.kind {
            SimilarKind::Text => Weights::TEXT,
            SimilarKind::Image => Weights::IMAGE,
            SimilarKind::Hybrid => query.weights.unwrap_or(defaults.weights),
        };
        let mode = query.mode.unwrap_or(defaults.mode);
        Self {
            weights,
            mode,
            limit: query.limit,
            diversity: query.diversity,
        }
    }

    /// How many are wanted, with some in place of those withdrawn meanwhile.
    pub(super) fn count(&self) -> usize {
        self.limit + SPARE
    }

    /// How many are found to pick these from.
    pub(super) fn pool(&self) -> usize {
        if self.diversity == 0.0 {
            return self.count();
        }
        (self.limit * DIVERSITY_FACTOR).max(DIVERSITY_POOL)
    }

    fn search(&self, index: &Generation, slot: Slot, allow: &FixedBitSet) -> Vec<Hit> {
        let Some(vector) = index.query_of(slot, self.weights, self.mode) else {
            return Vec::new();
        };
        let hits = index.search(&vector, allow, self.pool());
        if self.diversity == 0.0 {
            return hits;
        }
        let candidates: Vec<Candidate> = hits
            .iter()
            .map(|hit| Candidate {
                slot: hit.slot,
                relevance: hit.score,
            })
            .collect();
        let likeness = |a, b| index.similarity(a, b, self.weights, self.mode);
        diversify(&candidates, self.diversity, self.count(), likeness)
            .into_iter()
            .map(|at| hits[at])
            .collect()
    }

    fn recommended(&self, item: ItemId, hit: &Hit) -> Recommended {
        let parts = [
            (ScorePart::Text, self.weights.text(), hit.text),
            (ScorePart::Image, self.weights.image(), hit.image),
        ];
        Recommended {
            item,
            score: hit.score,
            parts: parts
                .iter()
                .filter(|part| part.1 > 0.0)
                .map(|part| (part.0, part.2))
                .collect(),
            image_imputed: hit.image_imputed,
            reason: reason(hit),
            causes: Vec::new(),
        }
    }
}

/// What the score owes most to. An imputed picture speaks for the text it was made from.
fn reason(hit: &Hit) -> Reason {
    let (text, image) = (hit.text.max(0.0), hit.image.max(0.0));
    let sum = text + image;
    if hit.image_imputed || image <= 0.0 {
        return Reason::SimilarDescription;
    }
    match text / sum {
        share if share >= MOSTLY_TEXT => Reason::SimilarDescription,
        share if share < MOSTLY_IMAGE => Reason::LooksAlike,
        _ => Reason::SimilarOverall,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(text: f32, image: f32, image_imputed: bool) -> Hit {
        Hit {
            slot: Slot(0),
            id: ItemId(uuid::Uuid::nil()),
            score: text + image,
            text,
            image,
            image_imputed,
        }
    }

    #[test]
    fn a_reason_names_what_the_score_owes_most_to() {
        assert_eq!(reason(&hit(0.5, 0.2, false)), Reason::SimilarOverall);
        assert_eq!(reason(&hit(0.5, 0.05, false)), Reason::SimilarDescription);
        assert_eq!(reason(&hit(0.1, 0.25, false)), Reason::LooksAlike);
        assert_eq!(reason(&hit(0.0, 0.7, false)), Reason::LooksAlike);
        assert_eq!(reason(&hit(0.7, 0.0, false)), Reason::SimilarDescription);
    }

    #[test]
    fn an_imputed_picture_is_never_said_to_look_alike() {
        assert_eq!(reason(&hit(0.1, 0.3, true)), Reason::SimilarDescription);
    }

    #[test]
    fn a_repelling_text_leaves_the_credit_to_the_picture() {
        assert_eq!(reason(&hit(-0.1, 0.3, false)), Reason::LooksAlike);
    }
}
