//! What customers do with reviews, and what staff decide about them.

use super::{
    inputs::{ReviewIdInput, ReviewRejectInput, ReviewVoteInput, ReviewWriteInput},
    payloads::{ReviewDeletePayload, ReviewPayload},
};
use crate::{
    catalog::Product, context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id, user_error::settle,
};
use async_graphql::{Context, MaybeUndefined, Object};
use shop::{
    Role,
    error::{ProblemCode, ShopError},
};

/// What customers do with reviews.
#[derive(Default)]
pub struct ReviewMutation;

#[Object(guard = "Requires(Role::Customer)")]
impl ReviewMutation {
    /// Writes your review of a product, or changes the one that is there. It is public at
    /// once or waits for staff, as the shop is set up; one that staff turned down waits.
    ///
    /// @requires(CUSTOMER)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn review_write(&self, ctx: &Context<'_>, input: ReviewWriteInput) -> Result<ReviewPayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let written = ctx.services()?.shop.reviews().write(&customer, input.into()).await;
        Ok(settle(written)?.into())
    }

    /// Deletes a review of your own.
    ///
    /// @requires(CUSTOMER)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn review_delete(&self, ctx: &Context<'_>, input: ReviewIdInput) -> Result<ReviewDeletePayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let deleted = ctx.services()?.shop.reviews().delete(&customer, input.id.0).await;
        let deleted = match settle(deleted)? {
            Ok(review) => review,
            Err(user_errors) => {
                return Ok(ReviewDeletePayload {
                    user_errors,
                    ..Default::default()
                });
            }
        };
        let product = ctx.loaders()?.product(deleted.product_id).await?;
        Ok(ReviewDeletePayload {
            deleted_id: Some(Id(deleted.id)),
            product: product.map(Product),
            user_errors: Vec::new(),
        })
    }

    /// Says whether another one's review was helpful. The same vote again changes nothing.
    ///
    /// @requires(CUSTOMER)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn review_vote(&self, ctx: &Context<'_>, input: ReviewVoteInput) -> Result<ReviewPayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let vote = match input.is_helpful {
            MaybeUndefined::Value(is_helpful) => Some(is_helpful),
            MaybeUndefined::Null => None,
            MaybeUndefined::Undefined => {
                let message = "true, false, or null to take the vote back";
                let missing = ShopError::problem("isHelpful", ProblemCode::Required, message);
                return Ok(settle(Err(missing))?.into());
            }
        };
        let voted = ctx.services()?.shop.reviews().vote(&customer, input.id.0, vote).await;
        Ok(settle(voted)?.into())
    }
}

/// What staff decide about reviews.
#[derive(Default)]
pub struct ReviewModeration;

#[Object(guard = "Requires(Role::Staff)")]
impl ReviewModeration {
    /// Shows a review to the public.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn review_publish(&self, ctx: &Context<'_>, input: ReviewIdInput) -> Result<ReviewPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(settle(staff.reviews().publish(input.id.0).await)?.into())
    }

    /// Keeps a review back; its author reads why.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn review_reject(&self, ctx: &Context<'_>, input: ReviewRejectInput) -> Result<ReviewPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(settle(staff.reviews().reject(input.id.0, &input.note).await)?.into())
    }
}
