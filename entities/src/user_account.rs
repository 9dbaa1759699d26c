//! Users.

use crate::id::UserId;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a user may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Buys.
    #[sea_orm(string_value = "CUSTOMER")]
    Customer,
    /// Runs the catalogue.
    #[sea_orm(string_value = "STAFF")]
    Staff,
    /// Runs the shop.
    #[sea_orm(string_value = "ADMIN")]
    Admin,
}

/// An Argon2id hash in PHC form. A type of its own so that no `Debug` ever shows it.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_account")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// Lower-cased address, unique.
    #[sea_orm(unique)]
    pub email: String,
    /// What people call them.
    pub name: String,
    /// Since when the address is known to be theirs.
    pub email_verified_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Proof of the password.
    pub password_hash: PasswordHash,
    /// What they may do.
    pub role: Role,
    /// Since when they may not log in.
    pub disabled_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When what is personal was taken out; the row stays for what refers to it.
    pub deleted_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Whether nothing that they do is recorded.
    pub do_not_track: bool,
    /// Grows when every older token must die.
    pub token_version: i32,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Their log-ins.
    #[sea_orm(has_many = "super::session::Entity")]
    Session,
}

impl Related<super::session::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Session.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
