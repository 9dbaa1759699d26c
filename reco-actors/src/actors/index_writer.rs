//! The only writer of the catalogue and vector indexes. Runs on the engine's thread, holds the
//! catalogue's lock for a few items at a time, and leaves rebuilds to a thread of their own.
//!
//! Its state lives in [`Shared`], so a replaced writer goes on where its predecessor died.

use super::{DeathNotice, Retire, panic_text};
use crate::{
    Slot,
    index::{Rebuilt, VectorWriter},
    system::{Change, LoadedModels, Shared, StoredVectors, Vectors},
};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message};
use chrono::Utc;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, SeqCst},
    },
    time::Instant,
};
use tokio::sync::oneshot;

/// Items changed under one hold of the catalogue's lock: readers wait well under a millisecond.
const CHUNK: usize = 8;
/// Callers are few (a projector, an administrator) and wait for their answers.
const MAILBOX: usize = 256;

/// Applies changes and has the index rebuilt.
pub(crate) struct IndexWriter {
    shared: Arc<Shared>,
    /// Told when the next rebuild planned from now on is installed.
    wanted: Vec<oneshot::Sender<()>>,
    /// Told when the rebuild under way is installed.
    served: Vec<oneshot::Sender<()>>,
    rebuilding: bool,
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

/// Hold vectors of these models from now on.
#[derive(Message)]
#[rtype(result = "StoredVectors")]
pub(crate) struct UseModels(pub(crate) LoadedModels);

impl<A, M: Message<Result = Self>> actix::dev::MessageResponse<A, M> for StoredVectors
where
    A: Actor,
{
    fn handle(self, _: &mut A::Context, reply: Option<actix::dev::OneshotSender<Self>>) {
        if let Some(reply) = reply {
            let _ = reply.send(self);
        }
    }
}

/// A rebuild has run, or died with these words.
#[derive(Message)]
#[rtype(result = "()")]
struct Finished(Result<Rebuilt, String>);

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
            rebuilding: false,
            due_since: None,
            changed_at: Instant::now(),
            _notice: notice,
        }
    }

    fn apply(&self, changes: Vec<Change>) {
        let mut vectors = self.shared.vectors.lock();
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
                            self.forget(&mut vectors, slot);
                        }
                    }
                    Change::Vectors { id, text, image } => match catalog.slot(id) {
                        Some(slot) => self.set(&mut vectors, slot, text, image),
                        None => tracing::debug!(item.id = %id.0, "vectors of an unknown item"),
                    },
                }
            }
        }
        vectors.writer.publish();
    }

    fn set(&self, vectors: &mut Vectors, slot: Slot, text: Option<Vec<f32>>, image: Option<Vec<f32>>) {
        let has = (text.is_some(), image.is_some());
        match vectors.writer.upsert(slot, text, image) {
            Ok(()) => self.note(vectors, slot, has),
            Err(error) => {
                self.shared.refused_vectors.fetch_add(1, Relaxed);
                tracing::warn!(reco.slot = slot.0, reco.error = %error, "vectors refused");
            }
        }
    }

    fn forget(&self, vectors: &mut Vectors, slot: Slot) {
        vectors.writer.remove(slot);
        self.note(vectors, slot, (false, false));
    }

    /// Keeps the counts of text and image vectors.
    fn note(&self, vectors: &mut Vectors, slot: Slot, has: (bool, bool)) {
        let had = match has {
            (false, false) => vectors.presence.remove(&slot),
            has => vectors.presence.insert(slot, has),
        };
        let had = had.unwrap_or_default();
        for (count, had, has) in [
            (&self.shared.text_vectors, had.0, has.0),
            (&self.shared.image_vectors, had.1, has.1),
        ] {
            match (had, has) {
                (false, true) => count.fetch_add(1, Relaxed),
                (true, false) => count.fetch_sub(1, Relaxed),
                _ => continue,
            };
        }
    }

    /// Starts a rebuild when one is due and changes have paused, or looks again later.
    fn consider_rebuild(&mut self, ctx: &mut Context<Self>) {
        if self.rebuilding {
            return;
        }
        if !self.wanted.is_empty() {
            self.start_rebuild(ctx);
            return;
        }
        if !self.shared.vectors.lock().writer.rebuild_due() {
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
        let job = self.shared.vectors.lock().writer.plan_rebuild();
        self.rebuilding = true;
        self.due_since = None;
        self.served.append(&mut self.wanted);
        let writer = ctx.address();
        let run = move || {
            let rebuilt = catch_unwind(AssertUnwindSafe(|| job.run()));
            // Not from a request, and at most one at a time.
            writer.do_send(Finished(rebuilt.map_err(|panic| panic_text(&*panic))));
        };
        match std::thread::Builder::new().name("reco-rebuild".into()).spawn(run) {
            Ok(thread) => self.shared.keep_thread(thread),
            Err(error) => self.give_up_rebuild(&format!("no thread: {error}")),
        }
    }

    fn give_up_rebuild(&mut self, reason: &str) {
        self.rebuilding = false;
        self.served.clear();
        self.shared.vectors.lock().writer.abandon_rebuild();
        self.shared.remember_error(format!("rebuild of the index: {reason}"));
    }
}

impl Actor for IndexWriter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        // A predecessor may have died with a rebuild under way: its result is void.
        self.shared.vectors.lock().writer.abandon_rebuild();
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
        match message.0 {
            Ok(rebuilt) => {
                self.rebuilding = false;
                if self.shared.vectors.lock().writer.install(rebuilt) {
                    for served in self.served.drain(..) {
                        let _ = served.send(());
                    }
                } else {
                    // Void: the models changed meanwhile. Those who wait want the new index.
                    self.wanted.append(&mut self.served);
                }
            }
            Err(reason) => self.give_up_rebuild(&reason),
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

impl Handler<UseModels> for IndexWriter {
    type Result = StoredVectors;

    fn handle(&mut self, UseModels(models): UseModels, _: &mut Context<Self>) -> StoredVectors {
        let shared = &self.shared;
        let mut vectors = shared.vectors.lock();
        // A model that went away leaves its vectors: they still answer.
        let wanted = LoadedModels {
            text: models.text.or_else(|| vectors.models.text.clone()),
            image: models.image.or_else(|| vectors.models.image.clone()),
        };
        if wanted == vectors.models {
            return StoredVectors::Kept;
        }
        vectors.writer = VectorWriter::new(shared.config.index(&wanted));
        vectors.models = wanted;
        vectors.presence.clear();
        shared.text_vectors.store(0, Relaxed);
        shared.image_vectors.store(0, Relaxed);
        shared.reader.store(Arc::new(vectors.writer.reader()));
        StoredVectors::Dropped
    }
}

#[cfg(test)]
impl Handler<Die> for IndexWriter {
    type Result = ();

    fn handle(&mut self, _: Die, _: &mut Context<Self>) {
        panic!("told to die");
    }
}
