//! Refresh tokens, hashed. All of one session are a family: each is used once and followed
//! by the next.

use crate::id::SessionId;
use sea_orm::entity::prelude::*;
use std::fmt;

/// One row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// The session that it goes on with.
    pub session_id: SessionId,
    /// When it was handed out.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it ends by itself.
    pub expires_at: chrono::DateTime<chrono::Utc>,
    /// When it was exchanged for the next one.
    pub used_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl fmt::Debug for Model {
    /// Leaves out the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("session_id", &self.session_id)
            .field("used_at", &self.used_at)
            .finish_non_exhaustive()
    }
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The session that it goes on with.
    #[sea_orm(
        belongs_to = "super::session::Entity",
        from = "Column::SessionId",
        to = "super::session::Column::Id",
        on_delete = "Cascade"
    )]
    Session,
}

impl Related<super::session::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Session.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
