//! Encoders for tests: no model files, deterministic, and similar inputs get similar vectors.
//!
//! Texts are bags of hashed words; pictures are their colours on a coarse grid. Hooks let a
//! test count, block or panic inside a worker without sleeping.

use super::{
    CaptionModel, EmbedImage, EmbedText, EmbedderFactory, ModelInfo,
    manifest::{ImageSpec, Interpolation, Resize, model_error},
    preprocess::{ImageLimits, Preprocessor},
    runtime::unit,
};
use crate::RecoError;
use bytes::Bytes;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Width of fake text vectors.
pub const FAKE_TEXT_DIM: usize = 64;
/// Width of fake image vectors: a 4 × 4 grid of colours.
pub const FAKE_IMAGE_DIM: usize = 3 * (FAKE_GRID * FAKE_GRID) as usize;
const FAKE_GRID: u32 = 4;

type TextHook = Arc<dyn Fn(&[String]) + Send + Sync>;
type ImageHook = Arc<dyn Fn(&[Bytes]) + Send + Sync>;

/// Builds fake encoders.
#[derive(Clone)]
pub struct FakeFactory {
    text: Option<ModelInfo>,
    image: Option<ModelInfo>,
    before_text: TextHook,
    before_image: ImageHook,
    built: Arc<AtomicUsize>,
    captions: bool,
    /// Put before every word, so that other models see other words.
    salt: &'static str,
}

impl Default for FakeFactory {
    fn default() -> Self {
        Self {
            text: Some(ModelInfo {
                id: "fake-text".into(),
                dim: FAKE_TEXT_DIM,
            }),
            image: Some(ModelInfo {
                id: "fake-image".into(),
                dim: FAKE_IMAGE_DIM,
            }),
            before_text: Arc::new(|_| {}),
            before_image: Arc::new(|_| {}),
            built: Arc::default(),
            captions: false,
            salt: "",
        }
    }
}

impl FakeFactory {
    /// With a text and an image model.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With models of other names and the same widths, whose vectors of texts mean nothing to the
    /// first ones'.
    #[must_use]
    pub fn another() -> Self {
        let model = |id: &str, dim| Some(ModelInfo { id: id.into(), dim });
        Self {
            text: model("another-text", FAKE_TEXT_DIM),
            image: model("another-image", FAKE_IMAGE_DIM),
            salt: "another",
            ..Self::default()
        }
    }

    /// Without an image model.
    #[must_use]
    pub fn text_only() -> Self {
        Self {
            image: None,
            ..Self::default()
        }
    }

    /// Without a text model.
    #[must_use]
    pub fn image_only() -> Self {
        Self {
            text: None,
            ..Self::default()
        }
    }

    /// With a text side of the image model that knows the names of a few colours.
    #[must_use]
    pub fn with_captions(mut self) -> Self {
        self.captions = self.image.is_some();
        self
    }

    /// Calls `hook` in the worker before every batch of texts. It may block or panic.
    #[must_use]
    pub fn before_text(mut self, hook: impl Fn(&[String]) + Send + Sync + 'static) -> Self {
        self.before_text = Arc::new(hook);
        self
    }

    /// Calls `hook` in the worker before every batch of pictures. It may block or panic.
    #[must_use]
    pub fn before_image(mut self, hook: impl Fn(&[Bytes]) + Send + Sync + 'static) -> Self {
        self.before_image = Arc::new(hook);
        self
    }

    /// How many encoders were built so far, rebuilt workers included.
    #[must_use]
    pub fn built(&self) -> usize {
        self.built.load(Ordering::SeqCst)
    }
}

impl EmbedderFactory for FakeFactory {
    fn text_model(&self) -> Option<ModelInfo> {
        self.text.clone()
    }

    fn image_model(&self) -> Option<ModelInfo> {
        self.image.clone()
    }

    fn text(&self) -> Result<Box<dyn EmbedText>, RecoError> {
        let model = self
            .text
            .clone()
            .ok_or_else(|| model_error("fake-text", "not configured"))?;
        self.built.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(FakeText {
            model,
            before: self.before_text.clone(),
            salt: self.salt,
        }))
    }

    fn image(&self) -> Result<Box<dyn EmbedImage>, RecoError> {
        let model = self
            .image
            .clone()
            .ok_or_else(|| model_error("fake-image", "not configured"))?;
        self.built.fetch_add(1, Ordering::SeqCst);
        let preprocessor = Preprocessor::new(&fake_spec(), ImageLimits::default());
        Ok(Box::new(FakeImage {
            model,
            before: self.before_image.clone(),
            preprocessor,
        }))
    }

    fn caption_model(&self) -> Option<CaptionModel> {
        let info = self.image.clone().filter(|_| self.captions)?;
        Some(CaptionModel {
            info,
            unlike: 0.2,
            alike: 0.9,
        })
    }

    fn captions(&self) -> Result<Box<dyn EmbedText>, RecoError> {
        let model = self.caption_model();
        let model = model.ok_or_else(|| model_error("fake-captions", "not configured"))?;
        self.built.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(FakeCaptions(model.info)))
    }
}

/// Embeds the names of colours as pictures of them.
struct FakeCaptions(ModelInfo);

impl EmbedText for FakeCaptions {
    fn model(&self) -> &ModelInfo {
        &self.0
    }

    fn tokens(&self, text: &str) -> usize {
        2 + words(text).count()
    }

    fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>, RecoError> {
        Ok(texts.iter().map(|text| fake_caption_vector(text)).collect())
    }
}

fn fake_caption_vector(text: &str) -> Vec<f32> {
    let colour = words(text).find_map(|word| match word.as_str() {
        "red" => Some([1.0, -1.0, -1.0]),
        "green" => Some([-1.0, 1.0, -1.0]),
        "blue" => Some([-1.0, -1.0, 1.0]),
        _ => None,
    });
    // What is no colour is across from all of them.
    let colour = colour.unwrap_or([0.577; 3]);
    let planes = colour
        .into_iter()
        .flat_map(|value| [value; (FAKE_GRID * FAKE_GRID) as usize]);
    unit(planes.collect()).unwrap_or_default()
}

struct FakeText {
    model: ModelInfo,
    before: TextHook,
    salt: &'static str,
}

impl EmbedText for FakeText {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn tokens(&self, text: &str) -> usize {
        2 + words(text).count()
    }

    fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>, RecoError> {
        (self.before)(texts);
        let salted = |text: &String| {
            let words = words(text).map(|word| format!("{}{word} ", self.salt));
            fake_text_vector(&words.collect::<String>())
        };
        Ok(texts.iter().map(salted).collect())
    }
}

struct FakeImage {
    model: ModelInfo,
    before: ImageHook,
    preprocessor: Preprocessor,
}

impl EmbedImage for FakeImage {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn embed(&mut self, images: &[Bytes]) -> Result<Vec<Result<Vec<f32>, RecoError>>, RecoError> {
        (self.before)(images);
        let vector = |bytes: &Bytes| {
            let mut colours = vec![0.0; FAKE_IMAGE_DIM];
            self.preprocessor.write(bytes, &mut colours)?;
            unit(colours).ok_or_else(|| RecoError::BadInput("picture: has no colour".into()))
        };
        Ok(images.iter().map(vector).collect())
    }
}

/// The fake vector of a text: the sum of its words' directions.
#[must_use]
pub fn fake_text_vector(text: &str) -> Vec<f32> {
    let mut sum = vec![0.0; FAKE_TEXT_DIM];
    for word in words(text) {
        add_direction(&mut sum, &word);
    }
    unit(sum).unwrap_or_else(|| {
        let mut nothing = vec![0.0; FAKE_TEXT_DIM];
        nothing[0] = 1.0;
        nothing
    })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
}

/// Adds a pseudo-random direction that depends on the word alone (FNV-1a seeds SplitMix64).
fn add_direction(sum: &mut [f32], word: &str) {
    let seed = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    });
    let mut state = seed;
    for x in sum {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        *x += (z >> 40) as f32 / (1_u64 << 23) as f32 - 1.0;
    }
}

/// Values around the middle grey, never exactly 0, so that every picture has a direction.
fn fake_spec() -> ImageSpec {
    ImageSpec {
        input: String::new(),
        output: String::new(),
        normalised: false,
        size: FAKE_GRID,
        resize: Resize::Stretch,
        interpolation: Interpolation::Bilinear,
        mean: [0.501; 3],
        std: [0.5; 3],
        captions: None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    fn png(colour: [u8; 3]) -> Bytes {
        let mut out = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(9, 7, image::Rgb(colour))
            .write_to(&mut out, image::ImageFormat::Png)
            .unwrap();
        out.into_inner().into()
    }

    #[test]
    fn texts_that_share_words_are_nearer_than_those_that_share_none() {
        let mut text = FakeFactory::new().text().unwrap();
        let texts = ["red running shoe", "Blue running shoe!", "steel kettle", ""].map(String::from);
        let v = text.embed(&texts).unwrap();
        assert!(cosine(&v[0], &v[1]) > cosine(&v[0], &v[2]) + 0.3);
        assert_eq!(v, text.embed(&texts).unwrap());
        assert!(v.iter().all(|v| (cosine(v, v) - 1.0).abs() < 1e-5));
    }

    #[test]
    fn pictures_of_near_colours_are_nearer_and_a_broken_one_fails_alone() {
        let mut image = FakeFactory::new().image().unwrap();
        let pictures = [
            png([250, 20, 20]),
            Bytes::from_static(b"nothing"),
            png([230, 40, 30]),
            png([20, 20, 250]),
        ];
        let v = image.embed(&pictures).unwrap();
        assert!(matches!(v[1], Err(RecoError::BadInput(_))));
        let at = |i: usize| v[i].as_ref().unwrap();
        assert!(cosine(at(0), at(2)) > cosine(at(0), at(3)));
        assert_eq!(at(0).len(), FAKE_IMAGE_DIM);
    }

    #[test]
    fn hooks_run_before_a_batch_and_built_encoders_are_counted() {
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = seen.clone();
        let factory = FakeFactory::text_only().before_text(move |batch| {
            counter.fetch_add(batch.len(), Ordering::SeqCst);
        });
        assert!(factory.image_model().is_none() && factory.image().is_err());
        factory.text().unwrap().embed(&["a".into(), "b".into()]).unwrap();
        assert_eq!((seen.load(Ordering::SeqCst), factory.built()), (2, 1));
    }
}
