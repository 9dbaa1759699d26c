//! The engine behind this crate's own traits.

use crate::services::{EngineState, Listing, ModelState, StatusProvider};
use async_trait::async_trait;
use bytes::Bytes;
use reco_actors::{
    RecoError, Recommendations,
    catalog::{Filter, ListPage, ListQuery, SearchQuery, Suggestions},
    embed::ModelInfo,
    system::{EngineStatus, RecoHandle, SearchAnswer},
};
use uuid::Uuid;

#[async_trait]
impl Listing for RecoHandle {
    fn list(&self, query: &ListQuery) -> Result<ListPage, RecoError> {
        Self::list(self, query)
    }

    async fn search(&self, query: SearchQuery) -> Result<SearchAnswer, RecoError> {
        Self::search(self, query).await
    }

    fn suggest(&self, text: &str, texts: usize, items: usize) -> Suggestions {
        Self::suggest(self, text, texts, items)
    }

    async fn looks_like(&self, picture: Bytes, filter: &Filter, limit: usize) -> Result<Recommendations, RecoError> {
        Self::looks_like(self, picture, filter, limit).await
    }

    fn category_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        Self::category_counts(self, ids)
    }

    fn brand_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        Self::brand_counts(self, ids)
    }
}

impl StatusProvider for RecoHandle {
    fn status(&self) -> EngineState {
        EngineState {
            defaults: self.defaults(),
            ..EngineState::from(Self::status(self))
        }
    }
}

impl From<EngineStatus> for EngineState {
    fn from(status: EngineStatus) -> Self {
        Self {
            ready: status.ready,
            problem: (!status.degraded.is_empty()).then(|| status.degraded.join("; ")),
            generation: status.generation,
            engine: format!("{:?}", status.index.engine).to_uppercase(),
            // Of the vectors that answer; the encoders of this process may be none, or others.
            text_model: status.index_models.text.map(ModelState::from),
            image_model: status.index_models.image.map(ModelState::from),
            items: status.items as u64,
            text_vectors: status.text_vectors as u64,
            image_vectors: status.image_vectors as u64,
            imputed_images: status.index.imputed as u64,
            delta: status.index.delta as u64,
            tombstones: status.index.tombstones as u64,
            bytes: status.index.bytes as u64,
            pending: (status.text.queued + status.image.queued) as u64,
            position: status.position,
            updated_at: status.applied_at,
            ..Self::default()
        }
    }
}

impl From<ModelInfo> for ModelState {
    fn from(model: ModelInfo) -> Self {
        Self {
            id: model.id,
            dim: model.dim,
        }
    }
}
