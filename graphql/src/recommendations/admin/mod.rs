//! The recommender as those who run the shop see and steer it.

mod figures;
mod lists;
mod mutation;
mod nodes;
mod payloads;
mod query;
mod status;
mod watch;

pub use figures::{
    EmbeddingQueue, EmbeddingThroughput, FreshnessAlert, FreshnessBucket, FreshnessStage, FreshnessStageName,
    RecommenderCache, RecommenderFreshness,
};
pub use lists::{DeadLetter, DeadLetterConnection, EmbeddingFailure, EmbeddingFailureConnection};
pub use mutation::{DeadLetterIdsInput, RecommenderDefaultsSetInput, RecommenderMutation, RecommenderReembedInput};
pub use nodes::{RecommenderNode, RecommenderNodeRole};
pub use payloads::{RecommenderCountPayload, RecommenderRebuildPayload, RecommenderSettingsPayload};
pub use query::RecommenderQuery;
pub use status::{
    RecommenderDefaults, RecommenderError, RecommenderModel, RecommenderSettings, RecommenderStatus, VectorGeneration,
    VectorGenerationState,
};
pub(crate) use watch::watch;
