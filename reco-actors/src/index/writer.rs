//! The only writer of the index: collects changes, publishes them in one swap, folds them
//! into a new base when told to.

use super::{
    Engine, FrameData, IndexConfig, RebuildJob, Rebuilt, VectorReader,
    frame::{Frame, Row},
    generation::{Base, Generation},
    vectors::ItemVectors,
};
use crate::{ItemId, RecoError, Slot};
use arc_swap::ArcSwap;
use fixedbitset::FixedBitSet;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A base of fewer items than this many changes is rebuilt sooner than `max_delta` says, so
/// that a small shop gets its means and its imputation too.
const MIN_DELTA: usize = 16;
/// A rebuild is due when this fraction of a small base has changed.
const SMALL_FRACTION: usize = 8;
/// A graph is costly to build: wait for this fraction of the base to change.
const GRAPH_FRACTION: usize = 100;

static TICKETS: AtomicU64 = AtomicU64::new(0);

/// The only writer. Owned by one actor; readers come from [`reader`](Self::reader).
pub struct VectorWriter {
    config: IndexConfig,
    /// Every live item: the truth that rebuilds start from.
    items: HashMap<Slot, ItemVectors>,
    /// What vectors are to be seen through from the next rebuild on; fitted there when `None`.
    pinned: Option<Arc<Frame>>,
    base: Arc<Base>,
    hidden: FixedBitSet,
    delta: BTreeMap<Slot, Arc<Row>>,
    plan: Option<Plan>,
    reader: VectorReader,
    number: u64,
    revision: u64,
}

/// What a snapshot holds of an index.
pub(crate) struct Restored {
    pub(crate) base: Base,
    pub(crate) hidden: FixedBitSet,
    pub(crate) delta: Vec<(Slot, ItemVectors)>,
    pub(crate) pinned: Option<Arc<Frame>>,
    pub(crate) number: u64,
}

/// The plan of a rebuild was given up or overtaken.
#[derive(Debug)]
pub(crate) struct Void;

/// A rebuild under way and what has changed since it was planned.
struct Plan {
    ticket: u64,
    changed: HashSet<Slot>,
}

impl VectorWriter {
    /// An empty index.
    #[must_use]
    pub fn new(config: IndexConfig) -> Self {
        let frame = Arc::new(Frame::empty(config.text_dim, config.image_dim));
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
            pinned: None,
            base,
            hidden: FixedBitSet::new(),
            delta: BTreeMap::new(),
            plan: None,
            reader: VectorReader {
                current: Arc::new(ArcSwap::from_pointee(empty)),
            },
            number: 0,
            revision: 0,
        }
    }

    /// An index in the state of a snapshot.
    pub(crate) fn restored(config: IndexConfig, state: Restored) -> Self {
        let mut writer = Self::new(config);
        writer.items.reserve(state.base.len() + state.delta.len());
        for (row, block) in state.base.table.rows.iter().enumerate() {
            if !state.hidden.contains(row) {
                writer.items.insert(block.slot, block.vectors());
            }
        }
        for (slot, vectors) in state.delta {
            writer
                .delta
                .insert(slot, Arc::new(state.base.frame.row(slot, &vectors)));
            writer.items.insert(slot, vectors);
        }
        writer.base = Arc::new(state.base);
        writer.hidden = state.hidden;
        writer.pinned = state.pinned;
        writer.count_from(state.number);
        writer
    }

    /// Exchanges the base for one of the same rows with their numbers in a file, unless it has
    /// been replaced meanwhile. Hands back the base that served until now.
    pub(crate) fn adopt(&mut self, was: &Arc<Base>, mapped: Base) -> Option<Arc<Base>> {
        if !Arc::ptr_eq(was, &self.base) {
            return None;
        }
        for (row, block) in mapped.table.rows.iter().enumerate() {
            if !self.hidden.contains(row)
                && let Some(vectors) = self.items.get_mut(&block.slot)
            {
                *vectors = block.vectors();
            }
        }
        let old = std::mem::replace(&mut self.base, Arc::new(mapped));
        self.publish();
        Some(old)
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

    /// Which blocks, text and image, each item held has.
    pub(crate) fn presence(&self) -> impl Iterator<Item = (Slot, (bool, bool))> {
        let has = |item: &ItemVectors| (item.text.is_some(), item.image.is_some());
        self.items.iter().map(move |(slot, item)| (*slot, has(item)))
    }

    /// The vectors of an item, published or not.
    pub(crate) fn held(&self, slot: Slot) -> Option<ItemVectors> {
        self.items.get(&slot).cloned()
    }

    /// Whether no item is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Sees vectors through this frame from the next rebuild on; `None` fits one there again.
    /// `true` when a rebuild is needed for that to show.
    ///
    /// # Errors
    /// `InvalidArgument` when the frame is for blocks of other widths.
    pub fn pin_frame(&mut self, frame: Option<FrameData>) -> Result<bool, RecoError> {
        let dims = (self.config.text_dim, self.config.image_dim);
        if let Some(other) = frame.as_ref().map(FrameData::dims).filter(|other| *other != dims) {
            return Err(RecoError::InvalidArgument {
                name: "frame",
                reason: format!(
                    "is for blocks of {} + {}, the index holds {} + {}",
                    other.0, other.1, dims.0, dims.1
                ),
            });
        }
        self.pinned = frame.map(|frame| frame.0);
        // A rebuild under way was planned under another frame, whatever serves now.
        let fits = |pinned: &Arc<Frame>| self.plan.is_none() && *pinned == self.base.frame;
        Ok(self.pinned.as_ref().is_some_and(|pinned| !fits(pinned)))
    }

    /// The frame pinned, if any.
    #[must_use]
    pub fn pinned_frame(&self) -> Option<FrameData> {
        self.pinned.clone().map(FrameData)
    }

    /// Sets an item's vectors; blocks are scaled to length one. Without any vector the item
    /// leaves the index. Visible after [`publish`](Self::publish).
    ///
    /// # Errors
    /// `InvalidArgument` when a block has the wrong width, a non-finite component or no length;
    /// the item then keeps the vectors it had.
    pub fn upsert(
        &mut self,
        slot: Slot,
        id: ItemId,
        text: Option<Vec<f32>>,
        image: Option<Vec<f32>>,
    ) -> Result<(), RecoError> {
        let vectors = ItemVectors::new(id, text, image, (self.config.text_dim, self.config.image_dim))?;
        self.put(slot, vectors);
        Ok(())
    }

    /// Sets an item's vectors, which are of the widths of this index; tells whether they are others
    /// than before.
    pub(crate) fn put(&mut self, slot: Slot, vectors: ItemVectors) -> bool {
        if vectors.is_empty() {
            return self.remove(slot);
        }
        if self.items.get(&slot) == Some(&vectors) {
            return false;
        }
        self.delta.insert(slot, Arc::new(self.base.frame.row(slot, &vectors)));
        self.items.insert(slot, vectors);
        self.touch(slot);
        true
    }

    /// Takes an item out and tells whether there was one. Visible after [`publish`](Self::publish).
    pub fn remove(&mut self, slot: Slot) -> bool {
        let is_held = self.items.remove(&slot).is_some();
        if is_held {
            self.delta.remove(&slot);
            self.touch(slot);
        }
        is_held
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
        let other_engine = base > 0 && self.base.engine() != self.config.engine_for(base);
        self.plan.is_none() && (other_engine || self.delta.len() + self.hidden.count_ones(..) >= due_at)
    }

    /// Snapshots all live vectors for a rebuild. An earlier plan not yet installed is void.
    pub fn plan_rebuild(&mut self) -> RebuildJob {
        // Never given twice, so that a rebuild of one index is void for every other.
        let ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
        self.plan = Some(Plan {
            ticket,
            changed: HashSet::new(),
        });
        RebuildJob {
            ticket,
            first: self.base.len() == 0,
            config: self.config.clone(),
            items: self.items.iter().map(|(slot, item)| (*slot, item.clone())).collect(),
            pinned: self.pinned.clone(),
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
        self.replace_base(rebuilt).is_ok()
    }

    /// As [`install`](Self::install), and hands back the base that served until now: letting go
    /// of it takes long, and whoever does it last pays.
    pub(crate) fn replace_base(&mut self, rebuilt: Rebuilt) -> Result<Arc<Base>, Void> {
        let Some(plan) = self.plan.take_if(|plan| plan.ticket == rebuilt.ticket) else {
            return Err(Void);
        };
        let old = std::mem::replace(&mut self.base, Arc::new(rebuilt.base));
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
        Ok(old)
    }

    /// Counts on from another index, so that no two states have one name.
    pub(crate) fn count_from(&mut self, number: u64) {
        self.number = number;
        self.publish();
    }

    /// Rebuilds installed so far.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn base(&self) -> &Arc<Base> {
        &self.base
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
