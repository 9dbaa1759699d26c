//! How the engine is doing: figures for administrators, readiness and benchmarks.

use super::config::LoadedModels;
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
    /// Loaded models.
    pub models: LoadedModels,
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
    pub(crate) fn problem(&self, name: &str, has_model: bool) -> Option<String> {
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
