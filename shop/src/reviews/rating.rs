//! What a review adds to its product's rating, and bringing the product there.

use super::ReviewStatus;
use crate::error::ShopError;
use entities::{id::ProductId, product, review};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};

/// A share in a product's rating.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    sum: i32,
    count: i32,
}

impl Share {
    /// Only what the public sees counts.
    pub(super) fn of(review: &review::Model) -> Self {
        if review.status == ReviewStatus::Published {
            Self {
                sum: review.rating,
                count: 1,
            }
        } else {
            Self::default()
        }
    }
}

/// Puts one share in the place of another. The product must be locked.
pub(super) async fn replace(
    tx: &DatabaseTransaction,
    product: ProductId,
    old: Share,
    new: Share,
) -> Result<(), ShopError> {
    if old == new {
        return Ok(());
    }
    let (sum, count) = (product::Column::RatingSum, product::Column::RatingCount);
    product::Entity::update_many()
        .col_expr(sum, Expr::col(sum).add(i64::from(new.sum - old.sum)))
        .col_expr(count, Expr::col(count).add(new.count - old.count))
        .filter(product::Column::Id.eq(product))
        .exec(tx)
        .await?;
    Ok(())
}
