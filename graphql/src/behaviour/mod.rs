//! What people do, and what is recommended by it.

mod acts;
mod inputs;
mod label;
mod lists;
mod mutation;
mod query;
mod types;
mod visitor;

pub use acts::acts_of;
pub use inputs::{EventInput, EventsRecordInput, RecommendationExcludeInput, TrackingUpdateInput};
pub use label::{ListKind, ListLabel};
pub(crate) use lists::{Listed, also, for_cart};
pub use mutation::{BehaviourMutation, EventsErasePayload, EventsRecordPayload, TrackingUpdatePayload};
pub use query::BehaviourQuery;
pub use types::{Attribution, BehaviourEvent, BehaviourEventConnection, BehaviourEventEdge, BehaviourEventKind};
pub(crate) use visitor::{merge, visitor};
