//! Engines for vectors outside this process, behind the contract of [`reco_actors::vectors`].
//! Knows their protocols and nothing of the shop; which one is used is said by the settings.

mod indexes;
mod pgvector;
mod rows;
mod search;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub use pgvector::{PgVectors, PgVectorsConfig};
