//! How the index writer exchanges models, frames and whole indexes: another set of vectors is
//! filled beside the one that answers and takes over in one step, so that vectors of different
//! models never meet.

use super::index_writer::{IndexWriter, Target, retire};
use crate::{
    RecoError,
    index::{FrameData, Rebuilt},
    system::{Change, Index, LoadedModels, StoredVectors},
};
use actix::{Actor, Context, Handler, Message};
use std::sync::{Arc, atomic::Ordering::SeqCst};
use tokio::sync::oneshot;

/// Hold vectors of these models from now on.
#[derive(Message)]
#[rtype(result = "StoredVectors")]
pub(crate) struct UseModels(pub(crate) LoadedModels);

/// See vectors through this frame.
#[derive(Message)]
#[rtype(result = "Result<(), RecoError>")]
pub(crate) struct PinFrame {
    pub(crate) frame: Option<FrameData>,
    pub(crate) staged: bool,
    pub(crate) done: oneshot::Sender<()>,
}

/// Begin an index of these models beside the one that answers.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Stage(pub(crate) LoadedModels);

/// Give up what is staged.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Unstage;

/// Put these vectors into the staged index.
#[derive(Message)]
#[rtype(result = "Result<(), RecoError>")]
pub(crate) struct ApplyStaged(pub(crate) Vec<Change>);

/// Put these vectors into whichever index is of these models.
#[derive(Message)]
#[rtype(result = "Result<bool, RecoError>")]
pub(crate) struct SetVectors {
    pub(crate) models: LoadedModels,
    pub(crate) vectors: Vec<Change>,
}

/// Build the staged index and let it answer.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct CutOver {
    pub(crate) done: oneshot::Sender<Result<(), RecoError>>,
}

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

fn nothing_staged() -> RecoError {
    RecoError::InvalidArgument {
        name: "staged",
        reason: "no index is staged".into(),
    }
}

impl IndexWriter {
    /// Lets an index answer in place of the present one, under a number not used before.
    fn serve(&self, serving: &mut Index, mut index: Index) {
        index.writer.count_from(serving.writer.number() + 1);
        self.shared.serving.store(index.view());
        let old = std::mem::replace(serving, index);
        retire(Arc::clone(old.writer.base()));
    }

    pub(super) fn start_cut_over(&mut self, ctx: &Context<Self>) {
        let mut vectors = self.shared.vectors.lock();
        let serves = !vectors.serving.writer.is_empty();
        let job = vectors.staged.as_mut().map(|staged| staged.writer.plan_rebuild());
        let job = job.map(|job| job.beside_others(serves));
        drop(vectors);
        match job {
            Some(job) => self.build(Target::Staged, job, ctx),
            None => self.answer_cut_over(|| Err(nothing_staged())),
        }
    }

    pub(super) fn finish_cut_over(&mut self, rebuilt: Rebuilt) {
        let shared = Arc::clone(&self.shared);
        let mut vectors = shared.vectors.lock();
        let built = vectors
            .staged
            .as_mut()
            .is_some_and(|staged| staged.writer.install(rebuilt));
        let Some(staged) = vectors.staged.take_if(|_| built) else {
            drop(vectors);
            self.give_up_cut_over("what was staged was given up meanwhile");
            return;
        };
        self.serve(&mut vectors.serving, staged);
        shared.staged.store(None);
        drop(vectors);
        self.answer_cut_over(|| Ok(()));
    }

    fn set_all(&self, index: &mut Index, changes: Vec<Change>) -> Result<(), RecoError> {
        if !changes.iter().all(|change| matches!(change, Change::Vectors { .. })) {
            return Err(RecoError::InvalidArgument {
                name: "vectors",
                reason: "only vectors can be set here".into(),
            });
        }
        let catalog = self.shared.catalog.read();
        for change in changes {
            if let Change::Vectors { id, text, image } = change {
                self.set(&catalog, index, id, (text, image));
            }
        }
        Ok(())
    }

    pub(super) fn give_up_cut_over(&mut self, reason: &str) {
        if let Some(staged) = &mut self.shared.vectors.lock().staged {
            staged.writer.abandon_rebuild();
        }
        self.answer_cut_over(|| Err(RecoError::Unavailable(format!("cut over: {reason}"))));
    }

    fn answer_cut_over(&mut self, outcome: impl Fn() -> Result<(), RecoError>) {
        for waiting in self.cutting.drain(..) {
            let _ = waiting.send(outcome());
        }
    }
}

impl Handler<UseModels> for IndexWriter {
    type Result = StoredVectors;

    fn handle(&mut self, UseModels(models): UseModels, _: &mut Context<Self>) -> StoredVectors {
        let mut vectors = self.shared.vectors.lock();
        let counts = Arc::clone(&self.shared.serving.load().counts);
        let wanted = if counts.text.load(SeqCst) + counts.image.load(SeqCst) == 0 {
            models
        } else {
            // A model that went away leaves its vectors: they still answer.
            LoadedModels {
                text: models.text.or_else(|| vectors.serving.models.text.clone()),
                image: models.image.or_else(|| vectors.serving.models.image.clone()),
            }
        };
        if wanted == vectors.serving.models {
            return StoredVectors::Kept;
        }
        let empty = self.shared.empty_index(wanted);
        self.serve(&mut vectors.serving, empty);
        StoredVectors::Dropped
    }
}

impl Handler<PinFrame> for IndexWriter {
    type Result = Result<(), RecoError>;

    fn handle(&mut self, pin: PinFrame, ctx: &mut Context<Self>) -> Self::Result {
        let mut vectors = self.shared.vectors.lock();
        if pin.staged {
            let staged = vectors.staged.as_mut().ok_or_else(nothing_staged)?;
            staged.writer.pin_frame(pin.frame)?;
            return Ok(());
        }
        let rebuild = vectors.serving.writer.pin_frame(pin.frame)?;
        drop(vectors);
        if rebuild {
            self.wanted.push(pin.done);
            self.consider_rebuild(ctx);
        } else {
            let _ = pin.done.send(());
        }
        Ok(())
    }
}

impl Handler<Stage> for IndexWriter {
    type Result = ();

    fn handle(&mut self, Stage(models): Stage, _: &mut Context<Self>) {
        let index = self.shared.empty_index(models);
        self.shared.staged.store(Some(index.view()));
        self.shared.vectors.lock().staged = Some(index);
    }
}

impl Handler<Unstage> for IndexWriter {
    type Result = ();

    fn handle(&mut self, _: Unstage, _: &mut Context<Self>) {
        self.shared.staged.store(None);
        self.shared.vectors.lock().staged = None;
    }
}

impl Handler<ApplyStaged> for IndexWriter {
    type Result = Result<(), RecoError>;

    fn handle(&mut self, ApplyStaged(changes): ApplyStaged, _: &mut Context<Self>) -> Self::Result {
        let mut vectors = self.shared.vectors.lock();
        let staged = vectors.staged.as_mut().ok_or_else(nothing_staged)?;
        self.set_all(staged, changes)
    }
}

impl Handler<SetVectors> for IndexWriter {
    type Result = Result<bool, RecoError>;

    fn handle(&mut self, message: SetVectors, ctx: &mut Context<Self>) -> Self::Result {
        let mut guard = self.shared.vectors.lock();
        let vectors = &mut *guard;
        if vectors.serving.models == message.models {
            self.set_all(&mut vectors.serving, message.vectors)?;
            vectors.serving.writer.publish();
            drop(guard);
            self.consider_rebuild(ctx);
            return Ok(true);
        }
        match vectors.staged.as_mut().filter(|staged| staged.models == message.models) {
            Some(staged) => self.set_all(staged, message.vectors).map(|()| true),
            None => Ok(false),
        }
    }
}

impl Handler<CutOver> for IndexWriter {
    type Result = ();

    fn handle(&mut self, message: CutOver, ctx: &mut Context<Self>) {
        if self.shared.vectors.lock().staged.is_none() {
            let _ = message.done.send(Err(nothing_staged()));
            return;
        }
        self.cutting.push(message.done);
        self.consider_rebuild(ctx);
    }
}
