//! Addresses: the value that orders keep, and those that users have saved.

use crate::id::{AddressId, UserId};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Where somebody lives or a parcel goes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Address {
    /// Who receives.
    pub name: String,
    /// Their company, if any.
    #[serde(default)]
    pub company: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, care of.
    #[serde(default)]
    pub line2: String,
    /// Town.
    pub city: String,
    /// State or province.
    #[serde(default)]
    pub region: String,
    /// Postal code; some countries have none.
    #[serde(default)]
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// For the carrier.
    #[serde(default)]
    pub phone: String,
}

impl std::fmt::Debug for Address {
    /// Shows nothing personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address")
            .field("country", &self.country)
            .finish_non_exhaustive()
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "address")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AddressId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it says.
    #[sea_orm(column_type = "JsonBinary")]
    pub address: Address,
    /// Whether new carts start with it.
    pub is_default: bool,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Whose it is.
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
