//! Tokens that are mailed to people and open one thing once, hashed.

use crate::id::UserId;
use sea_orm::entity::prelude::*;
use std::fmt;

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
pub enum Purpose {
    /// A new password.
    #[sea_orm(string_value = "PASSWORD_RESET")]
    PasswordReset,
    /// An address that is known to be read by its owner.
    #[sea_orm(string_value = "EMAIL_VERIFICATION")]
    EmailVerification,
}

/// One row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_token")]
pub struct Model {
    /// SHA-256 of the token, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// What it opens.
    pub purpose: Purpose,
    /// For whom.
    pub user_id: UserId,
    /// The address that it was sent to.
    pub email: String,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it ends by itself.
    pub expires_at: chrono::DateTime<chrono::Utc>,
    /// When it was used.
    pub used_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl fmt::Debug for Model {
    /// Leaves out the hash and the person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("purpose", &self.purpose)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// For whom.
    #[sea_orm(
        belongs_to = "super::user_account::Entity",
        from = "Column::UserId",
        to = "super::user_account::Column::Id",
        on_delete = "Cascade"
    )]
    User,
}

impl Related<super::user_account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
