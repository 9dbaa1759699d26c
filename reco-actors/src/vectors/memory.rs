//! The built-in engines behind the contract: exact scan or HNSW in this process.

use super::{
    Admit, Applied, Begun, Incarnation, Like, UnitBlocks, VectorChange, VectorCounts, VectorHit, VectorIndex,
    VectorScore, VectorSearch,
};
use crate::{
    ItemId, RecoError, ScoreMode, Slot,
    index::{FrameData, IndexConfig, VectorReader, VectorWriter},
    snapshot::Head,
};
use async_trait::async_trait;
use fixedbitset::FixedBitSet;
use parking_lot::RwLock;
use std::{
    collections::BTreeMap,
    fmt,
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};
use uuid::Uuid;

/// An index in memory. Vectors are seen as they are: means and imputation are left out.
pub struct MemoryVectors {
    dims: (usize, usize),
    reader: VectorReader,
    state: Arc<RwLock<State>>,
}

struct State {
    writer: VectorWriter,
    /// Deleted ones too, so that nothing older brings them back.
    known: BTreeMap<ItemId, Known>,
    /// Whose positions these are.
    origin: Option<String>,
    incarnation: Incarnation,
    reached: Option<Head>,
}

#[derive(Clone, Copy)]
struct Known {
    slot: Slot,
    version: i64,
}

impl fmt::Debug for MemoryVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryVectors")
            .field("dims", &self.dims)
            .finish_non_exhaustive()
    }
}

impl MemoryVectors {
    /// An empty index.
    ///
    /// # Errors
    /// Never for a shape that can be meant.
    pub fn new(config: IndexConfig) -> Result<Self, RecoError> {
        let dims = (config.text_dim, config.image_dim);
        let mut writer = VectorWriter::new(config);
        writer.pin_frame(Some(FrameData::plain(dims)))?;
        Ok(Self {
            dims,
            reader: writer.reader(),
            state: Arc::new(RwLock::new(State {
                writer,
                known: BTreeMap::new(),
                origin: None,
                incarnation: Incarnation(Uuid::new_v4()),
                reached: None,
            })),
        })
    }

    /// Runs a rebuild off the caller's thread when `wanted` says so; changes go on meanwhile.
    async fn rebuild(&self, wanted: impl FnOnce(&VectorWriter) -> bool) -> Result<(), RecoError> {
        let job = {
            let mut state = self.state.write();
            if !wanted(&state.writer) {
                return Ok(());
            }
            state.writer.plan_rebuild()
        };
        let state = Arc::clone(&self.state);
        let built = tokio::task::spawn_blocking(move || {
            let rebuilt = job.run();
            state.write().writer.install(rebuilt);
        });
        built.await.map_err(|died| RecoError::Unavailable(died.to_string()))
    }
}

impl State {
    fn apply(&mut self, change: VectorChange, dims: (usize, usize)) -> Result<Option<bool>, RecoError> {
        let (id, version, blocks) = match change {
            VectorChange::Upsert { id, version, blocks } => (id, version, Some(blocks)),
            VectorChange::Delete { id, version } => (id, version, None),
        };
        if let Some(blocks) = &blocks {
            blocks.fit(dims)?;
        }
        let next = u32::try_from(self.known.len()).map_err(|_| RecoError::Unavailable("no slot is left".into()))?;
        let known = self.known.entry(id).or_insert(Known {
            slot: Slot(next),
            version,
        });
        if version < known.version {
            return Ok(None);
        }
        known.version = version;
        let slot = known.slot;
        let is_other = match blocks {
            None => self.writer.remove(slot),
            Some(blocks) => self.writer.put(slot, blocks.of(id)),
        };
        Ok(Some(is_other))
    }

    /// Forgets everything, versions too.
    fn clear(&mut self) {
        let slots: Vec<Slot> = self.known.values().map(|known| known.slot).collect();
        for slot in slots {
            self.writer.remove(slot);
        }
        self.known.values_mut().for_each(|known| known.version = i64::MIN);
        self.writer.publish();
        self.reached = None;
        self.incarnation = Incarnation(Uuid::new_v4());
    }

    fn claim(&self, of: Incarnation) -> Result<(), RecoError> {
        match of == self.incarnation {
            true => Ok(()),
            false => Err(RecoError::Unavailable("vectors: they were begun anew".into())),
        }
    }

    fn reach(&mut self, head: Head) {
        let is_newer = self.reached.is_none_or(|reached| reached.position < head.position);
        if is_newer {
            self.reached = Some(head);
        }
    }

    fn allow(&self, admit: Admit<'_>) -> FixedBitSet {
        let mut allow = FixedBitSet::with_capacity(self.known.len());
        match admit {
            Admit::Where(admission) => {
                let admitted = self.known.iter().filter(|(id, _)| admission.admits(**id));
                admitted.for_each(|(_, known)| allow.insert(known.slot.0 as usize));
            }
            Admit::Only(ids) => {
                let known = ids.iter().filter_map(|id| self.known.get(id));
                known.for_each(|known| allow.insert(known.slot.0 as usize));
            }
        }
        allow
    }
}

#[async_trait]
impl VectorIndex for MemoryVectors {
    fn name(&self) -> String {
        "memory".into()
    }

    async fn apply(&self, to: Incarnation, changes: Vec<VectorChange>) -> Result<Applied, RecoError> {
        let mut applied = Applied::default();
        {
            let mut state = self.state.write();
            state.claim(to)?;
            let outcome = changes.into_iter().try_for_each(|change| {
                match state.apply(change, self.dims)? {
                    Some(true) => applied.written += 1,
                    Some(false) => applied.unchanged += 1,
                    None => applied.outdated += 1,
                }
                Ok(())
            });
            state.writer.publish();
            outcome?;
        }
        self.rebuild(VectorWriter::rebuild_due).await?;
        Ok(applied)
    }

    async fn search(&self, search: VectorSearch<'_>) -> Result<Vec<VectorHit>, RecoError> {
        let state = self.state.read();
        let mut allow = state.allow(search.admit);
        let generation = self.reader.load();
        let query = match &search.like {
            Like::Item(id) => {
                let Some(known) = state.known.get(id) else {
                    return Ok(Vec::new());
                };
                allow.set(known.slot.0 as usize, false);
                generation.query_of(known.slot, search.weights, ScoreMode::Raw)
            }
            Like::Blocks(blocks) => {
                blocks.fit(self.dims)?;
                let query = generation.query_from(blocks.text(), blocks.image(), search.weights, ScoreMode::Raw);
                Some(query)
            }
        };
        drop(state);
        let hits = query.map(|query| generation.search(&query, &allow, search.k));
        let hit = |hit: crate::index::Hit| VectorHit {
            id: hit.id,
            score: VectorScore {
                total: hit.score,
                text: hit.text,
                image: hit.image,
            },
        };
        Ok(hits.into_iter().flatten().map(hit).collect())
    }

    async fn blocks(&self, ids: &[ItemId]) -> Result<Vec<(ItemId, UnitBlocks)>, RecoError> {
        let state = self.state.read();
        let held = |id: &ItemId| {
            let vectors = state.writer.held(state.known.get(id)?.slot)?;
            Some((*id, vectors.into()))
        };
        Ok(ids.iter().filter_map(held).collect())
    }

    async fn ids(&self, after: Option<ItemId>, most: usize) -> Result<Vec<ItemId>, RecoError> {
        let state = self.state.read();
        let range = (after.map_or(Unbounded, Excluded), Unbounded);
        let held = state.known.range(range);
        let held = held.filter(|(_, known)| state.writer.held(known.slot).is_some());
        Ok(held.map(|(id, _)| *id).take(most).collect())
    }

    async fn counts(&self) -> Result<VectorCounts, RecoError> {
        let state = self.state.read();
        let mut counts = VectorCounts::default();
        for (_, (text, image)) in state.writer.presence() {
            counts.items += 1;
            counts.text += usize::from(text);
            counts.image += usize::from(image);
        }
        Ok(counts)
    }

    async fn newer(&self, version: i64) -> Result<Vec<ItemId>, RecoError> {
        let state = self.state.read();
        let newer = state.known.iter().filter(|(_, known)| known.version > version);
        Ok(newer.map(|(id, _)| *id).collect())
    }

    async fn begin(&self, origin: &str) -> Result<Begun, RecoError> {
        let mut state = self.state.write();
        if state.origin.as_deref() != Some(origin) {
            state.clear();
            state.origin = Some(origin.to_owned());
        }
        let versions = state.known.values().map(|known| known.version);
        Ok(Begun {
            incarnation: state.incarnation,
            reached: state.reached,
            newest: versions.max().filter(|version| *version > i64::MIN),
        })
    }

    async fn forget(&self, of: Incarnation) -> Result<(), RecoError> {
        let mut state = self.state.write();
        state.claim(of)?;
        state.clear();
        Ok(())
    }

    async fn build(&self) -> Result<(), RecoError> {
        self.rebuild(|writer| !writer.is_empty()).await
    }

    async fn filled(&self, to: Incarnation, head: Head) -> Result<(), RecoError> {
        let mut state = self.state.write();
        state.claim(to)?;
        state.reach(head);
        Ok(())
    }

    async fn reach(&self, to: Incarnation, head: Head) -> Result<(), RecoError> {
        let mut state = self.state.write();
        state.claim(to)?;
        if state.reached.is_none() {
            return Err(RecoError::Unavailable("vectors: they were never filled".into()));
        }
        state.reach(head);
        Ok(())
    }
}
