//! How listings are sorted.

use async_graphql::{Enum, InputObject};
use reco_actors::catalog::{Sort, SortField};

/// What products can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "SortField")]
pub enum ProductSortField {
    /// How well the words of `query` match; needs a `query`.
    Relevance,
    /// Lowest variant price; products without a price come last.
    Price,
    /// Mean rating, then number of ratings.
    Rating,
    /// When the product was created.
    CreatedAt,
    /// Name, ignoring case.
    Name,
    /// Units sold.
    Popularity,
}

/// Which way a listing runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SortDirection {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// One sort criterion; the product id breaks ties.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ProductSort {
    /// By what.
    pub field: ProductSortField,
    /// Which way.
    #[graphql(default_with = "SortDirection::Asc")]
    pub direction: SortDirection,
}

impl From<ProductSort> for Sort {
    fn from(sort: ProductSort) -> Self {
        Self {
            field: sort.field.into(),
            descending: sort.direction == SortDirection::Desc,
        }
    }
}
