//! A review and what belongs to it. What is not in its row comes by loaders.

use crate::{catalog::Product, context::ContextExt, cost, error::ApiError, guard::role_of, ids::Id, scalars::DateTime};
use async_graphql::{Context, Enum, Object, SimpleObject};
use shop::{
    Role,
    id::{ProductId, ReviewId},
    reviews::{self as domain, RATINGS, Summary},
};

/// Whether the public sees a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::ReviewStatus")]
pub enum ReviewStatus {
    /// Waits for staff.
    Pending,
    /// Public, and counted.
    Published,
    /// Kept back; its author sees why.
    Rejected,
}

/// Who wrote a review, as far as the public learns it.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReviewAuthor {
    /// First name and initial, such as `Ada L.`
    pub name: String,
}

/// What somebody says of a product. Everybody writes one of each product.
#[derive(Clone, Debug)]
pub struct Review(pub domain::Review);

#[Object]
impl Review {
    /// `rev_…`
    pub(crate) async fn id(&self) -> Id<ReviewId> {
        Id(self.0.id)
    }

    /// The product; null when it is not public any more.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>, ApiError> {
        Ok(ctx.loaders()?.product(self.0.product_id).await?.map(Product))
    }

    /// The id of the product, public or not.
    async fn product_id(&self) -> Id<ProductId> {
        Id(self.0.product_id)
    }

    /// 1 to 5.
    async fn rating(&self) -> i32 {
        self.0.rating
    }

    /// In a few words; may be empty.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Plain text.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> Result<ReviewAuthor, ApiError> {
        let name = ctx.loaders()?.author(self.0.user_id).await?;
        Ok(ReviewAuthor { name })
    }

    /// Whether its author had bought the product.
    async fn is_verified(&self) -> bool {
        self.0.is_verified
    }

    /// Whether the public sees it; null unless you wrote it or are staff.
    async fn status(&self, ctx: &Context<'_>) -> Result<Option<ReviewStatus>, ApiError> {
        Ok(self.is_told_all(ctx)?.then(|| self.0.status.into()))
    }

    /// Why staff keep it back; null unless they do, and you wrote it or are staff.
    async fn moderation_note(&self, ctx: &Context<'_>) -> Result<Option<&str>, ApiError> {
        let is_shown = self.is_told_all(ctx)? && !self.0.moderation_note.is_empty();
        Ok(is_shown.then_some(self.0.moderation_note.as_str()))
    }

    /// Votes that call it helpful.
    async fn helpful_count(&self) -> i32 {
        self.0.helpful_count
    }

    /// What you voted; null without a vote.
    async fn viewer_vote(&self, ctx: &Context<'_>) -> Result<Option<bool>, ApiError> {
        match ctx.viewer()?.user() {
            Some(user) => ctx.loaders()?.vote(user.id, self.0.id).await,
            None => Ok(None),
        }
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When its author last changed it.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Whether its author changed it since.
    async fn is_edited(&self) -> bool {
        self.0.updated_at > self.0.created_at
    }
}

impl Review {
    fn is_told_all(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
        let viewer = ctx.viewer()?;
        let is_author = viewer.user().is_some_and(|user| user.id == self.0.user_id);
        Ok(is_author || role_of(viewer).is_some_and(|role| role >= Role::Staff))
    }
}

/// How many reviews give one rating.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RatingCount {
    /// 1 to 5.
    pub rating: i32,
    /// Published reviews that give it.
    pub count: u64,
}

/// The published reviews of a product, counted.
#[derive(Clone, Copy, Debug)]
pub struct ReviewSummary(pub Summary);

#[Object]
impl ReviewSummary {
    /// Mean rating, 1 to 5; null without reviews.
    async fn average(&self) -> Option<f64> {
        self.0.average().map(|average| (average * 100.0).round() / 100.0)
    }

    /// How many there are.
    async fn count(&self) -> u64 {
        self.0.count()
    }

    /// How many there are of each rating, 5 first.
    #[graphql(complexity = "cost::list(1, Some(5), 5, child_complexity)")]
    async fn histogram(&self) -> Vec<RatingCount> {
        let counts = RATINGS
            .zip(self.0.0)
            .map(|(rating, count)| RatingCount { rating, count });
        let mut counts: Vec<_> = counts.collect();
        counts.reverse();
        counts
    }
}
