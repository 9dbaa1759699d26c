//! The catalogue index as a whole: slots, live items, and what is derived from them.

use super::{
    Filter, Sort, SortField,
    columns::Columns,
    keywords::Keywords,
    order::{Order, each},
    postings::Postings,
    select::sorted,
};
use crate::{Item, ItemId, Slot, catalog::postings::Term};
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use roaring::RoaringBitmap;
use std::sync::Arc;
use uuid::Uuid;

/// The live state of every item, answering listings and filters. One writer at a time: it is
/// kept behind a lock, and a change takes microseconds.
#[derive(Default)]
pub struct CatalogIndex {
    /// Every item ever seen: a slot is its item's for good.
    pub(super) slots: HashMap<ItemId, Slot>,
    /// `None` where the item is deleted. Shared, so that a snapshot takes pointers only.
    pub(super) items: Vec<Option<Arc<Item>>>,
    /// The newest version known, of deletions too.
    pub(super) versions: Vec<i64>,
    /// Deletions of items never seen.
    pub(super) unseen: HashMap<ItemId, i64>,
    pub(super) columns: Columns,
    pub(super) postings: Postings,
    pub(super) keywords: Keywords,
    pub(super) live: usize,
}

impl CatalogIndex {
    /// Takes over the item's state and says where it is; `None` when a newer version is known,
    /// or a deletion of this version.
    pub fn upsert(&mut self, item: Item) -> Option<Slot> {
        if let Some(&slot) = self.slots.get(&item.id) {
            let (at, known) = (slot.0 as usize, self.versions[slot.0 as usize]);
            let deleted = self.items[at].is_none();
            if known > item.version || (deleted && known == item.version) {
                return None;
            }
            self.replace(slot, item.version, Some(item));
            return Some(slot);
        }
        if self
            .unseen
            .get(&item.id)
            .is_some_and(|&deleted| deleted >= item.version)
        {
            return None;
        }
        self.unseen.remove(&item.id);
        let slot = Slot(u32::try_from(self.items.len()).expect("fewer than four billion items"));
        self.slots.insert(item.id, slot);
        self.items.push(None);
        self.versions.push(item.version);
        self.columns.push(item.id);
        self.postings.push();
        self.keywords.push();
        self.replace(slot, item.version, Some(item));
        Some(slot)
    }

    /// Deletes the item and says where it was; `None` when there was nothing to delete or a
    /// newer version is known. Either way an older version will not come back.
    pub fn remove(&mut self, id: ItemId, version: i64) -> Option<Slot> {
        let Some(&slot) = self.slots.get(&id) else {
            let known = self.unseen.entry(id).or_insert(version);
            *known = version.max(*known);
            return None;
        };
        let at = slot.0 as usize;
        if self.versions[at] > version {
            return None;
        }
        if self.items[at].is_none() {
            self.versions[at] = version;
            return None;
        }
        self.replace(slot, version, None);
        Some(slot)
    }

    fn replace(&mut self, slot: Slot, version: i64, now: Option<Item>) {
        let at = slot.0 as usize;
        let now = now.map(Arc::new);
        let before = std::mem::replace(&mut self.items[at], now);
        let (before, now) = (before.as_deref(), self.items[at].as_deref());
        self.live += usize::from(now.is_some());
        self.live -= usize::from(before.is_some());
        self.versions[at] = version;
        if let Some(now) = now {
            self.columns.set(at, now);
        }
        self.postings.set(slot.0, before, now);
        self.keywords.set(slot.0, before, now);
    }

    /// Where a live item is.
    #[must_use]
    pub fn slot(&self, id: ItemId) -> Option<Slot> {
        let slot = *self.slots.get(&id)?;
        self.item(slot).map(|_| slot)
    }

    /// The live item in this place.
    #[must_use]
    pub fn item(&self, slot: Slot) -> Option<&Item> {
        self.items.get(slot.0 as usize)?.as_deref()
    }

    /// The live item of this id.
    #[must_use]
    pub fn get(&self, id: ItemId) -> Option<&Item> {
        self.item(*self.slots.get(&id)?)
    }

    /// Every live item, in the order in which they came.
    #[must_use]
    pub fn ids(&self) -> Vec<ItemId> {
        self.items.iter().flatten().map(|item| item.id).collect()
    }

    /// How many items are live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether nothing was ever put in or taken out.
    pub(crate) fn is_untouched(&self) -> bool {
        self.items.is_empty() && self.unseen.is_empty()
    }

    /// Whether no item is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Whether the item may be shown: published, and in stock unless that does not matter.
    #[must_use]
    pub fn is_recommendable(&self, slot: Slot, out_of_stock: bool) -> bool {
        self.item(slot)
            .is_some_and(|item| item.published && (out_of_stock || item.in_stock))
    }

    /// All items that may be shown and pass the filter; with those out of stock if wanted.
    #[must_use]
    pub fn allow(&self, filter: &Filter, out_of_stock: bool) -> FixedBitSet {
        let postings = &self.postings;
        let base = if out_of_stock {
            postings.published.clone()
        } else {
            &postings.published & &postings.in_stock
        };
        let mut allowed = FixedBitSet::with_capacity(self.columns.len());
        each(&self.select().narrow(filter, base), |slot| {
            allowed.insert(slot as usize);
        });
        allowed
    }

    /// These items, and all in the subtrees of these categories and of these brands.
    pub(crate) fn having(&self, items: &[ItemId], categories: &[Uuid], brands: &[Uuid]) -> RoaringBitmap {
        let items = items.iter().filter_map(|id| self.slots.get(id));
        let mut targets: RoaringBitmap = items.map(|slot| slot.0).collect();
        let categories = categories.iter().map(|id| Term::Category(*id));
        let terms = categories.chain(brands.iter().map(|id| Term::Brand(*id)));
        for having in terms.filter_map(|term| self.postings.of(&term)) {
            targets |= having;
        }
        targets
    }

    /// The most popular of these, with their popularity.
    #[must_use]
    pub fn popular(&self, allow: &FixedBitSet, limit: usize) -> Vec<(Slot, f32)> {
        let popularity = |slot: Slot| self.columns.popularity[slot.0 as usize] as f32;
        let slots = self.most(SortField::Popularity, allow, limit);
        slots.into_iter().map(|slot| (slot, popularity(slot))).collect()
    }

    /// The newest of these.
    #[must_use]
    pub fn newest(&self, allow: &FixedBitSet, limit: usize) -> Vec<Slot> {
        self.most(SortField::CreatedAt, allow, limit)
    }

    fn most(&self, field: SortField, allow: &FixedBitSet, limit: usize) -> Vec<Slot> {
        let order = Order {
            columns: &self.columns,
            items: &self.items,
            criteria: &[Sort {
                field,
                descending: true,
            }],
            scores: None,
        };
        let live = |at: &usize| self.items.get(*at).is_some_and(Option::is_some);
        let among = sorted(allow.ones().filter(live).map(|at| at as u32));
        order.first(&among, None, limit, false).into_iter().map(Slot).collect()
    }

    /// Published items in the subtree of each category, in the given order.
    #[must_use]
    pub fn category_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        ids.iter().map(|&id| self.count(&Term::Category(id))).collect()
    }

    /// Published items of each brand, in the given order.
    #[must_use]
    pub fn brand_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        ids.iter().map(|&id| self.count(&Term::Brand(id))).collect()
    }

    fn count(&self, term: &Term) -> u64 {
        let published = |having: &RoaringBitmap| having.intersection_len(&self.postings.published);
        self.postings.of(term).map_or(0, published)
    }
}
