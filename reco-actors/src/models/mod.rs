//! Pure models: no actors, no I/O, testable by hand.

mod diversity;
mod imputation;

pub use diversity::{Candidate, diversify};
pub use imputation::RidgeMap;
