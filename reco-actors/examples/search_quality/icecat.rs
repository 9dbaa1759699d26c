//! The electronics catalogue as the shop's example mapping (`docs/examples/icecat.toml`) takes
//! it, and what people judged of it.

use crate::Fallible;
use reco_actors::{Attribute, AttributeValue, Item, ItemId, Term};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};
use uuid::Uuid;

/// Named by the mapping; all columns `attr_t_…`, `attr_n_…` and `attr_b_…` are discovered.
const NAMED: [(&str, &str); 2] = [("name", "model"), ("ean", "ean")];

/// Longer texts are not taken as attributes.
const LONGEST_TEXT: usize = 500;

/// A product, and what names it.
pub(crate) struct Product {
    pub(crate) item: Item,
    pub(crate) sku: String,
    pub(crate) model: Option<String>,
    pub(crate) ean: Option<String>,
}

/// Ratings 0 to 3 by product position, per query that has a positive one.
pub(crate) type Judgments = BTreeMap<String, HashMap<usize, f64>>;

pub(crate) fn id_of(at: usize) -> ItemId {
    ItemId(Uuid::from_u128(at as u128 + 1))
}

pub(crate) fn products(directory: &Path) -> Fallible<Vec<Product>> {
    let packed = File::open(directory.join("products.jsonl.gz"))?;
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(packed)).lines();
    let mut products = Vec::new();
    for (at, line) in lines.enumerate() {
        products.push(product(at, &serde_json::from_str(&line?)?));
    }
    Ok(products)
}

fn text(row: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match row.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(all) => all.first()?.as_str()?.to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn product(at: usize, row: &Map<String, Value>) -> Product {
    let attribute = |key: &str, value| Attribute {
        key: key.to_owned(),
        label: key.replace('_', " "),
        value,
    };
    let named = NAMED
        .iter()
        .filter_map(|(column, key)| Some(attribute(key, AttributeValue::Text(text(row, column)?))));
    let discovered = row.iter().filter_map(|(column, value)| {
        let key = column.strip_prefix("attr_")?.get(2..)?;
        let value = match value {
            Value::String(text) if text.chars().count() <= LONGEST_TEXT => AttributeValue::Text(text.clone()),
            Value::Number(number) => AttributeValue::Number(number.as_f64()?),
            Value::Bool(truth) => AttributeValue::Bool(*truth),
            _ => return None,
        };
        Some(attribute(key, value))
    });
    let term = |label: String| Term {
        id: Uuid::from_u128(u128::from(crc32fast::hash(label.as_bytes()))),
        slug: label.to_lowercase(),
        label,
    };
    let sku = text(row, "id").unwrap_or_default();
    let attributes: Vec<Attribute> = named.chain(discovered).collect();
    let named = attributes.iter().filter_map(Attribute::identifier).map(str::to_owned);
    let identifiers = std::iter::once(sku.clone()).chain(named).collect();
    Product {
        model: text(row, "name"),
        ean: text(row, "ean"),
        item: Item {
            name: text(row, "title").unwrap_or_default(),
            description: text(row, "short_description").unwrap_or_default(),
            brand: text(row, "supplier").map(term),
            categories: text(row, "attr_t_product_type").map(term).into_iter().collect(),
            attributes,
            identifiers,
            ..Item::blank(id_of(at))
        },
        sku,
    }
}

pub(crate) fn judgments(file: &Path, products: &[Product]) -> Fallible<Judgments> {
    let positions: HashMap<&str, usize> = products
        .iter()
        .enumerate()
        .map(|(at, product)| (product.sku.as_str(), at))
        .collect();
    let mut all = Judgments::new();
    for record in csv::Reader::from_path(file)?.deserialize() {
        let (query, product, rating): (String, String, f64) = record?;
        if let Some(&at) = positions.get(product.as_str()) {
            all.entry(query).or_default().insert(at, rating);
        }
    }
    all.retain(|_, ratings| ratings.values().any(|rating| *rating > 0.0));
    Ok(all)
}
