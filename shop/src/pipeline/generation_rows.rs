//! Generations as rows, without their frames, which may be of some megabytes each.

use super::{Generation, GenerationModels, ModelWidth};
use chrono::{DateTime, Utc};
use entities::embedding_generation::{self as generation, GenerationState};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    DerivePartialModel,
};

pub(super) fn row(models: &GenerationModels, state: GenerationState, now: DateTime<Utc>) -> generation::ActiveModel {
    let id = |model: &Option<ModelWidth>| model.as_ref().map(|model| model.id.clone());
    let dim = |model: &Option<ModelWidth>| {
        let dim = model.as_ref().map_or(0, |model| model.dim);
        i32::try_from(dim).unwrap_or(i32::MAX)
    };
    generation::ActiveModel {
        id: NotSet,
        text_model: Set(id(&models.text)),
        text_dim: Set(dim(&models.text)),
        image_model: Set(id(&models.image)),
        image_dim: Set(dim(&models.image)),
        state: Set(state),
        frame: Set(None),
        created_at: Set(now),
        serving_at: Set((state == GenerationState::Serving).then_some(now)),
        retired_at: Set(None),
    }
}

/// A row without its frame, which may be of some megabytes.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "generation::Entity")]
pub(super) struct Head {
    pub(super) id: i64,
    text_model: Option<String>,
    text_dim: i32,
    image_model: Option<String>,
    image_dim: i32,
    state: GenerationState,
    created_at: DateTime<Utc>,
    serving_at: Option<DateTime<Utc>>,
}

pub(super) fn read(row: Head) -> Generation {
    let model = |id: Option<String>, dim: i32| {
        let dim = usize::try_from(dim).unwrap_or_default();
        id.map(|id| ModelWidth { id, dim })
    };
    Generation {
        id: row.id,
        models: GenerationModels {
            text: model(row.text_model, row.text_dim),
            image: model(row.image_model, row.image_dim),
        },
        state: row.state,
        created_at: row.created_at,
        serving_at: row.serving_at,
    }
}
