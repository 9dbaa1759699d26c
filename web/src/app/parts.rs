//! Settings as the parts of a process take them.

use crate::{
    config::{CacheConfig as CacheSettings, Config, Engine, Mode, RecommenderConfig, VectorsIn},
    models::ModelSettings,
    stream::{Broker, RedisBroker},
    vectors::{PgVectors, PgVectorsConfig},
};
use reco_actors::{
    ScoreMode, Weights,
    cache::{CacheBackend, CacheConfig},
    index::EngineChoice,
    system::{Defaults, RecoConfig},
    vectors::VectorStore,
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

/// The engine's settings.
///
/// # Errors
/// When the weight cannot be one.
pub fn engine_config(config: &RecommenderConfig) -> anyhow::Result<RecoConfig> {
    let engine = match config.engine {
        Engine::Auto => EngineChoice::Auto,
        Engine::Exact => EngineChoice::Exact,
        Engine::Hnsw => EngineChoice::Hnsw,
    };
    let mode = match config.mode {
        Mode::Raw => ScoreMode::Raw,
        Mode::Calibrated => ScoreMode::Calibrated,
    };
    Ok(RecoConfig {
        text_workers: config.workers,
        image_workers: config.workers,
        max_in_flight: config.max_in_flight,
        deadline: Duration::from_millis(config.deadline_ms),
        engine,
        defaults: Defaults {
            weights: Weights::new(config.text_weight, 1.0 - config.text_weight)?,
            mode,
            ..Defaults::default()
        },
        ..RecoConfig::default()
    })
}

pub(super) fn cache_config(config: &CacheSettings) -> CacheConfig {
    let backend = match &config.redis_url {
        Some(url) => CacheBackend::Redis { url: url.clone() },
        None => CacheBackend::Memory {
            capacity: config.entries,
        },
    };
    CacheConfig {
        backend,
        ttl: Duration::from_secs(config.ttl_s),
        ..CacheConfig::default()
    }
}

/// What carries changes between processes: Kafka or Redis, where there is one.
pub(super) fn broker(config: &Config) -> anyhow::Result<Option<Arc<dyn Broker>>> {
    let namespace = &config.cache.namespace;
    #[cfg(feature = "rdkafka")]
    if let Some(brokers) = &config.stream.kafka_brokers {
        return Ok(Some(Arc::new(crate::stream::KafkaBroker::new(brokers, namespace)?)));
    }
    let Some(url) = &config.cache.redis_url else {
        return Ok(None);
    };
    Ok(Some(Arc::new(RedisBroker::new(url, namespace)?)))
}

/// Connections to a server for vectors, beside those of the shop's own database.
const MOST_FOR_VECTORS: u32 = 8;

/// Who holds the vectors, where that is not this process. The settings were validated.
pub(super) fn vectors(config: &Config) -> Option<Arc<dyn VectorStore>> {
    let settings = &config.recommender;
    let url = match settings.vectors {
        VectorsIn::Memory => return None,
        VectorsIn::Postgres => settings.vectors_address(&config.database)?,
    };
    Some(Arc::new(PgVectors::new(PgVectorsConfig {
        url: url.to_owned(),
        namespace: config.cache.namespace.clone(),
        max_connections: config.database.max_connections.min(MOST_FOR_VECTORS),
        // The engine waits for half of its deadline; what comes later nobody reads.
        patience: Duration::from_millis((settings.deadline_ms * 2).div_ceil(5)),
    })))
}

/// A key of its own for cursors, made of the first signing key, so that one secret is enough.
pub(super) fn cursor_secret(config: &Config) -> Vec<u8> {
    let secret = config
        .auth
        .keys
        .first()
        .map(|key| key.secret.as_str())
        .unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(b"myshop cursor key\0");
    hash.update(secret);
    hash.finalize().to_vec()
}

/// Where and which models the settings want.
#[must_use]
pub fn model_settings(config: &Config) -> ModelSettings {
    let mut settings = ModelSettings::new(config.models_dir());
    settings.text_model.clone_from(&config.models.text);
    let profile = config.models.profile;
    settings.fallback = profile.fallback().to_owned();
    settings.image_model = match config.models.image.as_deref().map(str::parse) {
        None => profile.image_model(),
        Some(Ok(model)) => model,
        Some(Err(never)) => match never {},
    };
    if config.models.onnxruntime.is_some() {
        settings.ort_dylib.clone_from(&config.models.onnxruntime);
    }
    settings.offline = config.models.offline;
    settings
}
