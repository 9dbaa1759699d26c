//! What the demo shop's past is made of: files built into the program, read and checked.

use crate::demo::catalogue::Catalogue;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shop::checkout::{Address, CouponKind};
use std::collections::BTreeMap;

const PEOPLE: &str = include_str!("people.toml");
const COUPONS: &str = include_str!("coupons.toml");
const ORDERS: &str = include_str!("orders.toml");
const REVIEWS: &str = include_str!("reviews.toml");

/// A past that cannot have been.
#[derive(Debug, thiserror::Error)]
pub enum BadPast {
    /// A file is not of the form it should have.
    #[error("{0}: {1}")]
    Syntax(&'static str, #[source] Box<toml::de::Error>),
    /// Nobody, or nothing, has that name.
    #[error("there is no {0:?}")]
    Unknown(String),
    /// Not a line of an order.
    #[error("not a line: {0:?}")]
    Line(String),
}

/// Everything that happened before the first start.
#[derive(Debug)]
pub(super) struct Script {
    /// Customers by what the files call them.
    pub(super) people: BTreeMap<String, Person>,
    /// Coupons.
    pub(super) coupons: Vec<PlannedCoupon>,
    /// Orders, oldest first.
    pub(super) orders: Vec<PlannedOrder>,
    /// Reviews with the SKU of what they are about.
    pub(super) reviews: Vec<(String, PlannedReview)>,
}

/// How somebody is known to the shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Account {
    /// By an account that nobody can log in to.
    #[default]
    StandIn,
    /// By one of the demo's own.
    Demo,
    /// By an address alone.
    Guest,
}

/// Somebody who buys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) name: String,
    /// Days before the first start.
    pub(super) joined: u32,
    #[serde(default)]
    pub(super) account: Account,
    email: Option<String>,
    address: Place,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    line1: String,
    #[serde(default)]
    line2: String,
    city: String,
    #[serde(default)]
    region: String,
    postal_code: String,
    country: String,
}

impl Person {
    /// Their address of mail; `.example` is nobody's by RFC 2606.
    pub(super) fn email(&self, key: &str) -> String {
        let own = || format!("{key}@people.example");
        self.email.clone().unwrap_or_else(own)
    }

    /// Where their parcels go.
    pub(super) fn address(&self) -> Address {
        let place = &self.address;
        Address {
            name: self.name.clone(),
            company: String::new(),
            line1: place.line1.clone(),
            line2: place.line2.clone(),
            city: place.city.clone(),
            region: place.region.clone(),
            postal_code: place.postal_code.clone(),
            country: place.country.clone(),
            phone: String::new(),
        }
    }
}

/// A coupon; amounts are written as prices are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedCoupon {
    pub(super) code: String,
    pub(super) kind: Kind,
    /// Hundredths of a percent.
    pub(super) percent: Option<i64>,
    pub(super) amount: Option<String>,
    pub(super) minimum: Option<String>,
    /// Days before the first start.
    pub(super) ended: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Kind {
    Percent,
    Fixed,
    FreeShipping,
}

impl From<Kind> for CouponKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Percent => Self::Percent,
            Kind::Fixed => Self::Fixed,
            Kind::FreeShipping => Self::FreeShipping,
        }
    }
}

/// An order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedOrder {
    pub(super) by: String,
    /// Days before the first start.
    pub(super) ago: f64,
    lines: Vec<String>,
    pub(super) fate: Fate,
    #[serde(default)]
    pub(super) pay: Way,
    pub(super) coupon: Option<String>,
}

impl PlannedOrder {
    /// SKUs of products, and how many pieces of each.
    pub(super) fn lines(&self) -> impl Iterator<Item = Result<(&str, i32), BadPast>> {
        self.lines.iter().map(|line| match line.split_once(" x") {
            None => Ok((line.as_str(), 1)),
            Some((sku, pieces)) => {
                let pieces = pieces.parse().map_err(|_| BadPast::Line(line.clone()))?;
                Ok((sku, pieces))
            }
        })
    }
}

/// Where an order stands at the first start; the file says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Fate {
    Delivered,
    Sent,
    Paid,
    Awaited,
    Lapsed,
    Withdrawn,
    Cancelled,
    Returned,
    PartReturned,
    Allowed,
}

/// How an order is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    /// At once, without money.
    #[default]
    Test,
    /// By a transfer that staff see come.
    Manual,
}

/// What somebody says of a product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedReview {
    pub(super) by: String,
    pub(super) stars: i32,
    #[serde(default)]
    pub(super) title: String,
    pub(super) text: String,
    /// Votes of others.
    #[serde(default)]
    pub(super) helpful: usize,
    /// Waits for staff.
    #[serde(default)]
    pub(super) held: bool,
    /// Why staff turned it down.
    pub(super) refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coupons {
    coupon: Vec<PlannedCoupon>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Orders {
    order: Vec<PlannedOrder>,
}

fn read<T: serde::de::DeserializeOwned>(name: &'static str, text: &str) -> Result<T, BadPast> {
    toml::from_str(text).map_err(|error| BadPast::Syntax(name, Box::new(error)))
}

impl Script {
    /// Reads the files.
    ///
    /// # Errors
    /// The first thing that will not do. A test sees to it that there is none.
    pub(super) fn load() -> Result<Self, BadPast> {
        let people: BTreeMap<String, Person> = read("people.toml", PEOPLE)?;
        let Coupons { coupon: coupons } = read("coupons.toml", COUPONS)?;
        let Orders { order: orders } = read("orders.toml", ORDERS)?;
        let of_products: BTreeMap<String, Vec<PlannedReview>> = read("reviews.toml", REVIEWS)?;
        let with_sku = |(sku, reviews): (String, Vec<PlannedReview>)| {
            let sku = move |review| (sku.clone(), review);
            reviews.into_iter().map(sku)
        };
        let reviews: Vec<_> = of_products.into_iter().flat_map(with_sku).collect();
        let authors = reviews.iter().map(|(_, review)| &review.by);
        for key in orders.iter().map(|order| &order.by).chain(authors) {
            if !people.contains_key(key) {
                return Err(BadPast::Unknown(key.clone()));
            }
        }
        for order in &orders {
            order.lines().collect::<Result<Vec<_>, _>>()?;
        }
        Ok(Self {
            people,
            coupons,
            orders,
            reviews,
        })
    }

    /// Names this past, without reading it: what happens when depends on the catalogue too.
    pub(super) fn edition() -> String {
        let mut hash = Sha256::new();
        hash.update(Catalogue::edition());
        for text in [PEOPLE, COUPONS, ORDERS, REVIEWS] {
            hash.update(text);
        }
        format!("{:x}", hash.finalize())
    }
}
