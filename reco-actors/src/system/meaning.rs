//! How like items are to a question, where another engine holds the vectors: asked before the
//! search, for the neighbours and for the best items by words.

use super::{Shared, elsewhere::Shown};
use crate::{
    ItemId, RecoError, Weights,
    catalog::{CatalogIndex, Filter, Meaning, NEIGHBOURS, SearchQuery, contains},
    embed::CaptionModel,
    vectors::{Admit, Like, UnitBlocks, VectorIndex, VectorScore, VectorSearch, score},
};
use fixedbitset::FixedBitSet;
use std::{collections::HashMap, time::Duration};

/// Items by words whose vectors are asked for.
const MOST: usize = 300;
/// What the other engine may take.
const PATIENCE: Duration = Duration::from_millis(250);

/// Cosines that were asked for.
pub(super) struct Known(Vec<(ItemId, f32)>);

/// What a question is held against.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// Texts of items.
    Text,
    /// Pictures of items.
    Image,
}

impl Block {
    fn weights(self) -> Weights {
        match self {
            Self::Text => Weights::TEXT,
            Self::Image => Weights::IMAGE,
        }
    }

    fn of(self, score: VectorScore) -> f32 {
        match self {
            Self::Text => score.text,
            Self::Image => score.image,
        }
    }
}

/// Those, by the places of the catalogue.
pub(super) struct Placed {
    /// Best first.
    ranked: Vec<(u32, f32)>,
    by_slot: HashMap<u32, f32>,
}

impl Known {
    /// With likenesses instead of cosines.
    pub(super) fn by(self, model: &CaptionModel) -> Self {
        let likeness = |(id, cosine)| (id, model.likeness(cosine));
        Self(self.0.into_iter().map(likeness).collect())
    }

    pub(super) fn over(self, catalog: &CatalogIndex) -> Placed {
        let placed = self
            .0
            .into_iter()
            .filter_map(|(id, cosine)| Some((catalog.slot(id)?.0, cosine)));
        let by_slot: HashMap<u32, f32> = placed.collect();
        let mut ranked: Vec<(u32, f32)> = by_slot.iter().map(|(slot, cosine)| (*slot, *cosine)).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Placed { ranked, by_slot }
    }
}

impl Meaning for Placed {
    fn nearest(&self, allow: &FixedBitSet, k: usize) -> Vec<(u32, f32)> {
        let near = self
            .ranked
            .iter()
            .filter(|(slot, _)| contains(allow, crate::Slot(*slot)));
        near.take(k).copied().collect()
    }

    fn cosine(&self, slot: u32) -> Option<f32> {
        self.by_slot.get(&slot).copied()
    }
}

/// What is like the question; `None` when that cannot be known soon.
pub(super) async fn known(shared: &Shared, query: &SearchQuery, block: Block, vector: &[f32]) -> Option<Known> {
    let elsewhere = shared.elsewhere.as_ref()?;
    let models = shared.serving.load().models.clone();
    let index = elsewhere.filled(&models)?;
    let asked = async {
        let vector = Some(vector.to_vec());
        let (text, image) = match block {
            Block::Text => (vector, None),
            Block::Image => (None, vector),
        };
        let blocks = UnitBlocks::new(text, image, models.dims())?;
        ask(shared, &*index, query, block, &blocks).await
    };
    let outcome = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(outcome) => outcome,
        Err(_) => Err(RecoError::Deadline(
            u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX),
        )),
    };
    elsewhere.note(outcome.as_ref().map(drop));
    outcome.ok().map(Known)
}

async fn ask(
    shared: &Shared,
    index: &dyn VectorIndex,
    query: &SearchQuery,
    block: Block,
    blocks: &UnitBlocks,
) -> Result<Vec<(ItemId, f32)>, RecoError> {
    let (through, all, by_words) = {
        let catalog = shared.catalog.read();
        let all = catalog.allow(&Filter::default(), true);
        let is_narrow = query.filter != Filter::default();
        let through = is_narrow.then(|| catalog.allow(&query.filter, true));
        (through, all, catalog.best_by_words(query, &shared.guide.load(), MOST))
    };
    let mut known: HashMap<ItemId, f32> = HashMap::new();
    for allow in [Some(all), through].into_iter().flatten() {
        let shown = Shown { shared, allow: &allow };
        let search = VectorSearch {
            like: Like::Blocks(blocks.clone()),
            weights: block.weights(),
            admit: Admit::Where(&shown),
            k: NEIGHBOURS,
        };
        let hits = index.search(search).await?;
        known.extend(hits.into_iter().map(|hit| (hit.id, block.of(hit.score))));
    }
    let rest: Vec<ItemId> = by_words.into_iter().filter(|id| !known.contains_key(id)).collect();
    for (id, other) in index.blocks(&rest).await? {
        known.extend(score(blocks, &other, block.weights()).map(|score| (id, block.of(score))));
    }
    Ok(known.into_iter().collect())
}
