//! Turning text and pictures into unit vectors: the traits, and what a model is called.

pub mod fake;
pub mod manifest;
pub mod preprocess;
pub mod print;
pub mod speed;

mod bundled;
mod clip_tokenizer;
mod factory;
mod image;
mod input;
mod runtime;
mod text;
pub mod views;

#[cfg(test)]
mod golden_tests;

pub use bundled::bundled;
pub use factory::{OnnxFactory, is_available};
pub use image::OnnxImage;
pub use input::{hash_bytes, hash_text, text_of};
pub use runtime::OnnxOptions;
pub use text::OnnxText;

use crate::RecoError;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Identity and shape of a loaded model, as recorded with every stored vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Id of the manifest entry, precision included, such as `all-minilm-l6-v2-int8`.
    pub id: String,
    /// Width of its vectors.
    pub dim: usize,
}

/// The text side of an image model: what embeds texts among its pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptionModel {
    /// Identity and width; the width is the image model's.
    pub info: ModelInfo,
    /// Cosine of a text with pictures of something else.
    pub unlike: f32,
    /// Cosine of a text with pictures of what it says.
    pub alike: f32,
}

impl CaptionModel {
    /// How far a picture shows what a text says, by the cosine of their vectors: 0 to 1.
    #[must_use]
    pub fn likeness(&self, cosine: f32) -> f32 {
        ((cosine - self.unlike) / (self.alike - self.unlike)).clamp(0.0, 1.0)
    }
}

/// A text encoder. One instance per worker; never shared.
pub trait EmbedText: Send {
    /// Identity and width.
    fn model(&self) -> &ModelInfo;
    /// Number of tokens the model will see (after truncation); the cost of a text.
    fn tokens(&self, text: &str) -> usize;
    /// One unit vector per text, in order.
    ///
    /// # Errors
    /// `Model` when the runtime fails.
    fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>, RecoError>;
}

/// An image encoder. One instance per worker; never shared.
pub trait EmbedImage: Send {
    /// Identity and width.
    fn model(&self) -> &ModelInfo;
    /// One result per encoded picture (jpeg, png, webp, gif bytes), in order: an
    /// unreadable picture fails alone.
    ///
    /// # Errors
    /// `Model` when the runtime itself fails.
    fn embed(&mut self, images: &[Bytes]) -> Result<Vec<Result<Vec<f32>, RecoError>>, RecoError>;
}

/// Builds encoders; called once per worker, and again when a worker is rebuilt.
pub trait EmbedderFactory: Send + Sync {
    /// The text model, or `None` when the shop runs without one.
    fn text_model(&self) -> Option<ModelInfo>;
    /// The image model, or `None` when the shop runs without one.
    fn image_model(&self) -> Option<ModelInfo>;
    /// A new text encoder.
    ///
    /// # Errors
    /// `Model` when a file is missing or damaged.
    fn text(&self) -> Result<Box<dyn EmbedText>, RecoError>;
    /// A new image encoder.
    ///
    /// # Errors
    /// `Model` when a file is missing or damaged.
    fn image(&self) -> Result<Box<dyn EmbedImage>, RecoError>;
    /// The image model's text side, or `None` when it has none.
    fn caption_model(&self) -> Option<CaptionModel> {
        None
    }
    /// A new encoder of texts into the image model's space.
    ///
    /// # Errors
    /// `Model` without a text side, or when a file is missing or damaged.
    fn captions(&self) -> Result<Box<dyn EmbedText>, RecoError> {
        Err(manifest::model_error("captions", "the image model has no text side"))
    }
}
