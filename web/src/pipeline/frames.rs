//! The frame of a generation: the means and the imputation that all indexes see its vectors
//! through. It is fitted once, kept beside the generation, and pinned by every process, so that
//! two of them give the same scores to the last digit; and again when the shop has grown.

use super::PipelineError;
use reco_actors::{
    ItemId, RecoError,
    index::{FrameData, FrameError, fit_frame},
};
use shop::{
    Shop,
    embeddings::{Modality, StoredVector},
    pipeline::{Generation, ModelWidth},
};
use std::collections::BTreeMap;

/// Below so many vectors a mean says nothing, as in the index.
const FEWEST: u64 = 50;
/// A frame is good until the vectors have grown, or shrunk, by this factor …
const GROWTH: f64 = 1.25;
/// … or by this one while many are on their way, since every frame makes an index anew.
const GROWTH_IN_BULK: f64 = 2.0;
/// Products that a frame is fitted on at most: more no longer change it visibly.
const SAMPLE: usize = 20_000;

/// A frame as it is kept, with the size of the shop that it was fitted on.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFrame {
    /// Text vectors there were.
    pub texts: u64,
    /// Image vectors there were.
    pub images: u64,
    /// The frame.
    pub frame: FrameData,
}

impl StoredFrame {
    /// A self-contained form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.texts.to_le_bytes(), self.images.to_le_bytes()].concat();
        bytes.extend(self.frame.to_bytes());
        bytes
    }

    /// Reads it back.
    ///
    /// # Errors
    /// `Damaged` or `Version`, as for the frame alone.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        let (texts, rest) = bytes.split_first_chunk().ok_or(FrameError::Damaged)?;
        let (images, rest) = rest.split_first_chunk().ok_or(FrameError::Damaged)?;
        Ok(Self {
            texts: u64::from_le_bytes(*texts),
            images: u64::from_le_bytes(*images),
            frame: FrameData::from_bytes(rest)?,
        })
    }

    fn is_good_for(&self, (texts, images): (u64, u64), factor: f64) -> bool {
        let holds = |then: u64, now: u64| {
            // Enough for the first time, or too few again.
            if (then < FEWEST) != (now < FEWEST) {
                return false;
            }
            let (then, now) = (then.max(FEWEST) as f64, now.max(FEWEST) as f64);
            now < then * factor && then < now * factor
        };
        holds(self.texts, texts) && holds(self.images, images)
    }
}

/// The frame that an index of `dims` sees a generation through; plain while none is kept, so
/// that no process fits one of its own.
pub(super) async fn frame_of(
    shop: &Shop,
    generation: &Generation,
    dims: (usize, usize),
) -> Result<FrameData, PipelineError> {
    let Some(bytes) = shop.pipeline().generations.frame(generation.id).await? else {
        return Ok(FrameData::plain(dims));
    };
    match StoredFrame::from_bytes(&bytes) {
        Ok(stored) if stored.frame.dims() == dims => Ok(stored.frame),
        Ok(stored) => {
            tracing::error!(generation.id, frame = ?stored.frame.dims(), index = ?dims, "the frame is for other widths");
            Ok(FrameData::plain(dims))
        }
        Err(error) => {
            tracing::error!(generation.id, %error, "the frame of a generation cannot be read");
            Ok(FrameData::plain(dims))
        }
    }
}

/// Fits a frame where one is due, and has all take it. `in_bulk`: many vectors are on their way.
pub(super) async fn keep(shop: &Shop, generation: &Generation, in_bulk: bool) -> Result<(), PipelineError> {
    let models: Vec<&str> = generation.models.ids().collect();
    let counts = shop.embeddings().counts(&models).await?;
    if counts.0.max(counts.1) < FEWEST {
        return Ok(());
    }
    let generations = &shop.pipeline().generations;
    let previous = generations.frame(generation.id).await?;
    let factor = if in_bulk { GROWTH_IN_BULK } else { GROWTH };
    if let Some(Ok(stored)) = previous.as_deref().map(StoredFrame::from_bytes)
        && stored.is_good_for(counts, factor)
    {
        return Ok(());
    }
    let frame = fit(shop, generation, &models).await?;
    let stored = StoredFrame {
        texts: counts.0,
        images: counts.1,
        frame,
    };
    let is_first = generations
        .set_frame(generation.id, previous.as_deref(), stored.to_bytes(), shop.now())
        .await?;
    if is_first {
        tracing::info!(generation.id, texts = counts.0, images = counts.1, "a frame is fitted");
    }
    Ok(())
}

async fn fit(shop: &Shop, generation: &Generation, models: &[&str]) -> Result<FrameData, PipelineError> {
    let mut ids = shop.embeddings().products(models).await?;
    // Evenly over the ids, which are in the order of time: an import is sampled whole.
    let step = ids.len().div_ceil(SAMPLE).max(1);
    ids = ids.into_iter().step_by(step).collect();
    let stored = shop.embeddings().of(&ids, models).await?;
    // A model that is not there has a block of no width.
    let width = |model: &Option<ModelWidth>| model.as_ref().map_or(0, |model| model.dim);
    let dims = (width(&generation.models.text), width(&generation.models.image));
    let fitted = tokio::task::spawn_blocking(move || fit_on(stored, dims)).await;
    match fitted {
        Ok(frame) => Ok(frame?),
        Err(died) => Err(RecoError::Unavailable(died.to_string()).into()),
    }
}

fn fit_on(stored: Vec<StoredVector>, dims: (usize, usize)) -> Result<FrameData, RecoError> {
    let mut items: BTreeMap<_, [Option<Vec<f32>>; 2]> = BTreeMap::new();
    for vector in stored {
        let place = usize::from(vector.modality == Modality::Image);
        items.entry(vector.product).or_default()[place] = Some(vector.vector);
    }
    let items = items
        .iter()
        .map(|(id, [text, image])| (ItemId(id.0), text.as_deref(), image.as_deref()));
    fit_frame(dims, items)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn stored(texts: u64, images: u64) -> StoredFrame {
        let frame = FrameData::plain((3, 2));
        StoredFrame { texts, images, frame }
    }

    #[test]
    fn a_stored_frame_survives_its_bytes_and_nothing_else_is_one() {
        let whole = stored(700, 60).to_bytes();
        assert_eq!(StoredFrame::from_bytes(&whole).unwrap(), stored(700, 60));
        for end in [0, 7, 15, whole.len() - 1] {
            assert!(StoredFrame::from_bytes(&whole[..end]).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn a_frame_is_good_until_either_side_has_grown_or_shrunk_by_a_quarter() {
        let stored = stored(100, 80);
        for counts in [(100, 80), (124, 80), (100, 99), (81, 65)] {
            assert!(stored.is_good_for(counts, GROWTH), "{counts:?}");
        }
        for counts in [(125, 80), (100, 100), (80, 80), (100, 64)] {
            assert!(!stored.is_good_for(counts, GROWTH), "{counts:?}");
        }
        assert!(stored.is_good_for((199, 159), GROWTH_IN_BULK));
    }

    #[test]
    fn what_is_too_few_to_say_anything_asks_for_no_other_frame_and_what_is_enough_does() {
        assert!(stored(60, 0).is_good_for((60, 49), GROWTH));
        assert!(!stored(60, 49).is_good_for((60, 50), GROWTH));
        assert!(!stored(60, 50).is_good_for((60, 49), GROWTH));
    }
}
