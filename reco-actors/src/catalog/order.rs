//! The order of a listing, and positions in it.
//!
//! Every criterion is a number that grows along the listing (directions and missing values are
//! folded in), except that names of one beginning are compared in full. The id breaks ties.

use super::{
    Keyset, KeysetValue, Sort, SortField,
    columns::{Columns, folded_name, name_prefix, ordered_float, ordered_int},
};
use crate::{Item, RecoError};
use roaring::RoaringBitmap;
use std::{cmp::Ordering, sync::Arc};

/// Criteria over the live items.
pub(super) struct Order<'a> {
    pub(super) columns: &'a Columns,
    pub(super) items: &'a [Option<Arc<Item>>],
    pub(super) criteria: &'a [Sort],
    /// Keyword scores by slot.
    pub(super) scores: Option<&'a [f32]>,
}

/// A position that need not be an item's any more.
pub(super) struct Place<'k> {
    ranks: Vec<u64>,
    keyset: &'k Keyset,
}

/// Items without a price come last, whatever the direction.
const LAST: u64 = u64::MAX;

impl Order<'_> {
    /// Where the item stands by one criterion; smaller comes first.
    fn rank_by(&self, sort: Sort, slot: u32) -> u64 {
        let (columns, at) = (self.columns, slot as usize);
        let ascending = match sort.field {
            SortField::Price if !columns.priced[at] => return LAST,
            SortField::Price => ordered_int(columns.price_min[at]),
            SortField::Rating => ordered_int(columns.rating_rank(at)),
            SortField::CreatedAt => ordered_int(columns.created[at]),
            SortField::Popularity => ordered_float(columns.popularity[at]),
            SortField::Relevance => ordered_float(self.score(at)),
            SortField::Name => columns.name[at],
        };
        directed(sort, ascending)
    }

    fn score(&self, at: usize) -> f64 {
        f64::from(self.scores.map_or(0.0, |scores| scores[at]))
    }

    /// Which of two items comes first.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        for &sort in self.criteria {
            let mut order = self.rank_by(sort, a).cmp(&self.rank_by(sort, b));
            if order.is_eq() && sort.field == SortField::Name {
                order = turned(sort, self.name(a).cmp(self.name(b)));
            }
            if order.is_ne() {
                return order;
            }
        }
        self.columns.ids[a as usize].cmp(&self.columns.ids[b as usize])
    }

    /// Whether the item comes before or after a position.
    pub(super) fn compare_to(&self, slot: u32, place: &Place<'_>) -> Ordering {
        let values = place.ranks.iter().zip(&place.keyset.values);
        for (&sort, (rank, value)) in self.criteria.iter().zip(values) {
            let mut order = self.rank_by(sort, slot).cmp(rank);
            if let KeysetValue::Text(name) = value
                && order.is_eq()
            {
                order = turned(sort, self.name(slot).cmp(name.chars()));
            }
            if order.is_ne() {
                return order;
            }
        }
        self.columns.ids[slot as usize].cmp(&place.keyset.id)
    }

    fn name(&self, slot: u32) -> impl Iterator<Item = char> {
        let item = self.items[slot as usize].as_ref();
        folded_name(item.map(|item| item.name.as_str()).unwrap_or_default())
    }

    /// The item's position.
    pub(super) fn keyset(&self, slot: u32) -> Keyset {
        let (columns, at) = (self.columns, slot as usize);
        let value = |sort: &Sort| match sort.field {
            SortField::Price if !columns.priced[at] => KeysetValue::None,
            SortField::Price => KeysetValue::Int(columns.price_min[at]),
            SortField::Rating => KeysetValue::Int(columns.rating_rank(at)),
            SortField::CreatedAt => KeysetValue::Int(columns.created[at]),
            SortField::Popularity => KeysetValue::Float(columns.popularity[at]),
            SortField::Relevance => KeysetValue::Float(self.score(at)),
            SortField::Name => KeysetValue::Text(self.name(slot).collect()),
        };
        Keyset {
            values: self.criteria.iter().map(value).collect(),
            id: columns.ids[at],
        }
    }

    /// Reads a position.
    ///
    /// # Errors
    /// `InvalidArgument` when it is none of this order.
    pub(super) fn place<'k>(&self, keyset: &'k Keyset) -> Result<Place<'k>, RecoError> {
        let foreign = || invalid("window", "the position belongs to another listing");
        if keyset.values.len() != self.criteria.len() {
            return Err(foreign());
        }
        let rank = |(&sort, value): (&Sort, &KeysetValue)| {
            let ascending = match (sort.field, value) {
                (SortField::Price, KeysetValue::None) => return Ok(LAST),
                (SortField::Price | SortField::Rating | SortField::CreatedAt, KeysetValue::Int(number)) => {
                    ordered_int(*number)
                }
                (SortField::Popularity | SortField::Relevance, KeysetValue::Float(number)) => ordered_float(*number),
                (SortField::Name, KeysetValue::Text(name)) => name_prefix(name.chars()),
                _ => return Err(foreign()),
            };
            Ok(directed(sort, ascending))
        };
        let ranks = self.criteria.iter().zip(&keyset.values).map(rank);
        Ok(Place {
            ranks: ranks.collect::<Result<_, _>>()?,
            keyset,
        })
    }

    /// The first `count` of a set beyond `from`, in order; the last ones before it, from the
    /// end, when `backwards`. Sorts no more than it keeps.
    pub(super) fn first(
        &self,
        set: &RoaringBitmap,
        from: Option<&Place<'_>>,
        count: usize,
        backwards: bool,
    ) -> Vec<u32> {
        let columns = self.columns;
        // One loop per column: it runs over every item of a listing.
        let Some(&sort) = self.criteria.first() else {
            return self.pick(set, from, count, backwards, |_| 0);
        };
        match sort.field {
            SortField::Popularity => self.pick(set, from, count, backwards, |slot| {
                directed(sort, ordered_float(columns.popularity[slot as usize]))
            }),
            SortField::CreatedAt => self.pick(set, from, count, backwards, |slot| {
                directed(sort, ordered_int(columns.created[slot as usize]))
            }),
            _ => self.pick(set, from, count, backwards, |slot| self.rank_by(sort, slot)),
        }
    }

    fn pick(
        &self,
        set: &RoaringBitmap,
        from: Option<&Place<'_>>,
        count: usize,
        backwards: bool,
        rank: impl Fn(u32) -> u64,
    ) -> Vec<u32> {
        if count == 0 {
            return Vec::new();
        }
        let turn = if backwards { u64::MAX } else { 0 };
        let compare = |a: &(u64, u32), b: &(u64, u32)| {
            let order = || self.compare(a.1, b.1);
            a.0.cmp(&b.0)
                .then_with(|| if backwards { order().reverse() } else { order() })
        };
        let side = if backwards { Ordering::Less } else { Ordering::Greater };
        let edge = from.and_then(|place| place.ranks.first()).map_or(0, |rank| rank ^ turn);
        let full = count.saturating_mul(2).max(64);
        let mut kept: Vec<(u64, u32)> = Vec::new();
        let mut bar = u64::MAX;
        each(set, |slot| {
            let rank = rank(slot) ^ turn;
            if rank > bar || rank < edge {
                return;
            }
            // At the edge, and there alone, the other criteria decide.
            if rank == edge && from.is_some_and(|place| self.compare_to(slot, place) != side) {
                return;
            }
            kept.push((rank, slot));
            if kept.len() == full {
                kept.select_nth_unstable_by(count - 1, compare);
                kept.truncate(count);
                bar = kept[count - 1].0;
            }
        });
        kept.sort_unstable_by(compare);
        kept.truncate(count);
        kept.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Whether any of a set lies at a position or on the other side of it.
    pub(super) fn leaves_out(&self, set: &RoaringBitmap, from: &Place<'_>, backwards: bool) -> bool {
        let side = if backwards { Ordering::Less } else { Ordering::Greater };
        set.iter().any(|slot| self.compare_to(slot, from) != side)
    }
}

/// Calls `f` with every slot of a set, in blocks: much faster than one by one.
pub(super) fn each(set: &RoaringBitmap, mut f: impl FnMut(u32)) {
    let (mut slots, mut block) = (set.iter(), [0; 256]);
    loop {
        let read = slots.next_many(&mut block);
        if read.is_empty() {
            return;
        }
        read.iter().copied().for_each(&mut f);
    }
}

const fn directed(sort: Sort, ascending: u64) -> u64 {
    if sort.descending { !ascending } else { ascending }
}

fn turned(sort: Sort, order: Ordering) -> Ordering {
    if sort.descending { order.reverse() } else { order }
}

pub(super) fn invalid(name: &'static str, reason: &str) -> RecoError {
    RecoError::InvalidArgument {
        name,
        reason: reason.to_owned(),
    }
}
