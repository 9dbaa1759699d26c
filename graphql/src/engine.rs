//! The engine behind this crate's own traits.

use crate::services::{Listing, ModelState, RecommenderState, StatusProvider};
use async_trait::async_trait;
use reco_actors::{
    RecoError,
    catalog::{ListPage, ListQuery},
    embed::ModelInfo,
    system::{EngineStatus, RecoHandle},
};
use shop::Shop;
use uuid::Uuid;

impl Listing for RecoHandle {
    fn list(&self, query: &ListQuery) -> Result<ListPage, RecoError> {
        Self::list(self, query)
    }

    fn category_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        Self::category_counts(self, ids)
    }

    fn brand_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        Self::brand_counts(self, ids)
    }
}

/// Tells how the engine is doing, and how far it is behind the shop.
#[derive(Clone)]
pub struct EngineMonitor {
    /// The engine.
    pub engine: RecoHandle,
    /// The shop whose changes it follows.
    pub shop: Shop,
}

#[async_trait]
impl StatusProvider for EngineMonitor {
    async fn status(&self) -> RecommenderState {
        let mut state = RecommenderState::from(self.engine.status());
        // The models that answer; the encoders of this process may be none, or those of what is built.
        let models = self.engine.index_models();
        state.text_model = models.text.map(ModelState::from);
        state.image_model = models.image.map(ModelState::from);
        match self.shop.outbox().lag().await {
            Ok(lag) => state.lag = lag,
            Err(error) => tracing::error!(%error, "the outbox cannot be read"),
        }
        state
    }
}

impl From<EngineStatus> for RecommenderState {
    fn from(status: EngineStatus) -> Self {
        Self {
            ready: status.ready,
            problem: (!status.degraded.is_empty()).then(|| status.degraded.join("; ")),
            generation: status.generation,
            engine: format!("{:?}", status.index.engine).to_uppercase(),
            text_model: status.models.text.map(ModelState::from),
            image_model: status.models.image.map(ModelState::from),
            items: status.items as u64,
            text_vectors: status.text_vectors as u64,
            image_vectors: status.image_vectors as u64,
            pending: (status.text.queued + status.image.queued) as u64,
            lag: 0,
            updated_at: status.applied_at,
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
