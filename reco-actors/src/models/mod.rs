//! Pure models: no actors, no I/O, testable by hand.

mod covisitation;
mod diversity;
mod imputation;

pub use covisitation::{CoVisitation, CoVisitationSettings, Next, Visit};
pub use diversity::{Candidate, diversify};
pub use imputation::RidgeMap;
