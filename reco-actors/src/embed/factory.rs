//! Builds ONNX encoders from a directory of model files.

use super::{
    CaptionModel, EmbedImage, EmbedText, EmbedderFactory, ModelInfo,
    bundled::bundled,
    image::{ImageModel, OnnxImage},
    manifest::{CaptionSpec, FileSpec, Manifest, Role, Source, model_error},
    runtime::{ModelFile, OnnxOptions, environment},
    text::{OnnxText, TextModel},
};
use crate::RecoError;
use ort::environment::Environment;
use std::path::Path;

/// Builds encoders of one text and one image model, either of which may be missing.
pub struct OnnxFactory {
    environment: Environment,
    text: Option<TextModel>,
    image: Option<ImageModel>,
    captions: Option<(CaptionModel, TextModel)>,
    options: OnnxOptions,
}

impl OnnxFactory {
    /// Loads the runtime library (once per process) and finds the models' files in
    /// `directory`, or among those that this program carries.
    ///
    /// # Errors
    /// `Model` when the library cannot be loaded, or a file is missing or damaged.
    pub fn open(
        library: &Path,
        directory: &Path,
        text: Option<&Manifest>,
        image: Option<&Manifest>,
        options: OnnxOptions,
    ) -> Result<Self, RecoError> {
        let text = text.map(|m| {
            let tokenizer = locate(directory, m, Role::Tokenizer)?;
            TextModel::load(m, locate(directory, m, Role::Graph)?, &tokenizer)
        });
        let image = image.map(|m| ImageModel::load(m, locate(directory, m, Role::Graph)?));
        let (text, image) = (text.transpose()?, image.transpose()?);
        Ok(Self {
            environment: environment(library)?,
            text,
            image,
            captions: None,
            options,
        })
    }

    /// Adds the text side of the image model, whose manifest `spec` names.
    ///
    /// # Errors
    /// `Model` when a file is missing or damaged, or when its vectors are not as wide as the image
    /// model's.
    pub fn add_captions(&mut self, directory: &Path, manifest: &Manifest, spec: &CaptionSpec) -> Result<(), RecoError> {
        let tokenizer = locate(directory, manifest, Role::Tokenizer)?;
        let model = TextModel::load(manifest, locate(directory, manifest, Role::Graph)?, &tokenizer)?;
        let info = model.info.clone();
        if self.image.as_ref().is_none_or(|image| image.info.dim != info.dim) {
            return Err(model_error(&info.id, "is no text side of the image model"));
        }
        let (unlike, alike) = (spec.unlike, spec.alike);
        self.captions = Some((CaptionModel { info, unlike, alike }, model));
        Ok(())
    }

    /// The same models with other options, for bulk work beside serving.
    #[must_use]
    pub fn with_options(&self, options: OnnxOptions) -> Self {
        Self {
            environment: self.environment.clone(),
            text: self.text.clone(),
            image: self.image.clone(),
            captions: self.captions.clone(),
            options,
        }
    }
}

impl OnnxFactory {
    pub(super) fn onnx_text(&self) -> Result<OnnxText, RecoError> {
        let Some(model) = &self.text else {
            return Err(model_error("text", "no text model is configured"));
        };
        model.encoder(&self.environment, self.options)
    }

    pub(super) fn onnx_image(&self) -> Result<OnnxImage, RecoError> {
        let Some(model) = &self.image else {
            return Err(model_error("image", "no image model is configured"));
        };
        model.encoder(&self.environment, self.options)
    }
}

/// Whether a model's file lies in the directory or is carried by this program.
#[must_use]
pub fn is_available(directory: &Path, file: &FileSpec) -> bool {
    directory.join(&file.path).is_file() || carried(file).is_some()
}

fn carried(file: &FileSpec) -> Option<&'static [u8]> {
    if !file.sources.contains(&Source::Bundled) {
        return None;
    }
    bundled(&file.path)
}

fn locate(directory: &Path, manifest: &Manifest, role: Role) -> Result<ModelFile, RecoError> {
    let file = manifest.file(role)?;
    let path = directory.join(&file.path);
    if path.is_file() {
        return Ok(ModelFile::Disk(path));
    }
    let missing = || model_error(&manifest.id, &format!("{} is missing", path.display()));
    carried(file).map(ModelFile::Memory).ok_or_else(missing)
}

impl EmbedderFactory for OnnxFactory {
    fn text_model(&self) -> Option<ModelInfo> {
        self.text.as_ref().map(|m| m.info.clone())
    }

    fn image_model(&self) -> Option<ModelInfo> {
        self.image.as_ref().map(|m| m.info.clone())
    }

    fn text(&self) -> Result<Box<dyn EmbedText>, RecoError> {
        let Some(model) = &self.text else {
            return Err(model_error("text", "no text model is configured"));
        };
        Ok(Box::new(model.encoder(&self.environment, self.options)?))
    }

    fn image(&self) -> Result<Box<dyn EmbedImage>, RecoError> {
        let Some(model) = &self.image else {
            return Err(model_error("image", "no image model is configured"));
        };
        Ok(Box::new(model.encoder(&self.environment, self.options)?))
    }

    fn caption_model(&self) -> Option<CaptionModel> {
        self.captions.as_ref().map(|(model, _)| model.clone())
    }

    fn captions(&self) -> Result<Box<dyn EmbedText>, RecoError> {
        let Some((_, model)) = &self.captions else {
            return Err(model_error("captions", "the image model has no text side"));
        };
        Ok(Box::new(model.encoder(&self.environment, self.options)?))
    }
}
