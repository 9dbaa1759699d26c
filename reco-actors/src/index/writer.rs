//! The only writer of the index: collects changes, publishes them in one swap, folds them
//! into a new base when told to.

use super::{
    Engine, IndexConfig, RebuildJob, Rebuilt, VectorReader,
    frame::{Frame, Row},
    generation::{Base, Generation},
    vectors::ItemVectors,
};
use crate::{RecoError, Slot};
use arc_swap::ArcSwap;
use fixedbitset::FixedBitSet;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// A base of fewer items than this many changes is rebuilt sooner than `max_delta` says, so
/// that a small shop gets its means and its imputation too.
const MIN_DELTA: usize = 16;
/// A rebuild is due when this fraction of a small base has changed.
const SMALL_FRACTION: usize = 8;
/// A graph is costly to build: wait for this fraction of the base to change.
const GRAPH_FRACTION: usize = 100;

/// The only writer. Owned by one actor; readers come from [`reader`](Self::reader).
pub struct VectorWriter {
    config: IndexConfig,
    /// Every live item: the truth that rebuilds start from.
    items: HashMap<Slot, ItemVectors>,
    base: Arc<Base>,
    hidden: FixedBitSet,
    delta: BTreeMap<Slot, Arc<Row>>,
    plan: Option<Plan>,
    tickets: u64,
    reader: VectorReader,
    number: u64,
    revision: u64,
}

/// A rebuild under way and what has changed since it was planned.
struct Plan {
    ticket: u64,
    changed: HashSet<Slot>,
}

impl VectorWriter {
    /// An empty index.
    #[must_use]
    pub fn new(config: IndexConfig) -> Self {
        let frame = Frame::empty(config.text_dim, config.image_dim);
        let base = Arc::new(Base::build(frame, Vec::new(), &config));
        let empty = Generation {
            base: Arc::clone(&base),
            hidden: Arc::new(FixedBitSet::new()),
            delta: Arc::from([]),
            number: 0,
            revision: 0,
        };
        Self {
            config,
            items: HashMap::new(),
            base,
            hidden: FixedBitSet::new(),
            delta: BTreeMap::new(),
            plan: None,
            tickets: 0,
            reader: VectorReader {
                current: Arc::new(ArcSwap::from_pointee(empty)),
            },
            number: 0,
            revision: 0,
        }
    }

    /// A handle for searches.
    #[must_use]
    pub fn reader(&self) -> VectorReader {
        self.reader.clone()
    }

    /// Items held, published or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Sets an item's vectors; blocks are scaled to length one. Without any vector the item
    /// leaves the index. Visible after [`publish`](Self::publish).
    ///
    /// # Errors
    /// `InvalidArgument` when a block has the wrong width, a non-finite component or no length;
    /// the item then keeps the vectors it had.
    pub fn upsert(&mut self, slot: Slot, text: Option<Vec<f32>>, image: Option<Vec<f32>>) -> Result<(), RecoError> {
        let vectors = ItemVectors::new(text, image, (self.config.text_dim, self.config.image_dim))?;
        if vectors.is_empty() {
            self.remove(slot);
            return Ok(());
        }
        if self.items.get(&slot) == Some(&vectors) {
            return Ok(());
        }
        self.delta.insert(slot, Arc::new(self.base.frame.row(slot, &vectors)));
        self.items.insert(slot, vectors);
        self.touch(slot);
        Ok(())
    }

    /// Takes an item out; unknown slots are ignored. Visible after [`publish`](Self::publish).
    pub fn remove(&mut self, slot: Slot) {
        if self.items.remove(&slot).is_some() {
            self.delta.remove(&slot);
            self.touch(slot);
        }
    }

    /// Makes all changes since the last publication visible in one swap: a copy of the delta's
    /// pointers and of one bit per base row.
    pub fn publish(&mut self) {
        self.revision += 1;
        self.reader.current.store(Arc::new(Generation {
            base: Arc::clone(&self.base),
            hidden: Arc::new(self.hidden.clone()),
            delta: self.delta.values().cloned().collect(),
            number: self.number,
            revision: self.revision,
        }));
    }

    /// Whether enough has changed for a rebuild, and none is under way.
    #[must_use]
    pub fn rebuild_due(&self) -> bool {
        let base = self.base.len();
        let small = (base / SMALL_FRACTION).max(MIN_DELTA).min(self.config.max_delta);
        let due_at = match self.base.engine() {
            _ if base == 0 => 1,
            Engine::Exact => small,
            Engine::Hnsw => self.config.max_delta.max(base / GRAPH_FRACTION),
        };
        self.plan.is_none() && self.delta.len() + self.hidden.count_ones(..) >= due_at
    }

    /// Snapshots all live vectors for a rebuild. An earlier plan not yet installed is void.
    pub fn plan_rebuild(&mut self) -> RebuildJob {
        self.tickets += 1;
        self.plan = Some(Plan {
            ticket: self.tickets,
            changed: HashSet::new(),
        });
        RebuildJob {
            ticket: self.tickets,
            config: self.config.clone(),
            items: self.items.iter().map(|(slot, item)| (*slot, item.clone())).collect(),
            map: self.base.frame.map.clone(),
        }
    }

    /// Gives up a planned rebuild (its worker died), so that another one may become due.
    pub fn abandon_rebuild(&mut self) {
        self.plan = None;
    }

    /// Swaps in a finished rebuild; whatever changed since its plan is replayed on top, so
    /// nothing is lost. Publishes. `false`, and nothing happens, when the plan is void.
    pub fn install(&mut self, rebuilt: Rebuilt) -> bool {
        let Some(plan) = self.plan.take_if(|plan| plan.ticket == rebuilt.ticket) else {
            return false;
        };
        self.base = Arc::new(rebuilt.base);
        self.hidden = FixedBitSet::with_capacity(self.base.len());
        self.delta.clear();
        for slot in plan.changed {
            if let Some(vectors) = self.items.get(&slot) {
                self.delta.insert(slot, Arc::new(self.base.frame.row(slot, vectors)));
            }
            self.hide(slot);
        }
        self.number += 1;
        self.publish();
        true
    }

    /// Rebuilds here and now: for boot and for tests.
    pub fn rebuild_now(&mut self) {
        let rebuilt = self.plan_rebuild().run();
        self.install(rebuilt);
    }

    /// Hides the base row of a changed slot and remembers the change for a rebuild under way.
    fn touch(&mut self, slot: Slot) {
        self.hide(slot);
        if let Some(plan) = &mut self.plan {
            plan.changed.insert(slot);
        }
    }

    fn hide(&mut self, slot: Slot) {
        if let Some(row) = self.base.row_of(slot) {
            self.hidden.insert(row);
        }
    }
}
