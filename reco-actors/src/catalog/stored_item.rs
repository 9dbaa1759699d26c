//! An item as a snapshot keeps it: compact, and read without copies.

use crate::{Attribute, AttributeValue, Item, ItemId, PriceRange, Term};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

type Text<'a> = Cow<'a, str>;

#[derive(Serialize, Deserialize)]
pub(super) struct StoredItem<'a> {
    id: [u8; 16],
    version: i64,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    description: Text<'a>,
    #[serde(borrow)]
    brand: Option<StoredTerm<'a>>,
    #[serde(borrow)]
    categories: Vec<StoredTerm<'a>>,
    price: Option<(i64, i64)>,
    rating: f32,
    rating_count: u32,
    in_stock: bool,
    published: bool,
    #[serde(borrow)]
    attributes: Vec<StoredAttribute<'a>>,
    #[serde(borrow)]
    identifiers: Vec<Text<'a>>,
    created_at: (i64, u32),
    popularity: f64,
}

#[derive(Serialize, Deserialize)]
struct StoredTerm<'a> {
    id: [u8; 16],
    #[serde(borrow)]
    slug: Text<'a>,
    #[serde(borrow)]
    label: Text<'a>,
}

#[derive(Serialize, Deserialize)]
struct StoredAttribute<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    label: Text<'a>,
    #[serde(borrow)]
    value: StoredValue<'a>,
}

#[derive(Serialize, Deserialize)]
enum StoredValue<'a> {
    Text(#[serde(borrow)] Text<'a>),
    Number(f64),
    Bool(bool),
}

impl<'a> From<&'a Term> for StoredTerm<'a> {
    fn from(term: &'a Term) -> Self {
        Self {
            id: term.id.into_bytes(),
            slug: Cow::Borrowed(&term.slug),
            label: Cow::Borrowed(&term.label),
        }
    }
}

impl From<StoredTerm<'_>> for Term {
    fn from(term: StoredTerm<'_>) -> Self {
        Self {
            id: Uuid::from_bytes(term.id),
            slug: term.slug.into_owned(),
            label: term.label.into_owned(),
        }
    }
}

impl<'a> From<&'a Attribute> for StoredAttribute<'a> {
    fn from(attribute: &'a Attribute) -> Self {
        Self {
            key: Cow::Borrowed(&attribute.key),
            label: Cow::Borrowed(&attribute.label),
            value: match &attribute.value {
                AttributeValue::Text(text) => StoredValue::Text(Cow::Borrowed(text)),
                AttributeValue::Number(number) => StoredValue::Number(*number),
                AttributeValue::Bool(truth) => StoredValue::Bool(*truth),
            },
        }
    }
}

impl From<StoredAttribute<'_>> for Attribute {
    fn from(attribute: StoredAttribute<'_>) -> Self {
        Self {
            key: attribute.key.into_owned(),
            label: attribute.label.into_owned(),
            value: match attribute.value {
                StoredValue::Text(text) => AttributeValue::Text(text.into_owned()),
                StoredValue::Number(number) => AttributeValue::Number(number),
                StoredValue::Bool(truth) => AttributeValue::Bool(truth),
            },
        }
    }
}

impl<'a> From<&'a Item> for StoredItem<'a> {
    fn from(item: &'a Item) -> Self {
        Self {
            id: item.id.0.into_bytes(),
            version: item.version,
            name: Cow::Borrowed(&item.name),
            description: Cow::Borrowed(&item.description),
            brand: item.brand.as_ref().map(StoredTerm::from),
            categories: item.categories.iter().map(StoredTerm::from).collect(),
            price: item.price.map(|price| (price.min, price.max)),
            rating: item.rating,
            rating_count: item.rating_count,
            in_stock: item.in_stock,
            published: item.published,
            attributes: item.attributes.iter().map(StoredAttribute::from).collect(),
            identifiers: item.identifiers.iter().map(|text| Cow::Borrowed(&**text)).collect(),
            created_at: (item.created_at.timestamp(), item.created_at.timestamp_subsec_nanos()),
            popularity: item.popularity,
        }
    }
}

impl StoredItem<'_> {
    /// The item; `None` when its time cannot be.
    pub(super) fn into_item(self) -> Option<Item> {
        Some(Item {
            id: ItemId(Uuid::from_bytes(self.id)),
            version: self.version,
            name: self.name.into_owned(),
            description: self.description.into_owned(),
            brand: self.brand.map(Term::from),
            categories: self.categories.into_iter().map(Term::from).collect(),
            price: self.price.map(|(min, max)| PriceRange { min, max }),
            rating: self.rating,
            rating_count: self.rating_count,
            in_stock: self.in_stock,
            published: self.published,
            attributes: self.attributes.into_iter().map(Attribute::from).collect(),
            identifiers: self.identifiers.into_iter().map(Cow::into_owned).collect(),
            created_at: DateTime::from_timestamp(self.created_at.0, self.created_at.1)?,
            popularity: self.popularity,
        })
    }
}
