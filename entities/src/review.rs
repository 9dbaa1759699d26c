//! Reviews: what users say of products. One of each user and product.

use crate::id::{ProductId, ReviewId, UserId};
use sea_orm::entity::prelude::*;

/// Whether the public sees a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ReviewStatus {
    /// Waits for staff.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// Public, and counted.
    #[sea_orm(string_value = "PUBLISHED")]
    Published,
    /// Kept back; its author sees why.
    #[sea_orm(string_value = "REJECTED")]
    Rejected,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReviewId,
    /// Of what.
    pub product_id: ProductId,
    /// Whose.
    pub user_id: UserId,
    /// 1–5.
    pub rating: i32,
    /// In a few words; may be empty.
    pub title: String,
    /// Plain text.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Whether the public sees it.
    pub status: ReviewStatus,
    /// Whether its author had bought the product.
    pub is_verified: bool,
    /// Votes that call it helpful.
    pub helpful_count: i32,
    /// When it was written.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When its author last changed it.
    pub updated_at: chrono::DateTime<chrono::Utc>,
    /// When staff last decided about it.
    pub moderated_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Who decided.
    pub moderated_by: Option<UserId>,
    /// What staff said about it.
    pub moderation_note: String,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Of what.
    #[sea_orm(
        belongs_to = "super::product::Entity",
        from = "Column::ProductId",
        to = "super::product::Column::Id",
        on_delete = "Cascade"
    )]
    Product,
    /// Whose.
    #[sea_orm(
        belongs_to = "super::user_account::Entity",
        from = "Column::UserId",
        to = "super::user_account::Column::Id",
        on_delete = "Restrict"
    )]
    User,
}

impl Related<super::product::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Product.def()
    }
}

impl Related<super::user_account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
