//! Carts: what somebody means to buy.

use crate::{
    address::Address,
    id::{CartId, ShippingRateId, UserId},
};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cart")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CartId,
    /// Whose it is; none for a guest.
    #[sea_orm(unique)]
    pub user_id: Option<UserId>,
    /// Where a guest gets news of the order.
    pub email: Option<String>,
    /// Where it goes.
    #[sea_orm(column_type = "JsonBinary")]
    pub shipping_address: Option<Address>,
    /// Who pays, if somebody else.
    #[sea_orm(column_type = "JsonBinary")]
    pub billing_address: Option<Address>,
    /// The way to ship that was chosen.
    pub shipping_rate_id: Option<ShippingRateId>,
    /// The coupon that was typed.
    pub coupon_code: Option<String>,
    /// Grows with every change.
    pub version: i64,
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
