//! What the story tests stand on: a whole shop behind real HTTP over a database of its own,
//! clients of each role, pictures, and a patient eye.
//!
//! Nothing here replaces a part of the system but the models: vectors come from the
//! deterministic encoders of `reco_actors::embed::fake` unless a story asks for real ones.
//! Payment providers are servers on this machine that stand in for them.

mod catalogue;
mod client;
mod clock;
mod commerce;
mod eventually;
mod logs;
mod mail;
pub mod pictures;
mod place;
mod services;
mod shop;
pub mod stand_ins;

pub use catalogue::{NewProduct, Product, Recommended, names};
pub use client::{Client, Upload};
pub use clock::HandClock;
pub use commerce::{CART, ORDER, Shopper, address};
pub use eventually::{PATIENCE, eventually};
pub use logs::Logs;
pub use mail::token_of;
pub use place::{DatabaseKind, Place, each_database};
pub use services::{browser, node, pgvector_url, postgres_url, real_models, redis_url, skip};
pub use shop::{Options, PASSWORD, TestShop};
