//! What was found, fetched or missed, and how people read it.

use super::ImageChoice;
use reco_actors::embed::manifest::{Manifest, Role};
use std::{fmt, path::PathBuf};

/// What [`super::ensure`] did.
#[derive(Clone, Debug)]
pub struct ModelReport {
    /// ONNX Runtime.
    pub runtime: ModelState,
    /// The text model.
    pub text: ModelState,
    /// The image model.
    pub image: ModelState,
    /// The text side of the image model, where it has one. The shop does without.
    pub captions: Option<ModelState>,
    /// Which image model was chosen, and why.
    pub image_choice: ImageChoice,
}

/// One model's files.
#[derive(Clone, Debug)]
pub struct ModelState {
    /// Id of the manifest.
    pub id: String,
    /// What people read.
    pub title: String,
    /// Its files.
    pub files: Vec<FileReport>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Where it is or should be.
    pub path: PathBuf,
    /// How it stands.
    pub state: FileState,
}

/// How a file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Was there, with the right hash.
    Present,
    /// Fetched now, with the right hash.
    Fetched {
        /// From where.
        from: String,
    },
    /// Named by a setting; used as it is.
    External,
    /// There, but with no hash to compare: built on this machine.
    Unpinned,
    /// Not there.
    Missing {
        /// What was tried and what to do.
        advice: String,
    },
    /// There, but not what it should be.
    Damaged {
        /// What was found and what to do.
        advice: String,
    },
}

impl FileState {
    /// Whether the file can be used.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !matches!(self, Self::Missing { .. } | Self::Damaged { .. })
    }

    /// Whether the file is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }
}

impl ModelState {
    /// Whether every file can be used.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.files.iter().all(|f| f.state.is_usable())
    }
}

impl ModelReport {
    /// Whether text and pictures can be embedded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems().next().is_none()
    }

    /// What is missing or damaged, each with what to do.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        let files = [&self.runtime, &self.text, &self.image]
            .into_iter()
            .flat_map(|m| &m.files);
        files.filter_map(|f| match &f.state {
            FileState::Missing { advice } | FileState::Damaged { advice } => Some(advice.as_str()),
            _ => None,
        })
    }
}

pub(super) fn external(manifest: &Manifest, path: PathBuf) -> ModelState {
    let state = if path.is_file() {
        FileState::External
    } else {
        let advice = format!(
            "ONNX Runtime is not at {}, where MYSHOP_MODELS__ONNXRUNTIME or ORT_DYLIB_PATH says it is.\n  What to do: \
             correct the setting, or unset it and let `myshop models fetch` obtain the library.",
            path.display()
        );
        FileState::Missing { advice }
    };
    ModelState {
        id: manifest.id.clone(),
        title: manifest.title.clone(),
        files: vec![FileReport { path, state }],
    }
}

impl fmt::Display for ModelReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for model in [&self.runtime, &self.text, &self.image]
            .into_iter()
            .chain(&self.captions)
        {
            writeln!(f, "{model}")?;
        }
        write!(
            f,
            "image model: {} ({})",
            self.image_choice.id, self.image_choice.reason
        )
    }
}

impl fmt::Display for ModelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {}", self.id, self.title)?;
        for file in &self.files {
            write!(f, "\n  {}: {}", file.path.display(), file.state)?;
        }
        Ok(())
    }
}

impl fmt::Display for FileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present, verified"),
            Self::Fetched { from } => write!(f, "fetched from {from}, verified"),
            Self::External => f.write_str("present, named by a setting"),
            Self::Unpinned => f.write_str("present, built on this machine"),
            Self::Missing { advice } => write!(f, "MISSING\n  {advice}"),
            Self::Damaged { advice } => write!(f, "DAMAGED\n  {advice}"),
        }
    }
}

/// A known model, for people who choose one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedModel {
    /// Id, as settings name it.
    pub id: String,
    /// What people read.
    pub title: String,
    /// `text`, `image` or `runtime`.
    pub kind: &'static str,
    /// SPDX expression.
    pub licence: String,
    /// Width of its vectors; 0 for the runtime.
    pub dim: usize,
    /// Bytes of its files, as far as they are known beforehand.
    pub bytes: u64,
    /// Whether its files are there and verified.
    pub is_present: bool,
    /// Whether the settings choose it.
    pub is_chosen: bool,
}

impl ListedModel {
    pub(super) fn new(manifest: &Manifest, is_present: bool, is_chosen: bool) -> Self {
        let is_library = manifest.files.iter().any(|f| f.role == Role::Library);
        let kind = match (&manifest.text, &manifest.image) {
            (Some(_), _) => "text",
            (None, Some(_)) => "image",
            (None, None) if is_library => "runtime",
            (None, None) => "other",
        };
        Self {
            id: manifest.id.clone(),
            title: manifest.title.clone(),
            kind,
            licence: manifest.licence.clone(),
            dim: manifest.dim,
            bytes: manifest.files.iter().filter_map(|f| f.bytes).sum(),
            is_present,
            is_chosen,
        }
    }
}
