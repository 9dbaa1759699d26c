//! GraphQL of the shop: thin resolvers over `shop` and the recommender. Knows no SQL and
//! no HTTP; the transport attaches a [`RequestContext`] to each request.

mod cost;
mod cursor;
mod error;
mod page;
mod scalars;

pub use cursor::CursorCodec;
pub use error::{ApiError, Code};
