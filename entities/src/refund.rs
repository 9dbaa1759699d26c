//! Money on its way back.

use crate::id::{OrderId, PaymentId, RefundId};
use sea_orm::entity::prelude::*;

/// How far a refund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum RefundStatus {
    /// To be asked of the provider.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// The provider works on it.
    #[sea_orm(string_value = "SENT")]
    Sent,
    /// The money went back.
    #[sea_orm(string_value = "DONE")]
    Done,
    /// It did not go back.
    #[sea_orm(string_value = "FAILED")]
    Failed,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refund")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefundId,
    /// For which order.
    pub order_id: OrderId,
    /// Out of which payment.
    pub payment_id: PaymentId,
    /// The provider's id of it.
    pub reference: Option<String>,
    /// How far it is.
    pub status: RefundStatus,
    /// How much, minor units.
    pub amount: i64,
    /// Why.
    pub reason: String,
    /// Why it did not go back.
    pub problem: String,
    /// How often it was asked.
    pub attempts: i32,
    /// When it is asked again.
    pub next_attempt_at: chrono::DateTime<chrono::Utc>,
    /// When somebody said that a failed one is taken care of.
    pub acknowledged_at: Option<chrono::DateTime<chrono::Utc>>,
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
    /// Out of which payment.
    #[sea_orm(
        belongs_to = "super::payment::Entity",
        from = "Column::PaymentId",
        to = "super::payment::Column::Id",
        on_delete = "Cascade"
    )]
    Payment,
}

impl Related<super::order::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Order.def()
    }
}

impl Related<super::payment::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Payment.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
