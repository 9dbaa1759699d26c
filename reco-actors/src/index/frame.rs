//! What a generation sees vectors through: each modality's mean (for calibrated scores) and
//! the map that imputes a missing picture from the text. Fitted at a rebuild, then constant.

use super::{
    simd::dot_f32,
    vectors::{ItemVectors, Values},
};
use crate::{ItemId, Slot, models::RidgeMap};
use std::{borrow::Cow, sync::Arc};

/// Below this many items a mean says nothing, and below this many complete pairs neither does a map.
pub(crate) const MIN_FIT: usize = 50;

/// Pairs a map is fitted on at most: more cost rebuild time and no longer change it visibly.
const MAX_PAIRS: usize = 4096;

/// A map is kept over rebuilds until the complete pairs have grown by this factor.
const REFIT_GROWTH: f64 = 1.25;

/// A centred vector shorter than this carries no direction; its calibrated similarity is 0.
const MIN_LENGTH: f32 = 1e-4;

/// Text and image block of one item, to fit a frame on.
pub(crate) type Blocks<'a> = (Option<&'a [f32]>, Option<&'a [f32]>);

/// Means and imputation of one generation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) text: Mean,
    pub(crate) image: Mean,
    pub(crate) map: Option<FittedMap>,
    /// Tells frames apart, alike on every machine.
    pub(crate) fingerprint: u32,
}

/// A map and how many complete pairs there were when it was fitted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FittedMap {
    pub(crate) map: Arc<RidgeMap>,
    pub(crate) pairs: usize,
}

/// Mean of one modality; zero while there are too few items to tell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mean {
    pub(crate) values: Vec<f32>,
    squared: f32,
}

/// One item as the index holds it: its blocks and what calibrated scoring needs of them.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) slot: Slot,
    pub(crate) id: ItemId,
    pub(crate) text: Option<Block>,
    pub(crate) image: Option<Block>,
    pub(crate) image_imputed: bool,
}

/// One unit block, its projection on the mean and the inverse length of its centred form.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) values: Values,
    pub(crate) mean_dot: f32,
    pub(crate) inverse: f32,
}

impl Row {
    /// The vectors it was made from.
    pub(crate) fn vectors(&self) -> ItemVectors {
        let own = |block: &Block| block.values.clone();
        ItemVectors {
            id: self.id,
            text: self.text.as_ref().map(own),
            image: self.image.as_ref().filter(|_| !self.image_imputed).map(own),
        }
    }
}

impl Mean {
    fn zero(dim: usize) -> Self {
        Self {
            values: vec![0.0; dim],
            squared: 0.0,
        }
    }

    fn fit<'a>(dim: usize, blocks: impl Iterator<Item = Cow<'a, [f32]>>) -> Self {
        let mut sums = vec![0.0_f64; dim];
        let mut count = 0_usize;
        for block in blocks {
            count += 1;
            for (sum, &value) in sums.iter_mut().zip(block.iter()) {
                *sum += f64::from(value);
            }
        }
        if count < MIN_FIT {
            return Self::zero(dim);
        }
        Self::new(sums.iter().map(|sum| (sum / count as f64) as f32).collect())
    }

    pub(super) fn new(values: Vec<f32>) -> Self {
        Self {
            squared: dot_f32(&values, &values),
            values,
        }
    }

    fn block(&self, values: Values) -> Block {
        let mean_dot = dot_f32(&values, &self.values);
        let length = (dot_f32(&values, &values) - 2.0 * mean_dot + self.squared)
            .max(0.0)
            .sqrt();
        let inverse = if length < MIN_LENGTH { 0.0 } else { length.recip() };
        Block {
            values,
            mean_dot,
            inverse,
        }
    }

    /// Cosine of two blocks after subtracting the mean.
    pub(crate) fn centred_cosine(&self, a: &Block, b: &Block) -> f32 {
        let dot = dot_f32(&a.values, &b.values) - a.mean_dot - b.mean_dot + self.squared;
        dot * a.inverse * b.inverse
    }

    /// The direction from the mean to a vector; `None` when they coincide.
    pub(crate) fn centred(&self, values: &[f32]) -> Option<Vec<f32>> {
        let mut centred: Vec<f32> = values
            .iter()
            .zip(&self.values)
            .map(|(value, mean)| value - mean)
            .collect();
        let length = dot_f32(&centred, &centred).sqrt();
        if length < MIN_LENGTH {
            return None;
        }
        centred.iter_mut().for_each(|value| *value /= length);
        Some(centred)
    }
}

impl Frame {
    /// Before anything is known: no means, no imputation.
    pub(crate) fn empty(text_dim: usize, image_dim: usize) -> Self {
        Self::new(Mean::zero(text_dim), Mean::zero(image_dim), None)
    }

    pub(super) fn new(text: Mean, image: Mean, map: Option<FittedMap>) -> Self {
        let mut checksum = crc32fast::Hasher::new();
        let numbers = text.values.iter().chain(&image.values);
        let numbers = numbers.chain(map.iter().flat_map(|fitted| fitted.map.numbers()));
        for number in numbers {
            checksum.update(&number.to_le_bytes());
        }
        Self {
            text,
            image,
            map,
            fingerprint: checksum.finalize(),
        }
    }

    /// Fits means and, where worth while, the map. `items` in a fixed order give a fixed result;
    /// `unit` scales what is not of length one yet.
    pub(crate) fn fit<'a>(
        items: &[Blocks<'a>],
        dims: (usize, usize),
        previous: Option<FittedMap>,
        unit: impl Fn(&'a [f32]) -> Cow<'a, [f32]>,
    ) -> Self {
        Self::new(
            Mean::fit(dims.0, items.iter().filter_map(|item| item.0.map(&unit))),
            Mean::fit(dims.1, items.iter().filter_map(|item| item.1.map(&unit))),
            fit_map(items, previous, unit),
        )
    }

    /// An item as this frame sees it, its picture imputed when missing and possible.
    pub(crate) fn row(&self, slot: Slot, item: &ItemVectors) -> Row {
        let imputed = match &item.image {
            Some(_) => None,
            None => item.text.as_ref().and_then(|text| self.impute_image(text)),
        };
        let image_imputed = imputed.is_some();
        Row {
            slot,
            id: item.id,
            text: item.text.clone().map(|values| self.text.block(values)),
            image: item.image.clone().or(imputed).map(|values| self.image.block(values)),
            image_imputed,
        }
    }

    /// The picture one would expect beside this text.
    pub(crate) fn impute_image(&self, text: &[f32]) -> Option<Values> {
        let mut image = self.map.as_ref()?.map.apply(text);
        super::vectors::normalise(&mut image).then(|| image.into())
    }
}

fn fit_map<'a>(
    items: &[Blocks<'a>],
    previous: Option<FittedMap>,
    unit: impl Fn(&'a [f32]) -> Cow<'a, [f32]>,
) -> Option<FittedMap> {
    let complete = || items.iter().filter_map(|(text, image)| Some(((*text)?, (*image)?)));
    let pairs = complete().count();
    if pairs < MIN_FIT {
        return None;
    }
    if let Some(fitted) = previous
        && pairs as f64 <= fitted.pairs as f64 * REFIT_GROWTH
        && pairs as f64 * REFIT_GROWTH >= fitted.pairs as f64
    {
        return Some(fitted);
    }
    // Evenly spread over the ids, so that an import sorted by category is sampled whole.
    let step = pairs.div_ceil(MAX_PAIRS);
    let sample: Vec<_> = complete()
        .step_by(step)
        .map(|(text, image)| (unit(text), unit(image)))
        .collect();
    let sample: Vec<_> = sample.iter().map(|(text, image)| (&**text, &**image)).collect();
    let map = RidgeMap::fit(&sample, RidgeMap::DEFAULT_PENALTY)?;
    Some(FittedMap {
        map: Arc::new(map),
        pairs,
    })
}
