//! Products whose vectors are to be looked at, one row each: the work of the embedding workers.

use sea_orm::entity::prelude::*;

use crate::id::ProductId;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "embedding_task")]
pub struct Model {
    /// The product; may be gone by the time its turn comes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: ProductId,
    /// Nobody waits for it: imports, re-embedding.
    pub is_bulk: bool,
    /// Embed it whatever its stored vectors say.
    pub is_forced: bool,
    /// Grows with each request, so that one that comes while the product is worked on is not lost.
    pub revision: i64,
    /// Failures in a row.
    pub attempts: i32,
    /// When it may be taken.
    pub not_before: chrono::DateTime<chrono::Utc>,
    /// The process that works on it.
    pub leased_by: Option<Uuid>,
    /// Until when; then anybody may take it.
    pub leased_until: Option<chrono::DateTime<chrono::Utc>>,
    /// Why it failed last.
    #[sea_orm(column_type = "Text", nullable)]
    pub failure: Option<String>,
    /// When the change was made that asked for it.
    pub requested_at: chrono::DateTime<chrono::Utc>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
