//! How the engine is doing: figures for administrators, readiness and benchmarks.

use super::{config::LoadedModels, handle::RecoHandle};
use crate::index::IndexStats;
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// A snapshot of the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineStatus {
    /// Accepting work with all its actors alive and within the budget of restarts.
    pub ready: bool,
    /// What is missing or failing, for administrators; empty when all is well.
    pub degraded: Vec<String>,
    /// `g<main generation>.<position>`.
    pub generation: String,
    /// Position of the last applied change.
    pub position: i64,
    /// When changes were last applied.
    pub applied_at: Option<DateTime<Utc>>,
    /// Items in the catalogue index.
    pub items: usize,
    /// Items with a text vector.
    pub text_vectors: usize,
    /// Items with an image vector of their own.
    pub image_vectors: usize,
    /// Vectors refused because they do not fit the loaded models.
    pub refused_vectors: u64,
    /// Figures of the vector index: engine, delta, tombstones, imputed, bytes.
    pub index: IndexStats,
    /// Models of the encoders.
    pub models: LoadedModels,
    /// Models that the vectors which answer were made with.
    pub index_models: LoadedModels,
    /// The index being filled beside it, if any.
    pub staged: Option<StagedStatus>,
    /// The text encoders.
    pub text: LaneStatus,
    /// The image encoders.
    pub image: LaneStatus,
    /// Free permits for recommendations.
    pub permits_free: usize,
    /// All permits for recommendations.
    pub permits: usize,
    /// Recommendations refused because no permit was free.
    pub refused: u64,
    /// Times the actors were replaced after a death.
    pub restarts: u64,
    /// What last killed or hindered the index writer.
    pub last_error: Option<String>,
}

/// An index being filled to take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedStatus {
    /// Models of its vectors.
    pub models: LoadedModels,
    /// Items with a vector in it so far.
    pub vectors: usize,
}

/// The encoders of one modality.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneStatus {
    /// Inputs waiting.
    pub queued: usize,
    /// Encoders ready or at work.
    pub workers_alive: usize,
    /// Encoders wanted.
    pub workers: usize,
    /// Encoders rebuilt after a death.
    pub restarts: u64,
    /// Batches run.
    pub batches: u64,
    /// Inputs embedded.
    pub embedded: u64,
    /// Inputs given up because their caller had left.
    pub abandoned: u64,
    /// Inputs embedded per second of an encoder's work.
    pub per_second: f64,
    /// The last failure.
    pub last_error: Option<String>,
}

/// Counters behind a [`LaneStatus`]; written by one dispatcher, read by anybody.
#[derive(Default)]
pub(crate) struct LaneStats {
    pub(crate) queued: AtomicUsize,
    pub(crate) alive: AtomicUsize,
    pub(crate) workers: AtomicUsize,
    pub(crate) restarts: AtomicU64,
    pub(crate) batches: AtomicU64,
    pub(crate) embedded: AtomicU64,
    pub(crate) abandoned: AtomicU64,
    pub(crate) busy_micros: AtomicU64,
    pub(crate) last_error: Mutex<Option<String>>,
}

impl LaneStats {
    pub(crate) fn snapshot(&self) -> LaneStatus {
        let (embedded, busy) = (self.embedded.load(Relaxed), self.busy_micros.load(Relaxed));
        LaneStatus {
            queued: self.queued.load(Relaxed),
            workers_alive: self.alive.load(Relaxed),
            workers: self.workers.load(Relaxed),
            restarts: self.restarts.load(Relaxed),
            batches: self.batches.load(Relaxed),
            embedded,
            abandoned: self.abandoned.load(Relaxed),
            per_second: if busy == 0 {
                0.0
            } else {
                embedded as f64 * 1e6 / busy as f64
            },
            last_error: self.last_error.lock().clone(),
        }
    }

    pub(crate) fn failed(&self, reason: String) {
        *self.last_error.lock() = Some(reason);
    }
}

impl LaneStatus {
    /// What is wrong with these encoders, if anything.
    pub(crate) fn problem(&self, name: &str, has_model: bool, wanted: usize) -> Option<String> {
        if wanted == 0 {
            return None;
        }
        if !has_model {
            return Some(format!("no {name} model is loaded"));
        }
        if self.workers_alive == self.workers {
            return None;
        }
        let why = self.last_error.as_deref().unwrap_or("starting");
        Some(format!(
            "{} of {} {name} encoders are alive: {why}",
            self.workers_alive, self.workers
        ))
    }
}

impl RecoHandle {
    /// A snapshot of figures and failures. Walks the index: for status pages, not hot paths.
    #[must_use]
    pub fn status(&self) -> EngineStatus {
        let shared = &self.shared;
        let (models, text, image) = (
            self.models(),
            shared.texts.stats.snapshot(),
            shared.images.stats.snapshot(),
        );
        let running = shared.actors.load().is_some();
        let (failing, draining) = (shared.failing.load(Relaxed), shared.draining.load(Relaxed));
        let mut degraded = Vec::new();
        degraded.extend((!running).then(|| "its actors are not running".to_owned()));
        degraded.extend(failing.then(|| "its actors died too often".to_owned()));
        degraded.extend(draining.then(|| "shutting down".to_owned()));
        degraded.extend(text.problem("text", models.text.is_some(), shared.config.text_workers));
        let captions = shared
            .factory
            .lock()
            .as_ref()
            .and_then(|factory| factory.caption_model());
        let workers = shared.config.image_workers.min(1);
        degraded.extend(captions.and_then(|_| shared.captions.stats.snapshot().problem("caption", true, workers)));
        degraded.extend(image.problem("image", models.image.is_some(), shared.config.image_workers));
        let serving = shared.serving.load_full();
        let elsewhere = shared.elsewhere.as_ref();
        degraded.extend(elsewhere.and_then(|there| there.problem(&serving.models, shared.defaults.read().mode)));
        let (text_vectors, image_vectors) = (serving.counts.text.load(Relaxed), serving.counts.image.load(Relaxed));
        if text_vectors + image_vectors == 0 {
            degraded.push("no vectors: recommendations are popular and new items".to_owned());
        }
        EngineStatus {
            ready: running && !failing && !draining,
            degraded,
            generation: self.generation(),
            position: shared.position.load(Relaxed),
            applied_at: *shared.applied_at.lock(),
            items: shared.catalog.read().len(),
            text_vectors,
            image_vectors,
            refused_vectors: shared.refused_vectors.load(Relaxed),
            index: serving.reader.load().stats(),
            models,
            index_models: serving.models.clone(),
            staged: shared.staged.load().as_deref().map(|staged| StagedStatus {
                models: staged.models.clone(),
                vectors: staged.counts.items.load(Relaxed),
            }),
            text,
            image,
            permits_free: shared.searches.available_permits(),
            permits: shared.config.max_in_flight,
            refused: shared.refused.load(Relaxed),
            restarts: shared.restarts.load(Relaxed),
            last_error: shared.last_error.lock().clone(),
        }
    }
}
