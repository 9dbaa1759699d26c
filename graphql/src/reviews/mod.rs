//! Reviews of products: reading, writing, votes, moderation.

mod admin;
mod connection;
mod inputs;
mod mutation;
mod payloads;
mod types;

pub use admin::{AdminReviewConnection, AdminReviewQuery, AdminReviewWhere};
pub(crate) use connection::{ReviewArgs, list};
pub use connection::{ReviewConnection, ReviewEdge, ReviewSort, ReviewWhere};
pub use inputs::{ReviewIdInput, ReviewRejectInput, ReviewVoteInput, ReviewWriteInput};
pub use mutation::{ReviewModeration, ReviewMutation};
pub use payloads::{ReviewDeletePayload, ReviewPayload};
pub use types::{RatingCount, Review, ReviewAuthor, ReviewStatus, ReviewSummary};
