//! Ids of events that clients sent lately: one that comes again is known by its id.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "behaviour_seen")]
pub struct Model {
    /// What the client called it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When it came.
    pub received_at: chrono::DateTime<chrono::Utc>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
