//! What people do in the shop, in the order of the change stream: by batch and place.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventKind {
    /// Looked at a product.
    #[sea_orm(num_value = 1)]
    View,
    /// Chose a product from a list.
    #[sea_orm(num_value = 2)]
    Click,
    /// Searched.
    #[sea_orm(num_value = 3)]
    Search,
    /// Put a product into the cart.
    #[sea_orm(num_value = 4)]
    AddToCart,
    /// Took a product out of the cart.
    #[sea_orm(num_value = 5)]
    RemoveFromCart,
    /// Paid for a product.
    #[sea_orm(num_value = 6)]
    Purchase,
    /// Reviewed a product.
    #[sea_orm(num_value = 7)]
    Review,
    /// Was shown a product in a list.
    #[sea_orm(num_value = 8)]
    Impression,
    /// Turned out to be a user.
    #[sea_orm(num_value = 9)]
    LogIn,
    /// Wants no part in it any more: what was known of them is not used.
    #[sea_orm(num_value = 10)]
    OptOut,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "behaviour_event")]
pub struct Model {
    /// When it was written; PostgreSQL keeps each month in a table of its own.
    #[sea_orm(primary_key, auto_increment = false)]
    pub received_at: chrono::DateTime<chrono::Utc>,
    /// What it was written with.
    #[sea_orm(primary_key, auto_increment = false)]
    pub batch: i64,
    /// Its place there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// When it happened.
    pub happened_at: chrono::DateTime<chrono::Utc>,
    /// What happened.
    pub kind: EventKind,
    /// Whose doing: a user's id or a visitor's.
    pub person: Uuid,
    /// The product; of a log-in the user.
    pub subject: Option<Uuid>,
    /// How long it was looked at.
    pub dwell_ms: Option<i32>,
    /// How many pieces; of a review its rating.
    pub quantity: Option<i32>,
    /// What was paid for them, minor units.
    pub amount: Option<i64>,
    /// The order they were bought with.
    pub basket: Option<Uuid>,
    /// What was searched for.
    pub query: Option<String>,
    /// The list it was found in.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub attribution: Option<Json>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
