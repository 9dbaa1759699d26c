//! What is shown when vectors are not to be had: popular items of the item's own category,
//! then of the categories above it, then of the shop; then the newest in the same order.

use crate::{
    ItemId, Reason, Recommended, ScorePart, Slot, Term,
    catalog::{CatalogIndex, Filter},
};
use fixedbitset::FixedBitSet;

/// After so long something is half as new.
const HALF_AS_NEW_MS: f64 = 14.0 * 24.0 * 3_600_000.0;

/// Where to look, from near to far.
struct Level {
    label: Option<String>,
    items: FixedBitSet,
}

/// Up to `limit` allowed items. Scores fall along the list: each step of the search has a band
/// of its own, and inside it popularity or newness decides.
pub(super) fn popular_and_new(
    catalog: &CatalogIndex,
    path: &[Term],
    allow: &FixedBitSet,
    limit: usize,
) -> Vec<Recommended> {
    let levels = levels(catalog, path, allow);
    let mut list = List {
        items: Vec::with_capacity(limit),
        taken: FixedBitSet::with_capacity(allow.len()),
        limit,
    };
    let bands = Bands {
        count: 2 * levels.len(),
    };
    for (step, level) in levels.iter().enumerate() {
        let found = catalog.popular(&list.untaken(level), list.left());
        let found: Vec<(Slot, f32)> = found.into_iter().filter(|(_, popularity)| *popularity > 0.0).collect();
        let most = found
            .iter()
            .fold(f32::MIN_POSITIVE, |most, (_, popularity)| most.max(*popularity));
        for (slot, popularity) in found {
            let score = bands.score(step, popularity / most);
            list.push(
                catalog,
                slot,
                (ScorePart::Popularity, score),
                Reason::Popular(level.label.clone()),
            );
        }
    }
    for (step, level) in levels.iter().enumerate() {
        let found = catalog.newest(&list.untaken(level), list.left());
        let count = found.len();
        for (at, slot) in found.into_iter().enumerate() {
            let score = bands.score(levels.len() + step, (count - at) as f32 / count as f32);
            list.push(
                catalog,
                slot,
                (ScorePart::Newness, score),
                Reason::New(level.label.clone()),
            );
        }
    }
    list.items
}

/// The newest, each the less new the longer it is there.
pub(super) fn new(catalog: &CatalogIndex, allow: &FixedBitSet, limit: usize, at_ms: i64) -> Vec<Recommended> {
    let mut list = List {
        items: Vec::with_capacity(limit),
        taken: FixedBitSet::with_capacity(allow.len()),
        limit,
    };
    for slot in catalog.newest(allow, limit) {
        let Some(item) = catalog.item(slot) else { continue };
        let age_ms = (at_ms - item.created_at.timestamp_millis()).max(0);
        let score = (-(age_ms as f64) / HALF_AS_NEW_MS).exp2() as f32;
        list.push(catalog, slot, (ScorePart::Newness, score), Reason::New(None));
    }
    list.items
}

fn levels(catalog: &CatalogIndex, path: &[Term], allow: &FixedBitSet) -> Vec<Level> {
    let within = |category: &Term| {
        let filter = Filter {
            categories: vec![category.id],
            ..Filter::default()
        };
        let mut items = catalog.allow(&filter, true);
        items.intersect_with(allow);
        Level {
            label: Some(category.label.clone()),
            items,
        }
    };
    let mut levels: Vec<Level> = path.iter().rev().map(within).collect();
    levels.push(Level {
        label: None,
        items: allow.clone(),
    });
    levels
}

/// Equal slices of 0…1, the first step on top.
struct Bands {
    count: usize,
}

impl Bands {
    fn score(&self, step: usize, within: f32) -> f32 {
        let count = self.count as f32;
        ((self.count - step - 1) as f32 + within.clamp(0.0, 1.0)) / count
    }
}

struct List {
    items: Vec<Recommended>,
    taken: FixedBitSet,
    limit: usize,
}

impl List {
    fn left(&self) -> usize {
        self.limit - self.items.len()
    }

    fn untaken(&self, level: &Level) -> FixedBitSet {
        let mut items = level.items.clone();
        items.difference_with(&self.taken);
        items
    }

    fn push(&mut self, catalog: &CatalogIndex, slot: Slot, part: (ScorePart, f32), reason: Reason) {
        let Some(item) = catalog.item(slot) else { return };
        let item: ItemId = item.id;
        self.taken.grow_and_insert(slot.0 as usize);
        self.items.push(Recommended {
            item,
            score: part.1,
            parts: vec![part],
            image_imputed: false,
            reason,
            causes: Vec::new(),
        });
    }
}
