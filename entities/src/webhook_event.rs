//! Messages of payment providers that were taken in.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_event")]
pub struct Model {
    /// Code of the provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The provider's id of the message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: String,
    /// The provider's name for what happened.
    pub kind: String,
    /// When it came.
    pub received_at: chrono::DateTime<chrono::Utc>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
