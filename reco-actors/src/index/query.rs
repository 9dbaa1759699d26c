//! A question to the index: weights, mode, and the one formula every engine scores by.
//!
//! `score = w_t·s_t + w_i·s_i`, where a block similarity `s` is the cosine (raw) or the cosine
//! after subtracting the modality's mean (calibrated). Stored vectors are the same for both:
//! the calibrated query is `(q−μ)/|q−μ|`, and `s = (query·v − query·μ) / |v−μ|`, so an item
//! needs one stored number, `1/|v−μ|`. Where query and item share only one block, the weight
//! moves to it; where they share none with a positive weight, the item is no candidate.

use super::{
    frame::{Block, Frame, Mean, Row},
    simd::{dot_f32, query_limit},
};
use crate::{ItemId, ScoreMode, Slot, Weights, vectors::shares};

/// One answer. `text + image == score`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Where the item is.
    pub slot: Slot,
    /// The item.
    pub id: ItemId,
    /// Higher is better.
    pub score: f32,
    /// What the text block contributes, weight included.
    pub text: f32,
    /// What the image block contributes, weight included.
    pub image: f32,
    /// Whether the image block was imputed from the text.
    pub image_imputed: bool,
}

/// A hit inside the index.
pub(crate) type Scored = Hit;

/// A prepared query, bound to the generation that made it.
#[derive(Clone, Debug)]
pub struct VectorQuery {
    pub(crate) text: Option<QueryBlock>,
    pub(crate) image: Option<QueryBlock>,
    pub(crate) mode: ScoreMode,
    /// Block weights by what an item has: bit 0 text, bit 1 image.
    mix: [Option<(f32, f32)>; 4],
}

/// One block of a query, in full precision and quantised.
#[derive(Clone, Debug)]
pub(crate) struct QueryBlock {
    pub(crate) values: Vec<f32>,
    /// What the item's dot product is reduced by: `query·μ`, or 0 in raw mode.
    pub(crate) offset: f32,
    pub(crate) lanes: Vec<i16>,
    pub(crate) scale: f32,
    /// `|values − scale·lanes|`.
    pub(crate) error: f32,
}

/// Bits of `mix` for an item.
pub(crate) fn presence(text: bool, image: bool) -> u8 {
    u8::from(text) | u8::from(image) << 1
}

impl VectorQuery {
    pub(crate) fn new(
        frame: &Frame,
        (text, image): (Option<&[f32]>, Option<&[f32]>),
        weights: Weights,
        mode: ScoreMode,
    ) -> Self {
        let text = text
            .filter(|_| weights.text() > 0.0)
            .and_then(|values| QueryBlock::new(values, &frame.text, mode));
        let image = image
            .filter(|_| weights.image() > 0.0)
            .and_then(|values| QueryBlock::new(values, &frame.image, mode));
        let mix =
            std::array::from_fn(|has| shares(weights, text.is_some() && has & 1 != 0, image.is_some() && has & 2 != 0));
        Self { text, image, mode, mix }
    }

    /// Weights for an item with these blocks; `None` when it shares no weighted block.
    #[inline]
    pub(crate) fn mix(&self, presence: u8) -> Option<(f32, f32)> {
        self.mix[usize::from(presence & 3)]
    }

    /// The true score of an item; `None` when it shares no weighted block.
    pub(crate) fn score(&self, row: &Row) -> Option<Scored> {
        let (text_weight, image_weight) = self.mix(presence(row.text.is_some(), row.image.is_some()))?;
        let text = self.part(self.text.as_ref(), row.text.as_ref(), text_weight);
        let image = self.part(self.image.as_ref(), row.image.as_ref(), image_weight);
        Some(Scored {
            slot: row.slot,
            id: row.id,
            score: text + image,
            text,
            image,
            image_imputed: row.image_imputed,
        })
    }

    fn part(&self, query: Option<&QueryBlock>, block: Option<&Block>, weight: f32) -> f32 {
        match (query, block) {
            (Some(query), Some(block)) if weight > 0.0 => {
                let dot = dot_f32(&query.values, &block.values);
                weight * query.adjust(dot, self.scaling(block.inverse))
            }
            _ => 0.0,
        }
    }

    /// What a dot product is scaled by: the item's inverse centred length, or 1 in raw mode.
    #[inline]
    pub(crate) fn scaling(&self, inverse: f32) -> f32 {
        match self.mode {
            ScoreMode::Raw => 1.0,
            ScoreMode::Calibrated => inverse,
        }
    }
}

impl QueryBlock {
    fn new(values: &[f32], mean: &Mean, mode: ScoreMode) -> Option<Self> {
        let (values, offset) = match mode {
            ScoreMode::Raw => (values.to_vec(), 0.0),
            ScoreMode::Calibrated => {
                let centred = mean.centred(values)?;
                let offset = dot_f32(&centred, &mean.values);
                (centred, offset)
            }
        };
        let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = (largest / f32::from(query_limit(values.len()))).max(f32::MIN_POSITIVE);
        let lanes: Vec<i16> = values.iter().map(|value| (value / scale).round() as i16).collect();
        let residual = |(&value, &lane): (&f32, &i16)| (f64::from(value) - f64::from(scale) * f64::from(lane)).powi(2);
        let error = values.iter().zip(&lanes).map(residual).sum::<f64>().sqrt() as f32;
        Some(Self {
            values,
            offset,
            lanes,
            scale,
            error,
        })
    }

    /// A block similarity from a dot product and the item's scaling.
    #[inline]
    pub(crate) fn adjust(&self, dot: f32, scaling: f32) -> f32 {
        (dot - self.offset) * scaling
    }
}
