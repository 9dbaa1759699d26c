//! Events that a consumer could not take, kept for an administrator.

use crate::id::DeadLetterId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dead_letter")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeadLetterId,
    /// Who gave it up.
    pub consumer: String,
    /// The event.
    pub event_id: i64,
    /// Its place in the order of publication.
    pub position: i64,
    /// What kind of change.
    pub topic: String,
    /// Of what.
    pub aggregate_id: Uuid,
    /// Details.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it failed last.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When the change was made.
    pub happened_at: chrono::DateTime<chrono::Utc>,
    /// When it was given up.
    pub failed_at: chrono::DateTime<chrono::Utc>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
