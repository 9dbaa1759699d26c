//! What keeps the processes of one shop together, in its database: the work of the embedding
//! workers, positions of consumers, events that were given up, the processes themselves,
//! generations of vectors, and the recommender's settings.
//!
//! Knows what is to be done, not how: nothing here embeds, searches or speaks to a broker.

mod dead_letters;
mod failures;
mod figures;
mod generation_rows;
mod generations;
mod nodes;
mod overview;
mod positions;
mod settings;
mod tasks;
#[cfg(test)]
mod tests;

pub use dead_letters::{DeadLetter, DeadLetters};
pub use entities::{embedding_generation::GenerationState, node::NodeRole};
pub use failures::FailedTask;
pub use figures::{
    Alert, BOUNDS_MS, BUCKETS, CacheFigures, FreshnessReport, Histogram, IndexFigures, LaneFigures, NodeFigures,
    OBJECTIVE, WINDOW,
};
pub use generations::{Generation, GenerationModels, Generations, ModelWidth, Progress};
pub use nodes::{Node, NodeReport, Nodes};
pub use overview::Overview;
pub use positions::Positions;
pub use settings::{AdminRecommender, DefaultsPatch, RecommenderSettings, ReembedScope};
pub use tasks::{EmbeddingTasks, Task, TaskCounts, Wanted};

use crate::outbox::Outbox;
use sea_orm::DatabaseConnection;

/// Everything that keeps processes together.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Work of the embedding workers.
    pub tasks: EmbeddingTasks,
    /// Positions of consumers.
    pub positions: Positions,
    /// Events that were given up.
    pub dead_letters: DeadLetters,
    /// The processes.
    pub nodes: Nodes,
    /// Generations of vectors.
    pub generations: Generations,
    outbox: Outbox,
    db: DatabaseConnection,
}

impl Pipeline {
    pub(crate) fn new(db: &DatabaseConnection, outbox: &Outbox) -> Self {
        Self {
            tasks: EmbeddingTasks::new(db.clone()),
            positions: Positions::new(db.clone()),
            dead_letters: DeadLetters::new(db.clone(), outbox.clone()),
            nodes: Nodes::new(db.clone()),
            generations: Generations::new(db.clone(), outbox.clone()),
            outbox: outbox.clone(),
            db: db.clone(),
        }
    }
}
