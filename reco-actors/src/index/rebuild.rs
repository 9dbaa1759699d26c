//! Folding delta and tombstones into a new base, away from the writer's thread.

use super::{
    IndexConfig,
    frame::{Blocks, FittedMap, Frame},
    generation::Base,
    vectors::ItemVectors,
};
use crate::Slot;
use std::{borrow::Cow, sync::Arc};

/// A snapshot of all live vectors (pointers, not copies); [`run`](Self::run) does the heavy work.
#[must_use = "a plan does nothing until it runs and is installed"]
pub struct RebuildJob {
    pub(crate) ticket: u64,
    /// Nothing was built before.
    pub(crate) first: bool,
    pub(crate) config: IndexConfig,
    pub(crate) items: Vec<(Slot, ItemVectors)>,
    /// The frame to see vectors through; fitted when there is none.
    pub(crate) pinned: Option<Arc<Frame>>,
    /// The map of the last frame, kept while it is good enough.
    pub(crate) map: Option<FittedMap>,
}

/// A finished base, to be handed to [`VectorWriter::install`](super::VectorWriter::install).
#[must_use = "a rebuild does nothing until it is installed"]
pub struct Rebuilt {
    pub(crate) ticket: u64,
    pub(crate) base: Base,
}

impl RebuildJob {
    /// How many items the new base will hold.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// Fits means and imputation unless they are pinned, quantises, builds the engine. Seconds of CPU on large
    /// catalogues: run it on a blocking thread.
    pub fn run(mut self) -> Rebuilt {
        self.items.sort_unstable_by_key(|(slot, _)| *slot);
        let frame = self.frame();
        let rows = self.items.iter().map(|(slot, item)| frame.row(*slot, item)).collect();
        Rebuilt {
            ticket: self.ticket,
            base: Base::build(frame, rows, &self.config),
        }
    }

    /// Says whether another index serves while this one is built.
    pub(crate) fn beside_others(mut self, serves: bool) -> Self {
        self.first &= !serves;
        self
    }

    /// As [`run`](Self::run), beside searches that must not notice. The first rebuild of an index
    /// takes all cores: nothing is served from it yet.
    pub(crate) fn run_beside_serving(self) -> Rebuilt {
        if self.first {
            return self.run();
        }
        super::aside(|| self.run())
    }

    fn frame(&mut self) -> Arc<Frame> {
        if let Some(pinned) = self.pinned.take() {
            return pinned;
        }
        let mut in_order: Vec<&ItemVectors> = self.items.iter().map(|(_, item)| item).collect();
        in_order.sort_unstable_by_key(|item| item.id);
        let blocks: Vec<Blocks<'_>> = in_order
            .iter()
            .map(|item| (item.text.as_deref(), item.image.as_deref()))
            .collect();
        let dims = (self.config.text_dim, self.config.image_dim);
        Arc::new(Frame::fit(&blocks, dims, self.map.take(), Cow::Borrowed))
    }
}
