//! An experiment with lists of recommendations.

use crate::id::ExperimentId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "experiment")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExperimentId,
    /// What is tried, on whom and how.
    #[sea_orm(column_type = "JsonBinary")]
    pub plan: Json,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
    /// Since when it runs.
    pub started_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Since when it runs no longer.
    pub stopped_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// No relations are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
