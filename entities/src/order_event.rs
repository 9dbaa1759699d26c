//! What happened to orders: who did what, and when.

use crate::id::OrderId;
use crate::order::OrderStatus;
use sea_orm::entity::prelude::*;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Actor {
    /// The shop itself.
    #[sea_orm(string_value = "SYSTEM")]
    System,
    /// A customer without an account.
    #[sea_orm(string_value = "GUEST")]
    Guest,
    /// The owner of the order.
    #[sea_orm(string_value = "CUSTOMER")]
    Customer,
    /// Somebody who runs the shop.
    #[sea_orm(string_value = "STAFF")]
    Staff,
    /// A payment provider.
    #[sea_orm(string_value = "PROVIDER")]
    Provider,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
pub enum OrderEventKind {
    /// It was placed.
    #[sea_orm(string_value = "PLACED")]
    Placed,
    /// A payment was begun.
    #[sea_orm(string_value = "PAYMENT_STARTED")]
    PaymentStarted,
    /// A payment came to nothing.
    #[sea_orm(string_value = "PAYMENT_FAILED")]
    PaymentFailed,
    /// A provider took another amount than was asked.
    #[sea_orm(string_value = "PAYMENT_MISMATCHED")]
    PaymentMismatched,
    /// The money came.
    #[sea_orm(string_value = "PAID")]
    Paid,
    /// It was sent.
    #[sea_orm(string_value = "FULFILLED")]
    Fulfilled,
    /// It arrived.
    #[sea_orm(string_value = "DELIVERED")]
    Delivered,
    /// It was given up.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    /// It was not paid in time.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
    /// Money is on its way back.
    #[sea_orm(string_value = "REFUND_STARTED")]
    RefundStarted,
    /// Money went back.
    #[sea_orm(string_value = "REFUNDED")]
    Refunded,
    /// Money did not go back.
    #[sea_orm(string_value = "REFUND_FAILED")]
    RefundFailed,
    /// Pieces went back into stock.
    #[sea_orm(string_value = "RESTOCKED")]
    Restocked,
    /// Somebody wrote a note.
    #[sea_orm(string_value = "NOTED")]
    Noted,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order_event")]
pub struct Model {
    /// Order of happening.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// To which order.
    pub order_id: OrderId,
    /// What happened.
    pub kind: OrderEventKind,
    /// Where the order was, if it moved.
    pub from_status: Option<OrderStatus>,
    /// Where it is since.
    pub to_status: Option<OrderStatus>,
    /// Who did it.
    pub actor: Actor,
    /// Which user, if one did.
    pub actor_id: Option<Uuid>,
    /// How much money it was about, minor units.
    pub amount: Option<i64>,
    /// What was said about it.
    pub note: String,
    /// When.
    pub created_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// To which order.
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

impl Model {
    /// Whether its note is for those who run the shop: what they wrote themselves, or what a
    /// provider says about money.
    #[must_use]
    pub fn has_inner_note(&self) -> bool {
        matches!(
            self.kind,
            OrderEventKind::Paid
                | OrderEventKind::Refunded
                | OrderEventKind::RefundFailed
                | OrderEventKind::PaymentMismatched
                | OrderEventKind::Noted
        )
    }
}
