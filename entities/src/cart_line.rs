//! Lines of carts. A line outlives its variant, so that its end can be told.

use crate::id::{CartId, ProductId, VariantId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cart_line")]
pub struct Model {
    /// In which cart.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cart_id: CartId,
    /// What.
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: VariantId,
    /// Of which product.
    pub product_id: ProductId,
    /// What it was called.
    pub product_name: String,
    /// Which variant it was.
    pub variant_title: String,
    /// How many.
    pub quantity: i32,
    /// The price in minor units that its owner saw last.
    pub seen_amount: i64,
    /// When it was put in.
    pub added_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
    /// The search through which it was found, normalised.
    pub found_by: Option<String>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// In which cart.
    #[sea_orm(
        belongs_to = "super::cart::Entity",
        from = "Column::CartId",
        to = "super::cart::Column::Id",
        on_delete = "Cascade"
    )]
    Cart,
}

impl Related<super::cart::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Cart.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
