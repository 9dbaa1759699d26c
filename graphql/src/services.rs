//! What the schema needs from the rest of the program. The composition root builds one
//! [`Services`]; nothing in this crate knows how its parts are made.

use crate::{cursor::CursorCodec, live::ChangeFeed, search::Prints};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use reco_actors::{
    Arranging, Personal, RecoError, Recommendations, Recommender,
    catalog::{Filter, ListPage, ListQuery, SearchQuery, Suggestions},
    system::{Defaults, SearchAnswer},
};
use shop::{Shop, ShopError, error::ProblemCode};
use std::sync::Arc;
use uuid::Uuid;

/// The catalogue index: public listings, filters, facets, searches.
#[async_trait]
pub trait Listing: Send + Sync {
    /// One page of published products.
    ///
    /// # Errors
    /// `InvalidArgument` when the question cannot be meant, `Unavailable` while it starts.
    fn list(&self, query: &ListQuery) -> Result<ListPage, RecoError>;

    /// One page of published products that have the words or mean the same.
    ///
    /// # Errors
    /// `InvalidArgument` when the question cannot be meant, `Overloaded`, `Unavailable`.
    async fn search(&self, query: SearchQuery) -> Result<SearchAnswer, RecoError>;

    /// What a text may be the beginning of: so many texts and products at most.
    fn suggest(&self, text: &str, texts: usize, items: usize) -> Suggestions;

    /// Published products that look like an encoded picture.
    ///
    /// # Errors
    /// `BadInput` for a picture that cannot be read, `Overloaded`, `Deadline`, `Unavailable`.
    async fn looks_like(&self, picture: Bytes, filter: &Filter, limit: usize) -> Result<Recommendations, RecoError>;

    /// Published products in the subtree of each category, in the given order.
    fn category_counts(&self, ids: &[Uuid]) -> Vec<u64>;

    /// Published products of each brand, in the given order.
    fn brand_counts(&self, ids: &[Uuid]) -> Vec<u64>;
}

/// How the engine of this process is doing.
pub trait StatusProvider: Send + Sync {
    /// A snapshot of its state.
    fn status(&self) -> EngineState;
}

/// A loaded model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelState {
    /// Id of the manifest entry.
    pub id: String,
    /// Width of its vectors.
    pub dim: usize,
}

/// A snapshot of an engine's state. Plain data, so that any engine can give it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineState {
    /// Whether vector searches are answered.
    pub ready: bool,
    /// What is wrong, if anything, fit for an administrator.
    pub problem: Option<String>,
    /// Names the state of the index.
    pub generation: String,
    /// `EXACT` or `HNSW`.
    pub engine: String,
    /// Text model of the vectors that answer.
    pub text_model: Option<ModelState>,
    /// Image model of the vectors that answer.
    pub image_model: Option<ModelState>,
    /// Products in the catalogue index.
    pub items: u64,
    /// Products with a text vector.
    pub text_vectors: u64,
    /// Products with an image vector of their own.
    pub image_vectors: u64,
    /// Products whose image vector is imputed from their text.
    pub imputed_images: u64,
    /// Products added or replaced since the main generation was built.
    pub delta: u64,
    /// Products of the main generation that were deleted or replaced since.
    pub tombstones: u64,
    /// Bytes of vectors, their copies and the graph.
    pub bytes: u64,
    /// Embedding jobs waiting or running.
    pub pending: u64,
    /// Position of the last applied change.
    pub position: i64,
    /// When the last change was applied.
    pub updated_at: Option<DateTime<Utc>>,
    /// What a score gets that does not say.
    pub defaults: Defaults,
}

/// Limits of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Highest cost; list sizes multiply.
    pub cost: usize,
    /// Deepest nesting.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cost: 20_000,
            depth: 15,
        }
    }
}

/// Switches and limits of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether the schema can be read by introspection.
    pub introspection: bool,
    /// Limits of an operation.
    pub limits: Limits,
    /// Whether cookies go over TLS alone; false only where the shop is reached by plain HTTP
    /// on this machine.
    pub secure_cookies: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            introspection: true,
            limits: Limits::default(),
            secure_cookies: true,
        }
    }
}

/// Everything a resolver can reach.
#[derive(Clone)]
pub struct Services {
    /// The domain.
    pub shop: Shop,
    /// Recommendations, cached.
    pub recommender: Arc<dyn Recommender>,
    /// Lists by what people do.
    pub personal: Arc<dyn Personal>,
    /// Lists as staff want them.
    pub arranging: Arc<dyn Arranging>,
    /// The catalogue index.
    pub listing: Arc<dyn Listing>,
    /// How the engine of this process is doing.
    pub status: Arc<dyn StatusProvider>,
    /// What changes, for subscriptions.
    pub changes: Arc<dyn ChangeFeed>,
    /// Signs page positions; made of the shop's secret.
    pub cursors: CursorCodec,
    /// Address below which pictures are served, without a slash at its end, such as `/media`.
    pub media_base: Arc<str>,
    /// Prints of pictures, for those that are held up.
    pub prints: Prints,
    /// How clients reach the shop, without a slash at its end; empty: links are relative.
    pub public_url: Arc<str>,
    /// Switches and limits.
    pub settings: Settings,
}

impl Services {
    /// What a search was for, by the id that it was given.
    pub(crate) fn searched(&self, id: &str) -> Result<String, ShopError> {
        let query = self.cursors.searched(id);
        query.map_err(|_| ShopError::problem("searchId", ProblemCode::Invalid, "no search here has it"))
    }
}
