//! The recommender's state as staff see it.

use crate::{scalars::DateTime, services};
use async_graphql::SimpleObject;

/// A model that is loaded.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommenderModel {
    /// Id of the manifest entry, precision included.
    pub id: String,
    /// Width of its vectors.
    pub dimension: u64,
}

/// How the recommender is doing.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommenderStatus {
    /// Whether vector searches are answered.
    pub is_ready: bool,
    /// What is wrong, if anything.
    pub problem: Option<String>,
    /// Names the state of the index.
    pub generation: String,
    /// Which engine searches the vectors.
    pub engine: String,
    /// The text model; null when the shop runs without one.
    pub text_model: Option<RecommenderModel>,
    /// The image model; null when the shop runs without one.
    pub image_model: Option<RecommenderModel>,
    /// Products in the catalogue index.
    pub items: u64,
    /// Products with a text vector.
    pub text_vectors: u64,
    /// Products with an image vector of their own.
    pub image_vectors: u64,
    /// Embedding jobs waiting or running.
    pub pending: u64,
    /// Changes committed but not yet applied.
    pub lag: u64,
    /// When the last change was applied.
    pub updated_at: Option<DateTime>,
}

impl From<services::ModelState> for RecommenderModel {
    fn from(model: services::ModelState) -> Self {
        Self {
            id: model.id,
            dimension: model.dim as u64,
        }
    }
}

impl From<services::RecommenderState> for RecommenderStatus {
    fn from(state: services::RecommenderState) -> Self {
        Self {
            is_ready: state.ready,
            problem: state.problem,
            generation: state.generation,
            engine: state.engine,
            text_model: state.text_model.map(Into::into),
            image_model: state.image_model.map(Into::into),
            items: state.items,
            text_vectors: state.text_vectors,
            image_vectors: state.image_vectors,
            pending: state.pending,
            lag: state.lag,
            updated_at: state.updated_at.map(DateTime),
        }
    }
}
