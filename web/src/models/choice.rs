//! Which image model `auto` means on this machine, and why.

use super::{ImageModel, ModelError, ModelSettings, fetch::Fetcher, store::Store};
use reco_actors::embed::manifest::{CaptionSpec, HubFile, Manifest, Manifests, Source};

/// Wanted wherever it can be had.
pub const PREFERRED_IMAGE_MODEL: &str = "clip-vit-b32";
/// Carried by this program, so always to be had.
pub const FALLBACK_IMAGE_MODEL: &str = "efficientnet-lite1-compact";
/// The same with short vectors.
pub(super) const SMALL_IMAGE_MODEL: &str = "efficientnet-lite1-compact-256";
/// The nearest to full precision, at twice the work.
pub(super) const BEST_IMAGE_MODEL: &str = "efficientnet-lite1-fine";

/// A chosen image model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChoice {
    /// Id of its manifest.
    pub id: String,
    /// Why it was chosen, for people.
    pub reason: String,
}

/// What to use of the files that are there; no network.
pub(super) fn available(
    settings: &ModelSettings,
    manifests: &Manifests,
    store: &Store,
) -> Result<ImageChoice, ModelError> {
    if let ImageModel::Id(id) = &settings.image_model {
        return Ok(ImageChoice {
            id: manifests.get(id)?.id.clone(),
            reason: "set by name".into(),
        });
    }
    let (id, reason) = if store.has(manifests.get(PREFERRED_IMAGE_MODEL)?)? {
        (PREFERRED_IMAGE_MODEL, "auto: its files are present".to_owned())
    } else {
        (
            settings.fallback.as_str(),
            format!("auto: {PREFERRED_IMAGE_MODEL} is not present"),
        )
    };
    Ok(ImageChoice { id: id.into(), reason })
}

/// What to fetch: the preferred model when its hub answers.
pub(super) async fn choose(
    settings: &ModelSettings,
    manifests: &Manifests,
    fetcher: &Fetcher<'_>,
) -> Result<ImageChoice, ModelError> {
    let (of, among) = (settings.clone(), manifests.clone());
    let present = fetcher.store(move |store| available(&of, &among, store)).await?;
    if settings.image_model != ImageModel::Auto || present.id == PREFERRED_IMAGE_MODEL {
        return Ok(present);
    }
    let missing = |why: String| ImageChoice {
        id: settings.fallback.clone(),
        reason: format!("auto: {PREFERRED_IMAGE_MODEL} is not present and {why}"),
    };
    if settings.offline {
        return Ok(missing("offline is set".into()));
    }
    let Some(file) = hub_file(manifests.get(PREFERRED_IMAGE_MODEL)?) else {
        return Ok(missing("its manifest names no hub".into()));
    };
    let answer = match &fetcher.hub {
        Ok(hub) => hub.probe(file).await,
        Err(reason) => Err(reason.clone()),
    };
    Ok(match answer {
        Ok(()) => ImageChoice {
            id: PREFERRED_IMAGE_MODEL.into(),
            reason: "auto: its hub answers".into(),
        },
        Err(reason) => missing(reason),
    })
}

/// The text side of an image model, if it has one.
pub(super) fn captions<'m>(
    manifests: &'m Manifests,
    image: &str,
) -> Result<Option<(&'m Manifest, &'m CaptionSpec)>, ModelError> {
    let spec = manifests.get(image)?.image.as_ref();
    let Some(spec) = spec.and_then(|image| image.captions.as_ref()) else {
        return Ok(None);
    };
    Ok(Some((manifests.get(&spec.model)?, spec)))
}

fn hub_file(manifest: &Manifest) -> Option<&HubFile> {
    manifest.files.iter().flat_map(|f| &f.sources).find_map(|s| match s {
        Source::Hub(hub) => Some(hub),
        _ => None,
    })
}
