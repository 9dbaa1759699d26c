//! From an encoded picture to the numbers that an image encoder wants.
//!
//! Sizes are checked before anything is decoded. Resizing equals Pillow's: the kernel
//! widens when shrinking, and the cut-out is sampled with its surroundings.

use super::manifest::{ImageSpec, Interpolation, Resize};
use crate::RecoError;
use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::U8x3,
};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, metadata::Orientation};
use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What a picture may weigh. Checked on the encoded bytes and the header, before decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageLimits {
    /// Encoded bytes.
    pub bytes: usize,
    /// Width times height.
    pub pixels: u64,
    /// Width, and height.
    pub side: u32,
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            pixels: 64_000_000,
            side: 20_000,
        }
    }
}

/// Turns pictures into one model's input; keeps its buffers between pictures.
pub struct Preprocessor {
    spec: ImageSpec,
    limits: ImageLimits,
    resizer: Resizer,
    /// Normalised value of every byte, per channel.
    table: [[f32; 256]; 3],
}

impl Preprocessor {
    /// For one model.
    #[must_use]
    pub fn new(spec: &ImageSpec, limits: ImageLimits) -> Self {
        let normalised = |c: usize| {
            std::array::from_fn(|v| ((v as f64 / 255.0 - f64::from(spec.mean[c])) / f64::from(spec.std[c])) as f32)
        };
        let table = std::array::from_fn(normalised);
        Self {
            spec: spec.clone(),
            limits,
            resizer: Resizer::new(),
            table,
        }
    }

    /// Numbers of one picture: 3 × size × size.
    #[must_use]
    pub fn len(&self) -> usize {
        3 * (self.spec.size as usize).pow(2)
    }

    /// Never: every model has an input.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Writes a picture's numbers, channel by channel.
    ///
    /// # Errors
    /// `BadInput` when the picture is too large, of an unknown kind, or damaged.
    pub fn write(&mut self, bytes: &[u8], out: &mut [f32]) -> Result<(), RecoError> {
        let (picture, orientation) = decode_guarded(bytes, &self.limits)?;
        let square = orient(self.square(&picture)?, orientation);
        let plane = out.len() / 3;
        for (i, pixel) in square.pixels().enumerate() {
            for channel in 0..3 {
                out[channel * plane + i] = self.table[channel][usize::from(pixel.0[channel])];
            }
        }
        Ok(())
    }

    fn square(&mut self, picture: &RgbImage) -> Result<RgbImage, RecoError> {
        let size = self.spec.size;
        // Typed views, here and below: the untyped ones compile every kind of pixel there is.
        let source = TypedImageRef::<U8x3>::from_buffer(picture.width(), picture.height(), picture.as_raw());
        let source = source.map_err(|e| bad(&e))?;
        let filter = match self.spec.interpolation {
            Interpolation::Bilinear => FilterType::Bilinear,
            Interpolation::Bicubic => FilterType::CatmullRom,
        };
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
        let whole = |side: u32| (0.0, f64::from(side));
        let ((left, width), (top, height)) = if self.spec.resize == Resize::ShortSide {
            let across = cut(picture.width(), picture.height(), size);
            (across, cut(picture.height(), picture.width(), size))
        } else {
            (whole(picture.width()), whole(picture.height()))
        };
        // One direction at a time: in one go, the resizer (6.1.0) takes the first column it
        // needs for the leftmost one, which it is not where a filter's first weight is zero.
        let margin = 4.0 * (width / f64::from(size)).max(1.0);
        let first = (left - margin).floor().max(0.0);
        let last = (left + width + margin).ceil().min(f64::from(picture.width()));
        let mut band = TypedImage::<U8x3>::new((last - first) as u32, size);
        self.resizer
            .resize_typed(&source, &mut band, &options.crop(first, top, last - first, height))
            .map_err(|e| bad(&e))?;
        let band = TypedImageRef::new((last - first) as u32, size, band.pixels()).map_err(|e| bad(&e))?;
        let mut square = RgbImage::new(size, size);
        let mut view = TypedImage::<U8x3>::from_buffer(size, size, &mut square).map_err(|e| bad(&e))?;
        self.resizer
            .resize_typed(
                &band,
                &mut view,
                &options.crop(left - first, 0.0, width, f64::from(size)),
            )
            .map_err(|e| bad(&e))?;
        Ok(square)
    }
}

/// Along one side: where the wanted `size` pixels of the resized picture begin in the
/// source, and how much of the source they cover. The resized side is a whole number of
/// pixels and the cut begins at a whole pixel, as in Pillow.
fn cut(side: u32, other: u32, size: u32) -> (f64, f64) {
    let short = side.min(other);
    let resized = (f64::from(side) * f64::from(size) / f64::from(short))
        .round_ties_even()
        .max(f64::from(size));
    let begin = ((resized - f64::from(size)) / 2.0).floor();
    let scale = f64::from(side) / resized;
    // Rounding may reach past the edge by less than a billionth of a pixel.
    let covered = (f64::from(size) * scale).min(f64::from(side));
    ((begin * scale).min(f64::from(side) - covered).max(0.0), covered)
}

/// Turned after resizing: the square is small, and its centre stays the centre.
fn orient(square: RgbImage, orientation: Orientation) -> RgbImage {
    if orientation == Orientation::NoTransforms {
        return square;
    }
    let mut turned = DynamicImage::ImageRgb8(square);
    turned.apply_orientation(orientation);
    turned.into_rgb8()
}

/// A picture that may come from anybody, the right way up.
///
/// # Errors
/// `BadInput` when it is too large, of an unknown kind, or damaged.
pub(super) fn upright(bytes: &[u8], limits: &ImageLimits) -> Result<RgbImage, RecoError> {
    let (picture, orientation) = decode_guarded(bytes, limits)?;
    Ok(orient(picture, orientation))
}

/// A decoder's panic on hostile bytes concerns that picture alone.
fn decode_guarded(bytes: &[u8], limits: &ImageLimits) -> Result<(RgbImage, Orientation), RecoError> {
    catch_unwind(AssertUnwindSafe(|| decode(bytes, limits))).unwrap_or_else(|_| Err(bad(&"the decoder gave up")))
}

fn decode(bytes: &[u8], limits: &ImageLimits) -> Result<(RgbImage, Orientation), RecoError> {
    if bytes.len() > limits.bytes {
        return Err(bad(&format!(
            "{} bytes, at most {} are allowed",
            bytes.len(),
            limits.bytes
        )));
    }
    let format = image::guess_format(bytes).map_err(|_| bad(&"not a picture"))?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif
    ) {
        return Err(bad(&format!("{format:?} pictures are not accepted")));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut strict = Limits::no_limits();
    strict.max_alloc = Some(limits.pixels.saturating_mul(8).saturating_add(64 << 20));
    reader.limits(strict);
    let mut decoder = reader.into_decoder().map_err(|e| bad(&e))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > limits.pixels || width.max(height) > limits.side {
        let (most, side) = (limits.pixels, limits.side);
        return Err(bad(&format!(
            "{width} × {height} pixels, allowed are {most} in all and {side} a side"
        )));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|e| bad(&e))?;
    Ok((on_white(picture), orientation))
}

fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    let mut flat = RgbImage::new(width, height);
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let alpha = u32::from(from.0[3]);
        for channel in 0..3 {
            let mixed = u32::from(from.0[channel]) * alpha + 255 * (255 - alpha);
            to.0[channel] = ((mixed + 127) / 255) as u8;
        }
    }
    flat
}

fn bad(reason: &dyn std::fmt::Display) -> RecoError {
    RecoError::BadInput(format!("picture: {reason}"))
}

#[cfg(test)]
#[path = "preprocess_tests.rs"]
mod tests;
