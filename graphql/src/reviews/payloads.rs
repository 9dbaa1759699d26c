//! What changes of reviews come to.

use super::Review;
use crate::{
    catalog::Product,
    ids::Id,
    user_error::{Outcome, UserError},
};
use async_graphql::SimpleObject;
use shop::{id::ReviewId, reviews as domain};

/// What a change of a review comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct ReviewPayload {
    /// The review after the change; null when nothing was changed.
    pub review: Option<Review>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl From<Outcome<domain::Review>> for ReviewPayload {
    fn from(outcome: Outcome<domain::Review>) -> Self {
        match outcome {
            Ok(review) => Self {
                review: Some(Review(review)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self {
                review: None,
                user_errors,
            },
        }
    }
}

/// What deleting a review comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct ReviewDeletePayload {
    /// What is gone now; null when nothing was deleted.
    pub deleted_id: Option<Id<ReviewId>>,
    /// Its product without it; null when that is not public.
    pub product: Option<Product>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}
