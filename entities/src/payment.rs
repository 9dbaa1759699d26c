//! Attempts to pay orders.

use crate::id::{OrderId, PaymentId};
use sea_orm::entity::prelude::*;

/// How far an attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum PaymentStatus {
    /// The customer has to agree.
    #[sea_orm(string_value = "CREATED")]
    Created,
    /// The provider works on it.
    #[sea_orm(string_value = "PROCESSING")]
    Processing,
    /// The money is here.
    #[sea_orm(string_value = "CAPTURED")]
    Captured,
    /// It came to nothing.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// It was given up.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    /// The provider took another amount than was asked: somebody has to look.
    #[sea_orm(string_value = "MISMATCHED")]
    Mismatched,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    /// For which order.
    pub order_id: OrderId,
    /// Code of the provider.
    pub provider: String,
    /// The provider's id of it.
    pub reference: Option<String>,
    /// The provider's id of the charge.
    pub capture: Option<String>,
    /// How far it is.
    pub status: PaymentStatus,
    /// What was asked, minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// What went back or is on its way back.
    pub refunded_amount: i64,
    /// Why it came to nothing.
    pub problem: String,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// For which order.
    #[sea_orm(
        belongs_to = "super::order::Entity",
        from = "Column::OrderId",
        to = "super::order::Column::Id",
        on_delete = "Cascade"
    )]
    Order,
}

impl Related<super::order::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Order.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
