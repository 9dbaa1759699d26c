//! The rows of one base and int8 copies of their blocks, laid out for scanning.
//!
//! A block is stored as `v ≈ s·a`, `a` in ±127, together with the length of the residual
//! `e = v − s·a`. For a query `q ≈ s_q·b` with residual `e_q`,
//! `q·v − s_q·s·(b·a) = q·e + e_q·(s·a)`, so by Cauchy–Schwarz the estimate is off by at most
//! `|q|·|e| + |e_q|·(|v| + |e|)`. That bound decides which rows must be rescored, and makes
//! the exact engine exact.

use super::{
    frame::{Block, Row},
    huge,
    query::{QueryBlock, VectorQuery, presence},
    simd::{CODE_LIMIT, TOGETHER, dot_code_queries, dot_code_query, dot_codes},
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
    pub(crate) codes: huge::Codes,
    pub(crate) scales: Vec<Scale>,
}

/// What turns an integer dot product of a row into a similarity.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scale {
    scale: f32,
    error: f32,
    pub(crate) inverse: f32,
}

/// What a row is compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text,
    Image,
}

/// The heavier part of up to [`TOGETHER`] queries; none of a query that has not got it.
pub(crate) struct Asked<'q> {
    pub(crate) part: Part,
    lanes: [&'q [i16]; TOGETHER],
    count: usize,
}

impl<'q> Asked<'q> {
    /// `None` when a query has no such part: it would be compared with nothing.
    pub(crate) fn of(queries: &'q [VectorQuery]) -> Option<Self> {
        let (text, image) = queries.first()?.mix(presence(true, true))?;
        let part = if image > text { Part::Image } else { Part::Text };
        let mut lanes: [&[i16]; TOGETHER] = [&[]; TOGETHER];
        for (lanes, query) in lanes.iter_mut().zip(queries) {
            let block = match part {
                Part::Text => query.text.as_ref(),
                Part::Image => query.image.as_ref(),
            };
            *lanes = &block?.lanes;
        }
        Some(Self {
            part,
            lanes,
            count: queries.len().min(TOGETHER),
        })
    }

    fn lanes(&self) -> &[&'q [i16]] {
        &self.lanes[..self.count]
    }
}

/// A score estimate: the true score lies within `value ± error`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) value: f32,
    pub(crate) error: f32,
}

impl Estimate {
    const NOTHING: Self = Self {
        value: 0.0,
        error: ROUNDING,
    };

    #[inline]
    fn add(&mut self, weight: f32, part: Self) {
        self.value += weight * part.value;
        self.error += weight * part.error;
    }
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
        let mix = query.mix(self.codes.presence[row])?;
        let mut total = Estimate::NOTHING;
        for (lane, block, weight) in [
            (&self.codes.text, &query.text, mix.0),
            (&self.codes.image, &query.image, mix.1),
        ] {
            if let Some(block) = block
                && weight > 0.0
            {
                let dot = dot_code_query(lane.codes(row), &block.lanes);
                total.add(weight, lane.estimate((query, block), row, dot));
            }
        }
        Some(total)
    }

    /// Estimated score of a row whose dot product with one part of a query is known, or `None` when the true
    /// score is below a floor: the other part adds no more than its weight, so most rows need none of it.
    #[inline]
    pub(crate) fn estimate_above(
        &self,
        query: &VectorQuery,
        row: usize,
        (part, dot): (Part, i32),
        floor: f32,
    ) -> Option<Estimate> {
        let mix = query.mix(self.codes.presence[row])?;
        let (known, other) = match part {
            Part::Text => (
                (&self.codes.text, &query.text, mix.0),
                (&self.codes.image, &query.image, mix.1),
            ),
            Part::Image => (
                (&self.codes.image, &query.image, mix.1),
                (&self.codes.text, &query.text, mix.0),
            ),
        };
        let mut total = Estimate::NOTHING;
        let (lane, block, weight) = known;
        if let Some(block) = block {
            total.add(weight, lane.estimate((query, block), row, dot));
        }
        let (lane, block, weight) = other;
        if total.value + total.error + weight < floor {
            return None;
        }
        if let Some(block) = block
            && weight > 0.0
        {
            let dot = dot_code_query(lane.codes(row), &block.lanes);
            total.add(weight, lane.estimate((query, block), row, dot));
        }
        Some(total)
    }

    /// The dot products of a row with one part of each of some queries, as [`Asked`] says.
    #[inline]
    pub(crate) fn dots(&self, asked: &Asked<'_>, row: usize) -> [i32; TOGETHER] {
        let lane = match asked.part {
            Part::Text => &self.codes.text,
            Part::Image => &self.codes.image,
        };
        dot_code_queries(lane.codes(row), asked.lanes())
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
        Self {
            dim,
            codes: codes.into(),
            scales,
        }
    }

    #[inline]
    fn codes(&self, row: usize) -> &[i8] {
        &self.codes[row * self.dim..(row + 1) * self.dim]
    }

    #[inline]
    fn estimate(&self, (query, block): (&VectorQuery, &QueryBlock), row: usize, dot: i32) -> Estimate {
        let Scale { scale, error, inverse } = self.scales[row];
        let dot = dot as f32 * (scale * block.scale);
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
