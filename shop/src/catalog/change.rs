//! A change of one product, whoever makes it: begun under the product's lock, followed by
//! an outbox row, so that indexes and caches learn of it.

use crate::{
    Shop,
    db::begin_write,
    error::ShopError,
    outbox::{self, Aspect, Change},
};
use chrono::{DateTime, Utc};
use entities::{id::ProductId, product};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};

/// Begins a change of a product: raises its version, which also locks its row.
pub(crate) async fn begin(shop: &Shop, product: ProductId) -> Result<(DatabaseTransaction, DateTime<Utc>), ShopError> {
    let now = shop.now();
    let tx = begin_write(shop.db()).await?;
    let raised = product::Entity::update_many()
        .col_expr(product::Column::Version, Expr::col(product::Column::Version).add(1))
        .col_expr(product::Column::UpdatedAt, Expr::value(now))
        .filter(product::Column::Id.eq(product))
        .exec(&tx)
        .await?;
    if raised.rows_affected == 0 {
        return Err(ShopError::NotFound);
    }
    Ok((tx, now))
}

/// Leaves the outbox row, commits, and lets this process forget what it cached.
pub(crate) async fn commit(
    shop: &Shop,
    tx: DatabaseTransaction,
    product: ProductId,
    aspect: Aspect,
    now: DateTime<Utc>,
) -> Result<(), ShopError> {
    outbox::append(&tx, now, [Change::Product(product, aspect)]).await?;
    tx.commit().await?;
    shop.changed(&[product]);
    Ok(())
}
