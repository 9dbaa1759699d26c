//! Stands in for the catalogue index until it lands; to be removed.

use crate::{
    Item, ItemId, RecoError, Slot,
    catalog::{Filter, ListPage, ListQuery},
};
use fixedbitset::FixedBitSet;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Default)]
pub(crate) struct CatalogIndex {
    slots: HashMap<ItemId, Slot>,
    items: Vec<Option<Item>>,
}

impl CatalogIndex {
    pub(crate) fn upsert(&mut self, item: Item) -> Option<Slot> {
        let next = Slot(self.items.len() as u32);
        let slot = *self.slots.entry(item.id).or_insert(next);
        if slot == next {
            self.items.push(None);
        }
        let held = &mut self.items[slot.0 as usize];
        if held.as_ref().is_some_and(|held| held.version > item.version) {
            return None;
        }
        *held = Some(item);
        Some(slot)
    }
    pub(crate) fn remove(&mut self, id: ItemId, _version: i64) -> Option<Slot> {
        let slot = self.slots.remove(&id)?;
        self.items[slot.0 as usize] = None;
        Some(slot)
    }
    pub(crate) fn slot(&self, id: ItemId) -> Option<Slot> {
        self.slots.get(&id).copied()
    }
    pub(crate) fn item(&self, slot: Slot) -> Option<&Item> {
        self.items.get(slot.0 as usize)?.as_ref()
    }
    pub(crate) fn get(&self, id: ItemId) -> Option<&Item> {
        self.item(self.slot(id)?)
    }
    pub(crate) fn ids(&self) -> Vec<ItemId> {
        self.slots.keys().copied().collect()
    }
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }
    pub(crate) fn is_recommendable(&self, slot: Slot, out: bool) -> bool {
        self.item(slot)
            .is_some_and(|item| item.published && (out || item.in_stock))
    }
    pub(crate) fn allow(&self, filter: &Filter, out: bool) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(self.items.len());
        for at in 0..self.items.len() {
            let Some(item) = self.item(Slot(at as u32)) else {
                continue;
            };
            let category =
                filter.categories.is_empty() || item.categories.iter().any(|c| filter.categories.contains(&c.id));
            let stock = filter.in_stock.is_none_or(|stock| stock == item.in_stock);
            if category && stock && !filter.exclude.contains(&item.id) && self.is_recommendable(Slot(at as u32), out) {
                set.insert(at);
            }
        }
        set
    }
    pub(crate) fn popular(&self, allow: &FixedBitSet, limit: usize) -> Vec<(Slot, f32)> {
        let mut found: Vec<(Slot, f32)> = allow
            .ones()
            .filter_map(|at| Some((Slot(at as u32), self.item(Slot(at as u32))?.popularity as f32)))
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(limit);
        found
    }
    pub(crate) fn newest(&self, allow: &FixedBitSet, limit: usize) -> Vec<Slot> {
        let mut found: Vec<_> = allow
            .ones()
            .filter_map(|at| Some((self.item(Slot(at as u32))?.created_at, Slot(at as u32))))
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        found.into_iter().map(|(_, slot)| slot).take(limit).collect()
    }
    pub(crate) fn list(&self, _: &ListQuery) -> Result<ListPage, RecoError> {
        Err(RecoError::Unavailable("no listing yet".into()))
    }
    pub(crate) fn category_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        vec![0; ids.len()]
    }
    pub(crate) fn brand_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        vec![0; ids.len()]
    }
}
