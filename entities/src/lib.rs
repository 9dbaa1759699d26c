//! The data of the shop: one SeaORM model a table, typed ids, money. No rules live here.

pub mod address;
pub mod brand;
pub mod cart;
pub mod cart_line;
pub mod category;
pub mod consumer_position;
pub mod coupon;
pub mod dead_letter;
pub mod embedding;
pub mod embedding_generation;
pub mod embedding_task;
pub mod id;
pub mod idempotency;
pub mod import_run;
pub mod mail;
pub mod media;
pub mod money;
pub mod node;
pub mod one_time_token;
pub mod order;
pub mod order_event;
pub mod order_line;
pub mod outbox;
pub mod payment;
pub mod product;
pub mod recommender_setting;
pub mod refresh_token;
pub mod refund;
pub mod review;
pub mod review_vote;
pub mod search_day;
pub mod search_rule;
pub mod search_setting;
pub mod search_synonym;
pub mod session;
pub mod shipping_rate;
pub mod shipping_zone;
pub mod stock_movement;
pub mod tax_rate;
pub mod user_account;
pub mod variant;
pub mod webhook_event;

/// Re-exported so that readers of the models need not name the crate's version again.
pub use iso_currency::Currency;
