//! How a change reaches the recommender: outbox → relay → projector → engine, and content
//! that has no vector yet → embedder → stored vector → outbox again.
//!
//! One task follows the outbox in order, so the engine's state is always that of one
//! position. Everything is at least once and idempotent: a product is read whole from the
//! database each time, an older version never overwrites a newer one, and vectors are
//! keyed by the hash of what they were made from.

mod embedding;
mod follow;
mod item;
mod load;
mod picture;

pub use embedding::{EmbedOutcome, Embedder};
pub use follow::{Follower, Progress};
pub use item::item_of;
pub use load::load_engine;
