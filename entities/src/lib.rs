//! The data of the shop: one SeaORM model a table, typed ids, money. No rules live here.

pub mod brand;
pub mod category;
pub mod embedding;
pub mod id;
pub mod import_run;
pub mod mail;
pub mod media;
pub mod money;
pub mod one_time_token;
pub mod outbox;
pub mod product;
pub mod refresh_token;
pub mod session;
pub mod user_account;
pub mod variant;

/// Re-exported so that readers of the models need not name the crate's version again.
pub use iso_currency::Currency;
