//! Ways to ship within a zone, with their prices.

use crate::id::{ShippingRateId, ShippingZoneId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_rate")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ShippingRateId,
    /// Where.
    pub zone_id: ShippingZoneId,
    /// What customers read.
    pub name: String,
    /// Minor units.
    pub price_amount: i64,
    /// Goods above this, after discount, ship for nothing.
    pub free_over_amount: Option<i64>,
    /// Days on the way, at least.
    pub min_days: Option<i32>,
    /// Days on the way, at most.
    pub max_days: Option<i32>,
    /// Whether it may be chosen.
    pub is_active: bool,
    /// Order among rates.
    pub position: i32,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// Foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Where.
    #[sea_orm(
        belongs_to = "super::shipping_zone::Entity",
        from = "Column::ZoneId",
        to = "super::shipping_zone::Column::Id",
        on_delete = "Cascade"
    )]
    Zone,
}

impl Related<super::shipping_zone::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Zone.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
