//! Lines of orders: names and prices as they were when it was placed.

use crate::id::{OrderId, OrderLineId, ProductId, VariantId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderLineId,
    /// Of which order.
    pub order_id: OrderId,
    /// Order among its siblings.
    pub position: i32,
    /// What was bought; it may be gone by now.
    pub variant_id: VariantId,
    /// Of which product.
    pub product_id: ProductId,
    /// What it was called.
    pub product_name: String,
    /// Which variant it was.
    pub variant_title: String,
    /// Its stock-keeping unit.
    pub sku: String,
    /// How many.
    pub quantity: i32,
    /// Price of one.
    pub unit_amount: i64,
    /// Price times quantity.
    pub subtotal_amount: i64,
    /// Its share of the discount.
    pub discount_amount: i64,
    /// Tax rate, hundredths of a percent.
    pub tax_bp: i32,
    /// Its tax.
    pub tax_amount: i64,
    /// What it adds to the order's total.
    pub total_amount: i64,
    /// Pieces whose money went back.
    pub refunded_quantity: i32,
    /// Pieces that went back into stock.
    pub restocked_quantity: i32,
    /// The search through which it was found, normalised.
    pub found_by: Option<String>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Of which order.
    #[sea_orm(
        belongs_to = "super::order::Entity",
        from = "Column::OrderId",
        to = "super::order::Column::Id",
        on_delete = "Cascade"
    )]
    Order,
}

impl Related<super::order::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Order.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
