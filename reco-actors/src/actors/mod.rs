//! The actors on the engine's own thread: who queues embeddings and who writes the indexes.
//!
//! * [`dispatcher`]: one per modality; queues inputs, feeds idle encoders, replaces dead ones;
//! * [`queue`]: the order of that work, without actors;
//! * [`worker`]: an encoder's thread;
//! * [`modality`]: what texts and pictures differ in;
//! * [`index_writer`]: the only writer of the catalogue and vector indexes;
//! * [`index_stage`]: how it exchanges models, frames and whole indexes;
//! * [`index_snapshot`]: how it takes part in snapshots.

mod dispatcher;
mod index_snapshot;
mod index_stage;
mod index_writer;
mod modality;
mod queue;
mod worker;

pub(crate) use dispatcher::{Configure, Dispatcher, Submit};
pub(crate) use index_snapshot::{Adopt, Capture, TakeOver};
pub(crate) use index_stage::{ApplyStaged, CutOver, PinFrame, SetVectors, Stage, Unstage, UseModels};
pub(crate) use index_writer::{Apply, IndexWriter, Rebuild};
pub(crate) use modality::{Captions, Images, Modality, Texts};
pub(crate) use queue::Entry;

#[cfg(test)]
pub(crate) use index_writer::Die;

use tokio::sync::mpsc::UnboundedSender;

/// Tells the supervisor, when dropped, that its actor is gone: by a stop or by a panic.
pub(crate) struct DeathNotice {
    name: &'static str,
    supervisor: UnboundedSender<&'static str>,
}

impl DeathNotice {
    pub(crate) fn new(name: &'static str, supervisor: &UnboundedSender<&'static str>) -> Self {
        Self {
            name,
            supervisor: supervisor.clone(),
        }
    }
}

impl Drop for DeathNotice {
    fn drop(&mut self) {
        // Nobody listens after shutdown.
        let _ = self.supervisor.send(self.name);
    }
}

/// Make way for a successor: one of the actors has died.
#[derive(actix::Message)]
#[rtype(result = "()")]
pub(crate) struct Retire;

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panicked".to_owned())
}
