//! What people do, and what is recommended by it.

mod acts;
mod inputs;
mod label;
mod lists;
mod mutation;
mod query;
mod types;
pub(crate) mod visitor;

pub use acts::acts_of;
pub use inputs::{EventInput, EventsRecordInput, RecommendationExcludeInput, TrackingUpdateInput};
pub use label::{ListKind, ListLabel, Origin};
pub(crate) use lists::{Listed, Personal, Variety, also, for_cart, history_of};
pub use mutation::{BehaviourMutation, EventsErasePayload, EventsRecordPayload, TrackingUpdatePayload};
pub use query::BehaviourQuery;
pub use types::{Attribution, BehaviourEvent, BehaviourEventConnection, BehaviourEventEdge, BehaviourEventKind};
pub(crate) use visitor::{merge, visitor};
