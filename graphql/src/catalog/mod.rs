//! The public catalogue: products, categories, brands, listings.

mod connection;
mod facets;
mod filter;
mod node;
mod parts;
mod product;
mod query;
mod sort;
mod summary;
mod taxonomy;

pub(crate) use connection::{MOST_CRITERIA, search_text};
pub use connection::{ProductConnection, ProductEdge, ProductPage};
pub use facets::{Facet, FacetValue, PriceHistogram, PriceHistogramBar};
pub use filter::{AttributeFilterInput, NumberRangeInput, PriceFilterInput, ProductWhere};
pub use node::Node;
pub use parts::{
    BoolAttribute, Media, NumberAttribute, ProductAttribute, ProductVariant, TextAttribute, VariantOption,
};
pub use product::{Product, ProductStatus};
pub use query::{BrandBy, CatalogQuery, CategoryBy, ProductBy};
pub use sort::{ProductSort, ProductSortField, SortDirection};
pub use summary::ListSummary;
pub(crate) use summary::{selected, wanted_rows, wants_facets};
pub use taxonomy::{Brand, Category};
