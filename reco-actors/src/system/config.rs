//! Settings of the engine: sizes, limits, deadlines, defaults. Validated at start.

use crate::{
    RecoError, ScoreMode, Weights,
    embed::ModelInfo,
    index::{EngineChoice, IndexConfig},
    models::BlendSettings,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a query gets when it does not say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Defaults {
    /// Weights of a hybrid query.
    pub weights: Weights,
    /// Score scaling.
    pub mode: ScoreMode,
    /// Diversity, 0…1, for callers that offer one; a query always carries its own.
    pub diversity: f32,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            weights: Weights::DEFAULT,
            mode: ScoreMode::Raw,
            diversity: 0.0,
        }
    }
}

impl Defaults {
    pub(crate) fn validate(&self) -> Result<(), RecoError> {
        if (0.0..=1.0).contains(&self.diversity) {
            return Ok(());
        }
        Err(invalid("diversity", "must lie within 0 and 1"))
    }
}

/// Settings of one [`RecoSystem`](super::RecoSystem).
#[derive(Clone, Debug, PartialEq)]
pub struct RecoConfig {
    /// Text encoders, each with its own session and thread. Workers × threads inside their
    /// sessions should not exceed the cores. None: this process embeds nothing and serves vectors
    /// that others made.
    pub text_workers: usize,
    /// Image encoders, each with its own session and thread; or none, as above.
    pub image_workers: usize,
    /// Recommendations under way at once; one more is refused as `Overloaded`.
    pub max_in_flight: usize,
    /// Embedding requests under way at once, per modality and priority; one more is refused.
    pub max_embeds: usize,
    /// How long a recommendation or an interactive embedding may take.
    pub deadline: Duration,
    /// How long a bulk embedding request may take.
    pub bulk_deadline: Duration,
    /// Cost of a batch of texts: its longest text × its size, in tokens. Small, because batching
    /// gains little on a CPU and a lone request waits for the batch before it.
    pub batch_tokens: usize,
    /// Pictures in one batch.
    pub batch_images: usize,
    /// Which engine searches vectors.
    pub engine: EngineChoice,
    /// Items from which `EngineChoice::Auto` takes the graph.
    pub crossover: usize,
    /// Candidates an approximate search rescores at least.
    pub rescore: usize,
    /// Changes from which the vector index is rebuilt in the background.
    pub max_delta: usize,
    /// Leave full-precision vectors in the snapshot's file, once there is one, and read them
    /// through the page cache. Otherwise they lie on the heap.
    pub map_vectors: bool,
    /// A due rebuild waits until no change came for this long …
    pub rebuild_quiet: Duration,
    /// … but no longer than this.
    pub rebuild_max_wait: Duration,
    /// Pause before a dead worker or actor is replaced; doubles with each failure in a row.
    pub restart_backoff: Duration,
    /// Replacements of actors within a minute past which readiness fails.
    pub restart_budget: usize,
    /// What queries get when they do not say.
    pub defaults: Defaults,
    /// How much what people do counts beside what items are.
    pub blend: BlendSettings,
}

impl Default for RecoConfig {
    fn default() -> Self {
        Self {
            text_workers: 1,
            image_workers: 1,
            max_in_flight: 256,
            max_embeds: 64,
            deadline: Duration::from_secs(2),
            bulk_deadline: Duration::from_secs(300),
            batch_tokens: 1024,
            batch_images: 8,
            engine: EngineChoice::Auto,
            crossover: IndexConfig::DEFAULT_CROSSOVER,
            rescore: IndexConfig::DEFAULT_RESCORE,
            max_delta: IndexConfig::DEFAULT_MAX_DELTA,
            map_vectors: true,
            rebuild_quiet: Duration::from_millis(50),
            rebuild_max_wait: Duration::from_secs(2),
            restart_backoff: Duration::from_millis(100),
            restart_budget: 5,
            defaults: Defaults::default(),
            blend: BlendSettings::default(),
        }
    }
}

impl RecoConfig {
    /// Refuses sizes that cannot work.
    ///
    /// # Errors
    /// `InvalidArgument` names the setting.
    pub fn validate(&self) -> Result<(), RecoError> {
        let counts = [
            ("max_in_flight", self.max_in_flight),
            ("max_embeds", self.max_embeds),
            ("batch_tokens", self.batch_tokens),
            ("batch_images", self.batch_images),
            ("max_delta", self.max_delta),
        ];
        if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(invalid(name, "must be at least 1"));
        }
        for (name, duration) in [("deadline", self.deadline), ("bulk_deadline", self.bulk_deadline)] {
            if duration.is_zero() {
                return Err(invalid(name, "must be longer than nothing"));
            }
        }
        self.defaults.validate()
    }

    /// Shape of the vector index for these models; a missing model's block has no width.
    pub(crate) fn index(&self, models: &LoadedModels) -> IndexConfig {
        let dim = |model: &Option<ModelInfo>| model.as_ref().map_or(0, |model| model.dim);
        IndexConfig {
            engine: self.engine,
            crossover: self.crossover,
            rescore: self.rescore,
            max_delta: self.max_delta,
            ..IndexConfig::new(dim(&models.text), dim(&models.image))
        }
    }
}

/// The models vectors are made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedModels {
    /// Text model.
    pub text: Option<ModelInfo>,
    /// Image model.
    pub image: Option<ModelInfo>,
}

impl LoadedModels {
    /// Widths of text and image vectors; 0 without a model.
    pub(crate) fn dims(&self) -> (usize, usize) {
        let width = |model: &Option<ModelInfo>| model.as_ref().map_or(0, |model| model.dim);
        (width(&self.text), width(&self.image))
    }
}

pub(crate) fn invalid(name: &'static str, reason: &str) -> RecoError {
    RecoError::InvalidArgument {
        name,
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_cannot_work_is_named() {
        assert!(RecoConfig::default().validate().is_ok());
        let none = RecoConfig {
            max_embeds: 0,
            ..RecoConfig::default()
        };
        assert!(matches!(
            none.validate(),
            Err(RecoError::InvalidArgument { name: "max_embeds", .. })
        ));
        let defaults = Defaults {
            diversity: f32::NAN,
            ..Defaults::default()
        };
        let odd = RecoConfig {
            defaults,
            ..RecoConfig::default()
        };
        assert!(matches!(
            odd.validate(),
            Err(RecoError::InvalidArgument { name: "diversity", .. })
        ));
    }
}
