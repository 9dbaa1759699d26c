//! What the engine knows of one item: ids, live state, attributes. Plain data.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Identity of an item (the shop's product id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemId(pub Uuid);

/// Dense position of an item inside this process's indexes; never reused for another
/// item while the process lives, and meaningless outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// A named entity that items are grouped by: a brand or a category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Identity in the shop.
    pub id: Uuid,
    /// URL part, unique among its kind.
    pub slug: String,
    /// What people read.
    pub label: String,
}

/// Lowest and highest price among an item's sellable variants, in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRange {
    /// Lowest price, minor units.
    pub min: i64,
    /// Highest price, minor units; never below `min`.
    pub max: i64,
}

/// One typed attribute, such as `colour = Black` or `weight = 1.2`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Stable machine key, lower snake case.
    pub key: String,
    /// What people read.
    pub label: String,
    /// The typed value.
    pub value: AttributeValue,
}

/// Keys of attributes that name one article, as feeds spell them.
const IDENTIFIERS: [&str; 12] = [
    "article_number",
    "ean",
    "gtin",
    "isbn",
    "jan",
    "manufacturer_part_number",
    "model",
    "model_number",
    "mpn",
    "part_number",
    "sku",
    "upc",
];

impl Attribute {
    /// Whether it names the article, rather than saying how it is.
    #[must_use]
    pub fn is_identifier(&self) -> bool {
        IDENTIFIERS.contains(&self.key.as_str())
    }

    /// What names the article, if it does.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        match &self.value {
            AttributeValue::Text(text) if self.is_identifier() => Some(text),
            _ => None,
        }
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum AttributeValue {
    /// Free or enumerated text.
    Text(String),
    /// A finite number.
    Number(f64),
    /// Yes or no.
    Bool(bool),
}

/// Live state of one item, as the projector builds it from the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Identity.
    pub id: ItemId,
    /// Grows with every change of the item; an older version never overwrites a newer one.
    pub version: i64,
    /// Title.
    pub name: String,
    /// Plain-text description.
    pub description: String,
    /// Brand, if any.
    pub brand: Option<Term>,
    /// Category path from root to leaf; empty when uncategorised.
    pub categories: Vec<Term>,
    /// Price over sellable variants; `None` when the item cannot be sold.
    pub price: Option<PriceRange>,
    /// Mean rating 1–5, or 0 without ratings.
    pub rating: f32,
    /// Number of ratings behind `rating`.
    pub rating_count: u32,
    /// Whether at least one variant with a price has free stock.
    pub in_stock: bool,
    /// Whether the public may see it.
    pub published: bool,
    /// Typed attributes; a key may repeat (several colours).
    pub attributes: Vec<Attribute>,
    /// Stock-keeping units and other exact identifiers.
    pub identifiers: Vec<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Popularity (units sold, or an imported figure); higher is more popular.
    pub popularity: f64,
}

impl Item {
    /// An item of which nothing is known but that it may be shown and is in stock.
    #[must_use]
    pub fn blank(id: ItemId) -> Self {
        Self {
            id,
            version: 1,
            name: String::new(),
            description: String::new(),
            brand: None,
            categories: Vec::new(),
            price: None,
            rating: 0.0,
            rating_count: 0,
            in_stock: true,
            published: true,
            attributes: Vec::new(),
            identifiers: Vec::new(),
            created_at: DateTime::UNIX_EPOCH,
            popularity: 0.0,
        }
    }
}
