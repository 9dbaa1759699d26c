//! A photo that somebody holds up, as the catalogue may show it: whoever photographs or cuts out a
//! picture comes nearer than its photographer did, or in another light. Looking at it in a few ways
//! finds the picture again (measured by `myntra_similar`); what is searched by is the most like of them.

use super::preprocess::{ImageLimits, upright};
use crate::RecoError;
use bytes::Bytes;
use image::{ImageFormat, RgbImage, imageops};
use std::io::Cursor;

/// Longest side of what is looked at: models see less.
const LONGEST: u32 = 640;
/// Margins, as shares of a side, that take a photo from nearer back to its place: what lies at the
/// border goes on beyond it.
const MARGINS: [f64; 2] = [0.06, 0.125];
/// So much of the darkest and of the lightest may be clipped when the light is put right.
const CLIPPED: usize = 200;
/// Exponent of the darker tones: about a fifth less light in the middle.
const GAMMA: f32 = 1.4;
/// A picture whose shades differ by less has no light to be put right.
const LEAST_RANGE: f32 = 64.0;

/// The picture as it is, from farther away, in full light and in less; of one shade without the last two.
///
/// # Errors
/// `BadInput` when it is too large, of an unknown kind, or damaged.
pub fn views(bytes: Bytes, limits: &ImageLimits) -> Result<Vec<Bytes>, RecoError> {
    let mut picture = upright(&bytes, limits)?;
    let longest = picture.width().max(picture.height());
    if longest > LONGEST {
        let side = |length: u32| (u64::from(length) * u64::from(LONGEST) / u64::from(longest)).max(1) as u32;
        let (width, height) = (side(picture.width()), side(picture.height()));
        picture = imageops::thumbnail(&picture, width, height);
    }
    let mut views = vec![bytes];
    for margin in MARGINS {
        views.push(encoded(&with_margin(&picture, margin))?);
    }
    if let Some(levelled) = levelled(&picture) {
        views.push(encoded(&levelled)?);
        views.push(encoded(&deeper(&picture))?);
    }
    Ok(views)
}

fn with_margin(picture: &RgbImage, share: f64) -> RgbImage {
    let (width, height) = picture.dimensions();
    let margin = |length: u32| (f64::from(length) * share) as u32;
    let (across, down) = (margin(width), margin(height));
    RgbImage::from_fn(width + 2 * across, height + 2 * down, |x, y| {
        let inside = |at: u32, margin: u32, length: u32| at.saturating_sub(margin).min(length - 1);
        *picture.get_pixel(inside(x, across, width), inside(y, down, height))
    })
}

/// Black and white where the darkest and the lightest are; `None` for a picture of one shade.
fn levelled(picture: &RgbImage) -> Option<RgbImage> {
    let mut counts = [0_usize; 256];
    for value in picture.iter() {
        counts[usize::from(*value)] += 1;
    }
    let few = picture.len() / CLIPPED;
    let (low, high) = (beyond(&counts, few, 0..256), beyond(&counts, few, (0..256).rev()));
    if high - low < LEAST_RANGE {
        return None;
    }
    let scale = 255.0 / (high - low);
    let mut picture = picture.clone();
    for value in picture.iter_mut() {
        *value = ((f32::from(*value) - low) * scale).clamp(0.0, 255.0) as u8;
    }
    Some(picture)
}

/// With darker tones between black and white, which stay: as before somebody made it lighter.
fn deeper(picture: &RgbImage) -> RgbImage {
    let mut picture = picture.clone();
    for value in picture.iter_mut() {
        *value = (255.0 * (f32::from(*value) / 255.0).powf(GAMMA)).round() as u8;
    }
    picture
}

/// The first of these shades beyond which few values lie.
fn beyond(counts: &[usize; 256], few: usize, mut shades: impl Iterator<Item = usize>) -> f32 {
    let mut seen = 0;
    let found = shades.find(|shade| {
        seen += counts[*shade];
        seen > few
    });
    found.unwrap_or_default() as f32
}

fn encoded(picture: &RgbImage) -> Result<Bytes, RecoError> {
    let mut bytes = Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(|error| RecoError::BadInput(format!("picture: {error}")))?;
    Ok(bytes.into_inner().into())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use image::Rgb;

    fn photo(width: u32, height: u32) -> Bytes {
        let shade = |x: u32, y: u32| Rgb([(50 + x % 100) as u8, (60 + y % 100) as u8, 90]);
        encoded(&RgbImage::from_fn(width, height, shade)).unwrap()
    }

    fn sizes(views: &[Bytes]) -> Vec<(u32, u32)> {
        let sizes = views.iter().map(|view| {
            let view = image::load_from_memory(view).unwrap();
            (view.width(), view.height())
        });
        sizes.collect()
    }

    #[test]
    fn a_photo_is_looked_at_as_it_is_from_farther_away_and_in_full_light() {
        let views = views(photo(100, 200), &ImageLimits::default()).unwrap();
        assert_eq!(
            sizes(&views),
            [(100, 200), (112, 224), (124, 250), (100, 200), (100, 200)]
        );
        let light = image::load_from_memory(&views[3]).unwrap().into_rgb8();
        assert_eq!((light.iter().min(), light.iter().max()), (Some(&0), Some(&255)));
        let far = image::load_from_memory(&views[2]).unwrap().into_rgb8();
        assert_eq!(far.get_pixel(0, 0), far.get_pixel(12, 25));
    }

    #[test]
    fn a_large_photo_is_made_small_first_and_a_tiny_one_has_views_too() {
        let large = views(photo(2_000, 1_000), &ImageLimits::default()).unwrap();
        assert_eq!(sizes(&large)[1..], [(716, 358), (800, 400), (640, 320), (640, 320)]);
        assert_eq!(
            sizes(&views(photo(1, 1), &ImageLimits::default()).unwrap()),
            [(1, 1); 3]
        );
        assert!(views(Bytes::from_static(b"<svg/>"), &ImageLimits::default()).is_err());
    }
}
