//! A photo that somebody holds up, as the catalogue may show it: whoever photographs or cuts out a
//! picture comes nearer than its photographer did. Looking at it from farther away as well finds the
//! picture again (measured by `myntra_similar`); what is searched by is the more like of the two.

use super::preprocess::{ImageLimits, upright};
use crate::RecoError;
use bytes::Bytes;
use image::{ImageFormat, RgbImage, imageops};
use std::io::Cursor;

/// Longest side of what is looked at: models see less.
const LONGEST: u32 = 640;
/// Margin, as a share of a side, that takes a photo from nearer back to its place: what lies at the
/// border goes on beyond it.
const MARGIN: f64 = 0.125;

/// The picture as it is, and from farther away.
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
    let farther = encoded(&with_margin(&picture, MARGIN))?;
    Ok(vec![bytes, farther])
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
    fn a_photo_is_looked_at_as_it_is_and_from_farther_away() {
        let views = views(photo(100, 200), &ImageLimits::default()).unwrap();
        assert_eq!(sizes(&views), [(100, 200), (124, 250)]);
        let far = image::load_from_memory(&views[1]).unwrap().into_rgb8();
        assert_eq!(far.get_pixel(0, 0), far.get_pixel(12, 25));
    }

    #[test]
    fn a_large_photo_is_made_small_first_and_a_tiny_one_has_views_too() {
        let large = views(photo(2_000, 1_000), &ImageLimits::default()).unwrap();
        assert_eq!(sizes(&large), [(2_000, 1_000), (800, 400)]);
        assert_eq!(
            sizes(&views(photo(1, 1), &ImageLimits::default()).unwrap()),
            [(1, 1); 2]
        );
        assert!(views(Bytes::from_static(b"<svg/>"), &ImageLimits::default()).is_err());
    }
}
