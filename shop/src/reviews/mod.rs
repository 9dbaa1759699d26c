//! Reviews: one of each user and product, votes on them, their moderation.
//!
//! `product.rating_sum` and `rating_count` count exactly the published reviews on top of
//! what an import brought along: whatever changes a review changes them by the difference,
//! under the product's lock and in the same transaction.

mod moderation;
mod rating;
mod reads;
#[cfg(test)]
mod tests;
mod vote;
mod write;

pub use moderation::{AdminReviewFilter, AdminReviewPage, AdminReviews};
pub use reads::{ReviewFilter, ReviewKey, ReviewPage, ReviewSort, ReviewWindow, Summary};
pub use write::NewReview;

pub use entities::review::{Model as Review, ReviewStatus};

use crate::Shop;

/// Lowest and highest rating.
pub const RATINGS: std::ops::RangeInclusive<i32> = 1..=5;

/// Whether staff look at a review before or after the public does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moderation {
    /// A new or edited review is public at once.
    #[default]
    After,
    /// A new or edited review waits for staff.
    Before,
}

/// How reviews are dealt with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReviewSettings {
    /// Who looks first.
    pub moderation: Moderation,
}

/// Reading reviews, and what a customer may do with them.
#[derive(Clone, Copy, Debug)]
pub struct Reviews<'a> {
    shop: &'a Shop,
}

impl<'a> Reviews<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }
}
