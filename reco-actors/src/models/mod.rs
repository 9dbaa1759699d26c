//! Pure models: no actors, no I/O, testable by hand.

mod basket_knn;
mod behaviour;
mod blend;
mod covisitation;
mod diversity;
mod imputation;
mod mixture;
mod selection;
mod session_knn;

pub use basket_knn::{BasketKnn, BasketKnnSettings, StoredBaskets};
pub use behaviour::{Act, Behaviour, BehaviourSettings, Deed, Foretold, Owned, Past, PersonId};
pub use blend::{Blend, BlendSettings, Blended, Evidence};
pub use covisitation::{CoVisitation, CoVisitationSettings, Next, StoredCoVisitation, Visit};
pub use diversity::{Candidate, diversify};
pub use imputation::RidgeMap;
pub use mixture::mixed;
pub use session_knn::{SessionKnn, SessionKnnSettings, SessionNumber, StoredSessions};
