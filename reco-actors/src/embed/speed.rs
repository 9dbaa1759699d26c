//! How much of the bare runtime's speed the encoders keep.
//!
//! Our side is the whole way from text or encoded picture to unit vector; the bare side is
//! a plain loop of `Session::run` over the very tensors that our side made, ready in memory.

use super::{EmbedImage, EmbedText, OnnxFactory, image::BATCH_IMAGES};
use crate::RecoError;
use bytes::Bytes;
use std::time::{Duration, Instant};

/// Ready tensors are kept for this many pictures and used in turn: the arithmetic does not
/// depend on what a picture shows, and thousands of tensors would fill the memory.
const READY_PICTURES: usize = 64;

/// Texts handed over at a time by [`bare_rate`], as an import does.
const BATCH_TEXTS: usize = 32;

/// Best times over the same items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// Texts or pictures of one round.
    pub items: usize,
    /// Ours, everything included.
    pub ours: Duration,
    /// A plain loop of `Session::run`.
    pub bare: Duration,
}

impl Speed {
    /// Our throughput as a share of the bare one's.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.bare.as_secs_f64() / self.ours.as_secs_f64()
    }
}

/// Measures the text encoder; `batch` texts are handed over at a time.
///
/// # Errors
/// `Model` when the model is missing or fails.
pub fn text_speed(factory: &OnnxFactory, texts: &[String], batch: usize, rounds: usize) -> Result<Speed, RecoError> {
    let (mut encoder, mut bare) = (factory.onnx_text()?, factory.onnx_text()?);
    let mut ready = Vec::new();
    for batch in texts.chunks(batch.max(1)) {
        ready.extend(bare.prepare(batch)?);
    }
    let ours = || {
        texts
            .chunks(batch.max(1))
            .try_for_each(|batch| encoder.embed(batch).map(drop))
    };
    let bare = || ready.iter().try_for_each(|padded| bare.run_bare(padded));
    race(texts.len(), rounds, ours, bare)
}

/// Measures the image encoder; `batch` pictures are handed over at a time.
///
/// # Errors
/// `Model` when the model is missing or fails, `BadInput` when no picture is readable.
pub fn image_speed(factory: &OnnxFactory, images: &[Bytes], batch: usize, rounds: usize) -> Result<Speed, RecoError> {
    let (mut encoder, mut bare) = (factory.onnx_image()?, factory.onnx_image()?);
    let mut ready = bare.prepare(&images[..images.len().min(READY_PICTURES)]);
    ready.retain(|numbers| numbers.len() == bare.full_run());
    if ready.is_empty() {
        return Err(RecoError::BadInput("too few readable pictures to measure with".into()));
    }
    let needed = images.len().div_ceil(BATCH_IMAGES);
    let ours = || {
        images
            .chunks(batch.max(1))
            .try_for_each(|batch| encoder.embed(batch).map(drop))
    };
    let bare = || (0..needed).try_for_each(|i| bare.run_bare(&ready[i % ready.len()]));
    race(images.len(), rounds, ours, bare)
}

/// Products a second that plain loops of the runtime encode, each with one of the texts and one
/// of the pictures, on this many threads with a session of each kind: what no program over the
/// same runtime and machine can exceed.
///
/// # Errors
/// As for [`text_speed`] and [`image_speed`].
pub fn bare_rate(factory: &OnnxFactory, texts: &[String], images: &[Bytes], threads: usize) -> Result<f64, RecoError> {
    let mut texts_ready = Vec::new();
    for batch in texts.chunks(BATCH_TEXTS) {
        texts_ready.extend(factory.onnx_text()?.prepare(batch)?);
    }
    let mut ready = factory
        .onnx_image()?
        .prepare(&images[..images.len().min(READY_PICTURES)]);
    let full_run = factory.onnx_image()?.full_run();
    ready.retain(|numbers| numbers.len() == full_run);
    if ready.is_empty() {
        return Err(RecoError::BadInput("too few readable pictures to measure with".into()));
    }
    let runs = texts.len().div_ceil(BATCH_IMAGES);
    let mut encoders = Vec::with_capacity(threads);
    for _ in 0..threads.max(1) {
        encoders.push((factory.onnx_text()?, factory.onnx_image()?));
    }
    let started = Instant::now();
    std::thread::scope(|scope| {
        let loops: Vec<_> = encoders
            .iter_mut()
            .map(|(text, image)| {
                let (texts_ready, ready) = (&texts_ready, &ready);
                scope.spawn(move || {
                    texts_ready.iter().try_for_each(|padded| text.run_bare(padded))?;
                    (0..runs).try_for_each(|run| image.run_bare(&ready[run % ready.len()]))
                })
            })
            .collect();
        loops.into_iter().try_for_each(|one| {
            one.join()
                .map_err(|_| RecoError::Unavailable("a plain loop died".into()))?
        })
    })?;
    Ok((texts.len() * encoders.len()) as f64 / started.elapsed().as_secs_f64())
}

/// Best time of each side; they alternate, so that both meet the same machine.
fn race(
    items: usize,
    rounds: usize,
    mut ours: impl FnMut() -> Result<(), RecoError>,
    mut bare: impl FnMut() -> Result<(), RecoError>,
) -> Result<Speed, RecoError> {
    let mut speed = Speed {
        items,
        ours: Duration::MAX,
        bare: Duration::MAX,
    };
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        ours()?;
        speed.ours = speed.ours.min(start.elapsed());
        let start = Instant::now();
        bare()?;
        speed.bare = speed.bare.min(start.elapsed());
    }
    Ok(speed)
}
