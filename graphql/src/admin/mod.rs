//! What staff read and change. Every resolver first obtains the capability to do so.

pub mod brand;
pub mod category;
pub mod inputs;
pub mod media;
pub mod payloads;
pub mod product;
pub mod query;
pub mod stock;
pub mod taxonomy_inputs;
pub mod variant;

pub use brand::BrandMutation;
pub use category::CategoryMutation;
pub use media::MediaMutation;
pub use product::ProductMutation;
pub use query::{AdminProductConnection, AdminProductWhere, AdminQuery};
pub use stock::{StockMutation, StockQuery};
pub use variant::VariantMutation;
