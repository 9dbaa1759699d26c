//! How like items are to the meaning of a text, for the search box.

use super::{Generation, Hit, VectorQuery};
use crate::{ScoreMode, Slot, Weights, catalog::Meaning, embed::CaptionModel};
use fixedbitset::FixedBitSet;
use std::sync::Arc;

/// The embedding of a text, held against one generation.
pub struct TextMeaning {
    generation: Arc<Generation>,
    query: VectorQuery,
}

impl TextMeaning {
    /// `vector` by the text model of the generation; of any length.
    #[must_use]
    pub fn new(generation: Arc<Generation>, vector: &[f32]) -> Self {
        let query = generation.query_from(Some(vector), None, Weights::TEXT, ScoreMode::Raw);
        Self { generation, query }
    }
}

impl Meaning for TextMeaning {
    fn nearest(&self, allow: &FixedBitSet, k: usize) -> Vec<(u32, f32)> {
        let hits = self.generation.search(&self.query, allow, k);
        hits.into_iter().map(|hit| (hit.slot.0, hit.text)).collect()
    }

    fn cosine(&self, slot: u32) -> Option<f32> {
        self.generation.score(&self.query, Slot(slot)).map(|hit| hit.text)
    }
}

/// How far items' pictures show what a text says.
pub struct CaptionMeaning {
    generation: Arc<Generation>,
    query: VectorQuery,
    model: CaptionModel,
}

impl CaptionMeaning {
    /// `vector` by the text side of the generation's image model; of any length.
    #[must_use]
    pub fn new(generation: Arc<Generation>, vector: &[f32], model: CaptionModel) -> Self {
        let query = generation.query_from(None, Some(vector), Weights::IMAGE, ScoreMode::Raw);
        Self {
            generation,
            query,
            model,
        }
    }

    /// Nobody sees a picture that was imputed.
    fn likeness(&self, hit: &Hit) -> Option<f32> {
        (!hit.image_imputed).then(|| self.model.likeness(hit.image))
    }
}

impl Meaning for CaptionMeaning {
    fn nearest(&self, allow: &FixedBitSet, k: usize) -> Vec<(u32, f32)> {
        let hits = self.generation.search(&self.query, allow, k);
        let likeness = |hit: &Hit| Some((hit.slot.0, self.likeness(hit)?));
        hits.iter().filter_map(likeness).collect()
    }

    fn cosine(&self, slot: u32) -> Option<f32> {
        self.likeness(&self.generation.score(&self.query, Slot(slot))?)
    }
}
