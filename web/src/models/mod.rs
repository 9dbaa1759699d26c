//! Obtaining and opening models: fetched once, verified by hash, never required.
//!
//! [`ensure`] brings the files of the chosen models into the models directory and says what
//! it did; [`open`] makes the engine's encoders of what is there, without network. Which
//! files, from where and with which hash is the business of the manifests alone.

mod advice;
mod choice;
mod fetch;
mod hub;
mod report;
mod settings;
mod store;
mod wheel;

pub use choice::{FALLBACK_IMAGE_MODEL, ImageChoice, PREFERRED_IMAGE_MODEL};
pub use report::{FileReport, FileState, ListedModel, ModelReport, ModelState};
pub use settings::{ImageModel, ModelSettings, Profile};

use fetch::Fetcher;
use indicatif::MultiProgress;
use reco_actors::{
    RecoError,
    embed::{EmbedderFactory, OnnxFactory, OnnxOptions, manifest::RUNTIME_ID},
};
use std::{path::PathBuf, sync::Arc};
use store::Store;
use thiserror::Error;

/// Why models cannot be obtained or opened at all. A source that cannot be reached is not
/// among them: the shop serves without models, and the report says what is missing.
#[derive(Debug, Error)]
pub enum ModelError {
    /// A manifest or a model is wrong.
    #[error(transparent)]
    Engine(#[from] RecoError),
    /// The models directory cannot be read or written.
    #[error("{path}: {source}; set MYSHOP_MODELS__DIR to a directory that can be written")]
    Directory {
        /// Which file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The program is stopping.
    #[error("stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
}

/// Brings the runtime library, the text model and the image model into the models
/// directory: what is there with the right hash stays, the rest is fetched.
///
/// # Errors
/// When a manifest is wrong, a model id unknown, or the directory cannot be written.
pub async fn ensure(settings: &ModelSettings, progress: &MultiProgress) -> Result<ModelReport, ModelError> {
    let manifests = settings.manifests()?;
    let fetcher = Fetcher::new(settings, progress);
    let text = manifests.get(&settings.text_model)?;
    let image = async {
        let choice = choice::choose(settings, &manifests, &fetcher).await?;
        let state = fetcher.model(manifests.get(&choice.id)?).await?;
        if settings.image_model != ImageModel::Auto || choice.id == settings.fallback || state.is_complete() {
            return Ok::<_, ModelError>((choice, state));
        }
        let reason = format!("{} could not be fetched whole", choice.id);
        let choice = ImageChoice {
            id: settings.fallback.clone(),
            reason,
        };
        let state = fetcher.model(manifests.get(&choice.id)?).await?;
        Ok((choice, state))
    };
    let (runtime, text, image) = tokio::join!(fetcher.runtime(manifests.get(RUNTIME_ID)?), fetcher.model(text), image);
    let (image_choice, image) = image?;
    let captions = match choice::captions(&manifests, &image_choice.id)? {
        Some((manifest, _)) => Some(fetcher.model(manifest).await?),
        None => None,
    };
    Ok(ModelReport {
        runtime: runtime?,
        text: text?,
        image,
        captions,
        image_choice,
    })
}

/// Hashes the files of every known model anew. Files that are not there are left out,
/// except those of the chosen models.
///
/// # Errors
/// As for [`ensure`].
pub fn verify(settings: &ModelSettings) -> Result<Vec<ModelState>, ModelError> {
    let manifests = settings.manifests()?;
    let store = Store::open(&settings.dir);
    let image = choice::available(settings, &manifests, &store)?.id;
    let captions = choice::captions(&manifests, &image)?.map(|(manifest, _)| manifest.id.as_str());
    let chosen = [RUNTIME_ID, &settings.text_model, &image];
    let mut states = Vec::new();
    for manifest in manifests.iter() {
        let external = if manifest.id == RUNTIME_ID {
            settings.external_library()
        } else {
            None
        };
        let mut state = match external {
            Some(path) => report::external(manifest, path),
            None => store.verify(manifest)?,
        };
        // Models share files, so one that is not chosen may be there in part.
        let id = manifest.id.as_str();
        if !chosen.contains(&id) && captions != Some(id) {
            state.files.retain(|file| !file.state.is_missing());
        }
        if !state.files.is_empty() {
            states.push(state);
        }
    }
    Ok(states)
}

/// Every known model, whether it is there and whether it is chosen.
///
/// # Errors
/// As for [`ensure`].
pub fn list(settings: &ModelSettings) -> Result<Vec<ListedModel>, ModelError> {
    let manifests = settings.manifests()?;
    let store = Store::open(&settings.dir);
    let image = choice::available(settings, &manifests, &store)?.id;
    let captions = choice::captions(&manifests, &image)?.map(|(manifest, _)| manifest.id.as_str());
    let mut listed = Vec::new();
    for manifest in manifests.iter() {
        let external = manifest.id == RUNTIME_ID && settings.external_library().is_some_and(|p| p.is_file());
        let chosen = [RUNTIME_ID, &settings.text_model, &image].contains(&manifest.id.as_str())
            || captions == Some(&manifest.id);
        listed.push(ListedModel::new(manifest, external || store.has(manifest)?, chosen));
    }
    Ok(listed)
}

/// The engine's encoders of what is there; no network is asked. `None` without the runtime
/// library or without any model. A damaged file counts as missing, with a warning.
///
/// # Errors
/// When a manifest is wrong, a model id unknown, or a file is there but does not load.
pub fn open(settings: &ModelSettings) -> Result<Option<Arc<dyn EmbedderFactory>>, ModelError> {
    open_with(settings, OnnxOptions::default())
}

/// As [`open`], with a choice of threads.
///
/// # Errors
/// As for [`open`].
pub fn open_with(
    settings: &ModelSettings,
    options: OnnxOptions,
) -> Result<Option<Arc<dyn EmbedderFactory>>, ModelError> {
    let manifests = settings.manifests()?;
    let store = Store::open(&settings.dir);
    let runtime = manifests.get(RUNTIME_ID)?;
    let library = match settings.external_library() {
        Some(path) => path.is_file().then_some(path),
        None if store.has(runtime)? => Some(store.path(&runtime.files[0])),
        None => None,
    };
    let image = choice::available(settings, &manifests, &store)?;
    let text = Some(manifests.get(&settings.text_model)?);
    let image = Some(manifests.get(&image.id)?);
    let mut models = [text, image];
    for model in &mut models {
        if let Some(manifest) = *model
            && !store.has(manifest)?
        {
            tracing::warn!(
                model.id = manifest.id,
                "model is missing; `myshop models fetch` obtains it"
            );
            *model = None;
        }
    }
    let (Some(library), false) = (library, models == [None, None]) else {
        return Ok(None);
    };
    let mut factory = OnnxFactory::open(&library, &settings.dir, models[0], models[1], options)?;
    let captions = models[1].map(|image| choice::captions(&manifests, &image.id));
    if let Some((manifest, spec)) = captions.transpose()?.flatten() {
        let added = match store.has(manifest)? {
            true => factory.add_captions(&settings.dir, manifest, spec),
            false => Err(RecoError::Model {
                model: manifest.id.clone(),
                reason: "is missing; `myshop models fetch` obtains it".to_owned(),
            }),
        };
        if let Err(error) = added {
            tracing::warn!(%error, "pictures are not searched by words");
        }
    }
    Ok(Some(Arc::new(factory)))
}

/// Finds encoders by the ids of their models, among what is there.
#[must_use]
pub fn opener(settings: ModelSettings) -> crate::pipeline::OpenModels {
    Arc::new(move |wanted| {
        let mut settings = settings.clone();
        settings.offline = true;
        if let Some(text) = &wanted.text {
            settings.text_model.clone_from(&text.id);
        }
        if let Some(image) = &wanted.image {
            settings.image_model = ImageModel::Id(image.id.clone());
        }
        open(&settings).unwrap_or_else(|error| {
            tracing::warn!(%error, "models of another generation cannot be used");
            None
        })
    })
}

#[cfg(test)]
mod tests;
