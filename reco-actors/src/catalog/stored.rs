//! The catalogue index in a snapshot. What is derived from the items is kept with them: building
//! it again costs a hundred microseconds an item, reading it two or three.

use super::{
    CatalogIndex,
    columns::Columns,
    keywords::{Keywords, StoredWords},
    postings::{Postings, StoredTerms},
    stored_item::StoredItem,
};
use crate::{
    Item, ItemId, Slot,
    snapshot::{In, Kind, Out, SnapshotError, damaged},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::{io, sync::Arc};
use uuid::Uuid;

/// Items serialised together: small enough for all cores to have work.
const CHUNK: usize = 2048;

/// The index at one moment: pointers to the items, and copies of what is derived from them.
pub(crate) struct Captured {
    items: Vec<Option<Arc<Item>>>,
    ids: Vec<ItemId>,
    versions: Vec<i64>,
    unseen: Vec<([u8; 16], i64)>,
    terms: StoredTerms,
    words: StoredWords,
    live: usize,
}

/// What tells how to read the rest.
#[derive(Serialize, Deserialize)]
struct Shape {
    /// Bytes of each chunk of items.
    chunks: Vec<u64>,
    unseen: Vec<([u8; 16], i64)>,
    terms: StoredTerms,
}

impl CatalogIndex {
    /// Takes down the present state; milliseconds for a thousand items' words.
    pub(crate) fn capture(&self) -> Captured {
        Captured {
            items: self.items.clone(),
            ids: self.columns.ids.clone(),
            versions: self.versions.clone(),
            unseen: self
                .unseen
                .iter()
                .map(|(id, version)| (id.0.into_bytes(), *version))
                .collect(),
            terms: self.postings.stored(),
            words: self.keywords.stored(),
            live: self.live,
        }
    }

    /// Reads what [`Captured::write`] wrote.
    ///
    /// # Errors
    /// `Damaged` when anything is not as written, `Io`.
    pub(crate) fn read(file: &In) -> Result<Self, SnapshotError> {
        let (shape, words) = rayon::join(
            || -> Result<_, SnapshotError> {
                let shape: Shape = file.value(Kind::Terms)?;
                Ok((read_items(file, &shape.chunks)?, shape))
            },
            || Keywords::read(file),
        );
        let ((items, shape), keywords) = (shape?, words?);
        let ids: Vec<[u8; 16]> = file.numbers(Kind::Identities)?;
        let versions: Vec<i64> = file.numbers(Kind::Versions)?;
        let slots = items.len();
        if ids.len() != slots || versions.len() != slots || keywords.slots() != slots {
            return Err(damaged("numbers of items disagree"));
        }
        let mut columns = Columns::default();
        for (at, (id, item)) in ids.iter().zip(&items).enumerate() {
            let id = ItemId(Uuid::from_bytes(*id));
            columns.push(id);
            if let Some(item) = item {
                columns.set(at, item);
            }
            if item.as_ref().is_some_and(|item| item.id != id) {
                return Err(damaged("an item is not where it belongs"));
            }
        }
        let postings = Postings::of_stored(shape.terms, &items).ok_or_else(|| damaged("terms"))?;
        let unseen = shape.unseen.into_iter();
        Ok(Self {
            slots: columns
                .ids
                .iter()
                .zip(0..)
                .map(|(id, slot)| (*id, Slot(slot)))
                .collect(),
            live: items.iter().flatten().count(),
            items,
            versions,
            unseen: unseen
                .map(|(id, version)| (ItemId(Uuid::from_bytes(id)), version))
                .collect(),
            columns,
            postings,
            keywords,
        })
    }
}

fn read_items(file: &In, chunks: &[u64]) -> Result<Vec<Option<Arc<Item>>>, SnapshotError> {
    let bytes: Vec<u8> = file.numbers(Kind::Items)?;
    let mut rest = bytes.as_slice();
    let mut parts = Vec::with_capacity(chunks.len());
    for &length in chunks {
        let (part, after) = rest
            .split_at_checked(length as usize)
            .ok_or_else(|| damaged("chunks of items"))?;
        parts.push(part);
        rest = after;
    }
    let read = |part: &&[u8]| -> Result<Vec<Option<Arc<Item>>>, SnapshotError> {
        let stored: Vec<Option<StoredItem<'_>>> = postcard::from_bytes(part).map_err(|_| damaged("items"))?;
        let item = |stored: StoredItem<'_>| {
            stored
                .into_item()
                .map(Arc::new)
                .ok_or_else(|| damaged("time of an item"))
        };
        stored.into_iter().map(|stored| stored.map(item).transpose()).collect()
    };
    let parts: Vec<_> = parts.par_iter().map(read).collect::<Result<_, _>>()?;
    Ok(parts.into_iter().flatten().collect())
}

impl Captured {
    /// How many items are live.
    pub(crate) fn live(&self) -> usize {
        self.live
    }

    pub(crate) fn write(self, out: &mut Out) -> io::Result<()> {
        let mut chunks = Vec::new();
        out.begin(Kind::Items)?;
        for chunk in self.items.chunks(CHUNK) {
            let stored: Vec<Option<StoredItem<'_>>> =
                chunk.iter().map(|item| item.as_deref().map(StoredItem::from)).collect();
            let bytes = postcard::to_stdvec(&stored).map_err(io::Error::other)?;
            chunks.push(bytes.len() as u64);
            out.put(&bytes)?;
        }
        let ids: Vec<[u8; 16]> = self.ids.iter().map(|id| id.0.into_bytes()).collect();
        out.section(Kind::Identities, &ids)?;
        out.section(Kind::Versions, &self.versions)?;
        out.value(
            Kind::Terms,
            &Shape {
                chunks,
                unseen: self.unseen,
                terms: self.terms,
            },
        )?;
        self.words.write(out)
    }
}
