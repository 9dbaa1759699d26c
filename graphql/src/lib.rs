//! GraphQL of the shop: thin resolvers over `shop` and the recommender. Knows no SQL and
//! no HTTP; the transport attaches a [`RequestContext`] to each request:
//!
//! ```ignore
//! let schema = graphql::build(services.clone());
//! let context = RequestContext::new(&services, viewer, request_id).with_client(client);
//! let response = graphql::execute(&schema, request.data(context)).await;
//! ```

pub mod accounts;
pub mod admin;
pub mod behaviour;
pub mod cart;
pub mod catalog;
pub mod commerce;
pub mod context;
pub mod cookies;
pub mod cost;
pub mod cursor;
pub mod engine;
pub mod error;
pub mod experiments;
mod extension;
mod guard;
pub mod ids;
mod inputs;
pub mod live;
mod loaders;
pub mod merchandising;
pub mod money;
pub mod orders;
pub mod page;
pub mod recommendations;
pub mod reviews;
pub mod scalars;
pub mod schema;
pub mod search;
pub mod services;
pub mod upload;
pub mod user_error;

pub use behaviour::acts_of;
pub use context::{Client, RequestContext};
pub use cookies::Cookies;
pub use cursor::CursorCodec;
pub use error::{ApiError, Code};
pub use live::{ChangeFeed, ChangeStream, News, Subscription};
pub use schema::{Mutation, Query, Schema, build, execute, execute_stream, sdl};
pub use services::{EngineState, Limits, Listing, ModelState, Services, Settings, StatusProvider};
