//! The ledger of stock: every change of every variant's pieces.

use crate::id::{OrderId, ProductId, UserId, VariantId};
use sea_orm::entity::prelude::*;

/// Why pieces moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum MovementKind {
    /// They were there when the ledger began, or when the variant did.
    #[sea_orm(string_value = "OPENING")]
    Opening,
    /// They came in.
    #[sea_orm(string_value = "RECEIVED")]
    Received,
    /// Somebody counted.
    #[sea_orm(string_value = "ADJUSTED")]
    Adjusted,
    /// They wait for an order's money.
    #[sea_orm(string_value = "RESERVED")]
    Reserved,
    /// They wait no longer.
    #[sea_orm(string_value = "RELEASED")]
    Released,
    /// They were sold.
    #[sea_orm(string_value = "SOLD")]
    Sold,
    /// They came back from an order.
    #[sea_orm(string_value = "RETURNED")]
    Returned,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_movement")]
pub struct Model {
    /// Order of writing.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of what; it may be gone by now.
    pub variant_id: VariantId,
    /// Of which product.
    pub product_id: ProductId,
    /// Why.
    pub kind: MovementKind,
    /// Pieces that came into the house, or left it.
    pub on_hand_delta: i32,
    /// Pieces that were promised, or no longer are.
    pub reserved_delta: i32,
    /// For which order.
    pub order_id: Option<OrderId>,
    /// Who did it.
    pub actor_id: Option<UserId>,
    /// What was said about it.
    pub note: String,
    /// When.
    pub created_at: chrono::DateTime<chrono::Utc>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
