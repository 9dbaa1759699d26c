//! Similar items by an engine for vectors outside this process: the catalogue here says what may
//! show, the other engine what is alike. While it is away, or yet to be filled, lists are popular
//! and new items and say so. Scores are raw: there is no frame where the vectors are.

use super::{
    Shared,
    config::{LoadedModels, invalid},
    handle::{INLINE_VECTORS, RecoHandle, died},
    similar::{self, Admitted, Ask, Found},
};
use crate::{
    ItemId, RecoError, Recommendations, ScoreMode, SimilarQuery, Slot,
    catalog::contains,
    index::Hit,
    models::{Candidate, diversify},
    vectors::{Admission, Admit, Like, UnitBlocks, VectorHit, VectorIndex, VectorSearch, VectorStore, score},
};
use fixedbitset::FixedBitSet;
use parking_lot::{Mutex, RwLock};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Up to so many admitted items are named to the engine, which looks at nothing else then …
const FEW: usize = 5_000;
/// … unless they are more than one in so many: it looks on until enough are admitted.
const FEW_OF: usize = 4;
/// So many failures in a row let the engine rest …
const FAILURES: u32 = 3;
/// … for this long. Lists meanwhile wait for nothing.
const REST: Duration = Duration::from_secs(1);
/// Spreads small numbers over all bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The engine that holds the vectors, and how it has been doing.
pub(crate) struct Elsewhere {
    store: Arc<dyn VectorStore>,
    /// Sets that are filled, and up to which position.
    sets: RwLock<Vec<(LoadedModels, i64)>>,
    trouble: Mutex<Trouble>,
}

#[derive(Default)]
struct Trouble {
    /// In a row.
    failures: u32,
    reason: Option<String>,
    rests_until: Option<Instant>,
}

impl Elsewhere {
    pub(crate) fn new(store: Arc<dyn VectorStore>) -> Self {
        Self {
            store,
            sets: RwLock::default(),
            trouble: Mutex::default(),
        }
    }

    /// How far the vectors of these models are; `None` while they are being brought there.
    fn position(&self, models: &LoadedModels) -> Option<i64> {
        let sets = self.sets.read();
        sets.iter().find(|(of, _)| of == models).map(|(_, position)| *position)
    }

    /// Why lists are popular and new items, if they are.
    pub(crate) fn problem(&self, models: &LoadedModels, mode: ScoreMode) -> Option<String> {
        let has_models = models.text.is_some() || models.image.is_some();
        if mode == ScoreMode::Calibrated {
            return Some("calibrated scores, the default now, need vectors in this process".to_owned());
        }
        let trouble = self.trouble.lock().reason.clone();
        trouble.or_else(|| {
            let is_unfilled = has_models && self.position(models).is_none();
            is_unfilled.then(|| "vectors are being brought to the engine for vectors".to_owned())
        })
    }

    /// The engine for the vectors of these models, if it has them and is not at rest.
    pub(crate) fn filled(&self, models: &LoadedModels) -> Option<Arc<dyn VectorIndex>> {
        let is_there = self.position(models).is_some() && !self.rests();
        is_there.then(|| self.store.index(models))
    }

    fn rests(&self) -> bool {
        self.trouble
            .lock()
            .rests_until
            .is_some_and(|until| Instant::now() < until)
    }

    pub(crate) fn note(&self, outcome: Result<(), &RecoError>) {
        let mut trouble = self.trouble.lock();
        let Err(error) = outcome else {
            *trouble = Trouble::default();
            return;
        };
        // One that was too much to ask says nothing of the next.
        trouble.failures += u32::from(!matches!(error, RecoError::Overloaded));
        trouble.reason = Some(format!("the engine for vectors: {error}"));
        if trouble.failures >= FAILURES {
            trouble.rests_until = Some(Instant::now() + REST);
        }
        tracing::warn!(reco.error = %error, failures = trouble.failures, "similar items without vectors");
    }
}

impl RecoHandle {
    /// Says up to which position the engine outside this process holds the vectors of these models,
    /// for whoever brings them there; `None`: they have to be brought first. Lists that were
    /// computed before are computed anew.
    pub fn vectors_reached(&self, models: &LoadedModels, position: Option<i64>) {
        let Some(elsewhere) = &self.shared.elsewhere else {
            return;
        };
        let mut sets = elsewhere.sets.write();
        sets.retain(|(of, _)| of != models);
        sets.extend(position.map(|position| (models.clone(), position)));
    }

    /// The position of the vectors that another engine holds, 0 while they are being brought
    /// there; `None` where they are held here.
    #[must_use]
    pub fn vectors_position(&self) -> Option<i64> {
        let elsewhere = self.shared.elsewhere.as_ref()?;
        let serving = self.shared.serving.load();
        Some(elsewhere.position(&serving.models).unwrap_or_default())
    }

    /// Tells apart states of one position of the catalogue: vectors elsewhere may come after it.
    pub(crate) fn vectors_tag(&self) -> u64 {
        let position = self.vectors_position().unwrap_or_default();
        position.unsigned_abs().wrapping_mul(SPREAD)
    }
}

/// Answers a valid query.
pub(super) async fn similar(
    shared: &Arc<Shared>,
    query: &SimilarQuery,
    until: Instant,
) -> Result<Recommendations, RecoError> {
    if query.mode == Some(ScoreMode::Calibrated) {
        return Err(invalid("mode", "calibrated scores need vectors in this process"));
    }
    let generation = shared.generation();
    let asked = query.clone();
    let admitted = aside(shared, move |shared| similar::admitted(shared, &asked, until)).await?;
    let ask = Ask::new(shared, query);
    let hits = found(shared, &ask, query.item, admitted, until).await;
    let (found, asked) = (Found { ask, hits, generation }, query.clone());
    aside(shared, move |shared| similar::answer(shared, &asked, found, until)).await
}

/// Work that takes as long as there are items goes off the threads that serve.
async fn aside<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T, RecoError> + Send + 'static,
) -> Result<T, RecoError> {
    if shared.catalog.read().len() <= INLINE_VECTORS {
        return work(shared);
    }
    let shared = Arc::clone(shared);
    let done = tokio::task::spawn_blocking(move || work(&shared)).await;
    done.map_err(|_| died("search"))?
}

/// What is alike; nothing while that cannot be known.
async fn found(shared: &Shared, ask: &Ask, item: ItemId, admitted: Admitted, until: Instant) -> Vec<Hit> {
    let Some(elsewhere) = &shared.elsewhere else {
        return Vec::new();
    };
    let models = shared.serving.load().models.clone();
    let Some(index) = elsewhere.filled(&models).filter(|_| ask.mode == ScoreMode::Raw) else {
        return Vec::new();
    };
    // The other half is for the list of popular and new items.
    let budget = until.saturating_duration_since(Instant::now()) / 2;
    let search = tokio::time::timeout(budget, hits(shared, &*index, ask, item, &admitted.allow));
    let found = search.await.unwrap_or_else(|_| {
        let waited = u64::try_from(budget.as_millis()).unwrap_or(u64::MAX);
        Err(RecoError::Deadline(waited))
    });
    elsewhere.note(found.as_ref().map(drop));
    found.unwrap_or_default()
}

/// Items that the catalogue lets through.
pub(super) struct Shown<'a> {
    pub(super) shared: &'a Shared,
    pub(super) allow: &'a FixedBitSet,
}

impl Admission for Shown<'_> {
    fn admits(&self, id: ItemId) -> bool {
        let slot = self.shared.catalog.read().slot(id);
        slot.is_some_and(|slot| contains(self.allow, slot))
    }

    fn all(&self) -> Vec<ItemId> {
        let catalog = self.shared.catalog.read();
        let item = |at| catalog.item(Slot(u32::try_from(at).ok()?));
        self.allow
            .ones()
            .filter_map(|at| item(at).map(|item| item.id))
            .collect()
    }
}

async fn hits(
    shared: &Shared,
    index: &dyn VectorIndex,
    ask: &Ask,
    item: ItemId,
    allow: &FixedBitSet,
) -> Result<Vec<Hit>, RecoError> {
    let shown = Shown { shared, allow };
    let count = allow.count_ones(..);
    let is_few = count <= FEW && count * FEW_OF <= shared.catalog.read().len();
    let few = is_few.then(|| shown.all());
    let search = VectorSearch {
        like: Like::Item(item),
        weights: ask.weights,
        admit: few.as_deref().map_or(Admit::Where(&shown), Admit::Only),
        k: ask.pool(),
    };
    let mut found = index.search(search).await?;
    if ask.diversity > 0.0 {
        found = diverse(index, ask, found).await?;
    }
    let catalog = shared.catalog.read();
    let hit = |found: VectorHit| {
        Some(Hit {
            slot: catalog.slot(found.id)?,
            id: found.id,
            score: found.score.total,
            text: found.score.text,
            image: found.score.image,
            image_imputed: false,
        })
    };
    Ok(found.into_iter().filter_map(hit).collect())
}

async fn diverse(index: &dyn VectorIndex, ask: &Ask, found: Vec<VectorHit>) -> Result<Vec<VectorHit>, RecoError> {
    let ids: Vec<ItemId> = found.iter().map(|hit| hit.id).collect();
    let blocks: HashMap<ItemId, UnitBlocks> = index.blocks(&ids).await?.into_iter().collect();
    // Places in the list stand for slots: nothing here looks into the catalogue.
    let candidate = |(at, hit): (usize, &VectorHit)| Candidate {
        slot: Slot(at as u32),
        relevance: hit.score.total,
    };
    let candidates: Vec<Candidate> = found.iter().enumerate().map(candidate).collect();
    let likeness = |a: Slot, b: Slot| {
        let of = |slot: Slot| blocks.get(&found[slot.0 as usize].id);
        let both = of(a).zip(of(b));
        both.and_then(|(a, b)| score(a, b, ask.weights))
            .map_or(0.0, |score| score.total)
    };
    let picked = diversify(&candidates, ask.diversity, ask.count(), likeness);
    Ok(picked.into_iter().map(|at| found[at]).collect())
}
