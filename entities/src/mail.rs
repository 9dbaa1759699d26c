//! Mails that wait to be sent, and what became of those that were.

use sea_orm::entity::prelude::*;
use std::fmt;

/// One row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it is about, such as `PASSWORD_RESET`.
    pub kind: String,
    /// The address that it goes to.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Its text; empty once nothing is left to do.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// The same as HTML.
    #[sea_orm(column_type = "Text", nullable)]
    pub html: Option<String>,
    /// When it was written.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// How often it was taken up to be sent.
    pub attempts: i32,
    /// When it is due; none once it was sent or given up.
    pub next_attempt_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was sent.
    pub sent_at: Option<chrono::DateTime<chrono::Utc>>,
    /// What the last attempt failed with.
    pub last_error: Option<String>,
}

impl fmt::Debug for Model {
    /// Leaves out the person and what is written to them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Foreign keys: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
