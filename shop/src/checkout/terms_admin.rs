//! Where is shipped to and for how much, as administrators say. Obtained from
//! [`crate::viewer::Admin`]. Carts read the tables with every quote, so each change holds
//! from the next quote on; who agreed to an older one is told.
//!
//! Changes take turns: that a country is in one zone is a rule over all rows at once.

use super::{ShippingRate, ShippingZone, given::Given};
use crate::{
    Shop,
    catalog::Patch,
    db::{Turn, begin_write, take_turn},
    error::{ProblemCode, ShopError},
    text::Checks,
};
use chrono::{DateTime, Utc};
use entities::{
    id::{ShippingRateId, ShippingZoneId},
    shipping_rate,
    shipping_zone::{self, Countries},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use std::collections::HashMap;

/// Countries of one zone; there are 249 in all.
const MOST_COUNTRIES: usize = 250;
/// Zones of the shop, and rates of one zone: every quote reads them.
const MOST_ROWS: u64 = 100;
/// Longest way, in days.
const LONGEST_WAY: i32 = 365;

/// A zone with its rates, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// The zone.
    pub zone: ShippingZone,
    /// Its rates, those that may not be chosen among them.
    pub rates: Vec<ShippingRate>,
}

/// A new zone.
#[derive(Clone, Debug, Default)]
pub struct NewZone {
    /// What staff call it.
    pub name: String,
    /// ISO 3166-1 alpha-2 codes; none: everywhere else.
    pub countries: Vec<String>,
    /// Order among zones.
    pub position: i32,
}

/// A change of a zone; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in NewZone")]
pub struct ZonePatch {
    pub name: Option<String>,
    pub countries: Option<Vec<String>>,
    pub position: Option<i32>,
}

/// A new way to ship.
#[derive(Clone, Debug)]
pub struct NewRate {
    /// What customers read.
    pub name: String,
    /// Minor units.
    pub price: Given,
    /// Goods above this ship for nothing, minor units.
    pub free_over: Option<Given>,
    /// Days on the way, at least; both or none.
    pub min_days: Option<i32>,
    /// Days on the way, at most.
    pub max_days: Option<i32>,
    /// Whether it may be chosen.
    pub is_active: bool,
    /// Order among rates.
    pub position: i32,
}

/// A change of a way to ship; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in NewRate")]
pub struct RatePatch {
    pub name: Option<String>,
    pub price: Option<Given>,
    pub free_over: Patch<Given>,
    pub min_days: Patch<i32>,
    pub max_days: Patch<i32>,
    pub is_active: Option<bool>,
    pub position: Option<i32>,
}

impl RatePatch {
    /// The rate as it shall be.
    fn over(self, row: ShippingRate) -> NewRate {
        let free_over = row.free_over_amount.map(Given::Exact);
        NewRate {
            name: self.name.unwrap_or(row.name),
            price: self.price.unwrap_or(Given::Exact(row.price_amount)),
            free_over: self.free_over.change().unwrap_or(free_over),
            min_days: self.min_days.change().unwrap_or(row.min_days),
            max_days: self.max_days.change().unwrap_or(row.max_days),
            is_active: self.is_active.unwrap_or(row.is_active),
            position: self.position.unwrap_or(row.position),
        }
    }
}

/// What an administrator may do with shipping and taxes.
#[derive(Clone, Copy, Debug)]
pub struct AdminTerms<'a> {
    pub(super) shop: &'a Shop,
}

impl<'a> AdminTerms<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// Waits until nobody else changes the terms.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        take_turn(&tx, Turn::Terms).await?;
        Ok(tx)
    }

    /// All zones with their rates, in their order.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn zones(&self) -> Result<Vec<Zone>, ShopError> {
        let zones = shipping_zone::Entity::find()
            .order_by_asc(shipping_zone::Column::Position)
            .order_by_asc(shipping_zone::Column::Id)
            .all(self.shop.db())
            .await?;
        with_rates(self.shop.db(), zones).await
    }

    /// Makes a zone.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, countries of other zones among them.
    pub async fn zone_create(&self, input: NewZone) -> Result<Zone, ShopError> {
        let mut checks = Checks::default();
        let name = checks.line("name", &input.name, 100);
        let countries = countries(&mut checks, &input.countries);
        let tx = self.begin().await?;
        others_countries(&mut checks, &tx, &countries, None).await?;
        checks.done()?;
        if shipping_zone::Entity::find().count(&tx).await? >= MOST_ROWS {
            return Err(too_many("name", "zones"));
        }
        let now = self.shop.now();
        let row = shipping_zone::ActiveModel {
            id: Set(ShippingZoneId::generate()),
            name: Set(name),
            countries: Set(Countries(countries)),
            position: Set(input.position),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let zone = row.insert(&tx).await?;
        tx.commit().await?;
        Ok(Zone {
            zone,
            rates: Vec::new(),
        })
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of the input.
    pub async fn zone_update(&self, id: ShippingZoneId, patch: ZonePatch) -> Result<Zone, ShopError> {
        let tx = self.begin().await?;
        let row = zone(&tx, id).await?.ok_or(ShopError::NotFound)?;
        let mut checks = Checks::default();
        let name = checks.line("name", patch.name.as_deref().unwrap_or(&row.name), 100);
        let codes = countries(&mut checks, &patch.countries.unwrap_or(row.countries.0));
        others_countries(&mut checks, &tx, &codes, Some(id)).await?;
        checks.done()?;
        let row = shipping_zone::ActiveModel {
            id: Unchanged(id),
            name: Set(name),
            countries: Set(Countries(codes)),
            position: Set(patch.position.unwrap_or(row.position)),
            updated_at: Set(self.shop.now()),
            ..Default::default()
        };
        let row = row.update(&tx).await?;
        let zone = with_rates(&tx, vec![row]).await?.remove(0);
        tx.commit().await?;
        Ok(zone)
    }

    /// Deletes a zone with its rates. Without any zone the settings' way to ship is back.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn zone_delete(&self, id: ShippingZoneId) -> Result<(), ShopError> {
        let tx = self.begin().await?;
        let gone = shipping_zone::Entity::delete_by_id(id).exec(&tx).await?;
        if gone.rows_affected == 0 {
            return Err(ShopError::NotFound);
        }
        Ok(tx.commit().await?)
    }

    /// Adds a way to ship to a zone.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, an unknown zone among them.
    pub async fn rate_create(&self, zone_id: ShippingZoneId, input: NewRate) -> Result<ShippingRate, ShopError> {
        let mut checks = Checks::default();
        let now = self.shop.now();
        let row = rate(&mut checks, input, now);
        let tx = self.begin().await?;
        if zone(&tx, zone_id).await?.is_none() {
            checks.fail("zoneId", ProblemCode::NotFound, "no such zone");
        }
        checks.done()?;
        let siblings = shipping_rate::Entity::find()
            .filter(shipping_rate::Column::ZoneId.eq(zone_id))
            .count(&tx)
            .await?;
        if siblings >= MOST_ROWS {
            return Err(too_many("zoneId", "rates of a zone"));
        }
        let row = shipping_rate::ActiveModel {
            id: Set(ShippingRateId::generate()),
            zone_id: Set(zone_id),
            created_at: Set(now),
            ..row
        };
        let row = row.insert(&tx).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of what the rate would be.
    pub async fn rate_update(&self, id: ShippingRateId, patch: RatePatch) -> Result<ShippingRate, ShopError> {
        let tx = self.begin().await?;
        let row = shipping_rate::Entity::find_by_id(id).one(&tx).await?;
        let row = row.ok_or(ShopError::NotFound)?;
        let mut checks = Checks::default();
        let row = rate(&mut checks, patch.over(row), self.shop.now());
        checks.done()?;
        let row = shipping_rate::ActiveModel {
            id: Unchanged(id),
            ..row
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Deletes a way to ship. Carts that chose it get the first one that is left.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn rate_delete(&self, id: ShippingRateId) -> Result<(), ShopError> {
        let tx = self.begin().await?;
        let gone = shipping_rate::Entity::delete_by_id(id).exec(&tx).await?;
        if gone.rows_affected == 0 {
            return Err(ShopError::NotFound);
        }
        Ok(tx.commit().await?)
    }
}

fn too_many(path: &str, what: &str) -> ShopError {
    ShopError::problem(path, ProblemCode::TooLong, format!("at most {MOST_ROWS} {what}"))
}

async fn zone(tx: &DatabaseTransaction, id: ShippingZoneId) -> Result<Option<ShippingZone>, ShopError> {
    Ok(shipping_zone::Entity::find_by_id(id).one(tx).await?)
}

async fn with_rates(db: &impl ConnectionTrait, zones: Vec<ShippingZone>) -> Result<Vec<Zone>, ShopError> {
    let rates = shipping_rate::Entity::find()
        .filter(shipping_rate::Column::ZoneId.is_in(zones.iter().map(|zone| zone.id)))
        .order_by_asc(shipping_rate::Column::Position)
        .order_by_asc(shipping_rate::Column::Id)
        .all(db)
        .await?;
    let of = |id| rates.iter().filter(|rate| rate.zone_id == id).cloned().collect();
    let with_rates = |zone: ShippingZone| Zone {
        rates: of(zone.id),
        zone,
    };
    Ok(zones.into_iter().map(with_rates).collect())
}

/// Codes of countries, each once.
fn countries(checks: &mut Checks, given: &[String]) -> Vec<String> {
    if given.len() > MOST_COUNTRIES {
        checks.fail(
            "countries",
            ProblemCode::TooLong,
            format!("at most {MOST_COUNTRIES} countries"),
        );
        return Vec::new();
    }
    let mut codes: Vec<String> = Vec::with_capacity(given.len());
    for (place, text) in given.iter().enumerate() {
        let path = format!("countries.{place}");
        let code = checks.country(&path, text);
        if codes.contains(&code) {
            checks.fail(&path, ProblemCode::Taken, "named twice");
        }
        codes.push(code);
    }
    codes
}

/// No country is in two zones, else it would be chance which one ships there.
async fn others_countries(
    checks: &mut Checks,
    tx: &DatabaseTransaction,
    codes: &[String],
    own: Option<ShippingZoneId>,
) -> Result<(), ShopError> {
    let zones = shipping_zone::Entity::find().all(tx).await?;
    let others = zones.iter().filter(|zone| Some(zone.id) != own);
    let taken: HashMap<&str, &str> = others
        .flat_map(|zone| zone.countries.0.iter().map(|code| (code.as_str(), zone.name.as_str())))
        .collect();
    for (place, code) in codes.iter().enumerate() {
        if let Some(zone) = taken.get(code.as_str()) {
            let message = format!("{code} is in the zone `{zone}`");
            checks.fail(&format!("countries.{place}"), ProblemCode::Taken, message);
        }
    }
    Ok(())
}

/// The row of a rate with these values, without what and whose it is.
fn rate(checks: &mut Checks, input: NewRate, now: DateTime<Utc>) -> shipping_rate::ActiveModel {
    let name = checks.line("name", &input.name, 100);
    let price = checks.amount("price", input.price, 0);
    let free_over = input.free_over.map(|limit| checks.amount("freeOver", limit, 0));
    let days = [("minDays", input.min_days), ("maxDays", input.max_days)];
    for (path, days) in days {
        if days.is_some_and(|days| !(0..=LONGEST_WAY).contains(&days)) {
            let message = format!("must be within 0 and {LONGEST_WAY}");
            checks.fail(path, ProblemCode::OutOfRange, message);
        }
        if days.is_none() && input.min_days.or(input.max_days).is_some() {
            checks.fail(path, ProblemCode::Required, "give both numbers of days, or none");
        }
    }
    if input
        .min_days
        .zip(input.max_days)
        .is_some_and(|(least, most)| least > most)
    {
        checks.fail(
            "maxDays",
            ProblemCode::OutOfRange,
            "must not be less than the least number of days",
        );
    }
    shipping_rate::ActiveModel {
        name: Set(name),
        price_amount: Set(price),
        free_over_amount: Set(free_over),
        min_days: Set(input.min_days),
        max_days: Set(input.max_days),
        is_active: Set(input.is_active),
        position: Set(input.position),
        updated_at: Set(now),
        ..Default::default()
    }
}
