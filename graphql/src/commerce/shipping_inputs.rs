//! What administrators send about zones and their ways to ship.

use super::amount;
use crate::{ids::Id, inputs::patch, scalars::Decimal};
use async_graphql::{InputObject, MaybeUndefined};
use shop::{
    Currency,
    checkout::{NewRate, NewZone, RatePatch, ZonePatch},
    id::{ShippingRateId, ShippingZoneId},
};

/// A new zone.
#[derive(Clone, Debug, InputObject)]
pub struct ShippingZoneCreateInput {
    /// What staff call it.
    pub name: String,
    /// ISO 3166-1 alpha-2 codes, each in one zone at most; none: every country that no other zone names.
    #[graphql(default)]
    pub countries: Vec<String>,
    /// Order among zones.
    #[graphql(default = 0)]
    pub position: i32,
}

impl From<ShippingZoneCreateInput> for NewZone {
    fn from(input: ShippingZoneCreateInput) -> Self {
        Self {
            name: input.name,
            countries: input.countries,
            position: input.position,
        }
    }
}

/// A change of a zone; absent stays.
#[derive(Clone, Debug, InputObject)]
pub struct ShippingZoneUpdateInput {
    /// Which.
    pub id: Id<ShippingZoneId>,
    /// What staff call it.
    pub name: Option<String>,
    /// ISO 3166-1 alpha-2 codes; all of them are replaced.
    pub countries: Option<Vec<String>>,
    /// Order among zones.
    pub position: Option<i32>,
}

impl From<ShippingZoneUpdateInput> for ZonePatch {
    fn from(input: ShippingZoneUpdateInput) -> Self {
        Self {
            name: input.name,
            countries: input.countries,
            position: input.position,
        }
    }
}

/// Which zone.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ShippingZoneIdInput {
    /// Which.
    pub id: Id<ShippingZoneId>,
}

/// A new way to ship.
#[derive(Clone, Debug, InputObject)]
pub struct ShippingRateCreateInput {
    /// Of which zone.
    pub zone_id: Id<ShippingZoneId>,
    /// What customers read.
    pub name: String,
    /// Its price.
    pub price: Decimal,
    /// Goods of more than this, after discount, ship for nothing.
    pub free_over: Option<Decimal>,
    /// Days on the way, at least; both numbers or none.
    pub min_days: Option<i32>,
    /// Days on the way, at most.
    pub max_days: Option<i32>,
    /// Whether it may be chosen.
    #[graphql(default = true)]
    pub is_active: bool,
    /// Order among rates.
    #[graphql(default = 0)]
    pub position: i32,
}

impl ShippingRateCreateInput {
    pub(super) fn parse(self, currency: Currency) -> NewRate {
        NewRate {
            name: self.name,
            price: amount(self.price, currency),
            free_over: self.free_over.map(|given| amount(given, currency)),
            min_days: self.min_days,
            max_days: self.max_days,
            is_active: self.is_active,
            position: self.position,
        }
    }
}

/// A change of a way to ship; absent stays, `null` clears.
#[derive(Clone, Debug, InputObject)]
pub struct ShippingRateUpdateInput {
    /// Which.
    pub id: Id<ShippingRateId>,
    /// What customers read.
    pub name: Option<String>,
    /// Its price.
    pub price: Option<Decimal>,
    /// Goods of more than this, after discount, ship for nothing.
    pub free_over: MaybeUndefined<Decimal>,
    /// Days on the way, at least; both numbers or none.
    pub min_days: MaybeUndefined<i32>,
    /// Days on the way, at most.
    pub max_days: MaybeUndefined<i32>,
    /// Whether it may be chosen.
    pub is_active: Option<bool>,
    /// Order among rates.
    pub position: Option<i32>,
}

impl ShippingRateUpdateInput {
    pub(super) fn parse(self, currency: Currency) -> RatePatch {
        RatePatch {
            name: self.name,
            price: self.price.map(|given| amount(given, currency)),
            free_over: patch(self.free_over, |given| amount(given, currency)),
            min_days: patch(self.min_days, |days| days),
            max_days: patch(self.max_days, |days| days),
            is_active: self.is_active,
            position: self.position,
        }
    }
}

/// Which way to ship.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ShippingRateIdInput {
    /// Which.
    pub id: Id<ShippingRateId>,
}
