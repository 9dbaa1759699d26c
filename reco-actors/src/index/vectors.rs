//! Validated unit blocks of one item: what callers hand in, made safe to score.

use crate::RecoError;
use std::sync::Arc;

/// The text and image blocks of one item, each of length one. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ItemVectors {
    pub(crate) text: Option<Arc<[f32]>>,
    pub(crate) image: Option<Arc<[f32]>>,
}

impl ItemVectors {
    /// Checks and normalises both blocks.
    ///
    /// # Errors
    /// `InvalidArgument` when a block has the wrong width, a non-finite component or no length.
    pub(crate) fn new(
        text: Option<Vec<f32>>,
        image: Option<Vec<f32>>,
        (text_dim, image_dim): (usize, usize),
    ) -> Result<Self, RecoError> {
        Ok(Self {
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
pub(crate) fn unit_block(name: &'static str, mut block: Vec<f32>, dim: usize) -> Result<Arc<[f32]>, RecoError> {
    if block.len() != dim {
        return Err(RecoError::InvalidArgument {
            name,
            reason: format!("width is {}, the index holds {dim}", block.len()),
        });
    }
    if !normalise(&mut block) {
        return Err(RecoError::InvalidArgument {
            name,
            reason: "must be finite and not zero".into(),
        });
    }
    Ok(block.into())
}

/// Scales to length one in double precision; `false` (and untouched) when that is impossible.
pub(crate) fn normalise(block: &mut [f32]) -> bool {
    let length = block.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    if !length.is_finite() || length < 1e-12 {
        return false;
    }
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
