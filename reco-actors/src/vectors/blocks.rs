//! The unit blocks of one item, and the one formula that compares two items.

use crate::{
    ItemId, RecoError, Weights,
    index::{ItemVectors, Values, dot_f32, unit_block},
};

/// The text and image block of one item, each of length one, of the widths of its index. Cheap to
/// clone.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitBlocks {
    text: Option<Values>,
    image: Option<Values>,
}

impl UnitBlocks {
    /// Checks blocks and scales them to length one. `dims`: widths of text and image.
    ///
    /// # Errors
    /// `InvalidArgument` when a block has the wrong width, a non-finite component or no length.
    pub fn new(text: Option<Vec<f32>>, image: Option<Vec<f32>>, dims: (usize, usize)) -> Result<Self, RecoError> {
        let unit = |name, block: Option<Vec<f32>>, dim| block.map(|block| unit_block(name, block, dim)).transpose();
        Ok(Self {
            text: unit("text vector", text, dims.0)?,
            image: unit("image vector", image, dims.1)?,
        })
    }

    /// The text block.
    #[must_use]
    pub fn text(&self) -> Option<&[f32]> {
        self.text.as_deref()
    }

    /// The image block.
    #[must_use]
    pub fn image(&self) -> Option<&[f32]> {
        self.image.as_deref()
    }

    /// Whether there is nothing to compare by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.image.is_none()
    }

    pub(super) fn of(self, id: ItemId) -> ItemVectors {
        ItemVectors {
            id,
            text: self.text,
            image: self.image,
        }
    }

    /// Refuses blocks of other widths than an index holds.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn fit(&self, dims: (usize, usize)) -> Result<(), RecoError> {
        for (name, block, dim) in [
            ("text vector", &self.text, dims.0),
            ("image vector", &self.image, dims.1),
        ] {
            if let Some(width) = block.as_ref().map(|block| block.len()).filter(|width| *width != dim) {
                return Err(RecoError::InvalidArgument {
                    name,
                    reason: format!("width is {width}, the index holds {dim}"),
                });
            }
        }
        Ok(())
    }
}

impl From<ItemVectors> for UnitBlocks {
    fn from(vectors: ItemVectors) -> Self {
        Self {
            text: vectors.text,
            image: vectors.image,
        }
    }
}

/// How like two items are, and what the blocks contribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VectorScore {
    /// Higher is better.
    pub total: f32,
    /// What the text block contributes, weight included.
    pub text: f32,
    /// What the image block contributes, weight included.
    pub image: f32,
}

/// What each block counts where two items share these; `None` when they share no weighted one.
#[must_use]
pub fn shares(weights: Weights, text: bool, image: bool) -> Option<(f32, f32)> {
    let of = |weight: f32, is_shared: bool| if is_shared { weight } else { 0.0 };
    let (text, image) = (of(weights.text(), text), of(weights.image(), image));
    let sum = text + image;
    (sum > 0.0).then(|| (text / sum, image / sum))
}

/// How like two items are; `None` when they share no weighted block.
#[must_use]
pub fn score(a: &UnitBlocks, b: &UnitBlocks, weights: Weights) -> Option<VectorScore> {
    let (texts, images) = (a.text().zip(b.text()), a.image().zip(b.image()));
    let (text_weight, image_weight) = shares(weights, texts.is_some(), images.is_some())?;
    let part = |weight: f32, pair: Option<(&[f32], &[f32])>| match pair {
        Some((a, b)) if weight > 0.0 => weight * dot_f32(a, b),
        _ => 0.0,
    };
    let (text, image) = (part(text_weight, texts), part(image_weight, images));
    Some(VectorScore {
        total: text + image,
        text,
        image,
    })
}
