//! A part of a stored picture, for whoever points at something in it.

use super::{MediaKey, MediaProblem, MediaStore, Trust, process, sniff, weight_of};
use crate::error::{ProblemCode, ShopError};
use bytes::Bytes;

/// Shorter sides show nothing, pixels.
const SHORTEST_SIDE: u32 = 8;

/// A part of a picture, in fractions of its width and height from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Region {
    /// A part that lies within the picture.
    ///
    /// # Errors
    /// `Invalid` for what is empty or reaches beyond it.
    pub fn new(x: f64, y: f64, width: f64, height: f64) -> Result<Self, ShopError> {
        let is_within = |from: f64, length: f64| from >= 0.0 && length > 0.0 && from + length <= 1.0 + f64::EPSILON;
        if is_within(x, width) && is_within(y, height) {
            return Ok(Self { x, y, width, height });
        }
        let message = "must be more than nothing and lie within the picture, whose sides are 1";
        Err(ShopError::problem("region", ProblemCode::OutOfRange, message))
    }

    /// Left, top, width and height in the pixels of a picture.
    pub(super) fn of(self, (width, height): (u32, u32)) -> (u32, u32, u32, u32) {
        let side = |from: f64, length: f64, whole: u32| {
            let length = ((length * f64::from(whole)).round() as u32).clamp(SHORTEST_SIDE.min(whole), whole);
            let from = (from * f64::from(whole)).round() as u32;
            (from.min(whole - length), length)
        };
        let ((left, width), (top, height)) = (side(self.x, self.width, width), side(self.y, self.height, height));
        (left, top, width, height)
    }
}

impl MediaStore {
    /// A part of a stored picture, encoded without loss; `None` when the picture is not there.
    ///
    /// # Errors
    /// `Media` for a picture that is damaged; `Internal` when the store cannot be read.
    pub async fn part(&self, key: &MediaKey, region: Region) -> Result<Option<Bytes>, ShopError> {
        let Some(bytes) = self.read(key).await? else {
            return Ok(None);
        };
        let header = sniff::sniff(&bytes, None)?;
        let permit = self
            .decoding
            .clone()
            .acquire_many_owned(weight_of(header, Trust::Operator))
            .await
            .map_err(ShopError::internal)?;
        let work = move || {
            let part = process::part(&bytes, header, region);
            drop(permit);
            part
        };
        let part: Result<Vec<u8>, MediaProblem> =
            tokio::task::spawn_blocking(work).await.map_err(ShopError::internal)?;
        Ok(Some(part?.into()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_part_of_the_picture_in_pixels() {
        let region = |x, y, width, height| Region::new(x, y, width, height).unwrap().of((200, 100));
        assert_eq!(region(0.5, 0.0, 0.5, 1.0), (100, 0, 100, 100));
        assert_eq!(region(0.999, 0.999, 0.001, 0.001), (192, 92, 8, 8));
        assert_eq!(Region::new(0.0, 0.0, 1.0, 1.0).unwrap().of((3, 5)), (0, 0, 3, 5));
    }

    #[test]
    fn what_is_empty_or_reaches_beyond_the_picture_is_refused() {
        for (x, y, width, height) in [
            (0.0, 0.0, 0.0, 1.0),
            (-0.1, 0.0, 0.5, 0.5),
            (0.6, 0.0, 0.5, 0.5),
            (0.0, 0.0, f64::NAN, 1.0),
            (0.0, f64::INFINITY, 0.5, 0.5),
        ] {
            assert!(Region::new(x, y, width, height).is_err(), "{x} {y} {width} {height}");
        }
    }
}
