//! Stored vectors, keyed by what they were made from, so that nothing is embedded twice.

use crate::id::ProductId;
use sea_orm::entity::prelude::*;

/// What a vector was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
pub enum Modality {
    /// The product's text.
    #[sea_orm(string_value = "TEXT")]
    Text,
    /// Its main picture.
    #[sea_orm(string_value = "IMAGE")]
    Image,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "embedding")]
pub struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: ProductId,
    /// What it was made from.
    #[sea_orm(primary_key, auto_increment = false)]
    pub modality: Modality,
    /// The model that made it, precision included.
    #[sea_orm(primary_key, auto_increment = false)]
    pub model_id: String,
    /// SHA-256 of the model's input, hexadecimal.
    pub content_hash: String,
    /// Number of components.
    pub dim: i32,
    /// Components, little-endian f32.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub vector: Vec<u8>,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The product.
    #[sea_orm(
        belongs_to = "super::product::Entity",
        from = "Column::OwnerId",
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
