//! Products: what is described, found and recommended. Prices and stock are of variants.

use crate::id::{BrandId, CategoryId, ProductId};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Life of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ProductStatus {
    /// Being prepared.
    #[sea_orm(string_value = "DRAFT")]
    Draft,
    /// Public.
    #[sea_orm(string_value = "PUBLISHED")]
    Published,
    /// Withdrawn, kept for old orders.
    #[sea_orm(string_value = "ARCHIVED")]
    Archived,
}

/// A typed attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Stable machine key, lower snake case.
    pub key: String,
    /// What people read.
    pub label: String,
    /// The value.
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum AttributeValue {
    /// Free or enumerated text.
    Text(String),
    /// A finite number.
    Number(f64),
    /// Yes or no.
    Bool(bool),
}

/// The attributes of a product, in the order in which they are shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Attributes(pub Vec<Attribute>);

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "product")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    /// Identity in the system it was imported from.
    #[sea_orm(unique)]
    pub external_id: Option<String>,
    /// Title.
    pub name: String,
    /// URL part, unique.
    #[sea_orm(unique)]
    pub slug: String,
    /// Plain text.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Where it is in its life.
    pub status: ProductStatus,
    /// Its category.
    pub category_id: Option<CategoryId>,
    /// Its brand.
    pub brand_id: Option<BrandId>,
    /// Typed attributes.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Attributes,
    /// Sum of its ratings, each 1–5.
    pub rating_sum: i64,
    /// Number of its ratings.
    pub rating_count: i32,
    /// Units sold.
    pub sales_count: i64,
    /// Grows with every change of the product, its variants or its media.
    pub version: i64,
    /// When it was last made public.
    pub published_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Its category.
    #[sea_orm(
        belongs_to = "super::category::Entity",
        from = "Column::CategoryId",
        to = "super::category::Column::Id"
    )]
    Category,
    /// Its brand.
    #[sea_orm(
        belongs_to = "super::brand::Entity",
        from = "Column::BrandId",
        to = "super::brand::Column::Id"
    )]
    Brand,
    /// Its variants.
    #[sea_orm(has_many = "super::variant::Entity")]
    Variant,
    /// Its pictures.
    #[sea_orm(has_many = "super::media::Entity")]
    Media,
}

impl Related<super::category::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Category.def()
    }
}

impl Related<super::brand::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Brand.def()
    }
}

impl Related<super::variant::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Variant.def()
    }
}

impl Related<super::media::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Media.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
