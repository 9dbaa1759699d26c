//! The public catalogue: products, categories, brands, listings.

mod connection;
mod facets;
mod filter;
mod node;
mod parts;
mod product;
mod query;
mod sort;
mod taxonomy;

pub(crate) use connection::{MOST_CRITERIA, search_text};
pub use connection::{ProductConnection, ProductEdge};
pub use facets::{Facet, FacetValue};
pub use filter::{AttributeFilterInput, NumberRangeInput, PriceFilterInput, ProductWhere};
pub use node::Node;
pub use parts::{
    BoolAttribute, Media, NumberAttribute, ProductAttribute, ProductVariant, TextAttribute, VariantOption,
};
pub use product::{Product, ProductStatus};
pub use query::{BrandBy, CatalogQuery, CategoryBy, ProductBy};
pub use sort::{ProductSort, ProductSortField, SortDirection};
pub use taxonomy::{Brand, Category};
