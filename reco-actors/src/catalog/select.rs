//! Which items a filter lets through. Sets of slots are joined first, the smaller number
//! conditions are then tried on what is left.

use super::{
    AttributeFilter, AttributeMatch, Filter,
    columns::{Columns, ordered_float},
    postings::{Kind, Postings, Term, fold},
};
use crate::{ItemId, Slot};
use foldhash::HashMap;
use roaring::RoaringBitmap;
use std::borrow::Cow;
use uuid::Uuid;

/// A part of the filter that is a facet of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Category,
    Brand,
    Price,
    Rating,
    InStock,
    Attribute(String),
}

/// What filters are evaluated over.
#[derive(Clone, Copy)]
pub(super) struct Select<'a> {
    pub(super) postings: &'a Postings,
    pub(super) columns: &'a Columns,
    pub(super) slots: &'a HashMap<ItemId, Slot>,
}

impl<'a> Select<'a> {
    /// Those of `base` that pass the whole filter.
    pub(super) fn narrow(self, filter: &Filter, base: RoaringBitmap) -> RoaringBitmap {
        let mut set = self.named(filter, base);
        for (_, having) in self.sets(filter) {
            set &= &*having;
        }
        if let Some(stock) = filter.in_stock {
            self.keep_stock(&mut set, stock);
        }
        let (price, rating) = (has_price(filter), filter.rating_min);
        if price || rating.is_some() {
            set = sorted(set.iter().filter(|&slot| {
                (!price || self.price_fits(filter, slot)) && rating.is_none_or(|least| self.rating_fits(least, slot))
            }));
        }
        set
    }

    /// Those of `base` that pass what is no facet: named items, exclusions and age.
    pub(super) fn named(self, filter: &Filter, mut base: RoaringBitmap) -> RoaringBitmap {
        let slot = |id: &ItemId| self.slots.get(id).map(|slot| slot.0);
        if let Some(ids) = &filter.ids {
            base &= ids.iter().filter_map(slot).collect::<RoaringBitmap>();
        }
        for slot in filter.exclude.iter().filter_map(slot) {
            base.remove(slot);
        }
        for (ids, term) in [
            (&filter.exclude_categories, Term::Category as fn(Uuid) -> Term),
            (&filter.exclude_brands, Term::Brand),
        ] {
            if !ids.is_empty() {
                base -= &*self.any(ids, term);
            }
        }
        if let Some(before) = filter.created_before {
            base = sorted(base.iter().filter(|&slot| self.columns.created[slot as usize] < before));
        }
        base
    }

    /// Per facet the filter selects in: those of `base` that pass that part alone.
    pub(super) fn fields(self, filter: &Filter, base: &RoaringBitmap) -> Vec<(Field, RoaringBitmap)> {
        let mut fields: Vec<(Field, RoaringBitmap)> = Vec::new();
        for (field, having) in self.sets(filter) {
            match fields.iter_mut().find(|(known, _)| *known == field) {
                Some((_, set)) => *set &= &*having,
                None => fields.push((field, base & &*having)),
            }
        }
        if let Some(stock) = filter.in_stock {
            let mut set = base.clone();
            self.keep_stock(&mut set, stock);
            fields.push((Field::InStock, set));
        }
        if has_price(filter) {
            let fits = base.iter().filter(|&slot| self.price_fits(filter, slot));
            fields.push((Field::Price, sorted(fits)));
        }
        if let Some(least) = filter.rating_min {
            let fits = base.iter().filter(|&slot| self.rating_fits(least, slot));
            fields.push((Field::Rating, sorted(fits)));
        }
        fields
    }

    /// The conditions that are sets of slots.
    fn sets(self, filter: &Filter) -> Vec<(Field, Cow<'a, RoaringBitmap>)> {
        let mut sets = Vec::new();
        if !filter.categories.is_empty() {
            sets.push((Field::Category, self.any(&filter.categories, Term::Category)));
        }
        if !filter.brands.is_empty() {
            sets.push((Field::Brand, self.any(&filter.brands, Term::Brand)));
        }
        for attribute in &filter.attributes {
            sets.push((Field::Attribute(attribute.key.clone()), self.attribute(attribute)));
        }
        sets
    }

    fn any(self, ids: &[Uuid], term: impl Fn(Uuid) -> Term) -> Cow<'a, RoaringBitmap> {
        self.union(ids.iter().map(|&id| term(id)))
    }

    fn union(self, terms: impl Iterator<Item = Term>) -> Cow<'a, RoaringBitmap> {
        let mut found = terms.filter_map(|term| self.postings.of(&term));
        let Some(first) = found.next() else {
            return Cow::Owned(RoaringBitmap::new());
        };
        found.fold(Cow::Borrowed(first), |mut all, next| {
            *all.to_mut() |= next;
            all
        })
    }

    fn attribute(self, attribute: &AttributeFilter) -> Cow<'a, RoaringBitmap> {
        let Some(key) = self.postings.key_id(&attribute.key) else {
            return Cow::Owned(RoaringBitmap::new());
        };
        match &attribute.matches {
            AttributeMatch::AnyOf(texts) => self.union(texts.iter().map(|text| Term::Text(key, fold(text)))),
            AttributeMatch::Is(truth) => self.union(std::iter::once(Term::Bool(key, *truth))),
            AttributeMatch::Range { min: None, max: None } => self.union(std::iter::once(Term::Has(key, Kind::Number))),
            AttributeMatch::Range { min, max } => {
                let (min, max) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
                let fits = min <= max;
                let numbers = self.postings.numbers(key).filter(|_| fits);
                let range = (ordered_float(min + 0.0), 0)..=(ordered_float(max + 0.0), u32::MAX);
                let slots = numbers
                    .into_iter()
                    .flat_map(|numbers| numbers.ordered.range(range.clone()));
                Cow::Owned(slots.flatten().map(|&(_, slot)| slot).collect())
            }
        }
    }

    fn keep_stock(self, set: &mut RoaringBitmap, stock: bool) {
        if stock {
            *set &= &self.postings.in_stock;
        } else {
            *set -= &self.postings.in_stock;
        }
    }

    fn price_fits(self, filter: &Filter, slot: u32) -> bool {
        let at = slot as usize;
        self.columns.priced[at]
            && filter.price_min.is_none_or(|min| self.columns.price_max[at] >= min)
            && filter.price_max.is_none_or(|max| self.columns.price_min[at] <= max)
    }

    fn rating_fits(self, least: f32, slot: u32) -> bool {
        self.columns.rating[slot as usize] >= least
    }
}

fn has_price(filter: &Filter) -> bool {
    filter.price_min.is_some() || filter.price_max.is_some()
}

/// A set of slots that come in order.
pub(super) fn sorted(slots: impl Iterator<Item = u32>) -> RoaringBitmap {
    RoaringBitmap::from_sorted_iter(slots).expect("slots of a set come in order")
}
