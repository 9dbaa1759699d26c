//! Lists by what people do: what goes with items, what is for somebody, what is touched lately.

use super::{
    Shared, beside,
    config::invalid,
    fallback,
    handle::{INLINE_VECTORS, RecoHandle, died, exceeded},
    profile::{Profile, Suits},
    similar::{MAX_LIMIT, SPARE},
};
use crate::{
    ItemId, Reason, RecoError, Recommendations, Recommended, ScorePart, Slot, Source,
    catalog::{CatalogIndex, contains},
    models::{Behaviour, Blend, BlendSettings, Blended, Candidate, Evidence, Next, Owned, Past, PersonId, diversify},
    personal::{AlsoQuery, Personal, RepurchaseQuery, TrendingQuery, ViewerQuery},
};
use async_trait::async_trait;
use fixedbitset::FixedBitSet;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// A list of `n` is picked from this many times `n` candidates of each kind, and these.
const POOL: usize = 4;
const POOL_SPARE: usize = 40;
/// Less than this is no trend: a single look eight days ago.
const LEAST_TREND: f32 = 0.06;
/// What fills a list up scores below what it is filled up, by this.
const FILLING: f32 = 0.5;

#[async_trait]
impl Personal for RecoHandle {
    async fn also(&self, query: &AlsoQuery) -> Result<Recommendations, RecoError> {
        check(query.limit, 0.0)?;
        let _permit = self.shared.admit(&self.shared.searches)?;
        Ok(beside::also(&self.shared, query))
    }

    async fn repurchase(&self, query: &RepurchaseQuery) -> Result<Recommendations, RecoError> {
        check(query.limit, 0.0)?;
        let _permit = self.shared.admit(&self.shared.searches)?;
        Ok(beside::repurchase(&self.shared, query))
    }

    async fn for_viewer(&self, query: &ViewerQuery) -> Result<Recommendations, RecoError> {
        check(query.limit, query.diversity)?;
        if query.behaviour.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err(invalid("behaviour", "must lie within 0 and 1"));
        }
        let permit = self.shared.admit(&self.shared.searches)?;
        if self.shared.serving.load().counts.items.load(Relaxed) <= INLINE_VECTORS {
            return Ok(for_viewer(&self.shared, query));
        }
        let (shared, query, limit) = (Arc::clone(&self.shared), query.clone(), self.shared.config.deadline);
        let search = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            for_viewer(&shared, &query)
        });
        let answer = tokio::time::timeout(limit, search).await.map_err(|_| exceeded(limit))?;
        answer.map_err(|_| died("search"))
    }

    async fn trending(&self, query: &TrendingQuery) -> Result<Recommendations, RecoError> {
        check(query.limit, 0.0)?;
        let _permit = self.shared.admit(&self.shared.searches)?;
        let generation = self.shared.generation();
        let catalog = self.shared.catalog.read();
        let allow = catalog.allow(
            &query.filter,
            lets_out_of_stock(query.include_out_of_stock, query.filter.in_stock),
        );
        let behaviour = self.shared.behaviour.read();
        let mut items = Vec::new();
        fill(&mut items, &catalog, &behaviour, &allow, (query.limit, query.at_ms));
        Ok(list(items, generation))
    }

    fn history(&self, person: PersonId) -> Option<Vec<Past>> {
        self.shared.behaviour.read().history(person).map(<[Past]>::to_vec)
    }

    fn owned(&self, person: PersonId) -> Option<Vec<Owned>> {
        self.shared.behaviour.read().owned(person).map(<[Owned]>::to_vec)
    }
}

impl RecoHandle {
    /// All that was learned from what people did until now.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        self.shared.behaviour.read().clone()
    }
}

fn check(limit: usize, diversity: f32) -> Result<(), RecoError> {
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(invalid("limit", "must lie within 1 and 100"));
    }
    if !(0.0..=1.0).contains(&diversity) {
        return Err(invalid("diversity", "must lie within 0 and 1"));
    }
    Ok(())
}

pub(super) const fn lets_out_of_stock(is_asked: bool, in_stock: Option<bool>) -> bool {
    is_asked || matches!(in_stock, Some(false))
}

/// What nobody's doing has a part in is told apart.
pub(super) fn list(items: Vec<Recommended>, generation: String) -> Recommendations {
    let by_people = |item: &Recommended| {
        let parts = item.parts.iter().map(|(part, _)| *part);
        parts
            .into_iter()
            .any(|part| !matches!(part, ScorePart::Popularity | ScorePart::Newness))
    };
    Recommendations {
        source: if items.is_empty() || items.iter().any(by_people) {
            Source::Behaviour
        } else {
            Source::Fallback
        },
        items,
        generation,
    }
}

pub(super) fn is_allowed(catalog: &CatalogIndex, allow: &FixedBitSet, item: ItemId) -> bool {
    catalog.slot(item).is_some_and(|slot| contains(allow, slot))
}

/// What somebody touched and did not put down again, latest last.
fn liked(history: &[Past]) -> Vec<Past> {
    history.iter().filter(|past| !past.is_disliked).copied().collect()
}

/// What a viewer's list may hold.
fn admitted(catalog: &CatalogIndex, query: &ViewerQuery) -> FixedBitSet {
    let out_of_stock = lets_out_of_stock(query.include_out_of_stock, query.filter.in_stock);
    let mut allow = catalog.allow(&query.filter, out_of_stock);
    for slot in query.exclude.iter().filter_map(|item| catalog.slot(*item)) {
        if contains(&allow, slot) {
            allow.remove(slot.0 as usize);
        }
    }
    allow
}

/// Locks are held for moments alone, so that neither changes nor other readers wait for a search;
/// what was withdrawn meanwhile is found by a last look.
fn for_viewer(shared: &Shared, query: &ViewerQuery) -> Recommendations {
    let generation = shared.generation();
    let index = shared.serving.load().reader.load();
    let defaults = *shared.defaults.read();
    let (weights, mode) = (
        query.weights.unwrap_or(defaults.weights),
        query.mode.unwrap_or(defaults.mode),
    );
    let blend = BlendSettings {
        behaviour: query.behaviour.unwrap_or(shared.config.blend.behaviour),
        ..shared.config.blend
    };
    let visits = liked(&query.history);
    let pool = POOL * query.limit + POOL_SPARE;
    let (allow, touched, next) = {
        let catalog = shared.catalog.read();
        let allow = admitted(&catalog, query);
        let touched = visits.iter().rev();
        let touched = touched.filter_map(|visit| Some((catalog.slot(visit.item)?, visit.strength)));
        let touched: Vec<(Slot, f32)> = touched.collect();
        let keep = |item| is_allowed(&catalog, &allow, item);
        let next = shared.behaviour.read().next(&visits, query.at_ms, keep, pool);
        let next: Vec<(Slot, Next)> = next
            .into_iter()
            .filter_map(|next| Some((catalog.slot(next.item)?, next)))
            .collect();
        (allow, touched, next)
    };
    let profile = Profile::of(&index, &touched, weights, mode);
    let mut candidates = Candidates::default();
    for (slot, next) in next {
        candidates.add(&profile, (slot, next.item), Some(next));
    }
    for hit in profile.nearest(&allow, pool) {
        candidates.add(&profile, (hit.slot, hit.id), None);
    }
    candidates.count_visits(&shared.behaviour.read(), shared.config.blend);
    let ranked = candidates.ranked(blend);
    let wanted = query.limit + SPARE;
    let picked: Vec<&Scored> = if query.diversity > 0.0 {
        let relevance = |scored: &Scored| Candidate {
            slot: scored.slot,
            relevance: scored.blended.score(),
        };
        let all: Vec<Candidate> = ranked.iter().map(relevance).collect();
        let likeness = |a, b| index.similarity(a, b, weights, mode);
        let picked = diversify(&all, query.diversity, wanted, likeness);
        picked.into_iter().map(|at| &ranked[at]).collect()
    } else {
        ranked.iter().take(wanted).collect()
    };
    let bought = query.history.iter().filter(|past| past.is_bought);
    let bought: HashSet<ItemId> = bought.map(|past| past.item).collect();
    let catalog = shared.catalog.read();
    let allow = admitted(&catalog, query);
    let mut items: Vec<Recommended> = picked
        .into_iter()
        .filter(|scored| contains(&allow, scored.slot))
        .filter_map(|scored| scored.recommended(&catalog, &profile, &bought))
        .take(query.limit)
        .collect();
    let behaviour = shared.behaviour.read();
    fill(&mut items, &catalog, &behaviour, &allow, (query.limit, query.at_ms));
    list(items, generation)
}

/// A candidate and what speaks for it.
struct Scored {
    slot: Slot,
    item: ItemId,
    next: Option<Next>,
    suits: Suits,
    evidence: Evidence,
    blended: Blended,
}

#[derive(Default)]
struct Candidates {
    all: Vec<Scored>,
    known: HashSet<Slot>,
}

impl Candidates {
    fn add(&mut self, profile: &Profile<'_>, (slot, item): (Slot, ItemId), next: Option<Next>) {
        if !self.known.insert(slot) {
            return;
        }
        let suits = profile.suits(slot);
        self.all.push(Scored {
            slot,
            item,
            evidence: Evidence {
                behaviour: next.as_ref().map_or(0.0, |next| next.score),
                visits: 0.0,
                trust: 0.0,
                text: suits.text,
                image: suits.image,
            },
            next,
            suits,
            blended: Blended::default(),
        });
    }

    /// How much is known of each, and of what speaks for it.
    fn count_visits(&mut self, behaviour: &Behaviour, settings: BlendSettings) {
        let visits = |item| behaviour.viewed().popularity(item);
        for scored in &mut self.all {
            scored.evidence.visits = visits(scored.item);
            if let Some(next) = scored.next.as_ref().filter(|next| next.score > 0.0) {
                let trusted = next
                    .because
                    .iter()
                    .map(|(cause, adds)| adds * settings.trust(visits(*cause)));
                scored.evidence.trust = trusted.sum::<f32>() / next.score;
            }
        }
    }

    /// Best first, ties by id.
    fn ranked(mut self, settings: BlendSettings) -> Vec<Scored> {
        let blend = Blend::of(settings, self.all.iter().map(|scored| &scored.evidence));
        for scored in &mut self.all {
            scored.blended = blend.score(&scored.evidence);
        }
        self.all.retain(|scored| scored.blended.score() > 0.0);
        let score = |scored: &Scored| scored.blended.score();
        self.all
            .sort_by(|a, b| score(b).total_cmp(&score(a)).then(a.item.cmp(&b.item)));
        self.all
    }
}

impl Scored {
    fn recommended(
        &self,
        catalog: &CatalogIndex,
        profile: &Profile<'_>,
        bought: &HashSet<ItemId>,
    ) -> Option<Recommended> {
        let Blended { behaviour, text, image } = self.blended;
        let cause = self.cause(catalog, profile)?;
        let reason = match bought.contains(&cause) {
            true => Reason::BecauseBought(cause),
            false => Reason::BecauseViewed(cause),
        };
        let parts = [
            (ScorePart::Viewed, behaviour),
            (ScorePart::Text, text),
            (ScorePart::Image, image),
        ];
        Some(Recommended {
            item: self.item,
            score: self.blended.score(),
            parts: parts.into_iter().filter(|(_, value)| *value != 0.0).collect(),
            image_imputed: self.suits.image_imputed,
            reason,
        })
    }

    /// What of the history adds most to the score.
    fn cause(&self, catalog: &CatalogIndex, profile: &Profile<'_>) -> Option<ItemId> {
        let mut adds: HashMap<ItemId, f32> = HashMap::new();
        if let Some(next) = self.next.as_ref().filter(|next| next.score > 0.0) {
            for (item, part) in &next.because {
                *adds.entry(*item).or_default() += self.blended.behaviour * part / next.score;
            }
        }
        let suits = self.suits.text + self.suits.image;
        if suits > 0.0 {
            let content = (self.blended.text + self.blended.image) / suits;
            for (slot, part) in profile.causes(self.slot) {
                if let Some(item) = catalog.item(slot) {
                    *adds.entry(item.id).or_default() += content * part;
                }
            }
        }
        let most = adds.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        most.map(|(item, _)| item)
    }
}

/// Fills a list up with what is touched lately, then with what is popular and new.
fn fill(
    items: &mut Vec<Recommended>,
    catalog: &CatalogIndex,
    behaviour: &Behaviour,
    allow: &FixedBitSet,
    (limit, at_ms): (usize, i64),
) {
    let mut taken: HashSet<ItemId> = items.iter().map(|item| item.item).collect();
    let below = |items: &[Recommended]| items.last().map_or(1.0, |last| last.score * FILLING);
    let keep = |item: ItemId| !taken.contains(&item) && is_allowed(catalog, allow, item);
    let trending = behaviour.trending(at_ms, keep, limit.saturating_sub(items.len()));
    let scale = trending.first().map_or(1.0, |(_, most)| below(items) / most);
    for (item, count) in trending {
        // What has faded is popular at best.
        if count >= LEAST_TREND {
            taken.insert(item);
            items.push(filling(item, (ScorePart::Trend, count * scale), Reason::Trending));
        }
    }
    if items.len() >= limit {
        return;
    }
    let mut rest = allow.clone();
    for slot in taken.iter().filter_map(|item| catalog.slot(*item)) {
        if contains(&rest, slot) {
            rest.remove(slot.0 as usize);
        }
    }
    let scale = below(items);
    for popular in fallback::popular_and_new(catalog, &[], &rest, limit - items.len()) {
        let parts = popular
            .parts
            .iter()
            .map(|(part, value)| (*part, value * scale))
            .collect();
        items.push(Recommended {
            score: popular.score * scale,
            parts,
            ..popular
        });
    }
}

fn filling(item: ItemId, part: (ScorePart, f32), reason: Reason) -> Recommended {
    Recommended {
        item,
        score: part.1,
        parts: vec![part],
        image_imputed: false,
        reason,
    }
}
