//! The only writer of the catalogue and vector indexes. Runs on the engine's thread, holds the
//! catalogue's lock for a few items at a time, and leaves rebuilds to a thread of their own.
//!
//! Its state lives in [`Shared`], so a replaced writer goes on where its predecessor died.

use super::{DeathNotice, Retire, panic_text};
use crate::{
    ItemId, RecoError,
    catalog::CatalogIndex,
    index::{RebuildJob, Rebuilt, Void},
    models::Act,
    system::{Change, Index, Shared},
};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message};
use chrono::Utc;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// Items changed under one hold of the catalogue's lock: readers wait well under a millisecond.
const CHUNK: usize = 8;
/// Callers are few (a projector, an administrator) and wait for their answers.
const MAILBOX: usize = 256;

/// A replaced base is let go once no search uses it, or after this long by whoever does.
const LONGEST_SEARCH: Duration = Duration::from_secs(30);
const RETIREMENT_CHECK: Duration = Duration::from_millis(20);

/// Applies changes and has the index rebuilt.
pub(crate) struct IndexWriter {
    pub(super) shared: Arc<Shared>,
    /// Told when the next rebuild planned from now on is installed.
    pub(super) wanted: Vec<oneshot::Sender<()>>,
    /// Told when the rebuild under way is installed.
    served: Vec<oneshot::Sender<()>>,
    /// Told when the staged index has taken over, or why it has not.
    pub(super) cutting: Vec<oneshot::Sender<Result<(), RecoError>>>,
    pub(super) rebuilding: Option<Target>,
    /// When a rebuild became due, and when changes last came.
    due_since: Option<Instant>,
    changed_at: Instant,
    _notice: DeathNotice,
}

/// Make these changes visible and move to this position.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Apply {
    pub(crate) changes: Vec<Change>,
    pub(crate) position: i64,
}

/// Fold all changes into a new main generation now.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Rebuild {
    pub(crate) done: oneshot::Sender<()>,
}

/// A rebuild has run, or died with these words.
#[derive(Message)]
#[rtype(result = "()")]
struct Finished {
    target: Target,
    outcome: Result<Rebuilt, String>,
}

/// Which index is rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Serving,
    Staged,
}

/// Panic, for tests of the supervisor.
#[cfg(test)]
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Die;

impl IndexWriter {
    pub(crate) fn new(shared: Arc<Shared>, notice: DeathNotice) -> Self {
        Self {
            shared,
            wanted: Vec::new(),
            served: Vec::new(),
            cutting: Vec::new(),
            rebuilding: None,
            due_since: None,
            changed_at: Instant::now(),
            _notice: notice,
        }
    }

    fn apply(&self, changes: Vec<Change>) {
        let mut vectors = self.shared.vectors.lock();
        let vectors = &mut *vectors;
        let mut changes = changes.into_iter().peekable();
        while changes.peek().is_some() {
            let mut catalog = self.shared.catalog.write();
            for change in changes.by_ref().take(CHUNK) {
                match change {
                    Change::Upsert(item) => {
                        catalog.upsert(*item);
                    }
                    Change::Delete { id, version } => {
                        if let Some(slot) = catalog.remove(id, version) {
                            vectors.serving.forget(slot);
                            if let Some(staged) = &mut vectors.staged {
                                staged.forget(slot);
                            }
                        }
                    }
                    Change::Vectors { id, text, image } => {
                        self.set(&catalog, &mut vectors.serving, id, (text, image));
                    }
                    Change::Acts(position, acts) => self.learn(position, &acts),
                    Change::Forget(act) => self.shared.behaviour.write().learn(&act),
                    Change::Behaviour(behaviour) => *self.shared.behaviour.write() = *behaviour,
                }
            }
        }
        vectors.serving.writer.publish();
    }

    /// Readers wait for no more than a few acts.
    fn learn(&self, position: i64, acts: &[Act]) {
        if !self.shared.behaviour.write().begin_batch(position) {
            return;
        }
        for some in acts.chunks(CHUNK) {
            let mut behaviour = self.shared.behaviour.write();
            some.iter().for_each(|act| behaviour.learn(act));
        }
    }

    pub(super) fn set(
        &self,
        catalog: &CatalogIndex,
        index: &mut Index,
        id: ItemId,
        (text, image): (Option<Vec<f32>>, Option<Vec<f32>>),
    ) {
        let Some(slot) = catalog.slot(id) else {
            tracing::debug!(item.id = %id.0, "vectors of an unknown item");
            return;
        };
        if let Err(error) = index.set(slot, id, text, image) {
            self.shared.refused_vectors.fetch_add(1, Relaxed);
            tracing::warn!(item.id = %id.0, reco.error = %error, "vectors refused");
        }
    }

    /// Starts a rebuild when one is due and changes have paused, or looks again later.
    pub(super) fn consider_rebuild(&mut self, ctx: &mut Context<Self>) {
        if self.rebuilding.is_some() {
            return;
        }
        if !self.cutting.is_empty() {
            self.start_cut_over(ctx);
            return;
        }
        if !self.wanted.is_empty() {
            self.start_rebuild(ctx);
            return;
        }
        if !self.shared.vectors.lock().serving.writer.rebuild_due() {
            self.due_since = None;
            return;
        }
        let config = &self.shared.config;
        let due_since = *self.due_since.get_or_insert_with(Instant::now);
        let quiet = self.changed_at.elapsed() >= config.rebuild_quiet;
        if quiet || due_since.elapsed() >= config.rebuild_max_wait {
            self.start_rebuild(ctx);
        } else {
            ctx.run_later(config.rebuild_quiet, |actor, ctx| actor.consider_rebuild(ctx));
        }
    }

    fn start_rebuild(&mut self, ctx: &mut Context<Self>) {
        let job = self.shared.vectors.lock().serving.writer.plan_rebuild();
        self.due_since = None;
        self.served.append(&mut self.wanted);
        self.build(Target::Serving, job, ctx);
    }

    pub(super) fn build(&mut self, target: Target, job: RebuildJob, ctx: &Context<Self>) {
        self.rebuilding = Some(target);
        let writer = ctx.address();
        let run = move || {
            let outcome =
                catch_unwind(AssertUnwindSafe(|| job.run_beside_serving())).map_err(|panic| panic_text(&*panic));
            // Not from a request, and at most one at a time.
            writer.do_send(Finished { target, outcome });
        };
        match std::thread::Builder::new().name("reco-rebuild".into()).spawn(run) {
            Ok(thread) => self.shared.keep_thread(thread),
            Err(error) => self.give_up_rebuild(target, &format!("no thread: {error}")),
        }
    }

    fn give_up_rebuild(&mut self, target: Target, reason: &str) {
        self.rebuilding = None;
        self.shared.remember_error(format!("rebuild of the index: {reason}"));
        match target {
            Target::Serving => {
                self.served.clear();
                self.shared.vectors.lock().serving.writer.abandon_rebuild();
            }
            Target::Staged => self.give_up_cut_over(reason),
        }
    }

    fn install(&mut self, rebuilt: Rebuilt) {
        let replaced = self.shared.vectors.lock().serving.writer.replace_base(rebuilt);
        match replaced {
            Ok(old) => {
                retire(old);
                for served in self.served.drain(..) {
                    let _ = served.send(());
                }
            }
            // The models changed meanwhile. Those who wait want the new index.
            Err(Void) => self.wanted.append(&mut self.served),
        }
    }
}

/// Lets go of what searches may still use, on a thread of its own: freeing a large index takes
/// tens of milliseconds, and the last one to let go pays.
pub(super) fn retire<T: Send + Sync + 'static>(old: Arc<T>) {
    let wait = move || {
        let until = Instant::now() + LONGEST_SEARCH;
        while Arc::strong_count(&old) > 1 && Instant::now() < until {
            std::thread::sleep(RETIREMENT_CHECK);
        }
    };
    // Without a thread the last search pays after all.
    let _ = std::thread::Builder::new().name("reco-retire".into()).spawn(wait);
}

impl Actor for IndexWriter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        // A predecessor may have died with a rebuild under way: its result is void.
        let mut vectors = self.shared.vectors.lock();
        vectors.serving.writer.abandon_rebuild();
        if let Some(staged) = &mut vectors.staged {
            staged.writer.abandon_rebuild();
        }
        drop(vectors);
        self.consider_rebuild(ctx);
    }
}

impl Handler<Apply> for IndexWriter {
    type Result = ();

    fn handle(&mut self, message: Apply, ctx: &mut Context<Self>) {
        self.apply(message.changes);
        self.shared.position.fetch_max(message.position, SeqCst);
        *self.shared.applied_at.lock() = Some(Utc::now());
        self.changed_at = Instant::now();
        self.consider_rebuild(ctx);
    }
}

impl Handler<Rebuild> for IndexWriter {
    type Result = ();

    fn handle(&mut self, message: Rebuild, ctx: &mut Context<Self>) {
        self.wanted.push(message.done);
        self.consider_rebuild(ctx);
    }
}

impl Handler<Finished> for IndexWriter {
    type Result = ();

    fn handle(&mut self, message: Finished, ctx: &mut Context<Self>) {
        match (message.target, message.outcome) {
            (target, Err(reason)) => self.give_up_rebuild(target, &reason),
            (Target::Serving, Ok(rebuilt)) => {
                self.rebuilding = None;
                self.install(rebuilt);
            }
            (Target::Staged, Ok(rebuilt)) => {
                self.rebuilding = None;
                self.finish_cut_over(rebuilt);
            }
        }
        self.consider_rebuild(ctx);
    }
}

impl Handler<Retire> for IndexWriter {
    type Result = ();

    fn handle(&mut self, _: Retire, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

#[cfg(test)]
impl Handler<Die> for IndexWriter {
    type Result = ();

    fn handle(&mut self, _: Die, _: &mut Context<Self>) {
        panic!("told to die");
    }
}
