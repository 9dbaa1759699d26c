//! Items that look like a picture that somebody holds up. The picture is looked at and not kept.

use super::{
    Shared,
    config::invalid,
    elsewhere::Shown,
    handle::{RecoHandle, died},
    shared::Priority,
    similar::{MAX_LIMIT, SPARE},
};
use crate::{
    ItemId, Reason, RecoError, Recommendations, Recommended, ScoreMode, ScorePart, Source, Weights,
    catalog::Filter,
    embed::{preprocess::ImageLimits, views::views},
    vectors::{Admit, Like, UnitBlocks, VectorSearch},
};
use bytes::Bytes;
use fixedbitset::FixedBitSet;
use std::{collections::HashMap, sync::Arc};

impl RecoHandle {
    /// The published items that look most like an encoded picture, best first; only those in stock
    /// unless the filter asks for others.
    ///
    /// # Errors
    /// `BadInput` for a picture that cannot be read, `Model` without an image model, `InvalidArgument`,
    /// `Overloaded`, `Deadline`, `Unavailable`.
    pub async fn looks_like(
        &self,
        picture: Bytes,
        filter: &Filter,
        limit: usize,
    ) -> Result<Recommendations, RecoError> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(invalid("limit", "must lie within 1 and 100"));
        }
        let models = self.shared.serving.load().models.clone();
        let is_ours = models.image.is_some() && models.image == self.models().image;
        if !is_ours {
            let reason = "this process has no encoder for the pictures of the index".to_owned();
            return Err(RecoError::Unavailable(reason));
        }
        let limits = ImageLimits::default();
        let views = tokio::task::spawn_blocking(move || views(picture, &limits));
        let views = views.await.map_err(|_| died("picture"))??;
        let vectors = self.embed_images(views, Priority::Interactive).await?;
        let vectors = vectors.into_iter().collect::<Result<Vec<_>, _>>()?;
        let permit = self.shared.admit(&self.shared.searches)?;
        let generation = self.shared.generation();
        let out_of_stock = filter.in_stock == Some(false);
        let allow = self.shared.catalog.read().allow(filter, out_of_stock);
        let found = match self.shared.elsewhere.is_some() {
            true => {
                let asked = vectors
                    .into_iter()
                    .map(|vector| asked_elsewhere(&self.shared, vector, &allow, limit + SPARE));
                futures::future::try_join_all(asked).await?
            }
            false => {
                let shared = Arc::clone(&self.shared);
                let search = tokio::task::spawn_blocking(move || {
                    let _permit = permit;
                    let index = shared.serving.load().reader.load();
                    let search = |vector: &Vec<f32>| {
                        let query = index.query_from(None, Some(vector), Weights::IMAGE, ScoreMode::Raw);
                        let hits = index.search(&query, &allow, limit + SPARE);
                        // An imputed picture is none that anybody could see.
                        let seen = hits.into_iter().filter(|hit| !hit.image_imputed);
                        seen.map(|hit| (hit.id, hit.image)).collect::<Vec<_>>()
                    };
                    vectors.iter().map(search).collect()
                });
                search.await.map_err(|_| died("search"))?
            }
        };
        let found = most_alike(found);
        let catalog = self.shared.catalog.read();
        let is_shown = |id: &ItemId| {
            catalog
                .slot(*id)
                .is_some_and(|slot| catalog.is_recommendable(slot, out_of_stock))
        };
        let items = found.into_iter().filter(|(id, _)| is_shown(id)).take(limit);
        let items = items.map(|(item, score)| Recommended {
            item,
            score,
            parts: vec![(ScorePart::Image, score)],
            image_imputed: false,
            reason: Reason::LooksAlike,
            causes: Vec::new(),
        });
        Ok(Recommendations {
            items: items.collect(),
            source: Source::Vectors,
            generation,
        })
    }
}

/// Each item by the way of looking that it is most like, best first.
fn most_alike(found: Vec<Vec<(ItemId, f32)>>) -> Vec<(ItemId, f32)> {
    let mut best: HashMap<ItemId, f32> = HashMap::new();
    for (id, score) in found.into_iter().flatten() {
        let known = best.entry(id).or_insert(score);
        *known = known.max(score);
    }
    let mut best: Vec<(ItemId, f32)> = best.into_iter().collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    best
}

async fn asked_elsewhere(
    shared: &Shared,
    vector: Vec<f32>,
    allow: &FixedBitSet,
    k: usize,
) -> Result<Vec<(ItemId, f32)>, RecoError> {
    let away = || RecoError::Unavailable("the engine for vectors is away or yet to be filled".into());
    let elsewhere = shared.elsewhere.as_ref().ok_or_else(away)?;
    let models = shared.serving.load().models.clone();
    let index = elsewhere.filled(&models).ok_or_else(away)?;
    let blocks = UnitBlocks::new(None, Some(vector), models.dims())?;
    let search = VectorSearch {
        like: Like::Blocks(blocks),
        weights: Weights::IMAGE,
        admit: Admit::Where(&Shown { shared, allow }),
        k,
    };
    let found = index.search(search).await;
    elsewhere.note(found.as_ref().map(drop));
    Ok(found?.into_iter().map(|hit| (hit.id, hit.score.image)).collect())
}
