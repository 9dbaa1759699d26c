//! Which models are wanted and where they lie.

use super::{
    ModelError,
    choice::{BEST_IMAGE_MODEL, FALLBACK_IMAGE_MODEL, SMALL_IMAGE_MODEL},
};
use reco_actors::embed::manifest::Manifests;
use serde::{Deserialize, Serialize};
use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Directory inside the models directory whose manifests extend and replace the built-in ones.
const MANIFESTS_DIR: &str = "manifests";
/// Where platforms name their ONNX Runtime.
const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";
/// Where a mirror of the model hub is named.
const HUB_VARIABLE: &str = "HF_ENDPOINT";
const HUB: &str = "https://huggingface.co";

/// What is looked for in models. docs/RECOMMENDER.md has the figures of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Little memory: pictures are 256 numbers, whatever else could be had.
    Small,
    /// CLIP where it can be had, else the bundled EfficientNet-Lite1 in integers.
    #[default]
    Default,
    /// CLIP where it can be had, else the bundled EfficientNet-Lite1 in floats: twice the work.
    Best,
}

impl Profile {
    /// Which image model it takes.
    #[must_use]
    pub fn image_model(self) -> ImageModel {
        match self {
            Self::Small => ImageModel::Id(SMALL_IMAGE_MODEL.into()),
            Self::Default | Self::Best => ImageModel::Auto,
        }
    }

    /// The bundled model where `auto` finds no CLIP.
    #[must_use]
    pub const fn fallback(self) -> &'static str {
        match self {
            Self::Small => SMALL_IMAGE_MODEL,
            Self::Default => FALLBACK_IMAGE_MODEL,
            Self::Best => BEST_IMAGE_MODEL,
        }
    }
}

/// Which image model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageModel {
    /// CLIP where it is present or its hub answers, else the bundled one of the profile.
    Auto,
    /// This one.
    Id(String),
}

impl FromStr for ImageModel {
    type Err = Infallible;

    fn from_str(s: &str) -> Result<Self, Infallible> {
        Ok(if s.eq_ignore_ascii_case("auto") {
            Self::Auto
        } else {
            Self::Id(s.to_owned())
        })
    }
}

/// Which models are wanted and where they lie.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// The models directory.
    pub dir: PathBuf,
    /// Id of the text model.
    pub text_model: String,
    /// The image model.
    pub image_model: ImageModel,
    /// The bundled image model that `auto` falls back to.
    pub fallback: String,
    /// The runtime library; unset takes `ORT_DYLIB_PATH`, else the fetched one.
    pub ort_dylib: Option<PathBuf>,
    /// Never ask a network source.
    pub offline: bool,
    /// Address of the model hub; [`ModelSettings::new`] takes `HF_ENDPOINT`, else the public one.
    pub hub: String,
    /// Program that runs Python, for wheels; [`ModelSettings::new`] takes `python3`.
    pub python: PathBuf,
}

impl ModelSettings {
    /// The defaults, in this directory, with the platform's variables applied.
    #[must_use]
    pub fn new(dir: impl AsRef<Path>) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
        Self {
            dir: dir.as_ref().to_owned(),
            text_model: "all-minilm-l6-v2-int8".into(),
            image_model: ImageModel::Auto,
            fallback: FALLBACK_IMAGE_MODEL.into(),
            ort_dylib: variable(LIBRARY_VARIABLE).map(PathBuf::from),
            offline: false,
            hub: variable(HUB_VARIABLE)
                .unwrap_or_else(|| HUB.into())
                .trim_end_matches('/')
                .to_owned(),
            python: PathBuf::from("python3"),
        }
    }

    pub(super) fn manifests(&self) -> Result<Manifests, ModelError> {
        Ok(Manifests::with_directory(&self.dir.join(MANIFESTS_DIR))?)
    }

    pub(super) fn external_library(&self) -> Option<PathBuf> {
        self.ort_dylib.clone()
    }
}
