//! Reviews as staff list them.

use super::{Review, ReviewStatus};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    page::{MAX_OFFSET, MAX_SIZE, within},
};
use async_graphql::{Context, InputObject, Object, SimpleObject};
use shop::{Role, id::ProductId, reviews::AdminReviewFilter};

/// Which reviews staff list.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AdminReviewWhere {
    /// Of this status.
    pub status: Option<ReviewStatus>,
    /// Title or text contains this, whatever the case.
    pub text: Option<String>,
    /// Of this product.
    pub product_id: Option<Id<ProductId>>,
}

impl From<AdminReviewWhere> for AdminReviewFilter {
    fn from(input: AdminReviewWhere) -> Self {
        Self {
            status: input.status.map(Into::into),
            text: input.text,
            product: input.product_id.map(|Id(id)| id),
        }
    }
}

/// A page of reviews of every status, newest first.
#[derive(Clone, Debug, SimpleObject)]
pub struct AdminReviewConnection {
    /// The reviews.
    #[graphql(complexity = "child_complexity")]
    pub nodes: Vec<Review>,
    /// How many match.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
}

/// What staff read of reviews.
#[derive(Default)]
pub struct AdminReviewQuery;

#[Object(guard = "Requires(Role::Staff)")]
impl AdminReviewQuery {
    /// Reviews of every status, newest first.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::page(Some(first), None, child_complexity)")]
    async fn admin_reviews(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Conditions.")] filter: Option<AdminReviewWhere>,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<AdminReviewConnection, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        let (first, offset) = (
            within("first", first, 1, MAX_SIZE)?,
            within("offset", offset, 0, MAX_OFFSET)?,
        );
        let filter = filter.unwrap_or_default().into();
        let page = staff.reviews().list(&filter, offset as u64, first as u64).await?;
        Ok(AdminReviewConnection {
            has_next_page: page.total > (offset + page.reviews.len()) as u64,
            nodes: page.reviews.into_iter().map(Review).collect(),
            total_count: page.total,
        })
    }
}
