//! Which models are used and where they lie.

use crate::models::Profile;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Models and ONNX Runtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelsConfig {
    /// Directory of the model files; unset means `models` under the data directory.
    pub dir: Option<PathBuf>,
    /// `small`, `default` or `best`: which image model, unless `image` says it.
    pub profile: Profile,
    /// Text model id.
    pub text: String,
    /// Image model id, or `auto`: CLIP where it can be had, else the bundled one of the profile. Unset leaves
    /// it to the profile.
    pub image: Option<String>,
    /// ONNX Runtime library; unset means `ORT_DYLIB_PATH`, else the fetched one.
    pub onnxruntime: Option<PathBuf>,
    /// Never ask a network source.
    pub offline: bool,
    /// Serve without any model (popularity and newest instead of vectors).
    pub disabled: bool,
}

impl Default for ModelsConfig {
    fn default() -> Self {
        Self {
            dir: None,
            profile: Profile::Default,
            text: "all-minilm-l6-v2-int8".into(),
            image: None,
            onnxruntime: None,
            offline: false,
            disabled: false,
        }
    }
}
