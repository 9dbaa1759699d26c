//! One product as the catalogue's files write it, and as the shop takes it.

use super::drawing::{BadDrawing, Drawing, DrawingSpec};
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shop::{
    Currency,
    catalog::{Attribute, AttributeValue, BulkProduct, BulkVariant, History, VariantOption},
    money::{Money, MoneyError},
};
use std::collections::BTreeMap;

/// Every attribute that a product may have, in the order in which a page shows them, with
/// its one label.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("colour", "Colour"),
    ("material", "Material"),
    ("pattern", "Pattern"),
    ("capacity_ml", "Capacity (ml)"),
    ("capacity_l", "Capacity (l)"),
    ("volume_l", "Volume (l)"),
    ("diameter_cm", "Diameter (cm)"),
    ("blade_cm", "Blade (cm)"),
    ("length_cm", "Length (cm)"),
    ("width_cm", "Width (cm)"),
    ("depth_cm", "Depth (cm)"),
    ("height_cm", "Height (cm)"),
    ("seat_height_cm", "Seat height (cm)"),
    ("case_mm", "Case (mm)"),
    ("wheel_in", "Wheels (in)"),
    ("laptop_in", "Laptop up to (in)"),
    ("weight_g", "Weight (g)"),
    ("weight_kg", "Weight (kg)"),
    ("format", "Format"),
    ("ruling", "Ruling"),
    ("pages", "Pages"),
    ("pieces", "Pieces"),
    ("age_from", "Age from"),
    ("seats", "Seats"),
    ("handle", "Handle"),
    ("heat_source", "Heat source"),
    ("socket", "Socket"),
    ("light", "Light"),
    ("film", "Film or sensor"),
    ("movement", "Movement"),
    ("strap", "Strap"),
    ("sole", "Sole"),
    ("closure", "Closure"),
    ("gears", "Gears"),
    ("brakes", "Brakes"),
    ("power_w", "Power (W)"),
    ("battery_h", "Battery (h)"),
    ("ink_colour", "Ink colour"),
    ("water_resistance_m", "Water resistant to (m)"),
    ("wireless", "Wireless"),
    ("noise_cancelling", "Noise cancelling"),
    ("microphone", "Microphone"),
    ("screen", "Screen"),
    ("electric", "Electric"),
    ("dimmable", "Dimmable"),
    ("waterproof", "Waterproof"),
    ("induction", "Induction"),
    ("oven_safe", "Oven safe"),
    ("microwave_safe", "Microwave safe"),
    ("dishwasher_safe", "Dishwasher safe"),
    ("washable", "Washable"),
    ("pet_safe", "Safe for pets"),
    ("refillable", "Refillable"),
    ("stackable", "Stackable"),
    ("assembly", "Needs assembly"),
    ("cabin_size", "Cabin size"),
];

/// A product as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    name: String,
    sku: String,
    brand: String,
    price: String,
    compare_at: Option<String>,
    stock: Option<i32>,
    past: Past,
    text: String,
    facts: BTreeMap<String, Fact>,
    option: Option<String>,
    #[serde(default)]
    variants: Vec<VariantEntry>,
    look: DrawingSpec,
}

impl Entry {
    /// Its stock-keeping unit.
    pub(super) fn sku(&self) -> &str {
        &self.sku
    }
}

/// What the demo shop pretends to have seen of a product.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    since: NaiveDate,
    sold: i64,
    ratings: i32,
    rating_sum: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Fact {
    Bool(bool),
    Number(f64),
    Text(String),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantEntry {
    value: String,
    price: Option<String>,
    stock: i32,
}

/// What is wrong with a product of the catalogue.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// It cannot be drawn.
    #[error(transparent)]
    Drawing(#[from] BadDrawing),
    /// An attribute without a label.
    #[error("no label for attribute {0:?}")]
    Attribute(String),
    /// Not a price.
    #[error("price {0:?}: {1}")]
    Price(String, MoneyError),
    /// Variants without the option that tells them apart, or the other way round.
    #[error("`option` and `variants` go together")]
    Option,
    /// Neither a stock nor variants that have one.
    #[error("no stock")]
    Stock,
}

/// A checked product of the catalogue.
#[derive(Clone, Debug)]
pub struct DemoProduct {
    /// Its stock-keeping unit, from which those of its variants are made.
    pub sku: String,
    /// The slug of its category, by which the drawings go.
    pub category_slug: String,
    /// Its picture.
    pub drawing: Drawing,
    /// What the picture shows, for those who cannot see it.
    pub alt: String,
    /// What the shop takes, but for the picture.
    pub bulk: BulkProduct,
}

impl DemoProduct {
    /// Checks what a file says of a product in the category of this path.
    pub(super) fn new(entry: Entry, path: &[String], currency: Currency) -> Result<Self, BadEntry> {
        let category_slug = path.last().map(|leaf| slug(leaf)).unwrap_or_default();
        let digest = Sha256::digest(&entry.sku);
        let seed = digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        let drawing = Drawing::new(&category_slug, &entry.look, seed)?;
        let attributes = attributes(&entry.facts)?;
        let of_colour = |key: &str| match entry.facts.get(key) {
            Some(Fact::Text(text)) => format!(", {}", text.to_lowercase()),
            _ => String::new(),
        };
        let alt = format!("{}{}{}", entry.name, of_colour("colour"), of_colour("material"));
        let variants = variants(&entry, currency)?;
        let bulk = BulkProduct {
            external_id: format!("demo:{}", entry.sku),
            name: entry.name,
            slug: None,
            description: entry.text,
            brand: Some(entry.brand),
            category: path.to_vec(),
            published: true,
            attributes,
            variants,
            pictures: None,
            history: History {
                created_at: Some(entry.past.since.and_time(NaiveTime::MIN).and_utc()),
                rating_sum: entry.past.rating_sum,
                rating_count: entry.past.ratings,
                sales_count: entry.past.sold,
            },
        };
        Ok(Self {
            sku: entry.sku,
            category_slug,
            drawing,
            alt,
            bulk,
        })
    }
}

fn attributes(facts: &BTreeMap<String, Fact>) -> Result<Vec<Attribute>, BadEntry> {
    let is_labelled = |key: &&String| ATTRIBUTES.iter().any(|(known, _)| known == key);
    if let Some(unknown) = facts.keys().find(|key| !is_labelled(key)) {
        return Err(BadEntry::Attribute(unknown.clone()));
    }
    let found = ATTRIBUTES.iter().filter_map(|&(key, label)| {
        let value = match facts.get(key)? {
            Fact::Bool(value) => AttributeValue::Bool(*value),
            Fact::Number(value) => AttributeValue::Number(*value),
            Fact::Text(value) => AttributeValue::Text(value.clone()),
        };
        Some(Attribute {
            key: key.to_owned(),
            label: label.to_owned(),
            value,
        })
    });
    Ok(found.collect())
}

fn variants(entry: &Entry, currency: Currency) -> Result<Vec<BulkVariant>, BadEntry> {
    let price = amount(&entry.price, currency)?;
    let compare_at = entry
        .compare_at
        .as_deref()
        .map(|text| amount(text, currency))
        .transpose()?;
    let Some(option) = &entry.option else {
        if !entry.variants.is_empty() {
            return Err(BadEntry::Option);
        }
        let stock = entry.stock.ok_or(BadEntry::Stock)?;
        let (sku, price) = (entry.sku.clone(), Some(price));
        return Ok(vec![BulkVariant {
            sku,
            title: String::new(),
            options: Vec::new(),
            price,
            compare_at,
            stock,
        }]);
    };
    if entry.variants.is_empty() {
        return Err(BadEntry::Option);
    }
    let one = |variant: &VariantEntry| {
        let own = variant
            .price
            .as_deref()
            .map(|text| amount(text, currency))
            .transpose()?;
        let options = vec![VariantOption {
            name: option.clone(),
            value: variant.value.clone(),
        }];
        Ok(BulkVariant {
            sku: format!("{}-{}", entry.sku, slug(&variant.value).to_uppercase()),
            title: variant.value.clone(),
            options,
            price: Some(own.unwrap_or(price)),
            // The former price is that of the usual variant only.
            compare_at: if own.is_none() { compare_at } else { None },
            stock: variant.stock,
        })
    };
    entry.variants.iter().map(one).collect()
}

/// The figures are taken as they stand, whatever the shop's currency; one that has no
/// cents drops them.
fn amount(text: &str, currency: Currency) -> Result<i64, BadEntry> {
    let whole = text.split('.').next().unwrap_or(text);
    let parsed = match Money::parse(text, currency) {
        Err(MoneyError::TooPrecise { .. }) => Money::parse(whole, currency),
        parsed => parsed,
    };
    parsed
        .map(|money| money.amount)
        .map_err(|error| BadEntry::Price(text.to_owned(), error))
}

/// Words of ASCII letters and digits in lower case, joined by hyphens.
fn slug(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-").to_lowercase()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_currency_without_cents_drops_them() {
        assert_eq!(amount("14.50", Currency::USD).unwrap(), 1450);
        assert_eq!(amount("14.50", Currency::JPY).unwrap(), 14);
        assert!(amount("cheap", Currency::USD).is_err());
    }

    #[test]
    fn slugs_are_words_joined_by_hyphens() {
        assert_eq!(slug("Mugs & Cups"), "mugs-cups");
        assert_eq!(slug("45 × 45 cm"), "45-45-cm");
    }
}
