//! Stories of the catalogue as its users live them, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

mod adoption;
mod bulk;
mod products;
mod races;
mod reads;
mod refusals;
mod stock;
mod taxonomy;
mod variants;

use super::*;
use crate::{
    Shop, ShopError,
    error::ProblemCode,
    media::{StoredMedia, samples},
    outbox::Change,
    testing::{PATIENCE, TestShop},
    viewer::Staff,
};
use entities::id::ProductId;
use image::ImageFormat;

fn catalog(shop: &Shop) -> AdminCatalog<'_> {
    Staff::operator(shop).catalog()
}

fn variant(sku: &str) -> NewVariant {
    NewVariant {
        sku: sku.into(),
        price: Some(1_250),
        stock: 5,
        ..NewVariant::default()
    }
}

fn product(name: &str, sku: &str) -> NewProduct {
    NewProduct {
        name: name.into(),
        description: "Stoneware.".into(),
        variants: vec![variant(sku)],
        publish: true,
        ..NewProduct::default()
    }
}

/// A product of a feed; its number is its external id and SKU.
fn feed(number: usize) -> BulkProduct {
    BulkProduct {
        external_id: format!("ext-{number}"),
        name: format!("Mug {number}"),
        slug: None,
        description: "Stoneware.".into(),
        brand: Some("Kiln".into()),
        category: vec!["Kitchen".into(), "Mugs".into()],
        published: true,
        attributes: vec![Attribute {
            key: "volume_l".into(),
            label: "Volume".into(),
            value: AttributeValue::Number(0.35),
        }],
        variants: vec![BulkVariant {
            sku: format!("MUG-{number}"),
            title: String::new(),
            options: Vec::new(),
            price: Some(1_250),
            compare_at: None,
            stock: 5,
        }],
        pictures: None,
        history: History::default(),
    }
}

async fn picture(shop: &Shop, width: u32) -> StoredMedia {
    let bytes = samples::photo(width, 40, ImageFormat::Png);
    shop.media().ingest(bytes.into(), None).await.unwrap()
}

/// The problems of an input, as places and kinds.
fn problems<T: std::fmt::Debug>(outcome: Result<T, ShopError>) -> Vec<(String, ProblemCode)> {
    match outcome {
        Err(ShopError::Invalid(problems)) => problems.iter().map(|p| (p.path.join("."), p.code)).collect(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// Publishes what was committed and tells it.
async fn changes(shop: &Shop) -> Vec<Change> {
    let published = shop.outbox().publish(10_000).await.unwrap();
    published
        .into_iter()
        .map(|published| published.change().unwrap())
        .collect()
}

/// The ids of a batch of which nothing was refused.
fn ids(outcomes: &[BulkOutcome]) -> Vec<ProductId> {
    outcomes.iter().map(|outcome| outcome.id().unwrap()).collect()
}
