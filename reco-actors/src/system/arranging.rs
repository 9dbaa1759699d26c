//! Lists as staff want them: what is pinned comes first, what is boosted or buried moves.

use super::handle::RecoHandle;
use crate::{
    ItemId, Reason, Recommendations, Recommended, ScorePart,
    arranging::{Arranging, ListRule, Shown},
    catalog::{CatalogIndex, RuleAction, contains},
};
use std::collections::HashSet;
use uuid::Uuid;

impl Arranging for RecoHandle {
    fn is_within(&self, items: &[ItemId], categories: &[Uuid]) -> bool {
        let catalog = self.shared.catalog.read();
        let targets = catalog.having(&[], categories, &[]);
        let slots = items.iter().filter_map(|item| catalog.slot(*item));
        slots.into_iter().any(|slot| targets.contains(slot.0))
    }

    fn arrange(&self, rules: &[ListRule], shown: &Shown, mut list: Recommendations) -> Recommendations {
        let catalog = self.shared.catalog.read();
        weigh(&catalog, rules, &mut list.items);
        pin(&catalog, rules, shown, &mut list.items);
        list.items.truncate(shown.limit);
        list
    }
}

/// Multiplies scores. A list that is made to be varied is not in the order of its scores: each counts
/// as the least before it, so that what no rule is about stays in its order.
fn weigh(catalog: &CatalogIndex, rules: &[ListRule], items: &mut Vec<Recommended>) {
    let mut factors = vec![1.0_f32; items.len()];
    for rule in rules {
        let factor = match rule.action {
            RuleAction::Boost(strength) => 1.0 + strength,
            RuleAction::Bury(strength) => 1.0 / (1.0 + strength),
            RuleAction::Pin | RuleAction::Hide => continue,
        };
        let targets = catalog.having(&rule.items, &rule.categories, &rule.brands);
        for (item, counts) in items.iter().zip(&mut factors) {
            let slot = catalog.slot(item.item);
            if slot.is_some_and(|slot| targets.contains(slot.0)) {
                *counts *= factor;
            }
        }
    }
    if factors.iter().all(|factor| *factor == 1.0) {
        return;
    }
    let mut least = f32::INFINITY;
    let mut ranked: Vec<(f32, Recommended)> = Vec::with_capacity(items.len());
    for (mut item, factor) in items.drain(..).zip(factors) {
        least = least.min(item.score);
        let ranks = least * factor;
        if factor != 1.0 {
            let by = (factor - 1.0) * item.score;
            raise(&mut item, by);
        }
        ranked.push((ranks, item));
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    items.extend(ranked.into_iter().map(|(_, item)| item));
}

fn raise(item: &mut Recommended, by: f32) {
    if by != 0.0 {
        item.score += by;
        item.parts.push((ScorePart::Rule, by));
    }
}

/// Brings to the front what may be shown, in the order of the rules.
fn pin(catalog: &CatalogIndex, rules: &[ListRule], shown: &Shown, items: &mut Vec<Recommended>) {
    let pinned = rules.iter().filter(|rule| rule.action == RuleAction::Pin);
    let mut pinned: Vec<ItemId> = pinned.flat_map(|rule| rule.items.iter().copied()).collect();
    if pinned.is_empty() {
        return;
    }
    let out_of_stock = shown.include_out_of_stock || shown.filter.in_stock == Some(false);
    let allow = catalog.allow(&shown.filter, out_of_stock);
    let mut seen = HashSet::new();
    pinned.retain(|item| {
        let may_show = catalog.slot(*item).is_some_and(|slot| contains(&allow, slot));
        may_show && !shown.exclude.contains(item) && seen.insert(*item)
    });
    let most = items.iter().map(|item| item.score).fold(0.0, f32::max);
    for (place, id) in pinned.into_iter().enumerate() {
        let mut item = match items.iter().position(|item| item.item == id) {
            Some(at) => items.remove(at),
            None => Recommended {
                item: id,
                score: 0.0,
                parts: Vec::new(),
                image_imputed: false,
                reason: Reason::Chosen,
                causes: Vec::new(),
            },
        };
        let lacks = (most - item.score).max(0.0);
        raise(&mut item, lacks);
        items.insert(place, item);
    }
}
