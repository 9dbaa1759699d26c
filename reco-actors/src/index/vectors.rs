//! Validated unit blocks of one item: what callers hand in, made safe to score.

use super::mapped::MappedFloats;
use crate::{ItemId, RecoError};
use std::{ops::Deref, sync::Arc};

/// The numbers of one block, on the heap or inside a mapped snapshot. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Values {
    Owned(Arc<[f32]>),
    Mapped {
        file: Arc<MappedFloats>,
        at: usize,
        len: u32,
    },
}

impl Deref for Values {
    type Target = [f32];

    #[inline]
    fn deref(&self) -> &[f32] {
        match self {
            Self::Owned(values) => values,
            Self::Mapped { file, at, len } => &file.all()[*at..*at + *len as usize],
        }
    }
}

impl Values {
    /// Bytes on the heap; a mapped block has none.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Owned(values) => size_of_val(&**values),
            Self::Mapped { .. } => 0,
        }
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl From<Vec<f32>> for Values {
    fn from(values: Vec<f32>) -> Self {
        Self::Owned(values.into())
    }
}

/// The text and image blocks of one item, each of length one. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ItemVectors {
    pub(crate) id: ItemId,
    pub(crate) text: Option<Values>,
    pub(crate) image: Option<Values>,
}

impl ItemVectors {
    /// Checks and normalises both blocks.
    ///
    /// # Errors
    /// `InvalidArgument` when a block has the wrong width, a non-finite component or no length.
    pub(crate) fn new(
        id: ItemId,
        text: Option<Vec<f32>>,
        image: Option<Vec<f32>>,
        (text_dim, image_dim): (usize, usize),
    ) -> Result<Self, RecoError> {
        Ok(Self {
            id,
            text: text
                .map(|block| unit_block("text vector", block, text_dim))
                .transpose()?,
            image: image
                .map(|block| unit_block("image vector", block, image_dim))
                .transpose()?,
        })
    }

    /// Whether there is nothing to score by.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_none() && self.image.is_none()
    }
}

/// Scales a block to length one.
///
/// # Errors
/// `InvalidArgument` when it has the wrong width, a non-finite component or no length.
pub(crate) fn unit_block(name: &'static str, mut block: Vec<f32>, dim: usize) -> Result<Values, RecoError> {
    check_width(name, &block, dim)?;
    if !normalise(&mut block) {
        return Err(directionless(name));
    }
    Ok(block.into())
}

fn directionless(name: &'static str) -> RecoError {
    RecoError::InvalidArgument {
        name,
        reason: "must be finite and not zero".into(),
    }
}

fn check_width(name: &'static str, block: &[f32], dim: usize) -> Result<(), RecoError> {
    if block.len() == dim {
        return Ok(());
    }
    Err(RecoError::InvalidArgument {
        name,
        reason: format!("width is {}, the index holds {dim}", block.len()),
    })
}

/// Whether a block could be scaled to length one.
///
/// # Errors
/// `InvalidArgument` as [`unit_block`] would.
pub(crate) fn check(name: &'static str, block: &[f32], dim: usize) -> Result<(), RecoError> {
    check_width(name, block, dim)?;
    if length_of(block).is_none() {
        return Err(directionless(name));
    }
    Ok(())
}

/// The length of a block that has a direction.
fn length_of(block: &[f32]) -> Option<f64> {
    let length = block.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    (length.is_finite() && length >= 1e-12).then_some(length)
}

/// Scales to length one in double precision; `false` (and untouched) when that is impossible.
pub(crate) fn normalise(block: &mut [f32]) -> bool {
    let Some(length) = length_of(block) else {
        return false;
    };
    for value in block.iter_mut() {
        *value = (f64::from(*value) / length) as f32;
    }
    true
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_scaled_to_length_one() {
        assert_eq!(&*unit_block("text vector", vec![3.0, 4.0], 2).unwrap(), &[0.6, 0.8]);
    }

    #[test]
    fn zero_infinite_and_misshapen_blocks_are_refused() {
        for bad in [vec![0.0, 0.0], vec![f32::NAN, 1.0], vec![f32::INFINITY, 1.0], vec![1.0]] {
            let refused = unit_block("text vector", bad.clone(), 2);
            assert!(
                matches!(
                    refused,
                    Err(RecoError::InvalidArgument {
                        name: "text vector",
                        ..
                    })
                ),
                "{bad:?}"
            );
        }
    }
}
