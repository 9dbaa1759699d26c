//! Keeps one engine at the state of the shop: loads everything once, then follows.

use super::{BATCH, Concerned, Patience, PipelineError, item_of};
use reco_actors::{
    ItemId,
    system::{Change as EngineChange, RecoHandle},
};
use shop::{
    Shop,
    embeddings::{Modality, StoredVector},
    id::ProductId,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Products read at once while loading.
const PAGE: u64 = 500;

/// Follows one shop into one engine.
pub struct Projector {
    shop: Shop,
    engine: RecoHandle,
    news: watch::Receiver<i64>,
    /// Told when the engine's models changed, and with them whose vectors it wants.
    models_changed: Arc<Notify>,
    position: i64,
}

impl Projector {
    /// Loads the whole shop into the engine.
    ///
    /// # Errors
    /// When the database or the engine fails.
    pub async fn load(
        shop: Shop,
        engine: RecoHandle,
        news: watch::Receiver<i64>,
        models_changed: Arc<Notify>,
    ) -> Result<Self, PipelineError> {
        let mut projector = Self {
            shop,
            engine,
            news,
            models_changed,
            position: 0,
        };
        projector.load_all().await?;
        Ok(projector)
    }

    /// Follows until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut patience = Patience::new("projector");
        let mut load = false;
        loop {
            // What happened before this look is read by the steps behind it.
            self.news.borrow_and_update();
            match self.catch_up(load).await {
                Ok(()) => {
                    patience.restored();
                    load = false;
                }
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            tokio::select! {
                () = stop.cancelled() => return,
                changed = self.news.changed() => if changed.is_err() { return },
                () = self.models_changed.notified() => load = true,
            }
        }
    }

    async fn catch_up(&mut self, load: bool) -> Result<(), PipelineError> {
        if load {
            self.load_all().await?;
        }
        while self.step().await? {}
        Ok(())
    }

    /// Applies some changes; `false` when there are none left.
    ///
    /// # Errors
    /// When the database or the engine fails; the same changes are then applied again.
    pub async fn step(&mut self) -> Result<bool, PipelineError> {
        let published = self.shop.outbox().after(self.position, BATCH).await?;
        let (Some(first), Some(last)) = (published.first(), published.last()) else {
            return Ok(false);
        };
        if first.position != self.position + 1 {
            tracing::warn!(
                position = self.position,
                "changes were pruned before they were read: loading anew"
            );
            self.load_all().await?;
            return Ok(true);
        }
        let position = last.position;
        let concerned = Concerned::by(&self.shop, &published).await?;
        self.shop.catalog().invalidate(&concerned.changed);
        let deleted: Vec<ProductId> = concerned.deleted.iter().map(|(id, _)| *id).collect();
        self.shop.catalog().invalidate(&deleted);
        let mut changes = self.upserts(&concerned.changed).await?;
        changes.extend(concerned.deleted.iter().map(|&(id, version)| EngineChange::Delete {
            id: ItemId(id.0),
            version,
        }));
        let mut vectors = concerned.embedded;
        vectors.extend(concerned.forced);
        changes.extend(self.vectors(&vectors).await?);
        self.engine.apply(changes, position).await?;
        self.position = position;
        Ok(true)
    }

    async fn upserts(&self, ids: &[ProductId]) -> Result<Vec<EngineChange>, PipelineError> {
        let views = self.shop.catalog().load_fresh(ids).await?;
        let taxonomy = self.shop.catalog().taxonomy();
        let items = views.iter().map(|view| item_of(view, &taxonomy));
        Ok(items.map(|item| EngineChange::Upsert(Box::new(item))).collect())
    }

    /// What is stored for these products; one without stored vectors loses those it had.
    async fn vectors(&self, ids: &[ProductId]) -> Result<Vec<EngineChange>, PipelineError> {
        let models = self.models();
        let models: Vec<&str> = models.iter().map(String::as_str).collect();
        let stored = self.shop.embeddings().of(ids, &models).await?;
        Ok(blocks(ids, stored))
    }

    /// Ids of the engine's models.
    fn models(&self) -> Vec<String> {
        let models = self.engine.models();
        [models.text, models.image]
            .into_iter()
            .flatten()
            .map(|model| model.id)
            .collect()
    }

    /// Everything anew: items page by page with their vectors, then one rebuild.
    async fn load_all(&mut self) -> Result<(), PipelineError> {
        let position = self.shop.outbox().last_position().await?;
        self.shop.catalog().reload_taxonomy().await?;
        let taxonomy = self.shop.catalog().taxonomy();
        let mut gone: HashSet<ItemId> = self.engine.items().into_iter().collect();
        let mut after = None;
        loop {
            let views = self.shop.catalog().load_after(after, PAGE).await?;
            let Some(last) = views.last() else { break };
            after = Some(last.id());
            let ids: Vec<ProductId> = views.iter().map(|view| view.id()).collect();
            let items = views.iter().map(|view| item_of(view, &taxonomy));
            let mut changes: Vec<_> = items.map(|item| EngineChange::Upsert(Box::new(item))).collect();
            changes.extend(self.vectors(&ids).await?);
            for id in &ids {
                gone.remove(&ItemId(id.0));
            }
            self.engine.apply(changes, 0).await?;
        }
        let gone = gone
            .into_iter()
            .map(|id| EngineChange::Delete { id, version: i64::MAX });
        self.engine.apply(gone.collect(), position).await?;
        self.engine.rebuild().await?;
        self.position = position;
        Ok(())
    }
}

fn blocks(ids: &[ProductId], stored: Vec<StoredVector>) -> Vec<EngineChange> {
    let mut found: HashMap<ProductId, [Option<Vec<f32>>; 2]> = HashMap::with_capacity(ids.len());
    for vector in stored {
        let place = match vector.modality {
            Modality::Text => 0,
            Modality::Image => 1,
        };
        found.entry(vector.product).or_default()[place] = Some(vector.vector);
    }
    let change = |id: &ProductId| {
        let [text, image] = found.remove(id).unwrap_or_default();
        EngineChange::Vectors {
            id: ItemId(id.0),
            text,
            image,
        }
    };
    ids.iter().map(change).collect()
}
