//! A frame as a thing of its own: fitted by one node, kept in a database, pinned on all others,
//! so that equal vectors get equal scores everywhere.

use super::{
    frame::{Blocks, FittedMap, Frame, Mean},
    vectors,
};
use crate::{ItemId, RecoError, models::RidgeMap};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc};
use thiserror::Error;

const MAGIC: [u8; 4] = *b"MSFR";
const VERSION: u32 = 1;
/// Magic, version, checksum.
const HEADER: usize = 12;

/// The means and the imputation that vectors are seen through. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameData(pub(crate) Arc<Frame>);

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Written by a program of another format.
    #[error("frame of format {0}, this program reads {VERSION}")]
    Version(u32),
    /// Cut short, altered, or something else entirely.
    #[error("damaged frame")]
    Damaged,
}

/// What is written.
#[derive(Serialize, Deserialize)]
struct Wire {
    text: Vec<f32>,
    image: Vec<f32>,
    map: Option<(RidgeMap, u64)>,
}

impl FrameData {
    /// Widths of the text and the image block it is for.
    #[must_use]
    pub fn dims(&self) -> (usize, usize) {
        (self.0.text.values.len(), self.0.image.values.len())
    }

    /// Nothing is taken off and nothing imputed: for blocks of `dims` (text, image) of which too
    /// little is known.
    #[must_use]
    pub fn plain(dims: (usize, usize)) -> Self {
        Self(Arc::new(Frame::empty(dims.0, dims.1)))
    }

    /// Tells frames apart, alike on every machine.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        self.0.fingerprint
    }

    /// Complete pairs that there were when the imputation was fitted; 0 without one.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.0.map.as_ref().map_or(0, |fitted| fitted.pairs)
    }

    /// The means of the text and of the image block, that calibrated scores take off.
    #[must_use]
    pub fn means(&self) -> (&[f32], &[f32]) {
        (&self.0.text.values, &self.0.image.values)
    }

    /// The image block that stands in for a missing one beside this unit text block; `None`
    /// where too few complete pairs were known.
    #[must_use]
    pub fn impute(&self, text: &[f32]) -> Option<Vec<f32>> {
        self.0.impute_image(text).map(|image| image.to_vec())
    }

    /// A self-contained form with version and checksum.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let wire = Wire {
            text: self.0.text.values.clone(),
            image: self.0.image.values.clone(),
            map: self
                .0
                .map
                .as_ref()
                .map(|fitted| ((*fitted.map).clone(), fitted.pairs as u64)),
        };
        let body = postcard::to_stdvec(&wire).expect("vectors of numbers serialise into memory");
        let mut bytes = Vec::with_capacity(HEADER + body.len());
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes.extend(body);
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// `Version` for another format, `Damaged` for anything that is not a whole frame.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        let (header, body) = bytes.split_at_checked(HEADER).ok_or(FrameError::Damaged)?;
        let word = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| header[at + i]));
        if header[..4] != MAGIC {
            return Err(FrameError::Damaged);
        }
        if word(4) != VERSION {
            return Err(FrameError::Version(word(4)));
        }
        if word(8) != crc32fast::hash(body) {
            return Err(FrameError::Damaged);
        }
        let wire: Wire = postcard::from_bytes(body).map_err(|_| FrameError::Damaged)?;
        let dims = (wire.text.len(), wire.image.len());
        let map = wire.map.map(|(map, pairs)| {
            let fits = map.widths() == Some(dims);
            fits.then(|| FittedMap {
                map: Arc::new(map),
                pairs: usize::try_from(pairs).unwrap_or(usize::MAX),
            })
            .ok_or(FrameError::Damaged)
        });
        let (text, image) = (Mean::new(wire.text), Mean::new(wire.image));
        Ok(Self(Arc::new(Frame::new(text, image, map.transpose()?))))
    }
}

/// Fits a frame on stored vectors of `dims` (text, image). The result depends on ids and vectors
/// alone, not on their order; of an id given twice the last one counts.
///
/// # Errors
/// `InvalidArgument` when a block has the wrong width, a non-finite component or no length.
pub fn fit_frame<'a>(
    dims: (usize, usize),
    items: impl Iterator<Item = (ItemId, Option<&'a [f32]>, Option<&'a [f32]>)>,
) -> Result<FrameData, RecoError> {
    let mut items: Vec<_> = items.collect();
    items.reverse();
    items.sort_by_key(|item| item.0);
    items.dedup_by_key(|item| item.0);
    let mut blocks: Vec<Blocks<'a>> = Vec::with_capacity(items.len());
    for (_, text, image) in items {
        for (name, block, dim) in [("text vector", text, dims.0), ("image vector", image, dims.1)] {
            if let Some(block) = block {
                vectors::check(name, block, dim)?;
            }
        }
        blocks.push((text, image));
    }
    let unit = |block: &'a [f32]| {
        let mut block = block.to_vec();
        vectors::normalise(&mut block);
        Cow::Owned(block)
    };
    Ok(FrameData(Arc::new(Frame::fit(&blocks, dims, None, unit))))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::eval::Random;
    use uuid::Uuid;

    type Stored = (ItemId, Vec<f32>, Option<Vec<f32>>);

    fn stored(count: u64) -> Vec<Stored> {
        let mut random = Random::new(3);
        let mut block = |dim: usize| -> Vec<f32> { (0..dim).map(|_| random.normal() as f32).collect() };
        (0..count)
            .map(|number| {
                let id = ItemId(Uuid::from_u128(u128::from(number * 7919 % count)));
                (id, block(6), (number % 3 > 0).then(|| block(4)))
            })
            .collect()
    }

    fn fit<'a>(items: impl Iterator<Item = &'a Stored>) -> FrameData {
        fit_frame(
            (6, 4),
            items.map(|(id, text, image)| (*id, Some(&text[..]), image.as_deref())),
        )
        .unwrap()
    }

    #[test]
    fn a_frame_depends_on_ids_and_vectors_and_not_on_their_order() {
        let items = stored(400);
        let frame = fit(items.iter());
        assert_eq!(frame, fit(items.iter().rev()));
        assert_eq!((frame.dims(), frame.pairs()), ((6, 4), 266));
    }

    #[test]
    fn a_frame_survives_its_bytes() {
        for count in [10, 400] {
            let frame = fit(stored(count).iter());
            assert_eq!(FrameData::from_bytes(&frame.to_bytes()).unwrap(), frame);
        }
    }

    #[test]
    fn altered_cut_and_foreign_bytes_are_refused() {
        let bytes = fit(stored(400).iter()).to_bytes();
        for at in [0, 9, 40, bytes.len() - 1] {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert_eq!(FrameData::from_bytes(&altered), Err(FrameError::Damaged), "byte {at}");
            assert_eq!(
                FrameData::from_bytes(&bytes[..at]),
                Err(FrameError::Damaged),
                "{at} bytes"
            );
        }
        let mut newer = bytes;
        newer[4] = 9;
        assert_eq!(FrameData::from_bytes(&newer), Err(FrameError::Version(9)));
    }

    #[test]
    fn a_vector_of_another_width_is_refused() {
        let id = ItemId(Uuid::from_u128(1));
        assert!(fit_frame((6, 4), std::iter::once((id, Some(&[1.0_f32][..]), None))).is_err());
    }
}
