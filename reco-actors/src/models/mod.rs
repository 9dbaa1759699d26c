//! Pure models: no actors, no I/O, testable by hand.

mod behaviour;
mod blend;
mod covisitation;
mod diversity;
mod imputation;
mod mixture;
mod session_knn;

pub use behaviour::{Act, Behaviour, BehaviourSettings, Deed, Owned, Past, PersonId};
pub use blend::{Blend, BlendSettings, Blended, Evidence};
pub use covisitation::{CoVisitation, CoVisitationSettings, Next, StoredCoVisitation, Visit};
pub use diversity::{Candidate, diversify};
pub use imputation::RidgeMap;
pub use mixture::mixed;
pub use session_knn::{SessionKnn, SessionKnnSettings, SessionNumber, StoredSessions};
