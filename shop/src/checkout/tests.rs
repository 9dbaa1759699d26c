//! Stories of administrators who set the terms, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

mod coupons;
mod terms;

use super::*;
use crate::{
    ShopError,
    catalog::Patch,
    error::ProblemCode,
    testing::{Market, problems},
};

/// Path and code, as [`problems`] gives them.
fn at(places: &[(&str, ProblemCode)]) -> Vec<(String, ProblemCode)> {
    places.iter().map(|(path, code)| ((*path).to_owned(), *code)).collect()
}
