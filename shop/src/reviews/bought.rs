//! Whether somebody bought what they review.

use crate::error::ShopError;
use entities::{
    id::{ProductId, UserId},
    order, order_line,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

/// Whether a user has paid an order that holds the product. What happened to the order
/// after that, a refund included, does not undo that they had it.
pub(super) async fn has_bought(tx: &impl ConnectionTrait, user: UserId, product: ProductId) -> Result<bool, ShopError> {
    let paid = order_line::Entity::find()
        .inner_join(order::Entity)
        .filter(order::Column::UserId.eq(user))
        .filter(order::Column::PaidAt.is_not_null())
        .filter(order_line::Column::ProductId.eq(product))
        .limit(1);
    Ok(paid.one(tx).await?.is_some())
}
