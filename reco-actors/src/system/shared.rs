//! State that outlives the actors: readers use it directly, and a replaced actor finds
//! everything its predecessor left.

use super::{
    config::{Defaults, LoadedModels, RecoConfig},
    elsewhere::Elsewhere,
    held::{Index, Vectors, View},
    search::Questions,
    status::LaneStats,
};
use crate::{
    RecoError,
    actors::{Captions, Dispatcher, Images, IndexWriter, Retire, Texts},
    catalog::{CatalogIndex, SearchGuide},
    embed::EmbedderFactory,
    models::Behaviour,
    vectors::VectorStore,
};
use actix::Addr;
use arc_swap::{ArcSwap, ArcSwapOption};
use chrono::{DateTime, Utc};
use parking_lot::{Mutex, RwLock};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    thread::JoinHandle,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// Whether somebody waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Priority {
    /// A person waits: goes ahead of bulk work.
    Interactive,
    /// Imports and re-embedding.
    Bulk,
}

/// Addresses of the living actors.
pub(crate) struct Actors {
    pub(crate) texts: Addr<Dispatcher<Texts>>,
    pub(crate) images: Addr<Dispatcher<Images>>,
    pub(crate) captions: Addr<Dispatcher<Captions>>,
    pub(crate) writer: Addr<IndexWriter>,
}

impl Actors {
    /// Has those that still live make way for successors.
    pub(crate) fn retire(&self) {
        self.texts.do_send(Retire);
        self.images.do_send(Retire);
        self.captions.do_send(Retire);
        self.writer.do_send(Retire);
    }
}

/// Admission and figures of one modality.
pub(crate) struct Lane {
    pub(crate) stats: LaneStats,
    interactive: Arc<Semaphore>,
    bulk: Arc<Semaphore>,
}

impl Lane {
    fn new(permits: usize) -> Self {
        Self {
            stats: LaneStats::default(),
            interactive: Arc::new(Semaphore::new(permits)),
            bulk: Arc::new(Semaphore::new(permits)),
        }
    }

    pub(crate) fn permits(&self, priority: Priority) -> &Arc<Semaphore> {
        match priority {
            Priority::Interactive => &self.interactive,
            Priority::Bulk => &self.bulk,
        }
    }
}

/// Everything that handle and actors share.
pub(crate) struct Shared {
    pub(crate) config: RecoConfig,
    pub(crate) catalog: RwLock<CatalogIndex>,
    /// Locked by the index writer alone (and at start).
    pub(crate) vectors: Mutex<Vectors>,
    /// Who holds the vectors, where that is not this process.
    pub(crate) elsewhere: Option<Elsewhere>,
    /// What answers.
    pub(crate) serving: ArcSwap<View>,
    /// What is being filled to answer one day.
    pub(crate) staged: ArcSwapOption<View>,
    pub(crate) defaults: RwLock<Defaults>,
    /// What is learned from what people do. Taken after the catalogue's lock, never before it.
    pub(crate) behaviour: RwLock<Behaviour>,
    pub(crate) factory: Mutex<Option<Arc<dyn EmbedderFactory>>>,
    pub(crate) actors: ArcSwapOption<Actors>,
    pub(crate) texts: Arc<Lane>,
    pub(crate) images: Arc<Lane>,
    pub(crate) captions: Arc<Lane>,
    pub(crate) searches: Arc<Semaphore>,
    /// Embeddings of what was searched for lately.
    pub(crate) questions: Questions,
    /// What staff say about search.
    pub(crate) guide: ArcSwap<SearchGuide>,
    pub(crate) position: AtomicI64,
    pub(crate) refused_vectors: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) restarts: AtomicU64,
    pub(crate) draining: AtomicBool,
    /// More restarts than the budget allows.
    pub(crate) failing: AtomicBool,
    /// Held while a snapshot is written: one at a time.
    pub(crate) saving: tokio::sync::Mutex<()>,
    pub(crate) applied_at: Mutex<Option<DateTime<Utc>>>,
    pub(crate) last_error: Mutex<Option<String>>,
    /// Encoder and rebuild threads, joined at shutdown so that sessions end before the process.
    pub(crate) threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Shared {
    pub(crate) fn new(
        config: RecoConfig,
        factory: Option<Arc<dyn EmbedderFactory>>,
        vectors: Option<Arc<dyn VectorStore>>,
    ) -> Self {
        let models = models_of(factory.as_ref());
        let serving = Index::new(&config, models, vectors.is_some());
        Self {
            catalog: RwLock::default(),
            elsewhere: vectors.map(Elsewhere::new),
            serving: ArcSwap::new(serving.view()),
            staged: ArcSwapOption::empty(),
            vectors: Mutex::new(Vectors { serving, staged: None }),
            defaults: RwLock::new(config.defaults),
            behaviour: RwLock::default(),
            factory: Mutex::new(factory),
            actors: ArcSwapOption::empty(),
            texts: Arc::new(Lane::new(config.max_embeds)),
            images: Arc::new(Lane::new(config.max_embeds)),
            captions: Arc::new(Lane::new(config.max_embeds)),
            searches: Arc::new(Semaphore::new(config.max_in_flight)),
            questions: Questions::default(),
            guide: ArcSwap::default(),
            position: AtomicI64::new(0),
            refused_vectors: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            draining: AtomicBool::new(false),
            failing: AtomicBool::new(false),
            saving: tokio::sync::Mutex::new(()),
            applied_at: Mutex::new(None),
            last_error: Mutex::new(None),
            threads: Mutex::default(),
            config,
        }
    }

    /// The living actors.
    ///
    /// # Errors
    /// `Unavailable` while they are being replaced or after shutdown.
    pub(crate) fn actors(&self) -> Result<Arc<Actors>, RecoError> {
        self.actors
            .load_full()
            .ok_or_else(|| RecoError::Unavailable("its actors are not running".into()))
    }

    /// A permit, at once or not at all.
    ///
    /// # Errors
    /// `Overloaded` when none is free, `Unavailable` while draining.
    pub(crate) fn admit(&self, permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, RecoError> {
        if self.draining.load(Ordering::SeqCst) {
            return Err(RecoError::Unavailable("shutting down".into()));
        }
        Arc::clone(permits)
            .try_acquire_owned()
            .map_err(|refusal| match refusal {
                TryAcquireError::NoPermits => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    RecoError::Overloaded
                }
                TryAcquireError::Closed => RecoError::Unavailable("shutting down".into()),
            })
    }

    /// An empty index for vectors of these models.
    pub(crate) fn empty_index(&self, models: LoadedModels) -> Index {
        Index::new(&self.config, models, self.elsewhere.is_some())
    }

    pub(crate) fn generation(&self) -> String {
        let number = self.serving.load().reader.load().number();
        format!("g{number}.{}", self.position.load(Ordering::SeqCst))
    }

    /// Remembers a thread to be joined, and forgets those that have ended.
    pub(crate) fn keep_thread(&self, thread: JoinHandle<()>) {
        let mut threads = self.threads.lock();
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
    }

    pub(crate) fn remember_error(&self, error: String) {
        tracing::error!(reco.error = %error, "recommender engine");
        *self.last_error.lock() = Some(error);
    }
}

pub(crate) fn models_of(factory: Option<&Arc<dyn EmbedderFactory>>) -> LoadedModels {
    factory.map_or_else(LoadedModels::default, |factory| LoadedModels {
        text: factory.text_model(),
        image: factory.image_model(),
    })
}
