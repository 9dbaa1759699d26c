//! Pieces and their ledger: every change of a variant's stock is one conditional statement
//! and one row of the ledger, in one transaction. Over all its rows a variant's deltas make
//! its stock.
//!
//! Whoever changes stock locks the products first, in the order of their ids
//! ([`lock_products`]): two transactions cannot then wait for each other.

use crate::error::ShopError;
use chrono::{DateTime, Utc};
use entities::{
    id::{OrderId, ProductId, UserId, VariantId},
    product, stock_movement, variant,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use std::collections::BTreeSet;

pub use entities::stock_movement::MovementKind;

/// A change of a variant's stock.
#[derive(Clone, Debug)]
pub(crate) struct Movement {
    pub(crate) variant: VariantId,
    pub(crate) product: ProductId,
    pub(crate) kind: MovementKind,
    /// Pieces that come into the house, or leave it.
    pub(crate) on_hand: i32,
    /// Pieces that are promised, or no longer are.
    pub(crate) reserved: i32,
    pub(crate) order: Option<OrderId>,
    pub(crate) actor: Option<UserId>,
    pub(crate) note: String,
}

impl Movement {
    /// Moves the pieces if there are enough of them; `false`, and nothing happened, when not,
    /// or when the variant is gone.
    pub(crate) async fn apply(&self, tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, ShopError> {
        let (on_hand, reserved) = (
            Expr::col(variant::Column::StockOnHand).add(self.on_hand),
            Expr::col(variant::Column::StockReserved).add(self.reserved),
        );
        let moved = variant::Entity::update_many()
            .col_expr(variant::Column::StockOnHand, on_hand.clone())
            .col_expr(variant::Column::StockReserved, reserved.clone())
            .col_expr(variant::Column::UpdatedAt, Expr::value(now))
            .filter(variant::Column::Id.eq(self.variant))
            .filter(reserved.clone().gte(0))
            .filter(on_hand.gte(reserved))
            .exec(tx)
            .await?;
        Ok(moved.rows_affected > 0)
    }
}

/// Writes movements that were applied into the ledger.
pub(crate) async fn record(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    movements: &[Movement],
) -> Result<(), ShopError> {
    /// Rows written by one statement; SQLite takes 32,766 values in one.
    const ROWS: usize = 1_000;
    for movements in movements.chunks(ROWS) {
        let rows = movements.iter().map(|movement| stock_movement::ActiveModel {
            id: NotSet,
            variant_id: Set(movement.variant),
            product_id: Set(movement.product),
            kind: Set(movement.kind),
            on_hand_delta: Set(movement.on_hand),
            reserved_delta: Set(movement.reserved),
            order_id: Set(movement.order),
            actor_id: Set(movement.actor),
            note: Set(movement.note.clone()),
            created_at: Set(now),
        });
        stock_movement::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Locks products, in the order of their ids.
pub(crate) async fn lock_products(tx: &impl ConnectionTrait, ids: &BTreeSet<ProductId>) -> Result<(), ShopError> {
    let locked: Vec<ProductId> = product::Entity::find()
        .select_only()
        .column(product::Column::Id)
        .filter(product::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(product::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(tx)
        .await?;
    tracing::trace!(products = locked.len(), "locked");
    Ok(())
}

/// Raises the versions of locked products; the caller announces them.
pub(crate) async fn raise_versions(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    ids: &BTreeSet<ProductId>,
) -> Result<(), ShopError> {
    product::Entity::update_many()
        .col_expr(product::Column::Version, Expr::col(product::Column::Version).add(1))
        .col_expr(product::Column::UpdatedAt, Expr::value(now))
        .filter(product::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Pieces of a variant that are free now; none of one that is gone.
pub(crate) async fn available(tx: &impl ConnectionTrait, id: VariantId) -> Result<i32, ShopError> {
    let row = variant::Entity::find_by_id(id).one(tx).await?;
    Ok(row.as_ref().map_or(0, crate::catalog::free_stock))
}
