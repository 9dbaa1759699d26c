//! Pictures of products. The bytes lie in the media store.

use crate::id::{MediaId, ProductId};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A smaller copy of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Where it lies in the media store.
    pub key: String,
    /// Its MIME type.
    pub content_type: String,
}

/// Smaller copies, narrowest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Renditions(pub Vec<Rendition>);

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaId,
    /// Its product.
    pub product_id: ProductId,
    /// Order; the first is the main picture.
    pub position: i32,
    /// What a person who cannot see it is told.
    pub alt: String,
    /// Where it lies in the media store.
    pub storage_key: String,
    /// MIME type.
    pub content_type: String,
    /// Width in pixels.
    pub width: i32,
    /// Height in pixels.
    pub height: i32,
    /// Size in bytes.
    pub byte_size: i64,
    /// SHA-256 of the uploaded bytes, hexadecimal.
    pub content_hash: String,
    /// Tiny picture to show while loading, as a data URI.
    #[sea_orm(column_type = "Text", nullable)]
    pub blur_data_url: Option<String>,
    /// Smaller copies.
    #[sea_orm(column_type = "JsonBinary")]
    pub renditions: Renditions,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
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
