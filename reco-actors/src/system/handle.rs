//! The engine's public face: clone freely, use from any tokio task.
//!
//! Reads run on the caller's thread under a permit and a deadline; changes and embeddings go
//! to the actors. No actix type appears here.

use super::{
    config::Defaults,
    elsewhere,
    shared::{Lane, Priority, Shared},
    similar,
};
use crate::{
    Item, ItemId, RecoError, Recommendations, Recommender, SimilarQuery,
    actors::{Apply, Dispatcher, Entry, Modality, Rebuild, Submit},
    catalog::{Filter, ListPage, ListQuery, Suggestions, contains},
    models::{Act, Behaviour},
};
use actix::{Addr, dev::SendError};
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::join_all;
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Above this many vectors a search takes long enough to be moved off the caller's thread.
pub(super) const INLINE_VECTORS: usize = 20_000;

/// One change of the engine's state.
#[derive(Clone, Debug)]
pub enum Change {
    /// The item is now this; an older version than the known one is ignored.
    Upsert(Box<Item>),
    /// The item is gone; ignored when a newer version is known.
    Delete {
        /// The item.
        id: ItemId,
        /// Version of the deletion.
        version: i64,
    },
    /// The item's vectors, whole: `None` takes a block away. Ignored for unknown items; a
    /// vector that does not fit the index's models is refused, counted and logged.
    Vectors {
        /// The item.
        id: ItemId,
        /// Text block.
        text: Option<Vec<f32>>,
        /// Image block.
        image: Option<Vec<f32>>,
    },
    /// People did something, told of at a position of the stream: what was told already is passed
    /// over, so that telling it again does no harm.
    Acts(i64, Vec<Act>),
    /// Somebody is to be forgotten.
    Forget(Act),
    /// What people did until now, learned elsewhere: takes the place of what was learned here.
    Behaviour(Box<Behaviour>),
}

/// What became of stored vectors when models changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredVectors {
    /// Same models (or none now): vectors still answer.
    Kept,
    /// Other models: the vector index is empty and wants the vectors of the new models.
    Dropped,
}

/// A handle on a running engine.
#[derive(Clone)]
pub struct RecoHandle {
    pub(crate) shared: Arc<Shared>,
}

impl RecoHandle {
    /// Applies changes in order and moves the engine to `position`; reads that begin after this
    /// returns see them all.
    ///
    /// # Errors
    /// `Unavailable` when the index writer is not running or died; apply the same again.
    pub async fn apply(&self, changes: Vec<Change>, position: i64) -> Result<(), RecoError> {
        let writer = &self.shared.actors()?.writer;
        writer
            .send(Apply { changes, position })
            .await
            .map_err(|_| died("index writer"))
    }

    /// Folds all changes into a new main generation now, instead of when it is due; returns
    /// when it serves. For the end of a boot or an import.
    ///
    /// # Errors
    /// `Unavailable` when the index writer or the rebuild died.
    pub async fn rebuild(&self) -> Result<(), RecoError> {
        let (done, installed) = oneshot::channel();
        let writer = &self.shared.actors()?.writer;
        writer.send(Rebuild { done }).await.map_err(|_| died("index writer"))?;
        installed.await.map_err(|_| died("rebuild"))
    }

    /// One unit vector per text, in order.
    ///
    /// # Errors
    /// `Overloaded`, `Deadline`, `Model` when no text model is loaded, `Unavailable`.
    pub async fn embed_texts(&self, texts: Vec<String>, priority: Priority) -> Result<Vec<Vec<f32>>, RecoError> {
        let actors = self.shared.actors()?;
        let vectors = self.embed(&self.shared.texts, &actors.texts, texts, priority).await?;
        vectors.into_iter().collect()
    }

    /// One unit vector per encoded picture, in order; an unreadable picture fails alone.
    ///
    /// # Errors
    /// `Overloaded`, `Deadline`, `Model` when no image model is loaded, `Unavailable`.
    pub async fn embed_images(
        &self,
        images: Vec<Bytes>,
        priority: Priority,
    ) -> Result<Vec<Result<Vec<f32>, RecoError>>, RecoError> {
        let actors = self.shared.actors()?;
        self.embed(&self.shared.images, &actors.images, images, priority).await
    }

    /// One unit vector per text, in order, among those of pictures.
    ///
    /// # Errors
    /// `Overloaded`, `Deadline`, `Model` when the image model has no text side, `Unavailable`.
    pub async fn embed_captions(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, RecoError> {
        let actors = self.shared.actors()?;
        let lane = &self.shared.captions;
        let vectors = self.embed(lane, &actors.captions, texts, Priority::Interactive).await?;
        vectors.into_iter().collect()
    }

    async fn embed<M: Modality>(
        &self,
        lane: &Lane,
        dispatcher: &Addr<Dispatcher<M>>,
        inputs: Vec<M::Input>,
        priority: Priority,
    ) -> Result<Vec<Result<Vec<f32>, RecoError>>, RecoError> {
        if inputs.is_empty() {
            return Ok(Vec::new());
        }
        let permit = Arc::new(self.shared.admit(lane.permits(priority))?);
        let (entries, replies): (Vec<_>, Vec<_>) = inputs
            .into_iter()
            .map(|input| Entry::new(M::cost(&input), input, &permit))
            .unzip();
        drop(permit);
        dispatcher
            .try_send(Submit { entries, priority })
            .map_err(|refusal| match refusal {
                SendError::Full(_) => RecoError::Overloaded,
                SendError::Closed(_) => died(M::NAME),
            })?;
        let limit = match priority {
            Priority::Interactive => self.shared.config.deadline,
            Priority::Bulk => self.shared.config.bulk_deadline,
        };
        let vectors = tokio::time::timeout(limit, join_all(replies))
            .await
            .map_err(|_| exceeded(limit))?;
        let vectors: Vec<_> = vectors
            .into_iter()
            .map(|reply| reply.unwrap_or_else(|_| Err(died(M::NAME))))
            .collect();
        all_failed(vectors)
    }

    /// One page of published items.
    ///
    /// # Errors
    /// `InvalidArgument` when the question cannot be meant.
    pub fn list(&self, query: &ListQuery) -> Result<ListPage, RecoError> {
        self.shared.catalog.read().list(query)
    }

    /// What a text may be the beginning of: so many texts and items at most.
    #[must_use]
    pub fn suggest(&self, text: &str, texts: usize, items: usize) -> Suggestions {
        let guide = self.shared.guide.load();
        self.shared.catalog.read().suggest(text, texts, items, &guide)
    }

    /// Published items in the subtree of each category, in the given order.
    #[must_use]
    pub fn category_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        self.shared.catalog.read().category_counts(ids)
    }

    /// Published items of each brand, in the given order.
    #[must_use]
    pub fn brand_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        self.shared.catalog.read().brand_counts(ids)
    }

    /// Every item that is known, in no order.
    #[must_use]
    pub fn items(&self) -> Vec<ItemId> {
        self.shared.catalog.read().ids()
    }

    /// Names the state that answers: `g<main generation>.<position>`.
    #[must_use]
    pub fn generation(&self) -> String {
        self.shared.generation()
    }

    /// What queries get when they do not say.
    #[must_use]
    pub fn defaults(&self) -> Defaults {
        *self.shared.defaults.read()
    }

    /// Changes what queries get when they do not say.
    ///
    /// # Errors
    /// `InvalidArgument` when the diversity is outside 0…1.
    pub fn set_defaults(&self, defaults: Defaults) -> Result<(), RecoError> {
        defaults.validate()?;
        *self.shared.defaults.write() = defaults;
        Ok(())
    }
}

#[async_trait]
impl Recommender for RecoHandle {
    async fn similar(&self, query: &SimilarQuery) -> Result<Recommendations, RecoError> {
        similar::validate(query)?;
        let permit = self.shared.admit(&self.shared.searches)?;
        let limit = self.shared.config.deadline;
        let until = Instant::now() + limit;
        if self.shared.elsewhere.is_some() {
            let _permit = permit;
            return elsewhere::similar(&self.shared, query, until).await;
        }
        let vectors = self.shared.serving.load().counts.items.load(Relaxed);
        if vectors <= INLINE_VECTORS {
            return similar::similar(&self.shared, query, until);
        }
        let (shared, query) = (Arc::clone(&self.shared), query.clone());
        let search = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            similar::similar(&shared, &query, until)
        });
        let answer = tokio::time::timeout_at(until.into(), search)
            .await
            .map_err(|_| exceeded(limit))?;
        answer.map_err(|_| died("search"))?
    }
}

pub(super) fn died(what: &str) -> RecoError {
    RecoError::Unavailable(format!("{what}: died or is being replaced"))
}

pub(crate) fn exceeded(limit: Duration) -> RecoError {
    RecoError::Deadline(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
}

/// When no input could be embedded for a reason of the engine's, that is the request's failure.
fn all_failed(vectors: Vec<Result<Vec<f32>, RecoError>>) -> Result<Vec<Result<Vec<f32>, RecoError>>, RecoError> {
    let ours = |vector: &Result<_, RecoError>| matches!(vector, Err(e) if !matches!(e, RecoError::BadInput(_)));
    if !vectors.iter().all(ours) {
        return Ok(vectors);
    }
    let vectors = vectors.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(vectors.into_iter().map(Ok).collect())
}

impl RecoHandle {
    /// Whether all of these still qualify for the query.
    pub(crate) fn all_live(&self, query: &SimilarQuery, items: &[ItemId]) -> bool {
        let catalog = self.shared.catalog.read();
        let out_of_stock = similar::lets_out_of_stock(query);
        if query.filter == Filter::default() {
            let live = |item: &ItemId| {
                catalog
                    .slot(*item)
                    .is_some_and(|slot| catalog.is_recommendable(slot, out_of_stock))
            };
            return items.iter().all(live);
        }
        let allow = catalog.allow(&query.filter, out_of_stock);
        items
            .iter()
            .all(|item| catalog.slot(*item).is_some_and(|slot| contains(&allow, slot)))
    }
}
