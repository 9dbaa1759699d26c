//! Gives items and people their numbers, and events their sessions and baskets.

use reco_actors::{
    Attribute, AttributeValue, Item, ItemId, Term,
    eval::data::{DataSet, Event, EventKind, Judgment},
};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// So long a silence ends a session, as it does in the shop.
pub(super) const SILENCE_MS: i64 = 30 * 60_000;

/// An event of which nobody said what group it is of.
const UNGROUPED: u32 = u32::MAX;

/// A data set that is being read.
#[derive(Default)]
pub(super) struct Builder {
    items: Vec<Item>,
    numbers: HashMap<String, u32>,
    people: HashMap<String, u32>,
    groups: HashMap<u32, HashMap<String, u32>>,
    group_count: u32,
    /// As they are read.
    events: Vec<Event>,
    pub(super) label_names: Vec<String>,
    pub(super) labels: HashMap<u32, Vec<String>>,
    pub(super) pictures: HashMap<u32, bytes::Bytes>,
    pub(super) judgments: Vec<Judgment>,
}

impl Builder {
    /// For items with such labels.
    pub(super) fn labelled(names: &[&str]) -> Self {
        Self {
            label_names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// A new item, to be filled in, and its number; nothing if it is known already.
    pub(super) fn new_item(&mut self, id: &str) -> Option<(u32, &mut Item)> {
        if self.numbers.contains_key(id) {
            return None;
        }
        let number = self.items.len() as u32;
        self.numbers.insert(id.to_owned(), number);
        let id = ItemId(Uuid::from_u128(u128::from(number) + 1));
        self.items.push(Item::blank(id));
        self.items.last_mut().map(|item| (number, item))
    }

    /// Number of an item that is known.
    pub(super) fn known_item(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// Number of an item, an empty one if nothing is known of it.
    fn item(&mut self, id: &str) -> u32 {
        match self.known_item(id) {
            Some(number) => number,
            None => self.new_item(id).map_or(0, |(number, _)| number),
        }
    }

    pub(super) fn person(&mut self, id: &str) -> u32 {
        if let Some(number) = self.people.get(id) {
            return *number;
        }
        let number = self.people.len() as u32;
        self.people.insert(id.to_owned(), number);
        number
    }

    /// An event; without a group, silence and time decide on it.
    pub(super) fn event(&mut self, (person, item): (u32, &str), at_ms: i64, kind: EventKind, group: Option<&str>) {
        self.told_event((person, item), at_ms, (kind, None), group);
    }

    /// The same, with how long something was looked at.
    pub(super) fn told_event(
        &mut self,
        (person, item): (u32, &str),
        at_ms: i64,
        (kind, dwell_ms): (EventKind, Option<u32>),
        group: Option<&str>,
    ) {
        let group = group.map_or(UNGROUPED, |name| self.group(person, name));
        let item = self.item(item);
        self.events.push(Event {
            person,
            item,
            at_ms,
            kind,
            dwell_ms,
            group,
        });
    }

    fn group(&mut self, person: u32, name: &str) -> u32 {
        let groups = self.groups.entry(person).or_default();
        if let Some(number) = groups.get(name) {
            return *number;
        }
        let number = self.group_count;
        groups.insert(name.to_owned(), number);
        self.group_count += 1;
        number
    }

    pub(super) fn finish(mut self, name: impl Into<String>, digest: String, has_time: bool) -> DataSet {
        self.events.sort_by_key(|event| event.at_ms);
        self.put_into_groups();
        let numbers = 0..self.items.len() as u32;
        let no_labels = vec![String::new(); self.label_names.len()];
        let mut pictures = Vec::new();
        if !self.pictures.is_empty() {
            pictures.extend(numbers.clone().map(|number| self.pictures.remove(&number)));
        }
        let mut labels = Vec::new();
        if !self.label_names.is_empty() {
            let of = |number| self.labels.remove(&number).unwrap_or_else(|| no_labels.clone());
            labels.extend(numbers.map(of));
        }
        DataSet {
            name: name.into(),
            digest,
            items: self.items,
            pictures,
            events: self.events,
            people: self.people.len(),
            has_time,
            label_names: self.label_names,
            labels,
            judgments: self.judgments,
        }
    }

    /// Purchases of a person at the same time are a basket; all else is a session until silence ends it.
    fn put_into_groups(&mut self) {
        let mut latest: HashMap<u32, i64> = HashMap::new();
        let mut sessions: HashMap<u32, u32> = HashMap::new();
        let mut baskets: HashMap<u32, (i64, u32)> = HashMap::new();
        for event in &mut self.events {
            let person = event.person;
            let silence = latest.insert(person, event.at_ms).map(|before| event.at_ms - before);
            if silence.is_none_or(|silence| silence >= SILENCE_MS) {
                sessions.remove(&person);
            }
            if event.group != UNGROUPED {
                continue;
            }
            let mut new = || {
                self.group_count += 1;
                self.group_count - 1
            };
            event.group = if event.kind == EventKind::Purchase {
                let basket = baskets.get(&person).filter(|(at_ms, _)| *at_ms == event.at_ms);
                let group = basket.map_or_else(new, |(_, group)| *group);
                baskets.insert(person, (event.at_ms, group));
                group
            } else {
                *sessions.entry(person).or_insert_with(&mut new)
            };
        }
    }
}

/// A path of categories, from the root; a level that is empty or repeats the one before is none.
pub(super) fn categories<'l>(levels: impl Iterator<Item = &'l str>) -> Vec<Term> {
    let mut path: Vec<&str> = levels.map(str::trim).filter(|level| !level.is_empty()).collect();
    path.dedup();
    let whole = |depth: usize| path[..=depth].join(" > ");
    path.iter()
        .enumerate()
        .map(|(depth, label)| term(&whole(depth), label))
        .collect()
}

pub(super) fn brand(label: Option<&str>) -> Option<Term> {
    label.map(|label| term(label, label))
}

/// The same identity has the same id in every data set.
fn term(identity: &str, label: &str) -> Term {
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(identity)[..16]);
    let words = identity.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    Term {
        id: Uuid::from_bytes(id),
        slug: words.join("-").to_lowercase(),
        label: label.to_owned(),
    }
}

pub(super) fn attribute(key: &str, value: AttributeValue) -> Attribute {
    Attribute {
        key: key.to_owned(),
        label: key.replace('_', " "),
        value,
    }
}
