//! Variants: what has a SKU, a price and stock. A simple product has one.

use crate::id::{ProductId, VariantId};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What tells a variant apart, such as `Size = M`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantOption {
    /// Name of the option.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The options of a variant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct VariantOptions(pub Vec<VariantOption>);

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "variant")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VariantId,
    /// Its product.
    pub product_id: ProductId,
    /// Stock-keeping unit, unique.
    #[sea_orm(unique)]
    pub sku: String,
    /// What people read; empty for a simple product.
    pub title: String,
    /// What tells it apart.
    #[sea_orm(column_type = "JsonBinary")]
    pub options: VariantOptions,
    /// Price in minor units; none: not sellable.
    pub price_amount: Option<i64>,
    /// Former price in minor units.
    pub compare_at_amount: Option<i64>,
    /// ISO 4217 code.
    pub currency: String,
    /// Pieces in the house.
    pub stock_on_hand: i32,
    /// Pieces promised to open orders; never more than on hand.
    pub stock_reserved: i32,
    /// Order among its siblings.
    pub position: i32,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Its product.
    #[sea_orm(
        belongs_to = "super::product::Entity",
        from = "Column::ProductId",
        to = "super::product::Column::Id",
        on_delete = "Cascade"
    )]
    Product,
}

impl Related<super::product::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Product.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
