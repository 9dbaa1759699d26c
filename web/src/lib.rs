//! The composition root: settings, commands, HTTP, the change pipeline, imports, the demo shop.

pub mod config;
pub mod demo;
pub mod feed;
pub mod models;
pub mod pages;
pub mod telemetry;
