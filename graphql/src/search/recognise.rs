//! Which product a picture that is held up shows: of those that look alike, the one whose own
//! picture is the very same.

use crate::{context::ContextExt, error::ApiError};
use async_graphql::Context;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use moka::sync::Cache;
use reco_actors::{
    Reason, Recommendations, ScorePart,
    embed::{
        preprocess::ImageLimits,
        print::{Held, Print, is_same},
    },
};
use shop::{
    id::ProductId,
    media::{MediaKey, MediaStore},
};
use std::{sync::Arc, time::Duration};

/// Of the pictures that look alike so many are held against the one that is held up.
pub(super) const CANDIDATES: usize = 100;
/// A copy this wide is enough for a print.
const WIDTH: u32 = 64;
/// Pictures read at the same time.
const READING: usize = 8;
/// What is not read by then stays where it is: nobody waits longer for a better order.
const PATIENCE: Duration = Duration::from_millis(500);
/// Prints that are remembered, 3 KB each.
const REMEMBERED: u64 = 10_000;

/// Prints of the shop's pictures, made when they are first needed. Clone it freely.
#[derive(Clone)]
pub struct Prints(Cache<MediaKey, Arc<Print>>);

impl Default for Prints {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

/// A picture of the shop as far as it is known.
enum Known {
    Print(Arc<Print>),
    Read(MediaKey, Bytes),
    Nothing,
}

impl Prints {
    async fn known(&self, media: &MediaStore, key: Option<MediaKey>) -> Known {
        let Some(key) = key else {
            return Known::Nothing;
        };
        if let Some(print) = self.0.get(&key) {
            return Known::Print(print);
        }
        match media.read(&key).await {
            Ok(Some(bytes)) => Known::Read(key, bytes),
            Ok(None) => Known::Nothing,
            Err(error) => {
                tracing::warn!(%error, "a picture cannot be read to be recognised");
                Known::Nothing
            }
        }
    }

    /// The print of a picture, made now where it is not remembered.
    fn print(&self, known: Known) -> Option<Arc<Print>> {
        match known {
            Known::Print(print) => Some(print),
            Known::Read(key, bytes) => {
                let print = Arc::new(Print::of(&bytes, &ImageLimits::default()).ok()?);
                self.0.insert(key, Arc::clone(&print));
                Some(print)
            }
            Known::Nothing => None,
        }
    }

    /// How far each picture is the same as the one held up; 0 where that is not known in time.
    async fn likenesses(
        &self,
        media: &MediaStore,
        held: Bytes,
        keys: Vec<Option<MediaKey>>,
    ) -> Result<Vec<f32>, ApiError> {
        let mut known: Vec<Known> = keys.iter().map(|_| Known::Nothing).collect();
        let reading = keys.into_iter().enumerate();
        let reading = reading.map(|(at, key)| async move { (at, self.known(media, key).await) });
        let mut reading = stream::iter(reading).buffer_unordered(READING);
        let read = async {
            while let Some((at, one)) = reading.next().await {
                known[at] = one;
            }
        };
        // What came in time counts.
        let _ = tokio::time::timeout(PATIENCE, read).await;
        drop(reading);
        let prints = self.clone();
        let compare = move || {
            let held = Held::new(Print::of(&held, &ImageLimits::default())?);
            let likeness = |known| prints.print(known).map_or(0.0, |print| held.likeness(&print));
            Ok(known.into_iter().map(likeness).collect())
        };
        tokio::task::spawn_blocking(compare)
            .await
            .map_err(|error| ApiError::internal(&error))?
    }
}

/// Puts products first whose picture is the very one that is held up.
pub(super) async fn recognise(
    ctx: &Context<'_>,
    held: Bytes,
    mut answer: Recommendations,
) -> Result<Recommendations, ApiError> {
    let services = ctx.services()?;
    let ids: Vec<ProductId> = answer.items.iter().map(|entry| ProductId(entry.item.0)).collect();
    let rows = ctx.loaders()?.products(&ids).await?;
    let keys = rows.iter().map(|row| {
        let picture = row.as_ref()?.media.first()?;
        let key: MediaKey = picture.storage_key.parse().ok()?;
        Some(key.at_least(WIDTH, u32::try_from(picture.width).ok()?))
    });
    let media = services.shop.media();
    let likenesses = services.prints.likenesses(media, held, keys.collect()).await?;
    let best = answer.items.iter().map(|item| item.score).fold(0.0, f32::max);
    for (item, likeness) in answer.items.iter_mut().zip(likenesses) {
        if is_same(likeness, item.score, best) {
            item.score += likeness;
            item.parts.push((ScorePart::SamePicture, likeness));
            item.reason = Reason::SamePicture;
        }
    }
    answer.items.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(answer)
}
