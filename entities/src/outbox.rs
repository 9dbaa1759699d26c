//! Changes, written in the transaction that made them (transactional outbox).

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Order of writing.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What happened, such as `product.changed`.
    pub topic: String,
    /// To what.
    pub aggregate_id: Uuid,
    /// Details.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// When.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// Order of publication, without gaps; none until published.
    #[sea_orm(unique)]
    pub position: Option<i64>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
