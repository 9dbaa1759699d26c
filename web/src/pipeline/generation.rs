//! Which vectors serve: the models that this process embeds with, told to all, and the
//! generation that all have agreed on, as the engine takes it.

use super::{PipelineError, worker::models_of};
use reco_actors::{
    embed::ModelInfo,
    system::{LoadedModels, RecoHandle},
};
use shop::{
    Shop, ShopError,
    pipeline::{Generation, GenerationModels, ModelWidth},
};

/// Tells the other processes which models this one embeds with. The first ones serve at once;
/// vectors of others are made beside those that serve.
pub(crate) async fn announce_models(shop: &Shop, engine: &RecoHandle) -> Result<(), ShopError> {
    let models = models_of(engine);
    if models.ids().next().is_none() {
        return Ok(());
    }
    let generation = shop.pipeline().generations.want(&models, shop.now()).await?;
    tracing::info!(generation.id, generation.state = ?generation.state, "models");
    Ok(())
}

/// The models of a generation, as the engine names them.
pub(super) fn loaded(models: &GenerationModels) -> LoadedModels {
    let info = |model: &Option<ModelWidth>| {
        model.as_ref().map(|model| ModelInfo {
            id: model.id.clone(),
            dim: model.dim,
        })
    };
    LoadedModels {
        text: info(&models.text),
        image: info(&models.image),
    }
}

/// When every product has its vectors of the generation that is built, lets it serve.
///
/// # Errors
/// When the database fails.
pub(super) async fn cut_over_when_complete(shop: &Shop, engine: &RecoHandle) -> Result<(), PipelineError> {
    let generations = &shop.pipeline().generations;
    let Some(Generation { id, models, .. }) = generations.building().await? else {
        return Ok(());
    };
    // Only who makes its vectors can tell that none is under way.
    if models != models_of(engine) || generations.progress(&models).await?.lacking > 0 {
        return Ok(());
    }
    if generations.cut_over(id, shop.now()).await? {
        tracing::info!(generation.id = id, "other models serve");
    }
    Ok(())
}
