//! How recommendations are made unless a query says otherwise.

use super::{
    ConfigError, DatabaseConfig, Secret,
    database::{NO_ADDRESS, is_address},
};
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
    /// Where vectors are held and searched: `memory` or `postgres`.
    pub vectors: VectorsIn,
    /// `postgres://…` of a server with pgvector; unset: that of the shop's own database.
    pub vectors_url: Option<Secret>,
}

/// Who holds the vectors that lists are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VectorsIn {
    /// Every process that serves, all of them.
    Memory,
    /// A PostgreSQL with the extension pgvector, for all processes.
    Postgres,
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
            vectors: VectorsIn::Memory,
            vectors_url: None,
        }
    }
}

impl RecommenderConfig {
    pub(super) fn validate(&self, database: &DatabaseConfig) -> Result<(), ConfigError> {
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
        self.validate_vectors(database)
    }

    fn validate_vectors(&self, database: &DatabaseConfig) -> Result<(), ConfigError> {
        if self.vectors == VectorsIn::Memory {
            return Ok(());
        }
        if !self.vectors_address(database).is_some_and(is_postgres) {
            return Err(ConfigError::refused(
                "recommender.vectors_url",
                "must start with postgres:// where vectors are held there; unset takes database.url",
            ));
        }
        if !self.vectors_address(database).is_some_and(is_address) {
            return Err(ConfigError::refused("recommender.vectors_url", NO_ADDRESS));
        }
        if self.mode == Mode::Calibrated {
            return Err(ConfigError::refused(
                "recommender.mode",
                "must be raw where recommender.vectors is postgres: calibrated scores need vectors in memory",
            ));
        }
        Ok(())
    }

    /// Where a server for vectors is, if anywhere.
    pub(crate) fn vectors_address<'a>(&'a self, database: &'a DatabaseConfig) -> Option<&'a str> {
        let own = self.vectors_url.as_ref().map(Secret::expose);
        own.or(database.url.as_deref())
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn validate(url: Option<&str>, database: Option<&str>, mode: Mode) -> Result<(), ConfigError> {
        let config = RecommenderConfig {
            vectors: VectorsIn::Postgres,
            vectors_url: url.map(Secret::from),
            mode,
            ..RecommenderConfig::default()
        };
        let database = DatabaseConfig {
            url: database.map(Into::into),
            ..DatabaseConfig::default()
        };
        config.validate(&database)
    }

    #[test]
    fn vectors_elsewhere_need_a_postgres_and_raw_scores() {
        let here = "postgres://shop@localhost/shop";
        assert!(validate(None, Some(here), Mode::Raw).is_ok());
        assert!(validate(Some(here), None, Mode::Raw).is_ok());
        assert!(validate(Some(here), Some("sqlite://shop.db"), Mode::Raw).is_ok());
        assert!(validate(None, Some("sqlite://shop.db"), Mode::Raw).is_err());
        assert!(validate(None, None, Mode::Raw).is_err());
        assert!(validate(Some("redis://localhost"), Some(here), Mode::Raw).is_err());
        let unescaped = validate(Some("postgres://shop:p#ss@localhost/shop"), Some(here), Mode::Raw);
        let refusal = unescaped.unwrap_err().to_string();
        assert!(
            refusal.contains("percent-encoded") && !refusal.contains("p#ss"),
            "{refusal}"
        );
        let refusal = validate(None, Some(here), Mode::Calibrated).unwrap_err().to_string();
        assert!(refusal.contains("MYSHOP_RECOMMENDER__MODE"), "{refusal}");
    }

    #[test]
    fn the_address_of_the_vectors_is_never_shown() {
        let config = RecommenderConfig {
            vectors_url: Some("postgres://shop:hunter2@localhost/shop".into()),
            ..RecommenderConfig::default()
        };
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
