//! What of a set of stored vectors goes into an index elsewhere: all of it, or what some changes
//! concern.

use super::{PipelineError, carrier::within, generation::loaded, vectors::blocks};
use reco_actors::{
    ItemId, RecoError,
    embed::ModelInfo,
    system::Change as EngineChange,
    vectors::{Applied, Incarnation, UnitBlocks, VectorChange, VectorIndex},
};
use shop::{
    Shop,
    id::ProductId,
    outbox::{Change, Published},
    pipeline::Generation,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Products read at once.
const PAGE: u64 = 500;

/// The way of one generation's vectors.
pub(super) struct Freight {
    pub(super) shop: Shop,
    pub(super) generation: Generation,
    pub(super) index: Arc<dyn VectorIndex>,
}

impl Freight {
    /// Names the generation, of whichever database.
    pub(super) fn origin(&self) -> String {
        let made = self.generation.created_at.timestamp_micros();
        format!("{} {made}", self.generation.id)
    }

    fn names(&self) -> Vec<&str> {
        self.generation.models.ids().collect()
    }

    /// Compares everything that is stored with everything that is there, page by page.
    pub(super) async fn fill(&self, to: Incarnation, version: i64) -> Result<(), PipelineError> {
        let (mut after, mut sum) = (None, Applied::default());
        loop {
            let page = self.shop.embeddings().page(&self.names(), after, PAGE).await?;
            let last = page.last().map(|stored| stored.product);
            let ids: BTreeSet<ProductId> = page.iter().map(|stored| stored.product).collect();
            let gone = self.gone(after, last, &ids).await?;
            let ids: Vec<ProductId> = ids.into_iter().collect();
            let mut changes = self.upserts(blocks(&ids, page), |_| version);
            changes.extend(gone.into_iter().map(|id| VectorChange::Delete { id, version }));
            let applied = within(self.index.apply(to, changes)).await?;
            sum.written += applied.written;
            sum.unchanged += applied.unchanged;
            sum.outdated += applied.outdated;
            match last {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        tracing::info!(
            index = self.index.name(),
            written = sum.written,
            unchanged = sum.unchanged,
            outdated = sum.outdated,
            "vectors are compared"
        );
        Ok(())
    }

    /// Carries what these changes concern. Each product's version is the position of its own last
    /// change, whichever others a node reads along with it.
    pub(super) async fn carry(&self, to: Incarnation, published: &[Published]) -> Result<(), PipelineError> {
        let (touched, deleted) = concerned(published);
        if touched.is_empty() && deleted.is_empty() {
            return Ok(());
        }
        let ids: Vec<ProductId> = touched.keys().copied().collect();
        let stored = self.shop.embeddings().of(&ids, &self.names()).await?;
        let version = |id: ItemId| touched.get(&ProductId(id.0)).copied().unwrap_or_default();
        let mut changes = self.upserts(blocks(&ids, stored), version);
        changes.extend(
            deleted
                .into_iter()
                .map(|(id, version)| VectorChange::Delete { id, version }),
        );
        within(self.index.apply(to, changes)).await?;
        Ok(())
    }

    /// Carries these once more, as they are at a version, whatever the index says of them.
    pub(super) async fn carry_again(&self, to: Incarnation, ids: &[ItemId], version: i64) -> Result<(), PipelineError> {
        for ids in ids.chunks(PAGE as usize) {
            let ids: Vec<ProductId> = ids.iter().map(|id| ProductId(id.0)).collect();
            let stored = self.shop.embeddings().of(&ids, &self.names()).await?;
            let changes = self.upserts(blocks(&ids, stored), |_| version);
            within(self.index.apply(to, changes)).await?;
        }
        Ok(())
    }

    /// Items of the index behind one product and up to another that are not among these.
    async fn gone(
        &self,
        after: Option<ProductId>,
        until: Option<ProductId>,
        ids: &BTreeSet<ProductId>,
    ) -> Result<Vec<ItemId>, RecoError> {
        let mut gone = Vec::new();
        let mut at = after.map(|id| ItemId(id.0));
        loop {
            let held = within(self.index.ids(at, PAGE as usize)).await?;
            let is_inside = |id: &&ItemId| until.is_none_or(|until| id.0 <= until.0);
            let inside: Vec<ItemId> = held.iter().take_while(is_inside).copied().collect();
            gone.extend(inside.iter().filter(|id| !ids.contains(&ProductId(id.0))));
            if inside.len() < held.len() || held.len() < PAGE as usize {
                return Ok(gone);
            }
            at = held.last().copied();
        }
    }

    /// Stored blocks as the index takes them; a damaged one costs its product its place.
    fn upserts(&self, changes: Vec<EngineChange>, version: impl Fn(ItemId) -> i64) -> Vec<VectorChange> {
        let models = loaded(&self.generation.models);
        let width = |model: &Option<ModelInfo>| model.as_ref().map_or(0, |model| model.dim);
        let dims = (width(&models.text), width(&models.image));
        let upsert = |change| match change {
            EngineChange::Vectors { id, text, image } => match UnitBlocks::new(text, image, dims) {
                Ok(blocks) => Some(VectorChange::Upsert {
                    id,
                    version: version(id),
                    blocks,
                }),
                Err(error) => {
                    tracing::warn!(item.id = %id.0, reco.error = %error, "vectors refused");
                    Some(VectorChange::Delete {
                        id,
                        version: version(id),
                    })
                }
            },
            _ => None,
        };
        changes.into_iter().filter_map(upsert).collect()
    }
}

/// Products whose vectors may be others, and those that are gone, with the position of the last
/// change of each.
fn concerned(published: &[Published]) -> (BTreeMap<ProductId, i64>, Vec<(ItemId, i64)>) {
    let (mut touched, mut deleted) = (BTreeMap::new(), BTreeMap::new());
    for event in published {
        match event.change() {
            Some(Change::Embedded { product, .. } | Change::Reindex(product)) => {
                touched.insert(product, event.position);
            }
            Some(Change::ProductDeleted { id, .. }) => {
                touched.remove(&id);
                deleted.insert(ItemId(id.0), event.position);
            }
            _ => {}
        }
    }
    // What is embedded after its end has no row to be read from.
    touched.retain(|id, _| !deleted.contains_key(&ItemId(id.0)));
    (touched, deleted.into_iter().collect())
}
