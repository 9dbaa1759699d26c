//! How recommendations are made unless a query says otherwise.

use super::ConfigError;
use serde::{Deserialize, Serialize};

/// The recommender.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecommenderConfig {
    /// Share of the text block, 0…1; the image block gets the rest.
    pub text_weight: f32,
    /// `raw` or `calibrated` (mean-centred per modality).
    pub mode: Mode,
    /// `auto`, `exact` or `hnsw`.
    pub engine: Engine,
    /// Encoder threads of each kind, 1…64.
    pub workers: usize,
    /// Recommendation requests in flight before more are refused.
    pub max_in_flight: usize,
    /// Milliseconds a recommendation may take.
    pub deadline_ms: u64,
    /// Save the index below the data directory, so that a start need not read the whole shop.
    pub snapshots: bool,
}

/// Score scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Cosine of the stored vectors.
    Raw,
    /// Mean-centred cosine.
    Calibrated,
}

/// Search engine of the vector index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Exact below the measured crossover, HNSW above.
    Auto,
    /// Always exact.
    Exact,
    /// Always HNSW.
    Hnsw,
}

impl Default for RecommenderConfig {
    fn default() -> Self {
        Self {
            text_weight: 0.7,
            mode: Mode::Raw,
            engine: Engine::Auto,
            workers: 1,
            max_in_flight: 256,
            deadline_ms: 1_000,
            snapshots: true,
        }
    }
}

impl RecommenderConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if !(0.0..=1.0).contains(&self.text_weight) {
            return Err(ConfigError::refused(
                "recommender.text_weight",
                "must be within 0 and 1",
            ));
        }
        if !(1..=64).contains(&self.workers) {
            return Err(ConfigError::refused("recommender.workers", "must be within 1 and 64"));
        }
        if self.max_in_flight == 0 || self.deadline_ms == 0 {
            return Err(ConfigError::refused(
                "recommender.max_in_flight",
                "max_in_flight and deadline_ms must be ≥ 1",
            ));
        }
        Ok(())
    }
}
