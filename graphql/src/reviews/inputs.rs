//! What customers and staff send about reviews.

use crate::ids::Id;
use async_graphql::{InputObject, MaybeUndefined};
use shop::{
    id::{ProductId, ReviewId},
    reviews::NewReview,
};

/// A review, new or changed.
#[derive(Clone, Debug, InputObject)]
pub struct ReviewWriteInput {
    /// Of which product.
    pub product_id: Id<ProductId>,
    /// 1 to 5.
    pub rating: i32,
    /// In a few words, on one line; at most 150 characters.
    #[graphql(default)]
    pub title: String,
    /// Plain text, at most 5,000 characters.
    pub body: String,
}

impl From<ReviewWriteInput> for NewReview {
    fn from(input: ReviewWriteInput) -> Self {
        let ReviewWriteInput {
            product_id: Id(product),
            rating,
            title,
            body,
        } = input;
        Self {
            product,
            rating,
            title,
            body,
        }
    }
}

/// Which review.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ReviewIdInput {
    /// Which.
    pub id: Id<ReviewId>,
}

/// A vote on a review.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ReviewVoteInput {
    /// On which.
    pub id: Id<ReviewId>,
    /// Whether it was helpful; `null` takes the vote back.
    pub is_helpful: MaybeUndefined<bool>,
}

/// A refusal of a review.
#[derive(Clone, Debug, InputObject)]
pub struct ReviewRejectInput {
    /// Which.
    pub id: Id<ReviewId>,
    /// Why; its author reads it. At most 500 characters.
    pub note: String,
}
