//! Which models this process embeds with, told to all, and models as the engine names them.

use super::worker::models_of;
use reco_actors::{
    embed::ModelInfo,
    system::{LoadedModels, RecoHandle},
};
use shop::{
    Shop, ShopError,
    pipeline::{GenerationModels, ModelWidth},
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
