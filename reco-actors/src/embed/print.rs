//! Whether two pictures are the very same one, cut, framed, lit or compressed differently.
//!
//! Embeddings tell what looks alike; they do not tell one grey shirt's photo from another's. A
//! small print of each picture does: windows of one are held against the whole of the other by
//! normalised cross-correlation (Lewis: Fast Normalized Cross-Correlation, 1995), which no change of
//! brightness or contrast alters. Measured by `myntra_similar`.

use super::preprocess::{ImageLimits, upright};
use crate::RecoError;
use image::{RgbImage, imageops};

/// Side of a print, pixels; proportions are lost.
const SIDE: usize = 32;
/// Windows are compared on a grid of so many points a side.
const GRID: usize = 16;
const CHANNELS: usize = 3;
const POINTS: usize = GRID * GRID * CHANNELS;
/// Sides of windows, as shares of the print's …
const WINDOWS: [f32; 3] = [0.9, 0.8, 0.7];
/// … and how far apart they lie.
const STEP: f32 = 0.05;
/// A picture whose shades differ by less, root mean square, shows nothing to know it by.
const LEAST_CONTRAST: f32 = 6.0;

/// From this likeness on two pictures are taken for the same one …
const SAME: f32 = 0.8;
/// … unless, by the cosine of their embeddings, others look so much more alike.
const COSINE_RANGE: f32 = 0.2;

/// Whether a picture is the one that is held up, by the likeness of their prints, the cosine of their
/// embeddings, and the best cosine of any picture.
#[must_use]
pub fn is_same(likeness: f32, cosine: f32, best_cosine: f32) -> bool {
    likeness >= SAME && cosine >= best_cosine - COSINE_RANGE
}

/// A picture of a few pixels, to know it again by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print(Box<[u8]>);

/// A print that others are held against.
pub struct Held {
    print: Print,
    whole: Option<Vec<f32>>,
    windows: Vec<Vec<f32>>,
}

/// A part of a print: left, upper, width, height, as shares.
type Window = [f32; 4];

impl Print {
    /// The print of an encoded picture.
    ///
    /// # Errors
    /// `BadInput` when it is too large, of an unknown kind, or damaged.
    pub fn of(picture: &[u8], limits: &ImageLimits) -> Result<Self, RecoError> {
        let picture = upright(picture, limits)?;
        let side = SIDE as u32;
        let small: RgbImage = if picture.width() > side && picture.height() > side {
            imageops::thumbnail(&picture, side, side)
        } else {
            imageops::resize(&picture, side, side, imageops::FilterType::Triangle)
        };
        Ok(Self(small.into_raw().into_boxed_slice()))
    }

    fn value(&self, x: usize, y: usize, channel: usize) -> f32 {
        f32::from(self.0[(y * SIDE + x) * CHANNELS + channel])
    }

    /// The window on the grid, without its mean and of length 1; `None` when it shows nothing.
    fn seen_through(&self, window: Window) -> Option<Vec<f32>> {
        let [left, upper, width, height] = window;
        let (columns, rows) = (places(left, width), places(upper, height));
        let mut values = Vec::with_capacity(POINTS);
        for (above, below, down) in rows {
            for (before, behind, right) in columns {
                for channel in 0..CHANNELS {
                    let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
                    let value = |x, y| self.value(x, y, channel);
                    let upper = mix(value(before, above), value(behind, above), right);
                    let lower = mix(value(before, below), value(behind, below), right);
                    values.push(mix(upper, lower, down));
                }
            }
        }
        normalised(values)
    }
}

/// Where the points of the grid lie along a side: two neighbouring pixels, and how far from the
/// first to the second.
fn places(from: f32, length: f32) -> [(usize, usize, f32); GRID] {
    std::array::from_fn(|at| {
        let place = (from + length * (at as f32 + 0.5) / GRID as f32) * SIDE as f32 - 0.5;
        let place = place.clamp(0.0, (SIDE - 1) as f32);
        let first = place.floor() as usize;
        (first, (first + 1).min(SIDE - 1), place - first as f32)
    })
}

fn normalised(mut values: Vec<f32>) -> Option<Vec<f32>> {
    if contrast(&values) < LEAST_CONTRAST {
        return None;
    }
    // One mean for all channels: what colour something has tells it from others.
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = dot(&values, &values).sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    Some(values)
}

/// How far the shades differ from place to place.
fn contrast(values: &[f32]) -> f32 {
    let points = (values.len() / CHANNELS) as f32;
    let of = |channel: usize| {
        let own = || values.iter().skip(channel).step_by(CHANNELS);
        let mean = own().sum::<f32>() / points;
        own().map(|value| (value - mean).powi(2)).sum::<f32>() / points
    };
    ((0..CHANNELS).map(of).sum::<f32>() / CHANNELS as f32).sqrt()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Parts of a picture that somebody may have cut out: of both sides alike, or of one alone.
fn windows() -> impl Iterator<Item = Window> {
    let of = |share: f32| {
        let steps = ((1.0 - share) / STEP).round() as usize;
        let places = move || (0..=steps).map(|step| step as f32 * STEP);
        let inner = places().flat_map(move |x| places().map(move |y| [x, y, share, share]));
        let columns = places().map(move |x| [x, 0.0, share, 1.0]);
        let rows = places().map(move |y| [0.0, y, 1.0, share]);
        inner.chain(columns).chain(rows)
    };
    WINDOWS.into_iter().flat_map(of)
}

impl Held {
    /// Makes ready to hold pictures against this one.
    #[must_use]
    pub fn new(print: Print) -> Self {
        Self {
            whole: print.seen_through(WHOLE),
            windows: windows().filter_map(|window| print.seen_through(window)).collect(),
            print,
        }
    }

    /// How far the other picture is the same, this one being a part of it or it of this one: 1 for
    /// the same pixels, around 0 for pictures that have nothing in common, 0 where one shows nothing.
    #[must_use]
    pub fn likeness(&self, other: &Print) -> f32 {
        if self.print == *other {
            return if self.whole.is_some() { 1.0 } else { 0.0 };
        }
        let (Some(whole), Some(others)) = (&self.whole, other.seen_through(WHOLE)) else {
            return 0.0;
        };
        let parts = windows().filter_map(|window| other.seen_through(window));
        let part_of_other = parts.map(|part| dot(whole, &part));
        let part_of_this = self.windows.iter().map(|part| dot(part, &others));
        let best = part_of_other.chain(part_of_this).fold(dot(whole, &others), f32::max);
        best.clamp(0.0, 1.0)
    }
}

const WHOLE: Window = [0.0, 0.0, 1.0, 1.0];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::eval::Random;
    use image::{ImageFormat, Rgb};
    use std::io::Cursor;

    /// Some rectangles of some colours, other ones for each seed.
    fn picture(seed: u64) -> RgbImage {
        let mut random = Random::new(seed);
        let mut picture = RgbImage::from_pixel(200, 240, Rgb([250, 250, 250]));
        for _ in 0..6 {
            let mut below = |most: u64| random.below(most) as u32;
            let (left, upper, width, height) = (below(150), below(190), 20 + below(60), 20 + below(60));
            let colour = Rgb([below(200) as u8, below(200) as u8, below(200) as u8]);
            for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
                if let Some(pixel) = picture.get_pixel_mut_checked(left + x, upper + y) {
                    *pixel = colour;
                }
            }
        }
        picture
    }

    fn print(picture: &RgbImage) -> Print {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        Print::of(bytes.get_ref(), &ImageLimits::default()).unwrap()
    }

    fn lit(mut picture: RgbImage, by: f32) -> RgbImage {
        let light = |value: &mut u8| *value = (f32::from(*value) * by).min(255.0) as u8;
        picture.iter_mut().for_each(light);
        picture
    }

    #[test]
    fn a_picture_is_known_again_cut_framed_and_lit_differently_and_others_are_not() {
        for seed in 0..20 {
            let original = picture(seed);
            let (whole, other) = (print(&original), print(&picture(seed + 100)));
            let cut = imageops::crop_imm(&original, 10, 30, 160, 190).to_image();
            let mut framed = RgbImage::from_pixel(260, 300, Rgb([30, 30, 30]));
            imageops::overlay(&mut framed, &original, 30, 30);
            let changed = [cut, framed, lit(original.clone(), 1.2), lit(original.clone(), 0.7)];
            for (at, changed) in changed.iter().enumerate() {
                let held = Held::new(print(changed));
                let (same, different) = (held.likeness(&whole), held.likeness(&other));
                assert!(same > SAME, "{seed}.{at}: {same}");
                assert!(different < same - 0.1, "{seed}.{at}: {different}, {same}");
            }
        }
    }

    #[test]
    fn a_picture_of_one_shade_is_like_no_other() {
        let plain = print(&RgbImage::from_pixel(50, 50, Rgb([200, 30, 30])));
        let held = Held::new(plain.clone());
        assert!(held.likeness(&plain) < SAME);
        assert!(held.likeness(&print(&picture(1))) < SAME);
        assert!(Held::new(print(&picture(1))).likeness(&plain) < SAME);
    }

    #[test]
    fn what_is_no_picture_has_no_print() {
        assert!(Print::of(b"<svg/>", &ImageLimits::default()).is_err());
    }

    #[test]
    fn what_looks_quite_different_is_not_the_same_however_its_print_is() {
        assert!(is_same(0.9, 0.7, 0.8) && is_same(0.8, 0.8, 0.8));
        assert!(!is_same(0.79, 0.8, 0.8) && !is_same(0.95, 0.5, 0.75));
    }
}
