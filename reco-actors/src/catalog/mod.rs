//! The in-process catalogue index: filters, facets, sorts, keyset pages and keywords over
//! the live state of every item. The same filters run inside a recommendation search.
//!
//! This file is the language of questions and answers; [`CatalogIndex`] answers them.

mod bands;
mod blocks;
mod columns;
mod facet_counts;
mod facet_values;
mod facets;
mod guide;
mod histogram;
mod hybrid;
mod index;
mod keywords;
mod lexical;
mod listing;
mod near;
mod order;
mod postings;
mod ranking;
mod search;
mod select;
mod stored;
mod stored_item;
mod suggest;
mod words;

pub use guide::{RuleAction, SearchGuide, SearchRule, Synonym};
pub(crate) use hybrid::NEIGHBOURS;
pub use hybrid::{Fusion, Meaning, Relaxation, SearchMode, SearchPage, SearchQuery, SearchScore, Senses};
pub use index::CatalogIndex;
pub(crate) use stored::Captured;
pub use suggest::Suggestions;

use crate::{ItemId, Slot};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which items qualify. Fields are joined by AND, values inside one field by OR.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// In the subtree of any of these categories.
    pub categories: Vec<Uuid>,
    /// Of any of these brands.
    pub brands: Vec<Uuid>,
    /// At least one sellable variant at or above this price (minor units).
    pub price_min: Option<i64>,
    /// At least one sellable variant at or below this price (minor units).
    pub price_max: Option<i64>,
    /// Mean rating at or above.
    pub rating_min: Option<f32>,
    /// Has free stock (`true`) or has none (`false`).
    pub in_stock: Option<bool>,
    /// Conditions on typed attributes.
    pub attributes: Vec<AttributeFilter>,
    /// Only these items.
    pub ids: Option<Vec<ItemId>>,
    /// Never these items, …
    pub exclude: Vec<ItemId>,
    /// … none in the subtree of these categories, …
    pub exclude_categories: Vec<Uuid>,
    /// … and none of these brands.
    pub exclude_brands: Vec<Uuid>,
    /// Created before this, milliseconds of the Unix epoch.
    pub created_before: Option<i64>,
}

/// A condition on one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeFilter {
    /// Attribute key.
    pub key: String,
    /// What its value must be.
    pub matches: AttributeMatch,
}

/// What an attribute's value must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AttributeMatch {
    /// Equal to one of these texts, case-insensitively.
    AnyOf(Vec<String>),
    /// A number within the closed range.
    Range {
        /// Lowest allowed.
        min: Option<f64>,
        /// Highest allowed.
        max: Option<f64>,
    },
    /// This boolean.
    Is(bool),
}

/// What a listing is sorted by. The item id always breaks ties, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SortField {
    /// Keyword relevance (needs a text query).
    Relevance,
    /// Lowest price; items without a price come last in both directions.
    Price,
    /// Mean rating, then number of ratings.
    Rating,
    /// Creation time.
    CreatedAt,
    /// Name, case-insensitively.
    Name,
    /// Popularity.
    Popularity,
}

/// One sort criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// By what.
    pub field: SortField,
    /// Largest first.
    pub descending: bool,
}

/// Position of an item in a sorted listing: its sort values, then its id. Serialisable,
/// so that callers can sign it into an opaque cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keyset {
    /// One value per sort criterion.
    pub values: Vec<KeysetValue>,
    /// The tiebreak.
    pub id: ItemId,
}

/// One sort value of a [`Keyset`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeysetValue {
    /// Absent (sorts last).
    None,
    /// Integers: prices, times in milliseconds, counts.
    Int(i64),
    /// Scores, ratings, popularity.
    Float(f64),
    /// Names, folded.
    Text(String),
}

/// Which part of the sorted listing is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// Numbered pages.
    Offset {
        /// How many to skip.
        offset: usize,
        /// How many at most.
        limit: usize,
    },
    /// The first `limit` after a position (from the start when `None`).
    After {
        /// Exclusive start.
        keyset: Option<Keyset>,
        /// How many at most.
        limit: usize,
    },
    /// The last `limit` before a position (from the end when `None`), in listing order.
    Before {
        /// Exclusive end.
        keyset: Option<Keyset>,
        /// How many at most.
        limit: usize,
    },
}

/// A listing question over published items.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Keywords; every word must match somewhere (prefix allowed on the last one).
    pub text: Option<String>,
    /// Filters.
    pub filter: Filter,
    /// Criteria in order; empty means relevance with a text query, else popularity descending.
    pub sort: Vec<Sort>,
    /// Which part.
    pub window: Window,
    /// Whether to compute `total`.
    pub want_total: bool,
    /// Whether to compute `facets`.
    pub want_facets: bool,
}

/// One entry of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct ListEntry {
    /// The item.
    pub id: ItemId,
    /// Its position, for cursors.
    pub keyset: Keyset,
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct ListPage {
    /// Items in order.
    pub entries: Vec<ListEntry>,
    /// Whether items follow the last entry.
    pub has_next: bool,
    /// Whether items precede the first entry.
    pub has_previous: bool,
    /// Number of matching items, when asked for.
    pub total: Option<u64>,
    /// Facets, when asked for.
    pub facets: Option<Vec<Facet>>,
    /// How many items cost how much, when facets are asked for and prices differ.
    pub prices: Option<PriceHistogram>,
}

/// How many items cost how much; the selection of prices is left aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceHistogram {
    /// The lowest price, minor units.
    pub lowest: i64,
    /// The highest of the items' lowest prices.
    pub highest: i64,
    /// Bars of one width, in order; each item counts by its lowest price.
    pub bars: Vec<PriceBar>,
}

/// One bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceBar {
    /// The lowest price in it, minor units.
    pub from: i64,
    /// The price it ends before; open above when absent.
    pub to: Option<i64>,
    /// Items in it.
    pub count: u64,
}

/// A facet: one dimension with counts. The facet's own selection is left out of its counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// `category`, `brand`, `price`, `rating`, `in_stock`, or `attribute:<key>`.
    pub key: String,
    /// What people read.
    pub label: String,
    /// Values, most frequent first (price and rating: in their natural order).
    pub values: Vec<FacetValue>,
}

/// One value of a facet.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetValue {
    /// What to put into the filter: an id, slug, text, `true`, or `min..max` (minor units).
    pub value: String,
    /// What people read.
    pub label: String,
    /// Matching items.
    pub count: u64,
    /// Whether the current filter selects it.
    pub is_selected: bool,
}

/// Whether the slot is in the set; the form in which filters reach the vector search.
#[must_use]
pub fn contains(set: &fixedbitset::FixedBitSet, slot: Slot) -> bool {
    set.contains(slot.0 as usize)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
