//! Events that were written together, and their place in the change stream.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "behaviour_batch")]
pub struct Model {
    /// Id of the outbox row that announced them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Where that row stands in the order of publication; none until published.
    #[sea_orm(unique)]
    pub position: Option<i64>,
    /// When they were written.
    pub received_at: chrono::DateTime<chrono::Utc>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
