//! Models, frames and the exchange of one index for another, as users of the engine see it.

use super::{
    config::LoadedModels,
    handle::{Change, RecoHandle, StoredVectors, died},
    shared::models_of,
};
use crate::{
    RecoError,
    actors::{
        ApplyStaged, Captions, Configure, CutOver, Images, Modality, PinFrame, SetVectors, Stage, Texts, Unstage,
        UseModels,
    },
    embed::EmbedderFactory,
    index::{FrameData, Generation},
};
use std::sync::Arc;
use tokio::sync::oneshot;

const WRITER: &str = "index writer";

impl RecoHandle {
    /// The models of the current encoders.
    #[must_use]
    pub fn models(&self) -> LoadedModels {
        models_of(self.shared.factory.lock().as_ref())
    }

    /// The models that the vectors which answer were made with.
    #[must_use]
    pub fn index_models(&self) -> LoadedModels {
        self.shared.serving.load().models.clone()
    }

    /// Exchanges the encoders at run time: models appear, change or go. Vectors stay as they
    /// are; see [`use_models`](Self::use_models) and [`stage`](Self::stage). Returns when each
    /// modality has an encoder ready.
    ///
    /// # Errors
    /// `Model` when an encoder cannot be built (the engine keeps trying), `Unavailable`.
    pub async fn set_embedders(&self, factory: Option<Arc<dyn EmbedderFactory>>) -> Result<(), RecoError> {
        let actors = self.shared.actors()?;
        (*self.shared.factory.lock()).clone_from(&factory);
        let (texts, texts_ready) = oneshot::channel();
        let (images, images_ready) = oneshot::channel();
        let text = actors.texts.send(Configure {
            factory: factory.clone(),
            ready: texts,
        });
        let (captions, captions_ready) = oneshot::channel();
        let image = actors.images.send(Configure {
            factory: factory.clone(),
            ready: images,
        });
        let caption = actors.captions.send(Configure {
            factory,
            ready: captions,
        });
        text.await.map_err(|_| died(Texts::NAME))?;
        image.await.map_err(|_| died(Images::NAME))?;
        texts_ready.await.map_err(|_| died(Texts::NAME))??;
        images_ready.await.map_err(|_| died(Images::NAME))??;
        caption.await.map_err(|_| died(Captions::NAME))?;
        if let Err(error) = captions_ready.await.map_err(|_| died(Captions::NAME))? {
            tracing::warn!(%error, "pictures are not searched by words");
        }
        Ok(())
    }

    /// Holds vectors of these models from now on; a model left out stays what it was, with its
    /// vectors, unless there are none at all. Other
    /// models than before empty the index at once, and a pinned frame goes with them.
    ///
    /// # Errors
    /// `Unavailable` when the index writer is not running.
    pub async fn use_models(&self, models: LoadedModels) -> Result<StoredVectors, RecoError> {
        let writer = &self.shared.actors()?.writer;
        writer.send(UseModels(models)).await.map_err(|_| died(WRITER))
    }

    /// The means and the imputation that answers are made with now.
    #[must_use]
    pub fn frame(&self) -> FrameData {
        self.shared.serving.load().reader.load().frame()
    }

    /// The generation that answers now, for measurements. Holding it holds its memory.
    #[must_use]
    pub fn vectors(&self) -> Arc<Generation> {
        self.shared.serving.load().reader.load()
    }

    /// Sees all vectors through this frame instead of fitting one at each rebuild; what is given
    /// back tells when a generation under it serves. `None` has the next rebuild fit again.
    ///
    /// # Errors
    /// `InvalidArgument` when the frame is for other widths, `Unavailable` when the index writer
    /// died.
    pub async fn pin_frame(&self, frame: Option<FrameData>) -> Result<Pinned, RecoError> {
        let (done, serves) = oneshot::channel();
        let writer = &self.shared.actors()?.writer;
        writer
            .send(PinFrame {
                frame,
                staged: false,
                done,
            })
            .await
            .map_err(|_| died(WRITER))??;
        Ok(Pinned(serves))
    }

    /// The same for the staged index, for its cut over.
    ///
    /// # Errors
    /// `InvalidArgument` when nothing is staged or the frame is for other widths, `Unavailable`.
    pub async fn pin_staged_frame(&self, frame: Option<FrameData>) -> Result<(), RecoError> {
        let (done, _) = oneshot::channel();
        let writer = &self.shared.actors()?.writer;
        let pinned = writer
            .send(PinFrame {
                frame,
                staged: true,
                done,
            })
            .await;
        pinned.map_err(|_| died(WRITER))?
    }

    /// Begins an empty index for vectors of these models beside the one that answers; what was
    /// staged before is given up.
    ///
    /// # Errors
    /// `Unavailable` when the index writer is not running.
    pub async fn stage(&self, models: LoadedModels) -> Result<(), RecoError> {
        let writer = &self.shared.actors()?.writer;
        writer.send(Stage(models)).await.map_err(|_| died(WRITER))
    }

    /// Gives up what is staged, if anything.
    ///
    /// # Errors
    /// `Unavailable` when the index writer is not running.
    pub async fn unstage(&self) -> Result<(), RecoError> {
        let writer = &self.shared.actors()?.writer;
        writer.send(Unstage).await.map_err(|_| died(WRITER))
    }

    /// Fills the staged index with [`Change::Vectors`]. Items must be known; deletions of items
    /// reach it through [`apply`](Self::apply).
    ///
    /// # Errors
    /// `InvalidArgument`, and nothing is changed, when nothing is staged or a change is not of
    /// vectors; `Unavailable`.
    pub async fn apply_staged(&self, vectors: Vec<Change>) -> Result<(), RecoError> {
        let writer = &self.shared.actors()?.writer;
        let applied = writer.send(ApplyStaged(vectors)).await;
        applied.map_err(|_| died(WRITER))?
    }

    /// Sets vectors of these models in whichever index is of them, the one that answers or the
    /// staged one; tells whether there is one. For whoever follows changes while the two are
    /// exchanged: nothing lands among vectors of other models.
    ///
    /// # Errors
    /// `InvalidArgument`, and nothing is changed, when a change is not of vectors; `Unavailable`.
    pub async fn set_vectors(&self, models: LoadedModels, vectors: Vec<Change>) -> Result<bool, RecoError> {
        let writer = &self.shared.actors()?.writer;
        let set = writer.send(SetVectors { models, vectors }).await;
        set.map_err(|_| died(WRITER))?
    }

    /// Builds the staged index and lets it answer instead of the present one, which is dropped.
    /// Readers change over in one step; a search under way ends on the index it began on.
    ///
    /// # Errors
    /// `InvalidArgument` when nothing is staged, `Unavailable` when the build died or what was
    /// staged was given up meanwhile.
    pub async fn cut_over(&self) -> Result<(), RecoError> {
        let (done, over) = oneshot::channel();
        let writer = &self.shared.actors()?.writer;
        writer.send(CutOver { done }).await.map_err(|_| died(WRITER))?;
        over.await.map_err(|_| died("cut over"))?
    }
}

/// A frame is pinned; an index that sees through it may still be under way.
#[derive(Debug)]
#[must_use = "wait for it, or drop it on purpose"]
pub struct Pinned(oneshot::Receiver<()>);

impl Pinned {
    /// Returns when a generation under the frame serves.
    ///
    /// # Errors
    /// `Unavailable` when the rebuild died: the frame is then used from the next one on.
    pub async fn serves(self) -> Result<(), RecoError> {
        self.0.await.map_err(|_| died("rebuild"))
    }
}
