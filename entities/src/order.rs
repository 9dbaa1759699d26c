//! Orders: what was bought, for how much, and how far it is.

use crate::{
    address::Address,
    id::{CouponId, OrderId, UserId, VisitorId},
};
use sea_orm::entity::prelude::*;

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum OrderStatus {
    /// Placed, its stock reserved; the money is missing.
    #[sea_orm(string_value = "PENDING_PAYMENT")]
    PendingPayment,
    /// Paid; to be sent.
    #[sea_orm(string_value = "PAID")]
    Paid,
    /// On its way.
    #[sea_orm(string_value = "FULFILLED")]
    Fulfilled,
    /// With the customer.
    #[sea_orm(string_value = "DELIVERED")]
    Delivered,
    /// Given up before it was sent.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    /// All money went back.
    #[sea_orm(string_value = "REFUNDED")]
    Refunded,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shop_order")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// What people call it, unique.
    #[sea_orm(unique)]
    pub number: String,
    /// Who placed it; none for a guest.
    pub user_id: Option<UserId>,
    /// Who looked around before a guest's order, where that is known.
    pub visitor_id: Option<VisitorId>,
    /// Where news goes.
    pub email: String,
    /// How far it is.
    pub status: OrderStatus,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// Sum of prices times quantities.
    pub subtotal_amount: i64,
    /// What the coupon took off the goods.
    pub discount_amount: i64,
    /// Shipping.
    pub shipping_amount: i64,
    /// Tax of goods and shipping.
    pub tax_amount: i64,
    /// What is to be paid.
    pub total_amount: i64,
    /// What went back or is on its way back.
    pub refunded_amount: i64,
    /// Whether shipping went back, or is on its way back.
    pub is_shipping_refunded: bool,
    /// Whether prices hold the tax already.
    pub has_tax_included: bool,
    /// Tax rate of shipping, hundredths of a percent.
    pub shipping_tax_bp: i32,
    /// The coupon.
    pub coupon_id: Option<CouponId>,
    /// Its code.
    pub coupon_code: Option<String>,
    /// Where it goes.
    #[sea_orm(column_type = "JsonBinary")]
    pub shipping_address: Address,
    /// Who pays.
    #[sea_orm(column_type = "JsonBinary")]
    pub billing_address: Address,
    /// How it is shipped.
    pub shipping_name: String,
    /// How the parcel is followed.
    pub tracking: String,
    /// Until when the stock waits for the money.
    pub reserved_until: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was placed.
    pub placed_at: chrono::DateTime<chrono::Utc>,
    /// When it was paid.
    pub paid_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was sent.
    pub fulfilled_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it arrived.
    pub delivered_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was given up.
    pub cancelled_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Grows with every change.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Who placed it.
    #[sea_orm(
        belongs_to = "super::user_account::Entity",
        from = "Column::UserId",
        to = "super::user_account::Column::Id",
        on_delete = "SetNull"
    )]
    User,
}

impl Related<super::user_account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
