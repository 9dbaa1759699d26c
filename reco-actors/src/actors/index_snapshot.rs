//! How the index writer takes part in snapshots: it alone knows a moment at which catalogue,
//! vectors and position agree. Writing and reading files is left to other threads.

use super::index_writer::{IndexWriter, retire};
use crate::{
    index::CapturedBase,
    snapshot::{Loaded, SnapshotError, State},
    system::{Index, LoadedModels},
};
use actix::{Context, Handler, Message, MessageResult};
use chrono::Utc;
use std::sync::{Arc, atomic::Ordering::SeqCst};

/// Everything as it is now, and the models of the vectors.
#[derive(Message)]
#[rtype(result = "(State, LoadedModels)")]
pub(crate) struct Capture;

/// Take over the state of a snapshot.
#[derive(Message)]
#[rtype(result = "Result<(), SnapshotError>")]
pub(crate) struct TakeOver(pub(crate) Box<Loaded>);

/// Search a base whose numbers lie in a file now.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Adopt(pub(crate) CapturedBase);

impl Handler<Capture> for IndexWriter {
    type Result = MessageResult<Capture>;

    fn handle(&mut self, _: Capture, _: &mut Context<Self>) -> Self::Result {
        let vectors = self.shared.vectors.lock();
        let state = State {
            position: self.shared.position.load(SeqCst),
            // Readers share this lock; the only one it keeps waiting is this actor.
            catalog: self.shared.catalog.read().capture(),
            vectors: vectors.serving.writer.capture(),
            behaviour: self.shared.behaviour.read().to_bytes().unwrap_or_default(),
        };
        MessageResult((state, vectors.serving.models.clone()))
    }
}

impl Handler<TakeOver> for IndexWriter {
    type Result = Result<(), SnapshotError>;

    fn handle(&mut self, TakeOver(loaded): TakeOver, ctx: &mut Context<Self>) -> Self::Result {
        let shared = Arc::clone(&self.shared);
        let mut vectors = shared.vectors.lock();
        // Held to the end: whoever finds an item finds its vectors.
        let mut catalog = shared.catalog.write();
        if !catalog.is_untouched() || !vectors.serving.writer.is_empty() {
            return Err(SnapshotError::NotEmpty);
        }
        let index = Index::of(loaded.vectors, loaded.models);
        shared.serving.store(index.view());
        vectors.serving = index;
        *catalog = loaded.catalog;
        *shared.behaviour.write() = loaded.behaviour;
        shared.position.store(loaded.position, SeqCst);
        *shared.applied_at.lock() = Some(Utc::now());
        drop(catalog);
        drop(vectors);
        self.consider_rebuild(ctx);
        Ok(())
    }
}

impl Handler<Adopt> for IndexWriter {
    type Result = ();

    fn handle(&mut self, Adopt(captured): Adopt, _: &mut Context<Self>) {
        let (was, mapped) = captured.into_parts();
        let old = self.shared.vectors.lock().serving.writer.adopt(&was, mapped);
        drop(was);
        if let Some(old) = old {
            retire(old);
        }
    }
}
