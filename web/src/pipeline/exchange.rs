//! The vectors of another generation on their way into the engine, beside the projector: changes
//! go on meanwhile, and nothing lands among vectors of other models.

use super::{PipelineError, frames::frame_of, generation::loaded, vectors::blocks};
use reco_actors::system::{LoadedModels, RecoHandle};
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
    task: JoinHandle<Result<(), PipelineError>>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Exchange {
    /// Begins to fill the engine: beside the vectors that answer, or into an index without any.
    pub(super) async fn begin(shop: &Shop, engine: &RecoHandle, generation: Generation) -> Result<Self, PipelineError> {
        let models = loaded(&generation.models);
        let status = engine.status();
        let is_beside = status.text_vectors + status.image_vectors > 0;
        let from = is_beside.then(|| engine.index_models());
        if is_beside {
            engine.stage(models).await?;
        } else {
            engine.use_models(models).await?;
        }
        let turn = Arc::<Mutex<()>>::default();
        let filling = Filling {
            shop: shop.clone(),
            engine: engine.clone(),
            generation: generation.clone(),
            turn: Arc::clone(&turn),
            is_beside,
        };
        Ok(Self {
            generation,
            from,
            turn,
            task: tokio::spawn(filling.run()),
        })
    }

    /// Returns when the generation answers, or why it cannot.
    pub(super) async fn ended(&mut self) -> Result<(), PipelineError> {
        match (&mut self.task).await {
            Ok(outcome) => outcome,
            Err(died) => Err(reco_actors::RecoError::Unavailable(died.to_string()).into()),
        }
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
    async fn run(self) -> Result<(), PipelineError> {
        let models = loaded(&self.generation.models);
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
            self.engine.set_vectors(models.clone(), blocks(&ids, page)).await?;
            drop(turn);
        }
        let width = |model: Option<reco_actors::embed::ModelInfo>| model.map_or(0, |model| model.dim);
        let dims = (width(models.text), width(models.image));
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
