//! The recommender and search engine: embeddings, vector index, catalogue index, actors.
//!
//! Knows nothing of databases, GraphQL or HTTP. Callers hand it plain [`Item`]s and
//! vectors and get ids with scores back. No actix type crosses this public API.

pub mod arranging;
pub mod cache;
pub mod catalog;
pub mod embed;
pub mod error;
pub mod eval;
pub mod experiment;
pub mod index;
pub mod item;
pub mod models;
pub mod personal;
pub mod recommender;
pub mod snapshot;
pub mod system;
pub mod vectors;

mod actors;

pub use arranging::{Arranging, ListRule, Shown};
pub use error::RecoError;
pub use item::{Attribute, AttributeValue, Item, ItemId, PriceRange, Slot, Term};
pub use personal::{AlsoKind, AlsoQuery, Personal, RepurchaseQuery, TrendKind, TrendingQuery, ViewerQuery};
pub use recommender::{
    Reason, Recommendations, Recommended, Recommender, ScoreMode, ScorePart, SimilarKind, SimilarQuery, Source, Weights,
};
