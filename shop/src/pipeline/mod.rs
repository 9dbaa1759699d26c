//! What keeps the processes of one shop together, in its database: the work of the embedding
//! workers, positions of consumers, events that were given up, the processes themselves,
//! generations of vectors, and the recommender's settings.
//!
//! Knows what is to be done, not how: nothing here embeds, searches or speaks to a broker.

mod dead_letters;
mod generations;
mod nodes;
mod positions;
mod settings;
mod tasks;
#[cfg(test)]
mod tests;

pub use dead_letters::{DeadLetter, DeadLetters};
pub use entities::{embedding_generation::GenerationState, node::NodeRole};
pub use generations::{Generation, GenerationModels, Generations, ModelWidth, Progress};
pub use nodes::{Node, NodeReport, Nodes};
pub use positions::Positions;
pub use settings::{AdminRecommender, RecommenderSettings};
pub use tasks::{EmbeddingTasks, FailedTask, Task, TaskCounts, Wanted};

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
            db: db.clone(),
        }
    }
}
