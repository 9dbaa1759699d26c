//! What a listing can be narrowed by, with counts.
//!
//! A facet is counted over what all *other* parts of the filter let through, so that choosing
//! a second brand is possible after the first. Each count is what the listing's total would be
//! with that value alone chosen in the facet.

use super::{
    Facet, FacetValue, Filter,
    facet_counts::{Occurring, Scope},
    postings::{KeyId, Kind, Term, TermId},
    select::{Field, Select},
};
use crate::Item;
use roaring::RoaringBitmap;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// At most so many facets of attributes, the most useful ones first.
const MOST_ATTRIBUTES: usize = 12;
/// At most so many values of a facet, beside the selected ones.
const MOST_VALUES: usize = 50;
/// Of the categories or brands of many items so many are counted: those that a sample has most often.
const MOST_COUNTED: usize = 4 * MOST_VALUES;
/// An attribute with more values than this, all different, names items rather than kinds.
const MOST_SINGLES: usize = 12;

/// One listing's facets.
pub(super) struct Facets<'a> {
    pub(super) select: Select<'a>,
    pub(super) items: &'a [Option<Arc<Item>>],
    pub(super) filter: &'a Filter,
    /// What the whole filter lets through.
    main: Scope,
    /// Per facet with a selection: what the rest of the filter lets through.
    others: Vec<(Field, Scope)>,
}

impl<'a> Facets<'a> {
    /// Prepares to count over `base`: what qualifies but for the filter.
    pub(super) fn new(
        select: Select<'a>,
        items: &'a [Option<Arc<Item>>],
        filter: &'a Filter,
        base: RoaringBitmap,
    ) -> Self {
        let base = select.named(filter, base);
        let fields = select.fields(filter, &base);
        // What stands before and behind each field: all but one are joined in linear time.
        let mut behind = vec![base.clone()];
        for (_, set) in fields.iter().rev() {
            let next = behind.last().map(|all| all & set).unwrap_or_default();
            behind.push(next);
        }
        let all = behind.pop().unwrap_or_default();
        let mut before = base;
        let mut others = Vec::with_capacity(fields.len());
        for (field, set) in fields {
            let rest = behind.pop().unwrap_or_default();
            others.push((field, Scope::new(select, &before & rest)));
            before &= set;
        }
        Self {
            select,
            items,
            filter,
            main: Scope::new(select, all),
            others,
        }
    }

    /// What the whole filter lets through.
    pub(super) fn set(&self) -> &RoaringBitmap {
        &self.main.set
    }

    pub(super) fn into_set(self) -> RoaringBitmap {
        self.main.set
    }

    /// The facets that every listing has, as far as they could narrow it.
    pub(super) fn usual(&self) -> Vec<Facet> {
        let mut facets = Vec::new();
        facets.extend(self.groups(&Field::Category, "category", "Category"));
        facets.extend(self.groups(&Field::Brand, "brand", "Brand"));
        facets.extend(self.prices());
        facets.extend(self.ratings());
        facets.extend(self.stock());
        facets
    }

    /// What the facet of this field is counted over.
    pub(super) fn scope(&self, field: &Field) -> &Scope {
        let own = self.others.iter().find(|(known, _)| known == field);
        own.map_or(&self.main, |(_, scope)| scope)
    }

    /// Categories or brands.
    fn groups(&self, field: &Field, key: &str, label: &str) -> Option<Facet> {
        let is_category = *field == Field::Category;
        let chosen = if is_category {
            &self.filter.categories
        } else {
            &self.filter.brands
        };
        let scope = self.scope(field);
        let group = |term: &'a Term| match term {
            Term::Category(uuid) if is_category => Some(uuid),
            Term::Brand(uuid) if !is_category => Some(uuid),
            _ => None,
        };
        let groups = self.select.postings.terms();
        let groups = groups.filter_map(|(id, (term, having))| Some((id, group(term)?, having)));
        let mut groups: Vec<(TermId, &Uuid, &RoaringBitmap)> = groups.collect();
        scope.keep_likely(&mut groups, MOST_COUNTED, |(id, uuid, _)| (*id, chosen.contains(uuid)));
        let mut values = Vec::new();
        for (id, uuid, having) in groups {
            let count = scope.count(id, having);
            let is_selected = chosen.contains(uuid);
            let known = || {
                let item = self.any_item(having)?;
                let mut terms = if is_category {
                    item.categories.iter()
                } else {
                    item.brand.as_slice().iter()
                };
                terms.find(|term| term.id == *uuid)
            };
            if (count > 0 || is_selected)
                && let Some(term) = known()
            {
                values.push(FacetValue {
                    value: uuid.to_string(),
                    label: term.label.clone(),
                    count,
                    is_selected,
                });
            }
        }
        facet(key.to_owned(), label, most_frequent(values))
    }

    fn any_item(&self, having: &RoaringBitmap) -> Option<&Item> {
        self.items.get(having.min()? as usize)?.as_deref()
    }

    fn stock(&self) -> Option<Facet> {
        let set = &self.scope(&Field::InStock).set;
        let in_stock = set.intersection_len(&self.select.postings.in_stock);
        let choices = [
            (true, "In stock", in_stock),
            (false, "Out of stock", set.len() - in_stock),
        ];
        let values = choices.into_iter().map(|(truth, label, count)| FacetValue {
            value: truth.to_string(),
            label: label.to_owned(),
            count,
            is_selected: self.filter.in_stock == Some(truth),
        });
        let values = values.filter(|value| value.count > 0 || value.is_selected);
        facet("in_stock".to_owned(), "In stock", most_frequent(values.collect()))
    }

    /// The selected attributes, then the most useful ones.
    pub(super) fn attributes(&self) -> Vec<Facet> {
        let postings = self.select.postings;
        let selected = self.filter.attributes.iter();
        let mut selected: Vec<KeyId> = selected.filter_map(|own| postings.key_id(&own.key)).collect();
        selected.sort_by_key(|key| postings.key(*key));
        selected.dedup();
        let mut facets = Vec::with_capacity(MOST_ATTRIBUTES);
        for &key in &selected {
            let scope = self.scope(&Field::Attribute(postings.key(key).to_owned()));
            let found = self.occurring(scope, &HashSet::from([key])).remove(&key);
            facets.extend(self.attribute(key, &found.unwrap_or_default(), true));
        }
        let mut useful = self.useful();
        useful.retain(|key| !selected.contains(key));
        for some in useful.chunks(MOST_ATTRIBUTES) {
            if facets.len() >= MOST_ATTRIBUTES {
                break;
            }
            let mut occurring = self.occurring(&self.main, &some.iter().copied().collect());
            let found = some.iter().map(|key| (*key, occurring.remove(key).unwrap_or_default()));
            facets.extend(found.filter_map(|(key, occurring)| self.attribute(key, &occurring, false)));
        }
        facets.truncate(MOST_ATTRIBUTES.max(selected.len()));
        facets
    }

    /// The attributes that items of the listing have, the most useful ones first.
    fn useful(&self) -> Vec<KeyId> {
        let (postings, scope) = (self.select.postings, &self.main);
        let mut by_key = self.counted(|id, _| scope.counts[id as usize].into());
        let mut items = scope.counted();
        if by_key.len() < MOST_ATTRIBUTES && scope.step > 1 {
            // There is room for those that few items have, which a sample misses.
            by_key = self.counted(|id, having| scope.count(id, having));
            items = scope.set.len();
        }
        let ranked = by_key
            .iter()
            .map(|(key, occurring)| (occurring.usefulness(items), *key));
        let mut ranked: Vec<(f64, KeyId)> = ranked.collect();
        let name = |key: KeyId| postings.key(key);
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| name(a.1).cmp(name(b.1))));
        ranked.into_iter().map(|(_, key)| key).collect()
    }

    /// What occurs of each attribute, by how many items have a term.
    fn counted(&self, count: impl Fn(TermId, &RoaringBitmap) -> u64) -> HashMap<KeyId, Occurring> {
        let mut by_key: HashMap<KeyId, Occurring> = HashMap::new();
        for (id, (term, having)) in self.select.postings.terms() {
            let Some(key) = term.key() else { continue };
            let count = count(id, having);
            if count > 0 {
                by_key.entry(key).or_default().note(id, term, count);
            }
        }
        by_key
    }

    /// How often the terms of these attributes occur.
    fn occurring(&self, scope: &Scope, keys: &HashSet<KeyId>) -> HashMap<KeyId, Occurring> {
        let is_wanted = |id: TermId| {
            self.select
                .postings
                .term(id)
                .0
                .key()
                .is_some_and(|key| keys.contains(&key))
        };
        self.counted(|id, having| if is_wanted(id) { scope.count(id, having) } else { 0 })
    }

    fn attribute(&self, key: KeyId, occurring: &Occurring, is_selected: bool) -> Option<Facet> {
        let name = self.select.postings.key(key);
        let kind = self.selected_kind(name).unwrap_or(occurring.kind().0);
        let singles = |(_, count): &(TermId, u64)| *count <= 1;
        let names = occurring.values.len() > MOST_SINGLES && occurring.values.iter().all(singles);
        if !is_selected && kind == Kind::Text && names {
            return None;
        }
        let values = match kind {
            Kind::Text | Kind::Bool => self.choices(key, occurring, kind),
            Kind::Number => self.numbers(key),
        };
        if !is_selected && values.len() < 2 {
            return None;
        }
        let having = self.select.postings.of(&Term::Has(key, kind))?;
        let item = self.any_item(having)?;
        let label = item.attributes.iter().find(|attribute| attribute.key == name)?;
        let values = if kind == Kind::Number {
            values
        } else {
            most_frequent(values)
        };
        facet(format!("attribute:{name}"), &label.label, values)
    }

    /// The texts or truths of an attribute.
    fn choices(&self, key: KeyId, occurring: &Occurring, kind: Kind) -> Vec<FacetValue> {
        let postings = self.select.postings;
        let chosen = self.chosen(key);
        let mut found = occurring.values.clone();
        for id in chosen.iter().filter_map(|term| postings.id(term)) {
            if !found.iter().any(|(known, _)| *known == id) {
                found.push((id, 0));
            }
        }
        let least = least_shown(&found);
        found.retain(|(id, count)| *count >= least || chosen.contains(postings.term(*id).0));
        let value = |(id, count): (TermId, u64)| {
            let (term, having) = postings.term(id);
            let is_selected = chosen.contains(term);
            let (value, label) = match term {
                Term::Text(_, folded) if kind == Kind::Text => {
                    let text = self.spelling(key, folded, having)?;
                    (text.clone(), text)
                }
                Term::Bool(_, truth) if kind == Kind::Bool => {
                    (truth.to_string(), if *truth { "Yes" } else { "No" }.to_owned())
                }
                _ => return None,
            };
            Some(FacetValue {
                value,
                label,
                count,
                is_selected,
            })
        };
        found.into_iter().filter_map(value).collect()
    }
}

/// How frequent a value must be to have a chance to be shown.
fn least_shown(values: &[(TermId, u64)]) -> u64 {
    let mut counts: Vec<u64> = values.iter().map(|value| value.1).collect();
    if counts.len() <= MOST_VALUES {
        return 0;
    }
    *counts.select_nth_unstable_by(MOST_VALUES - 1, |a, b| b.cmp(a)).1
}

/// Most frequent first, ties by label; so many, and all that are selected.
pub(super) fn most_frequent(mut values: Vec<FacetValue>) -> Vec<FacetValue> {
    let rank = |a: &FacetValue, b: &FacetValue| {
        let labels = || a.label.cmp(&b.label).then_with(|| a.value.cmp(&b.value));
        b.count.cmp(&a.count).then_with(labels)
    };
    values.sort_unstable_by(rank);
    let mut at = 0;
    values.retain(|value| {
        at += 1;
        at <= MOST_VALUES || value.is_selected
    });
    values
}

pub(super) fn facet(key: String, label: &str, values: Vec<FacetValue>) -> Option<Facet> {
    let label = label.to_owned();
    (!values.is_empty()).then_some(Facet { key, label, values })
}
