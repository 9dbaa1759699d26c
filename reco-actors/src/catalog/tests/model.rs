//! What the index must say, worked out item by item.

use super::*;
use std::{cmp::Ordering, collections::HashMap};

/// A change of the catalogue.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Upsert(Box<Item>),
    Remove(u128, i64),
}

pub(super) fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => any_item().prop_map(|item| Step::Upsert(Box::new(item))),
        1 => (0..14_u128, 0..6_i64).prop_map(|(number, version)| Step::Remove(number, version)),
    ];
    proptest::collection::vec(step, 1..60)
}

/// Newest known version of each item, with its state unless deleted.
#[derive(Default)]
pub(super) struct Model(HashMap<ItemId, (i64, Option<Item>)>);

impl Model {
    pub(super) fn of(steps: &[Step]) -> Self {
        let mut model = Self::default();
        for step in steps {
            model.apply(step);
        }
        model
    }

    /// Whether the change counts.
    pub(super) fn apply(&mut self, step: &Step) -> bool {
        let (id, version, now) = match step {
            Step::Upsert(item) => (item.id, item.version, Some(Item::clone(item))),
            Step::Remove(number, version) => (id(*number), *version, None),
        };
        if let Some((known, before)) = self.0.get(&id) {
            let repeats = before.is_none() && now.is_some() && *known == version;
            if *known > version || repeats {
                return false;
            }
        }
        let before = self.0.insert(id, (version, now)).and_then(|(_, before)| before);
        matches!(step, Step::Upsert(_)) || before.is_some()
    }

    pub(super) fn live(&self) -> impl Iterator<Item = &Item> {
        self.0.values().filter_map(|(_, item)| item.as_ref())
    }

    /// Published items that pass the filter, in order.
    pub(super) fn list(&self, filter: &Filter, sort: &[Sort]) -> Vec<ItemId> {
        let mut found: Vec<&Item> = self
            .live()
            .filter(|item| item.published && passes(filter, item))
            .collect();
        let default = [by(SortField::Popularity, true)];
        let sort = if sort.is_empty() { &default } else { sort };
        found.sort_by(|a, b| compare(sort, a, b));
        found.into_iter().map(|item| item.id).collect()
    }
}

pub(super) fn index_of(steps: &[Step]) -> CatalogIndex {
    let mut index = CatalogIndex::default();
    for step in steps {
        apply(&mut index, step);
    }
    index
}

pub(super) fn apply(index: &mut CatalogIndex, step: &Step) -> Option<Slot> {
    match step {
        Step::Upsert(item) => index.upsert(Item::clone(item)),
        Step::Remove(number, version) => index.remove(id(*number), *version),
    }
}

pub(super) fn passes(filter: &Filter, item: &Item) -> bool {
    let category = |id: &Uuid| item.categories.iter().any(|category| category.id == *id);
    let brand = |id: &Uuid| item.brand.as_ref().is_some_and(|brand| brand.id == *id);
    let price = match (item.price, filter.price_min, filter.price_max) {
        (_, None, None) => true,
        (None, ..) => false,
        (Some(price), min, max) => min.is_none_or(|min| price.max >= min) && max.is_none_or(|max| price.min <= max),
    };
    (filter.categories.is_empty() || filter.categories.iter().any(category))
        && (filter.brands.is_empty() || filter.brands.iter().any(brand))
        && price
        && filter.rating_min.is_none_or(|least| item.rating >= least)
        && filter.in_stock.is_none_or(|stock| item.in_stock == stock)
        && filter.attributes.iter().all(|condition| meets(condition, item))
        && filter.ids.as_ref().is_none_or(|ids| ids.contains(&item.id))
        && !filter.exclude.contains(&item.id)
        && !item
            .categories
            .iter()
            .any(|category| filter.exclude_categories.contains(&category.id))
        && !item
            .brand
            .as_ref()
            .is_some_and(|brand| filter.exclude_brands.contains(&brand.id))
        && filter
            .created_before
            .is_none_or(|before| item.created_at.timestamp_millis() < before)
}

fn meets(condition: &AttributeFilter, item: &Item) -> bool {
    let mut own = item
        .attributes
        .iter()
        .filter(|attribute| attribute.key == condition.key);
    own.any(|attribute| match (&attribute.value, &condition.matches) {
        (AttributeValue::Text(text), AttributeMatch::AnyOf(texts)) => {
            texts.iter().any(|other| other.to_lowercase() == text.to_lowercase())
        }
        (AttributeValue::Number(number), AttributeMatch::Range { min, max }) => {
            min.is_none_or(|min| *number >= min) && max.is_none_or(|max| *number <= max)
        }
        (AttributeValue::Bool(truth), AttributeMatch::Is(wanted)) => truth == wanted,
        _ => false,
    })
}

fn compare(sort: &[Sort], a: &Item, b: &Item) -> Ordering {
    for criterion in sort {
        let turn = |order: Ordering| if criterion.descending { order.reverse() } else { order };
        let order = match criterion.field {
            SortField::Price => match (a.price, b.price) {
                (Some(a), Some(b)) => turn(a.min.cmp(&b.min)),
                (a, b) => a.is_none().cmp(&b.is_none()),
            },
            SortField::Rating => turn(a.rating.total_cmp(&b.rating).then(a.rating_count.cmp(&b.rating_count))),
            SortField::CreatedAt => turn(a.created_at.cmp(&b.created_at)),
            SortField::Name => turn(a.name.to_lowercase().cmp(&b.name.to_lowercase())),
            SortField::Popularity => turn(a.popularity.total_cmp(&b.popularity)),
            SortField::Relevance => Ordering::Equal,
        };
        if order.is_ne() {
            return order;
        }
    }
    a.id.cmp(&b.id)
}
