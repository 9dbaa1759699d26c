//! Votes on reviews: one of each user and review, changed and taken back at will.

use super::{Review, ReviewStatus, Reviews};
use crate::{
    db::begin_write,
    error::{ProblemCode, ShopError},
    viewer::CustomerCap,
};
use entities::{
    id::{ReviewId, UserId},
    review, review_vote,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QuerySelect, sea_query::Expr,
};

impl Reviews<'_> {
    /// Says whether a review was helpful; with `None` says nothing any more. The same vote
    /// again changes nothing.
    ///
    /// # Errors
    /// `NotFound` for a review that is not public, `Invalid` for one's own.
    pub async fn vote(
        &self,
        customer: &CustomerCap,
        id: ReviewId,
        is_helpful: Option<bool>,
    ) -> Result<Review, ShopError> {
        let user = customer.user().id;
        let tx = begin_write(self.shop.db()).await?;
        // Locked: what it counts and the votes that are counted change together.
        let review = review::Entity::find_by_id(id)
            .filter(review::Column::Status.eq(ReviewStatus::Published))
            .lock_exclusive()
            .one(&tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        if review.user_id == user {
            let message = "nobody votes on their own review";
            return Err(ShopError::problem("id", ProblemCode::Invalid, message));
        }
        let before = review_vote::Entity::find_by_id((id, user)).one(&tx).await?;
        let before = before.map(|vote| vote.is_helpful);
        if before == is_helpful {
            return Ok(review);
        }
        self.put(&tx, (id, user), before, is_helpful).await?;
        let difference = i32::from(is_helpful == Some(true)) - i32::from(before == Some(true));
        let count = review::Column::HelpfulCount;
        review::Entity::update_many()
            .col_expr(count, Expr::col(count).add(difference))
            .filter(review::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(Review {
            helpful_count: review.helpful_count + difference,
            ..review
        })
    }

    async fn put(
        &self,
        tx: &DatabaseTransaction,
        (review, user): (ReviewId, UserId),
        before: Option<bool>,
        after: Option<bool>,
    ) -> Result<(), ShopError> {
        let Some(is_helpful) = after else {
            review_vote::Entity::delete_by_id((review, user)).exec(tx).await?;
            return Ok(());
        };
        let row = review_vote::ActiveModel {
            review_id: Set(review),
            user_id: Set(user),
            is_helpful: Set(is_helpful),
            created_at: Set(self.shop.now()),
        };
        if before.is_some() {
            row.update(tx).await?;
        } else {
            row.insert(tx).await?;
        }
        Ok(())
    }
}
