//! How far an import has come, so that a broken one goes on where it stopped.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_run")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Names the source: file, size and mapping.
    #[sea_orm(unique)]
    pub source_key: String,
    /// Where it stands.
    #[sea_orm(column_type = "JsonBinary")]
    pub checkpoint: Json,
    /// When it began.
    pub started_at: chrono::DateTime<chrono::Utc>,
    /// When it last moved.
    pub updated_at: chrono::DateTime<chrono::Utc>,
    /// When it was done.
    pub finished_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
