//! What goes with items by what people do with them, and what somebody will want again.

use super::{
    Shared,
    people::{is_allowed, lets_out_of_stock, list},
};
use crate::{
    ItemId, Reason, Recommendations, Recommended, ScorePart,
    catalog::CatalogIndex,
    models::{Next, Visit},
    personal::{AlsoKind, AlsoQuery, RepurchaseQuery},
};
use std::collections::HashSet;
use uuid::Uuid;

pub(super) fn also(shared: &Shared, query: &AlsoQuery) -> Recommendations {
    let generation = shared.generation();
    let catalog = shared.catalog.read();
    let out_of_stock = lets_out_of_stock(query.include_out_of_stock, query.filter.in_stock);
    let allow = catalog.allow(&query.filter, out_of_stock);
    let given: HashSet<ItemId> = query.items.iter().copied().collect();
    // What is of the same kind takes an item's place; it does not complete it.
    let kinds: HashSet<Uuid> = match query.kind {
        AlsoKind::Complements => given.iter().filter_map(|item| kind_of(&catalog, *item)).collect(),
        AlsoKind::Viewed | AlsoKind::Bought => HashSet::new(),
    };
    let keep = |item: ItemId| {
        !given.contains(&item)
            && is_allowed(&catalog, &allow, item)
            && (kinds.is_empty() || kind_of(&catalog, item).is_none_or(|kind| !kinds.contains(&kind)))
    };
    let behaviour = shared.behaviour.read();
    let part = match query.kind {
        AlsoKind::Viewed => ScorePart::Viewed,
        AlsoKind::Bought | AlsoKind::Complements => ScorePart::Bought,
    };
    let recommended = |next: Next| {
        let cause = next.because.first()?.0;
        Some(Recommended {
            item: next.item,
            score: next.score,
            parts: vec![(part, next.score)],
            image_imputed: false,
            reason: match query.kind {
                AlsoKind::Viewed => Reason::AlsoViewed(cause),
                AlsoKind::Bought => Reason::BoughtTogether(cause),
                AlsoKind::Complements => Reason::Completes(cause),
            },
            causes: if query.explain { next.because } else { Vec::new() },
        })
    };
    let next = match query.kind {
        AlsoKind::Viewed => {
            let visits: Vec<Visit> = query.items.iter().map(|item| Visit::from(*item)).collect();
            behaviour.viewed().next(&visits, keep, query.limit)
        }
        AlsoKind::Bought | AlsoKind::Complements => behaviour.bought_with(&query.items, keep, query.limit),
    };
    list(next.into_iter().filter_map(recommended).collect(), generation)
}

/// The narrowest category of an item.
pub(super) fn kind_of(catalog: &CatalogIndex, item: ItemId) -> Option<Uuid> {
    let item = catalog.item(catalog.slot(item)?)?;
    item.categories.last().map(|category| category.id)
}

/// The most due first, ties by id.
pub(super) fn repurchase(shared: &Shared, query: &RepurchaseQuery) -> Recommendations {
    let generation = shared.generation();
    let catalog = shared.catalog.read();
    let out_of_stock = lets_out_of_stock(query.include_out_of_stock, query.filter.in_stock);
    let allow = catalog.allow(&query.filter, out_of_stock);
    let behaviour = shared.behaviour.read();
    let there = query.owned.iter().filter(|own| is_allowed(&catalog, &allow, own.item));
    let mut items: Vec<Recommended> = there
        .map(|own| {
            let due = behaviour.due(own, query.at_ms);
            Recommended {
                item: own.item,
                score: due,
                parts: vec![(ScorePart::Repurchase, due)],
                image_imputed: false,
                reason: Reason::BoughtBefore(own.times),
                causes: Vec::new(),
            }
        })
        .collect();
    items.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
    items.truncate(query.limit);
    list(items, generation)
}
