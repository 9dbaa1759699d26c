//! The rows of one base and int8 copies of their blocks, laid out for scanning.
//!
//! A block is stored as `v ≈ s·a`, `a` in ±127, together with the length of the residual
//! `e = v − s·a`. For a query `q ≈ s_q·b` with residual `e_q`,
//! `q·v − s_q·s·(b·a) = q·e + e_q·(s·a)`, so by Cauchy–Schwarz the estimate is off by at most
//! `|q|·|e| + |e_q|·(|v| + |e|)`. That bound decides which rows must be rescored, and makes
//! the exact engine exact.

use super::{
    frame::{Block, Row},
    query::{QueryBlock, VectorQuery, presence},
    simd::{CODE_LIMIT, dot_code_query, dot_codes},
};
use crate::Slot;
use std::sync::Arc;

/// Allowance for single-precision rounding in estimate and true score together.
const ROUNDING: f32 = 4e-6;

/// Rows of one base, ascending by slot, with their quantised blocks.
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    /// Apart from the rows, so that rows whose numbers move into a file share them.
    codes: Arc<Codes>,
}

/// The quantised blocks of all rows.
pub(crate) struct Codes {
    /// Slot of every row, apart from the rows so that a scan reads little.
    pub(crate) slots: Vec<Slot>,
    pub(crate) text: Lane,
    pub(crate) image: Lane,
    pub(crate) presence: Vec<u8>,
}

/// One modality, row after row.
pub(crate) struct Lane {
    pub(crate) dim: usize,
    pub(crate) codes: Vec<i8>,
    pub(crate) scales: Vec<Scale>,
}

/// What turns an integer dot product of a row into a similarity.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scale {
    scale: f32,
    error: f32,
    pub(crate) inverse: f32,
}

/// A score estimate: the true score lies within `value ± error`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) value: f32,
    pub(crate) error: f32,
}

impl Table {
    /// Quantises rows; they must be ascending by slot.
    pub(crate) fn new(rows: Vec<Row>, (text_dim, image_dim): (usize, usize)) -> Self {
        debug_assert!(rows.is_sorted_by_key(|row| row.slot), "rows are ordered by slot");
        let codes = Codes {
            text: Lane::new(text_dim, rows.iter().map(|row| row.text.as_ref())),
            image: Lane::new(image_dim, rows.iter().map(|row| row.image.as_ref())),
            presence: rows
                .iter()
                .map(|row| presence(row.text.is_some(), row.image.is_some()))
                .collect(),
            slots: rows.iter().map(|row| row.slot).collect(),
        };
        Self::of(rows, Arc::new(codes))
    }

    /// Rows that are quantised already.
    pub(crate) fn of(rows: Vec<Row>, codes: Arc<Codes>) -> Self {
        Self { rows, codes }
    }

    pub(crate) fn codes(&self) -> &Arc<Codes> {
        &self.codes
    }

    /// The slot of every row.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.codes.slots
    }

    /// Bytes of the quantised copies.
    pub(crate) fn bytes(&self) -> usize {
        self.codes.text.bytes() + self.codes.image.bytes() + self.codes.presence.len()
    }

    /// Estimated score of a row; `None` when it is no candidate.
    #[inline]
    pub(crate) fn estimate(&self, query: &VectorQuery, row: usize) -> Option<Estimate> {
        self.estimate_above(query, row, f32::NEG_INFINITY)
    }

    /// The same, or `None` when the true score is below a floor: no block adds more than its weight, so
    /// that most rows are settled by the first one.
    #[inline]
    pub(crate) fn estimate_above(&self, query: &VectorQuery, row: usize, floor: f32) -> Option<Estimate> {
        let (text_weight, image_weight) = query.mix(self.codes.presence[row])?;
        let mut blocks = [
            (&self.codes.text, &query.text, text_weight),
            (&self.codes.image, &query.image, image_weight),
        ];
        if image_weight > text_weight {
            blocks.swap(0, 1);
        }
        let mut total = Estimate {
            value: 0.0,
            error: ROUNDING,
        };
        let mut left = text_weight + image_weight;
        for (lane, block, weight) in blocks {
            if total.value + total.error + left < floor {
                return None;
            }
            left -= weight;
            if let Some(block) = block
                && weight > 0.0
            {
                let part = lane.estimate(query, block, row);
                total.value += weight * part.value;
                total.error += weight * part.error;
            }
        }
        Some(total)
    }

    /// Likeness of two rows for building a graph: mean of the shared blocks' cosines.
    pub(crate) fn likeness(&self, a: usize, b: usize) -> f32 {
        let shared = self.codes.presence[a] & self.codes.presence[b];
        let mut sum = 0.0;
        if shared & 1 != 0 {
            sum += self.codes.text.cosine(a, b);
        }
        if shared & 2 != 0 {
            sum += self.codes.image.cosine(a, b);
        }
        match shared {
            3 => sum / 2.0,
            _ => sum,
        }
    }
}

impl From<[f32; 3]> for Scale {
    fn from([scale, error, inverse]: [f32; 3]) -> Self {
        Self { scale, error, inverse }
    }
}

impl From<&Scale> for [f32; 3] {
    fn from(scale: &Scale) -> Self {
        [scale.scale, scale.error, scale.inverse]
    }
}

impl Lane {
    fn new<'a>(dim: usize, blocks: impl ExactSizeIterator<Item = Option<&'a Block>>) -> Self {
        let mut codes = Vec::with_capacity(dim * blocks.len());
        let mut scales = Vec::with_capacity(blocks.len());
        for block in blocks {
            match block {
                Some(block) => scales.push(quantise(block, &mut codes)),
                None => {
                    codes.resize(codes.len() + dim, 0);
                    scales.push(Scale::default());
                }
            }
        }
        Self { dim, codes, scales }
    }

    #[inline]
    fn codes(&self, row: usize) -> &[i8] {
        &self.codes[row * self.dim..(row + 1) * self.dim]
    }

    #[inline]
    fn estimate(&self, query: &VectorQuery, block: &QueryBlock, row: usize) -> Estimate {
        let Scale { scale, error, inverse } = self.scales[row];
        let dot = dot_code_query(self.codes(row), &block.lanes) as f32 * (scale * block.scale);
        let scaling = query.scaling(inverse);
        Estimate {
            value: block.adjust(dot, scaling),
            error: (error + block.error * (1.0 + error) + ROUNDING) * scaling,
        }
    }

    fn cosine(&self, a: usize, b: usize) -> f32 {
        dot_codes(self.codes(a), self.codes(b)) as f32 * (self.scales[a].scale * self.scales[b].scale)
    }

    fn bytes(&self) -> usize {
        self.codes.len() + self.scales.len() * size_of::<Scale>()
    }
}

fn quantise(block: &Block, codes: &mut Vec<i8>) -> Scale {
    let largest = block
        .values
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = (largest / f32::from(CODE_LIMIT)).max(f32::MIN_POSITIVE);
    let mut residual = 0.0_f64;
    for &value in block.values.iter() {
        let code = (value / scale)
            .round()
            .clamp(-f32::from(CODE_LIMIT), f32::from(CODE_LIMIT)) as i8;
        residual += (f64::from(value) - f64::from(scale) * f64::from(code)).powi(2);
        codes.push(code);
    }
    Scale {
        scale,
        error: residual.sqrt() as f32,
        inverse: block.inverse,
    }
}
