//! The schema over a real shop (SQLite) with a stand-in for the engine.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod bad_input;
mod behaviour;
mod commerce;
mod reviews;
mod rules;
mod sdl;
mod shelf;
mod stock;
mod support;
mod till;
mod watched;
