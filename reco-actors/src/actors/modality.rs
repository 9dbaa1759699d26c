//! What texts and pictures differ in: how to build an encoder, run it and price an input.

use crate::{
    RecoError,
    embed::{EmbedImage, EmbedText, EmbedderFactory, ModelInfo},
    system::{Lane, RecoConfig, Shared},
};
use bytes::Bytes;

/// One outcome per input of a batch.
pub(crate) type Outcomes = Vec<Result<Vec<f32>, RecoError>>;

/// Bytes of text per token, on the generous side for Latin scripts.
const BYTES_PER_TOKEN: usize = 4;
/// Begin and end marks.
const MARKS: usize = 2;
/// Longer texts are truncated by the encoders.
const MAX_TOKENS: usize = 256;

/// A kind of input with its own encoders and queue.
pub(crate) trait Modality: Send + Sync + Unpin + 'static {
    /// For messages and thread names.
    const NAME: &'static str;
    /// What is embedded.
    type Input: Send + Unpin + 'static;
    /// What embeds it.
    type Encoder: ?Sized + Send + 'static;

    /// The factory's model of this kind.
    fn model(factory: &dyn EmbedderFactory) -> Option<ModelInfo>;
    /// A new encoder.
    fn build(factory: &dyn EmbedderFactory) -> Result<Box<Self::Encoder>, RecoError>;
    /// Embeds a batch: one outcome per input.
    fn run(encoder: &mut Self::Encoder, inputs: &[Self::Input]) -> Result<Outcomes, RecoError>;
    /// Cost of an input; a batch costs its dearest input times its size. An estimate is
    /// enough: encoders cut batches again by true lengths.
    fn cost(input: &Self::Input) -> usize;
    /// Highest cost of a batch.
    fn budget(config: &RecoConfig) -> usize;
    /// Encoders wanted.
    fn workers(config: &RecoConfig) -> usize;
    /// Where figures and permits are.
    fn lane(shared: &Shared) -> &Lane;
}

/// Texts.
pub(crate) struct Texts;

impl Modality for Texts {
    const NAME: &'static str = "text encoder";
    type Input = String;
    type Encoder = dyn EmbedText;

    fn model(factory: &dyn EmbedderFactory) -> Option<ModelInfo> {
        factory.text_model()
    }

    fn build(factory: &dyn EmbedderFactory) -> Result<Box<Self::Encoder>, RecoError> {
        factory.text()
    }

    fn run(encoder: &mut Self::Encoder, inputs: &[String]) -> Result<Outcomes, RecoError> {
        Ok(encoder.embed(inputs)?.into_iter().map(Ok).collect())
    }

    fn cost(input: &String) -> usize {
        (MARKS + input.len().div_ceil(BYTES_PER_TOKEN)).min(MAX_TOKENS)
    }

    fn budget(config: &RecoConfig) -> usize {
        config.batch_tokens
    }

    fn workers(config: &RecoConfig) -> usize {
        config.text_workers
    }

    fn lane(shared: &Shared) -> &Lane {
        &shared.texts
    }
}

/// Encoded pictures.
pub(crate) struct Images;

impl Modality for Images {
    const NAME: &'static str = "image encoder";
    type Input = Bytes;
    type Encoder = dyn EmbedImage;

    fn model(factory: &dyn EmbedderFactory) -> Option<ModelInfo> {
        factory.image_model()
    }

    fn build(factory: &dyn EmbedderFactory) -> Result<Box<Self::Encoder>, RecoError> {
        factory.image()
    }

    fn run(encoder: &mut Self::Encoder, inputs: &[Bytes]) -> Result<Outcomes, RecoError> {
        encoder.embed(inputs)
    }

    fn cost(_: &Bytes) -> usize {
        1
    }

    fn budget(config: &RecoConfig) -> usize {
        config.batch_images
    }

    fn workers(config: &RecoConfig) -> usize {
        config.image_workers
    }

    fn lane(shared: &Shared) -> &Lane {
        &shared.images
    }
}

/// Texts, among pictures.
pub(crate) struct Captions;

impl Modality for Captions {
    const NAME: &'static str = "caption encoder";
    type Input = String;
    type Encoder = dyn EmbedText;

    fn model(factory: &dyn EmbedderFactory) -> Option<ModelInfo> {
        factory.caption_model().map(|model| model.info)
    }

    fn build(factory: &dyn EmbedderFactory) -> Result<Box<Self::Encoder>, RecoError> {
        factory.captions()
    }

    fn run(encoder: &mut Self::Encoder, inputs: &[String]) -> Result<Outcomes, RecoError> {
        Texts::run(encoder, inputs)
    }

    fn cost(input: &String) -> usize {
        Texts::cost(input)
    }

    fn budget(config: &RecoConfig) -> usize {
        config.batch_tokens
    }

    /// Questions alone are embedded: one does.
    fn workers(config: &RecoConfig) -> usize {
        config.image_workers.min(1)
    }

    fn lane(shared: &Shared) -> &Lane {
        &shared.captions
    }
}
