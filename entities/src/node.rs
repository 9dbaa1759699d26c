//! Processes of the shop, as they last reported.

use sea_orm::entity::prelude::*;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
pub enum NodeRole {
    /// Everything.
    #[sea_orm(string_value = "ALL")]
    All,
    /// Answers requests.
    #[sea_orm(string_value = "API")]
    Api,
    /// Embeds.
    #[sea_orm(string_value = "WORKER")]
    Worker,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "node")]
pub struct Model {
    /// Identity of one run of one process.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it does.
    pub role: NodeRole,
    /// Where it runs.
    pub host: String,
    /// Changes up to here are in its index; 0 for one without an index.
    pub position: i64,
    /// Figures for administrators.
    #[sea_orm(column_type = "JsonBinary")]
    pub status: Json,
    /// When it started.
    pub started_at: chrono::DateTime<chrono::Utc>,
    /// When it last reported.
    pub seen_at: chrono::DateTime<chrono::Utc>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
