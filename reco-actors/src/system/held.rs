//! The vector indexes an engine holds: the one that answers, and perhaps one being filled with
//! vectors of other models. Each has its own models and counts, so that exchanging one for the
//! other is one step for whoever reads.

use super::config::{LoadedModels, RecoConfig};
use crate::{
    ItemId, RecoError, Slot,
    index::{VectorReader, VectorWriter, check},
};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// What readers see of an index.
pub(crate) struct View {
    pub(crate) reader: VectorReader,
    pub(crate) models: LoadedModels,
    pub(crate) counts: Arc<Counts>,
}

/// How many items have what.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) text: AtomicUsize,
    pub(crate) image: AtomicUsize,
    pub(crate) items: AtomicUsize,
}

/// An index as only the index writer may change it.
pub(crate) struct Index {
    pub(crate) writer: VectorWriter,
    /// Models the vectors were made with.
    pub(crate) models: LoadedModels,
    /// Another engine holds the vectors: here it is known which there are, and nothing more.
    is_elsewhere: bool,
    dims: (usize, usize),
    /// Which blocks each slot has.
    presence: HashMap<Slot, (bool, bool)>,
    counts: Arc<Counts>,
}

/// Everything the index writer changes beside the catalogue.
pub(crate) struct Vectors {
    pub(crate) serving: Index,
    pub(crate) staged: Option<Index>,
}

impl Index {
    /// An empty one for vectors of these models.
    pub(crate) fn new(config: &RecoConfig, models: LoadedModels, is_elsewhere: bool) -> Self {
        let shape = config.index(&models);
        Self {
            dims: (shape.text_dim, shape.image_dim),
            writer: VectorWriter::new(shape),
            models,
            is_elsewhere,
            presence: HashMap::new(),
            counts: Arc::default(),
        }
    }

    /// One that holds these vectors already.
    pub(crate) fn of(writer: VectorWriter, models: LoadedModels) -> Self {
        let mut index = Self {
            presence: HashMap::with_capacity(writer.len()),
            dims: writer.reader().load().frame().dims(),
            writer,
            models,
            is_elsewhere: false,
            counts: Arc::default(),
        };
        let held: Vec<_> = index.writer.presence().collect();
        for (slot, has) in held {
            index.note(slot, has);
        }
        index
    }

    pub(crate) fn view(&self) -> Arc<View> {
        Arc::new(View {
            reader: self.writer.reader(),
            models: self.models.clone(),
            counts: Arc::clone(&self.counts),
        })
    }

    /// Exchanges an item's vectors.
    ///
    /// # Errors
    /// `InvalidArgument` when they do not fit; the item keeps those it had.
    pub(crate) fn set(
        &mut self,
        slot: Slot,
        id: ItemId,
        text: Option<Vec<f32>>,
        image: Option<Vec<f32>>,
    ) -> Result<(), RecoError> {
        let has = (text.is_some(), image.is_some());
        if self.is_elsewhere {
            let blocks = [("text vector", text, self.dims.0), ("image vector", image, self.dims.1)];
            for (name, block, dim) in blocks {
                block.map_or(Ok(()), |block| check(name, &block, dim))?;
            }
        } else {
            self.writer.upsert(slot, id, text, image)?;
        }
        self.note(slot, has);
        Ok(())
    }

    pub(crate) fn forget(&mut self, slot: Slot) {
        self.writer.remove(slot);
        self.note(slot, (false, false));
    }

    fn note(&mut self, slot: Slot, has: (bool, bool)) {
        let had = match has {
            (false, false) => self.presence.remove(&slot),
            has => self.presence.insert(slot, has),
        };
        let had = had.unwrap_or_default();
        let counts = &self.counts;
        for (count, had, has) in [
            (&counts.text, had.0, has.0),
            (&counts.image, had.1, has.1),
            (&counts.items, had.0 || had.1, has.0 || has.1),
        ] {
            match (had, has) {
                (false, true) => count.fetch_add(1, Relaxed),
                (true, false) => count.fetch_sub(1, Relaxed),
                _ => continue,
            };
        }
    }
}
