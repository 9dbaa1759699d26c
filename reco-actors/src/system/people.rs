//! Lists by what people do: what goes with items, what is for somebody, what is touched lately.

use super::{
    Shared, beside,
    candidates::{Candidates, capped, varied},
    config::invalid,
    fallback,
    handle::{INLINE_VECTORS, RecoHandle, died, exceeded},
    profile::{Headed, Profile, Touched},
    similar::{MAX_LIMIT, SPARE},
};
use crate::{
    ItemId, Reason, RecoError, Recommendations, Recommended, ScoreMode, ScorePart, Slot, Source,
    catalog::{CatalogIndex, contains},
    models::{Behaviour, BlendSettings, Foretold, Next, Owned, Past, PersonId},
    personal::{AlsoQuery, Personal, RepurchaseQuery, TrendKind, TrendingQuery, ViewerQuery},
};
use async_trait::async_trait;
use fixedbitset::FixedBitSet;
use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// A list of `n` is picked from this many times `n` candidates of each kind, and these.
const POOL: usize = 4;
const POOL_SPARE: usize = 40;
/// The same of each taste: there are several.
const TASTE: usize = 2;
const TASTE_SPARE: usize = 20;
/// What is touched lately has a long tail that says nothing: so many beyond the list are looked at.
const TREND_SPARE: usize = 40;
/// From so many items on the mean of all is one of many kinds, and taking it off tells tastes apart: on
/// Amazon Office it finds cold items better and warm ones as well (`next_item --office`).
const CALIBRATED_FROM: usize = 100;
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
        let items = match query.kind {
            TrendKind::Lately => {
                let (mut items, behaviour) = (Vec::new(), self.shared.behaviour.read());
                fill(&mut items, &catalog, &behaviour, &allow, (query.limit, query.at_ms));
                items
            }
            TrendKind::Popular => fallback::popular_and_new(&catalog, &[], &allow, query.limit),
            TrendKind::New => fallback::new(&catalog, &allow, query.limit, query.at_ms),
        };
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

/// What others went on to, by what of the history that goes back to; believed as far as that is.
fn headed_for(catalog: &CatalogIndex, headed: &[Next], trust: impl Fn(ItemId) -> f32) -> Vec<Headed> {
    let all: f32 = headed.iter().map(|next| next.score).sum();
    let known = headed.iter().filter_map(|next| {
        let because: Vec<(Slot, f32)> = next
            .because
            .iter()
            .filter_map(|(cause, adds)| Some((catalog.slot(*cause)?, trust(*cause) * adds)))
            .collect();
        let believed: f32 = because.iter().map(|(_, adds)| adds).sum();
        Some(Headed {
            slot: catalog.slot(next.item).filter(|_| believed > 0.0)?,
            share: believed / all,
            because: because
                .into_iter()
                .map(|(slot, adds)| (slot, adds / believed))
                .collect(),
        })
    });
    known.collect()
}

/// Locks are held for moments alone, so that neither changes nor other readers wait for a search;
/// what was withdrawn meanwhile is found by a last look.
fn for_viewer(shared: &Shared, query: &ViewerQuery) -> Recommendations {
    let generation = shared.generation();
    let index = shared.serving.load().reader.load();
    let defaults = *shared.defaults.read();
    let weights = query.weights.unwrap_or(defaults.weights);
    let items = shared.serving.load().counts.items.load(Relaxed);
    let usual = if items < CALIBRATED_FROM {
        defaults.mode
    } else {
        ScoreMode::Calibrated
    };
    let mode = query.mode.unwrap_or(usual);
    let mut blend = BlendSettings {
        behaviour: query.behaviour.unwrap_or(shared.config.blend.behaviour),
        ..shared.config.blend
    };
    let visits = liked(&query.history);
    let pool = POOL * query.limit + POOL_SPARE;
    let (allow, touched, headed, next, trending) = {
        let catalog = shared.catalog.read();
        let allow = admitted(&catalog, query);
        let touched = query.history.iter().rev();
        let touched = touched.filter_map(|past| Some(Touched::of(catalog.slot(past.item)?, past)));
        let touched: Vec<Touched> = touched.collect();
        let keep = |item| is_allowed(&catalog, &allow, item);
        let behaviour = shared.behaviour.read();
        let Foretold { next, headed, buying } = behaviour.foretold(&visits, query.at_ms, keep, pool);
        // Whoever wants content alone wants no trends either.
        blend.trend *= if blend.behaviour > 0.0 { buying } else { 0.0 };
        let trending = if blend.trend > 0.0 {
            behaviour.trending(query.at_ms, keep, query.limit + TREND_SPARE)
        } else {
            Vec::new()
        };
        let slotted = |(item, count)| Some((catalog.slot(item)?, item, count));
        let trending: Vec<(Slot, ItemId, f32)> = trending.into_iter().filter_map(slotted).collect();
        let headed = headed_for(&catalog, &headed, |item| {
            blend.trust(behaviour.viewed().popularity(item))
        });
        let next = next.into_iter();
        let next: Vec<(Slot, Next)> = next.filter_map(|next| Some((catalog.slot(next.item)?, next))).collect();
        (allow, touched, headed, next, trending)
    };
    let profile = Profile::of(&index, (&touched, headed), weights, mode);
    let mut candidates = Candidates::default();
    for (slot, next) in next {
        candidates.add((slot, next.item), Some(next));
    }
    for hit in profile.nearest(&allow, TASTE * query.limit + TASTE_SPARE) {
        candidates.add((hit.slot, hit.id), None);
    }
    candidates.touched_lately(&trending);
    candidates.suit(&profile);
    candidates.count_visits(&shared.behaviour.read(), &profile, shared.config.blend);
    let ranked = candidates.ranked(blend);
    let likeness = |a, b| index.similarity(a, b, weights, mode);
    // Of many of a kind others are taken instead.
    let wanted = query.max_per_category.map_or(query.limit + SPARE, |_| pool);
    let mut picked = varied(ranked, query.diversity, wanted, likeness);
    let bought = query.history.iter().filter(|past| past.is_bought);
    let bought: HashSet<ItemId> = bought.map(|past| past.item).collect();
    let catalog = shared.catalog.read();
    let allow = admitted(&catalog, query);
    picked.retain(|scored| contains(&allow, scored.slot()));
    if let Some(most) = query.max_per_category {
        picked = capped(picked, most, |scored| beside::kind_of(&catalog, scored.item()));
    }
    let mut items: Vec<Recommended> = picked
        .into_iter()
        .filter_map(|scored| scored.recommended(&catalog, &profile, |item| bought.contains(&item), query.explain))
        .take(query.limit)
        .collect();
    let behaviour = shared.behaviour.read();
    fill(&mut items, &catalog, &behaviour, &allow, (query.limit, query.at_ms));
    list(items, generation)
}

/// Fills a list up with what is touched lately, then with what is popular and new.
fn fill(
    items: &mut Vec<Recommended>,
    catalog: &CatalogIndex,
    behaviour: &Behaviour,
    allow: &FixedBitSet,
    (limit, at_ms): (usize, i64),
) {
    if items.len() >= limit {
        return;
    }
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
        causes: Vec::new(),
    }
}
