//! The composition root: settings, commands, HTTP, the change pipeline, imports, the demo shop.

pub mod app;
pub mod cli;
pub mod config;
pub mod database;
pub mod demo;
pub mod evaluation;
pub(crate) mod exposures;
pub mod feed;
pub(crate) mod housekeeping;
pub mod http;
pub mod mail;
pub mod memory;
pub(crate) mod metrics;
pub mod models;
pub mod node;
pub mod pages;
pub mod payments;
pub mod people;
pub mod pipeline;
pub mod progress;
pub(crate) mod search_guide;
pub mod stream;
pub mod telemetry;
pub mod upkeep;
pub mod vectors;
