//! What is evaluated on: items, and what people did with them, in dense numbers.

use crate::Item;
use bytes::Bytes;

/// Items, people and events of a shop or of a published data set.
#[derive(Clone, Debug, Default)]
pub struct DataSet {
    /// What it is called.
    pub name: String,
    /// SHA-256 of all that was read, hexadecimal.
    pub digest: String,
    /// Items; an event names one by its position here.
    pub items: Vec<Item>,
    /// Their pictures, encoded (JPEG, PNG, …), as many as items or none at all.
    pub pictures: Vec<Option<Bytes>>,
    /// Ordered by time, ties as they were read.
    pub events: Vec<Event>,
    /// How many people there are; each is a number below.
    pub people: usize,
    /// Whether times mean something, or only order the events of each person.
    pub has_time: bool,
    /// Names of the labels that items carry, such as `kind`.
    pub label_names: Vec<String>,
    /// One value per label of every item, empty where it has none; as many as items, or none at all.
    pub labels: Vec<Vec<String>>,
    /// Graded answers to questions in words.
    pub judgments: Vec<Judgment>,
}

/// Somebody did something with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who.
    pub person: u32,
    /// With what.
    pub item: u32,
    /// When, milliseconds of the Unix epoch.
    pub at_ms: i64,
    /// What.
    pub kind: EventKind,
    /// How long it was looked at, milliseconds, if that is known.
    pub dwell_ms: Option<u32>,
    /// Events of a person in one group belong to one session or one basket.
    pub group: u32,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Looked at it.
    View,
    /// Put it into the cart.
    Cart,
    /// Bought it.
    Purchase,
}

/// How well an item answers a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgment {
    /// The question.
    pub query: String,
    /// Position of the item.
    pub item: u32,
    /// 0 for not at all.
    pub grade: f64,
}

impl DataSet {
    /// Events of each person, in order.
    #[must_use]
    pub fn histories(&self) -> Vec<Vec<Event>> {
        let mut all = vec![Vec::new(); self.people];
        for event in &self.events {
            all[event.person as usize].push(*event);
        }
        all
    }

    /// How many items have a text, and how many a picture.
    #[must_use]
    pub fn contents(&self) -> (usize, usize) {
        let is_told = |item: &&Item| !item.name.trim().is_empty() || !item.description.trim().is_empty();
        let pictures = self.pictures.iter().flatten().count();
        (self.items.iter().filter(is_told).count(), pictures)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ItemId;
    use uuid::Uuid;

    /// An item of which nothing is known.
    pub(in crate::eval) fn item(number: u128) -> Item {
        Item::blank(ItemId(Uuid::from_u128(number + 1)))
    }

    #[test]
    fn a_picture_or_a_name_counts_as_content() {
        let data = DataSet {
            items: vec![
                item(0),
                Item {
                    name: "Kettle".into(),
                    ..item(1)
                },
            ],
            pictures: vec![Some(Bytes::from_static(b"x")), None],
            ..DataSet::default()
        };
        assert_eq!(data.contents(), (1, 1));
    }
}
