//! The catalogue: what the public reads, what staff change, what is imported in bulk.
//!
//! Every change bumps `product.version` and leaves an outbox row in the same transaction,
//! so that indexes, caches and vectors follow.

mod admin;
mod bulk;
pub(crate) mod change;
mod input;
mod listing;
mod reads;
mod stock_admin;
mod taxonomy;
mod taxonomy_admin;
#[cfg(test)]
mod tests;
mod variants_admin;
mod view;

pub use admin::AdminCatalog;
pub use bulk::{BulkOutcome, BulkProduct, BulkVariant, History};
pub use input::{
    BrandPatch, CategoryPatch, NewBrand, NewCategory, NewProduct, NewVariant, Patch, ProductPatch, VariantPatch,
};
pub(crate) use listing::contains;
pub use listing::{AdminFilter, AdminPage};
pub use reads::CatalogReads;
pub use stock_admin::{AdjustKind, Ledger, LedgerPage, StockAdjust, StockMovement};
pub use taxonomy::Taxonomy;
pub use view::{PriceRange, ProductView, free_stock, is_available};

pub use entities::{
    brand::Model as Brand,
    category::Model as Category,
    media::{Model as Media, Rendition},
    product::{Attribute, AttributeValue, ProductStatus},
    variant::{Model as Variant, VariantOption},
};
