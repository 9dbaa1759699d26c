//! The search box.

mod connection;
mod picture;
mod query;
mod suggest;

pub use connection::{SearchConnection, SearchEdge, SearchMode, SearchRelaxation, SearchScoreParts};
pub use picture::{PictureSearch, SearchByImageInput, SearchByImagePayload};
pub use query::SearchQueries;
pub use suggest::SearchSuggestions;
