//! The engine as its users see it: start it, get a handle, drain it, shut it down.
//!
//! A thread of its own runs the actix system. Its actors die alone: a panic drops the actor,
//! its notice reaches the supervisor, and all actors are replaced after a pause. What they
//! work on lives outside them (`shared`), so nothing is lost and reads never stop.

mod arranging;
mod beside;
mod candidates;
mod config;
mod elsewhere;
mod fallback;
mod handle;
mod held;
mod lifecycle;
mod looks;
mod meaning;
mod people;
mod profile;
mod search;
mod shared;
mod similar;
mod snapshots;
mod status;

pub use config::{Defaults, LoadedModels, RecoConfig};
pub use handle::{Change, RecoHandle, StoredVectors};
pub use search::SearchAnswer;
pub use shared::Priority;
pub use status::{EngineStatus, LaneStatus, StagedStatus};

pub(crate) use held::Index;
pub(crate) use shared::{Lane, Shared};

use crate::{
    RecoError,
    actors::{DeathNotice, Dispatcher, IndexWriter},
    embed::EmbedderFactory,
    vectors::VectorStore,
};
use actix::Actor;
use shared::Actors;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, SeqCst},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// Longest pause between attempts to replace what died.
const MAX_BACKOFF: Duration = Duration::from_secs(30);
/// Restarts are counted over this time.
const BUDGET_WINDOW: Duration = Duration::from_secs(60);

/// Pause before the next attempt after `failures` failures in a row.
pub(crate) fn backoff(first: Duration, failures: u32) -> Duration {
    first
        .saturating_mul(1 << failures.saturating_sub(1).min(16))
        .min(MAX_BACKOFF)
}

/// A running engine. Dropping it shuts it down.
pub struct RecoSystem {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RecoSystem {
    /// Starts the engine's thread and its actors. Encoders are built in the background.
    ///
    /// # Errors
    /// `InvalidArgument` for impossible settings, `Unavailable` when no thread can be started.
    pub fn start(config: RecoConfig, embedders: Option<Arc<dyn EmbedderFactory>>) -> Result<Self, RecoError> {
        Self::start_over(config, embedders, None)
    }

    /// The same over vectors that another engine holds: none are kept here, and whoever follows the
    /// shop writes them there, see [`RecoHandle::vectors_reached`].
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_over(
        config: RecoConfig,
        embedders: Option<Arc<dyn EmbedderFactory>>,
        vectors: Option<Arc<dyn VectorStore>>,
    ) -> Result<Self, RecoError> {
        config.validate()?;
        let shared = Arc::new(Shared::new(config, embedders, vectors));
        let (stop, stopped) = oneshot::channel();
        let (started, running) = std::sync::mpsc::channel();
        let state = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("reco-system".into())
            .spawn(move || {
                actix::System::new().block_on(supervise(&state, stopped, started));
                state.actors.store(None);
            })
            .map_err(|e| RecoError::Unavailable(format!("no thread: {e}")))?;
        running
            .recv()
            .map_err(|_| RecoError::Unavailable("its thread died at start".into()))?;
        Ok(Self {
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// A handle; clone it freely. It outlives the system harmlessly: it then says `Unavailable`.
    #[must_use]
    pub fn handle(&self) -> RecoHandle {
        RecoHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Refuses new requests and waits for those under way.
    ///
    /// # Errors
    /// `Deadline` when some were still under way after `limit`.
    pub async fn drain(&self, limit: Duration) -> Result<(), RecoError> {
        let shared = &self.shared;
        shared.draining.store(true, SeqCst);
        let embeds = shared.config.max_embeds;
        let all = [
            (&shared.searches, shared.config.max_in_flight),
            (shared.texts.permits(Priority::Interactive), embeds),
            (shared.texts.permits(Priority::Bulk), embeds),
            (shared.images.permits(Priority::Interactive), embeds),
            (shared.images.permits(Priority::Bulk), embeds),
            (shared.captions.permits(Priority::Interactive), embeds),
        ];
        let quiet = async {
            for (permits, count) in all {
                // A closed semaphore has nobody under way.
                drop(permits.acquire_many(u32::try_from(count).unwrap_or(u32::MAX)).await);
            }
        };
        tokio::time::timeout(limit, quiet)
            .await
            .map_err(|_| handle::exceeded(limit))
    }

    /// Stops the actors and joins every thread, so that model sessions end before this returns.
    /// Blocks for as long as the batches and the rebuild under way take.
    pub fn shutdown(mut self) {
        self.stop_and_join();
    }

    fn stop_and_join(&mut self) {
        self.shared.draining.store(true, SeqCst);
        if let Some(stop) = self.stop.take() {
            // The thread may have died already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine's thread had panicked");
        }
        let threads = std::mem::take(&mut *self.shared.threads.lock());
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the engine had panicked");
            }
        }
        *self.shared.factory.lock() = None;
    }
}

impl Drop for RecoSystem {
    fn drop(&mut self) {
        self.stop_and_join();
    }
}

/// Starts the actors, and starts them again whenever one has died, until told to stop.
async fn supervise(shared: &Arc<Shared>, mut stopped: oneshot::Receiver<()>, started: std::sync::mpsc::Sender<()>) {
    let mut deaths: VecDeque<Instant> = VecDeque::new();
    loop {
        let (notices, mut deceased) = mpsc::unbounded_channel();
        shared.actors.store(Some(Arc::new(start_actors(shared, &notices))));
        drop(notices);
        // Nobody waits for the second start.
        let _ = started.send(());
        let name = loop {
            let failing = shared.failing.load(Relaxed);
            tokio::select! {
                _ = &mut stopped => return,
                name = deceased.recv() => break name.unwrap_or("actor"),
                () = tokio::time::sleep(BUDGET_WINDOW), if failing => shared.failing.store(false, Relaxed),
            }
        };
        if let Some(survivors) = shared.actors.swap(None) {
            survivors.retire();
        }
        shared.restarts.fetch_add(1, Relaxed);
        shared.remember_error(format!("{name} died"));
        deaths.push_back(Instant::now());
        while deaths.front().is_some_and(|death| death.elapsed() > BUDGET_WINDOW) {
            deaths.pop_front();
        }
        shared
            .failing
            .store(deaths.len() > shared.config.restart_budget, Relaxed);
        let pause = backoff(
            shared.config.restart_backoff,
            u32::try_from(deaths.len()).unwrap_or(u32::MAX),
        );
        tokio::select! {
            _ = &mut stopped => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn start_actors(shared: &Arc<Shared>, notices: &mpsc::UnboundedSender<&'static str>) -> Actors {
    Actors {
        texts: Dispatcher::new(Arc::clone(shared), DeathNotice::new("text dispatcher", notices)).start(),
        images: Dispatcher::new(Arc::clone(shared), DeathNotice::new("image dispatcher", notices)).start(),
        captions: Dispatcher::new(Arc::clone(shared), DeathNotice::new("caption dispatcher", notices)).start(),
        writer: IndexWriter::new(Arc::clone(shared), DeathNotice::new("index writer", notices)).start(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
pub(crate) mod tests;
