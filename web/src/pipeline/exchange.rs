//! The vectors of another generation on their way into the engine, beside the projector: changes
//! go on meanwhile, and nothing lands among vectors of other models.

use super::{FIRST_PAUSE, LONGEST_PAUSE, PipelineError, frames::frame_of, generation::loaded, vectors::blocks};
use reco_actors::{
    RecoError,
    embed::ModelInfo,
    system::{LoadedModels, RecoHandle},
};
use shop::{Shop, id::ProductId, pipeline::Generation};
use std::{collections::BTreeSet, sync::Arc};
use tokio::{sync::Mutex, task::JoinHandle};

/// Products read at once.
const PAGE: u64 = 500;

/// An exchange under way; given up when dropped.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) generation: Generation,
    /// Models of the vectors that are replaced; none where there were none.
    from: Option<LoadedModels>,
    /// Held from reading vectors until they are set, so that an older reading never overwrites
    /// a newer one.
    turn: Arc<Mutex<()>>,
    task: JoinHandle<()>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Exchange {
    /// Begins to fill the engine: beside the vectors that answer, or into an index without any.
    pub(super) fn begin(shop: &Shop, engine: &RecoHandle, generation: Generation) -> Self {
        let status = engine.status();
        let is_beside = status.text_vectors + status.image_vectors > 0;
        let from = is_beside.then(|| engine.index_models());
        let turn = Arc::<Mutex<()>>::default();
        let filling = Filling {
            shop: shop.clone(),
            engine: engine.clone(),
            generation: generation.clone(),
            turn: Arc::clone(&turn),
            is_beside,
        };
        Self {
            generation,
            from,
            turn,
            task: tokio::spawn(filling.run()),
        }
    }

    /// Returns when the generation answers.
    ///
    /// # Errors
    /// When the work died.
    pub(super) async fn ended(&mut self) -> Result<(), PipelineError> {
        let outcome = (&mut self.task).await;
        outcome.map_err(|died| RecoError::Unavailable(died.to_string()).into())
    }

    /// Sets what is stored for these products, whichever of the two answers.
    pub(super) async fn set(&self, shop: &Shop, engine: &RecoHandle, ids: &[ProductId]) -> Result<(), PipelineError> {
        let _turn = self.turn.lock().await;
        let to = loaded(&self.generation.models);
        for models in self.from.iter().chain([&to]) {
            set(shop, engine, models, ids).await?;
        }
        Ok(())
    }
}

async fn set(shop: &Shop, engine: &RecoHandle, models: &LoadedModels, ids: &[ProductId]) -> Result<(), PipelineError> {
    let names = [&models.text, &models.image];
    let names: Vec<&str> = names.into_iter().flatten().map(|model| model.id.as_str()).collect();
    let stored = shop.embeddings().of(ids, &names).await?;
    engine.set_vectors(models.clone(), blocks(ids, stored)).await?;
    Ok(())
}

struct Filling {
    shop: Shop,
    engine: RecoHandle,
    generation: Generation,
    turn: Arc<Mutex<()>>,
    is_beside: bool,
}

impl Filling {
    /// Until it has come to pass: what fails is tried again from the start, after longer and
    /// longer pauses, and changes go on meanwhile.
    async fn run(self) {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.fill().await {
            tracing::error!(%error, generation.id = self.generation.id, "other models do not serve here yet");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn fill(&self) -> Result<(), PipelineError> {
        let models = loaded(&self.generation.models);
        if self.is_beside {
            self.engine.stage(models.clone()).await?;
        } else {
            self.engine.use_models(models.clone()).await?;
        }
        let names: Vec<&str> = self.generation.models.ids().collect();
        let mut after = None;
        loop {
            let turn = self.turn.lock().await;
            let page = self.shop.embeddings().page(&names, after, PAGE).await?;
            let Some(last) = page.last().map(|stored| stored.product) else {
                break;
            };
            after = Some(last);
            let ids: BTreeSet<ProductId> = page.iter().map(|stored| stored.product).collect();
            let ids: Vec<ProductId> = ids.into_iter().collect();
            if !self.engine.set_vectors(models.clone(), blocks(&ids, page)).await? {
                let reason = "the index is of other models";
                return Err(RecoError::Unavailable(reason.into()).into());
            }
            drop(turn);
        }
        let width = |model: &Option<ModelInfo>| model.as_ref().map_or(0, |model| model.dim);
        let dims = (width(&models.text), width(&models.image));
        let frame = frame_of(&self.shop, &self.generation, dims).await?;
        if self.is_beside {
            self.engine.pin_staged_frame(Some(frame)).await?;
            self.engine.cut_over().await?;
        } else {
            self.engine.pin_frame(Some(frame)).await?.serves().await?;
        }
        tracing::info!(generation.id = self.generation.id, "vectors of other models serve here");
        Ok(())
    }
}
