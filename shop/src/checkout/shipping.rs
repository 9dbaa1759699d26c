//! Ways to ship to a country, and the tax rules, as the tables have them.

use super::settings::CommerceSettings;
use crate::{
    error::ShopError,
    pricing::{BasisPoints, ShippingTerms, TaxRates, TaxRule, TaxStrategy, Taxable},
};
use entities::{id::ShippingRateId, shipping_rate, shipping_zone, tax_rate};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

/// The way to ship of a shop that has defined no zones.
pub const STANDARD: ShippingRateId = ShippingRateId(Uuid::nil());

/// A way to ship that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShippingMethod {
    /// Identity.
    pub id: ShippingRateId,
    /// What customers read.
    pub name: String,
    /// Price, minor units.
    pub price: i64,
    /// Goods above this ship for nothing.
    pub free_over: Option<i64>,
    /// Days on the way, least and most.
    pub days: Option<(i32, i32)>,
}

impl ShippingMethod {
    /// As a quote needs it.
    #[must_use]
    pub fn terms(&self, tax: BasisPoints) -> ShippingTerms {
        ShippingTerms {
            price: self.price,
            free_over: self.free_over,
            tax,
        }
    }
}

impl From<shipping_rate::Model> for ShippingMethod {
    fn from(row: shipping_rate::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            price: row.price_amount,
            free_over: row.free_over_amount,
            days: row.min_days.zip(row.max_days),
        }
    }
}

/// Taxes and ways to ship at one moment.
#[derive(Clone, Debug)]
pub struct Terms {
    taxes: Arc<dyn TaxStrategy>,
    zones: Vec<(shipping_zone::Model, Vec<shipping_rate::Model>)>,
    standard: ShippingMethod,
}

impl Terms {
    pub(crate) async fn load(db: &impl ConnectionTrait, settings: &CommerceSettings) -> Result<Self, ShopError> {
        let zones = shipping_zone::Entity::find()
            .order_by_asc(shipping_zone::Column::Position)
            .order_by_asc(shipping_zone::Column::Id)
            .all(db)
            .await?;
        let mut rates = Vec::new();
        if !zones.is_empty() {
            rates = shipping_rate::Entity::find()
                .filter(shipping_rate::Column::IsActive.eq(true))
                .order_by_asc(shipping_rate::Column::Position)
                .order_by_asc(shipping_rate::Column::Id)
                .all(db)
                .await?;
        }
        let of_zone =
            |zone: &shipping_zone::Model| rates.iter().filter(|rate| rate.zone_id == zone.id).cloned().collect();
        let rules = tax_rate::Entity::find().all(db).await?;
        let rules = rules.into_iter().map(|row| TaxRule {
            country: row.country,
            category: row.category_id,
            rate: BasisPoints::new(row.rate_bp).unwrap_or_default(),
        });
        Ok(Self {
            taxes: Arc::new(TaxRates {
                usual: settings.tax.usual,
                is_shipping_taxed: settings.tax.is_shipping_taxed,
                rules: rules.collect(),
            }),
            standard: ShippingMethod {
                id: STANDARD,
                name: "Standard".to_owned(),
                price: settings.shipping.flat,
                free_over: settings.shipping.free_over,
                days: None,
            },
            zones: zones.into_iter().map(|zone| (zone.clone(), of_zone(&zone))).collect(),
        })
    }

    /// The rate of something that goes to a country.
    #[must_use]
    pub fn tax(&self, what: Taxable<'_>, country: Option<&str>) -> BasisPoints {
        self.taxes.rate(what, country)
    }

    /// Ways to ship to a country, best first: those of the zone that names it, else of the
    /// zones that name none. Before a country is known, those that go anywhere.
    #[must_use]
    pub fn methods(&self, country: Option<&str>) -> Vec<ShippingMethod> {
        if self.zones.is_empty() {
            return vec![self.standard.clone()];
        }
        let names =
            |zone: &shipping_zone::Model| country.is_some_and(|code| zone.countries.0.iter().any(|c| c == code));
        let named = self.zones.iter().find(|(zone, _)| names(zone));
        let rates: Vec<&shipping_rate::Model> = match named {
            Some((_, rates)) => rates.iter().collect(),
            None => {
                let anywhere = self.zones.iter().filter(|(zone, _)| zone.countries.0.is_empty());
                anywhere.flat_map(|(_, rates)| rates).collect()
            }
        };
        rates.into_iter().cloned().map(ShippingMethod::from).collect()
    }
}
