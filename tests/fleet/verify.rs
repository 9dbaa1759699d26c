//! Whether every node is as a brute-force rebuild from the database is, id for id and score
//! for score, and whether the database has everything that was answered.
//!
//! The reference knows nothing of the index: it reads stored vectors and products, takes the
//! stored frame's means and imputation, and scores every pair in f64.

use crate::{
    changes::{Wanted, Writer},
    processes::{APIS, Fleet},
};
use anyhow::Context;
use serde_json::{Value, json};
use shop::{Shop, catalog::ProductView, embeddings::Modality, id::ProductId, pipeline::BOUNDS_MS};
use std::{collections::BTreeMap, fmt, sync::Arc};
use support::{PASSWORD, Place};
use web::{database::open_shop, pipeline::StoredFrame};

/// How far a node's score, an f32, may lie from the reference's: 1e-6, and half of the sixth
/// digit, to which the API rounds.
const TOLERANCE: f64 = 1.5e-6;
/// Entries of each list that is compared.
const FIRST: usize = 50;
const TEXT_WEIGHT: f64 = 0.7;
/// A centred vector shorter than this has no direction, as in the index.
const MIN_LENGTH: f64 = 1e-4;

/// Freshness as each node measured it, over the last five minutes.
pub(crate) async fn freshness(fleet: &Fleet) -> anyhow::Result<Vec<String>> {
    let admin = fleet.client(0).log_in("admin@example.com", PASSWORD).await;
    let query = "{ recommender { freshness { alert }
        nodes { role host freshness { stage count p50Ms p95Ms p99Ms late } cache { hitRate } }
        embedding { textsPerSecond imagesPerSecond } } }";
    let state = admin.data(query, json!(null)).await["recommender"].clone();
    let nodes = state["nodes"].as_array().context("nodes are listed")?;
    let mut lines = vec![format!(
        "freshness by the shop's own probe, bounds of buckets (alert {}):",
        state["freshness"]["alert"]
    )];
    for node in nodes.iter().filter(|node| node["role"] == "API") {
        for stage in node["freshness"].as_array().context("stages are listed")? {
            lines.push(format!(
                "  api {:<9} {:>6} changes, p50 {} ms, p95 {} ms, p99 {} ms",
                stage["stage"].as_str().unwrap_or_default(),
                stage["count"],
                bound(&stage["p50Ms"]),
                bound(&stage["p95Ms"]),
                bound(&stage["p99Ms"]),
            ));
        }
        lines.push(format!("  api cache: hit rate {}", node["cache"]["hitRate"]));
    }
    Ok(lines)
}

fn bound(ms: &Value) -> String {
    ms.as_f64().map_or_else(
        || format!("> {}", BOUNDS_MS[BOUNDS_MS.len() - 1]),
        |ms| format!("≤ {ms}"),
    )
}

/// What does not agree.
#[derive(Default)]
pub(crate) struct Differences {
    lists: usize,
    entries: usize,
    imputed: usize,
    products: usize,
    found: Vec<String>,
}

impl Differences {
    pub(crate) fn is_none(&self) -> bool {
        self.found.is_empty()
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "against brute force from the database: {} lists with {} entries ({} imputed pictures in the shop) and {} \
             products on each of {APIS} nodes: {} differences",
            self.lists,
            self.entries,
            self.imputed,
            self.products,
            self.found.len()
        )?;
        for difference in self.found.iter().take(10) {
            write!(f, "\n  {difference}")?;
        }
        Ok(())
    }
}

/// Compares everything.
pub(crate) async fn everything(place: &Place, fleet: &Fleet, writer: &Arc<Writer>) -> anyhow::Result<Differences> {
    let shop = open_shop(&place.config()).await?;
    let views = all(&shop).await?;
    let mut differences = Differences {
        products: views.len(),
        ..Differences::default()
    };
    for wanted in writer.wanted.lock().iter() {
        differences.found.extend(lost(wanted, &views));
    }
    let reference = Reference::read(&shop, &views).await?;
    differences.imputed = reference.items.values().filter(|item| item.is_imputed).count();
    for node in 0..APIS {
        shown(fleet, node, &views, &mut differences).await?;
        for (mode, is_calibrated) in [("RAW", false), ("CALIBRATED", true)] {
            compare(fleet, node, (mode, is_calibrated), &reference, &mut differences).await?;
        }
    }
    Ok(differences)
}

async fn all(shop: &Shop) -> anyhow::Result<BTreeMap<String, ProductView>> {
    shop.catalog().reload_taxonomy().await?;
    let (mut views, mut after) = (BTreeMap::new(), None);
    loop {
        let page = shop.catalog().load_after(after, 500).await?;
        let Some(last) = page.last() else { return Ok(views) };
        after = Some(last.id());
        views.extend(page.into_iter().map(|view| (view.id().to_string(), view)));
    }
}

/// What of an answered change the database does not have.
fn lost(wanted: &Wanted, views: &BTreeMap<String, ProductView>) -> Option<String> {
    let Some(view) = views.get(&wanted.id) else {
        return Some(format!("{} is gone", wanted.id));
    };
    let variant = view.variants.first()?;
    let price = minor(view);
    let holds = view.product.name == wanted.name
        && price == wanted.price.replace('.', "")
        && i64::from(variant.stock_on_hand) == wanted.stock
        && view.is_published() == wanted.is_published;
    (!holds).then(|| format!("lost: {wanted:?}, the database has {} {price}", view.product.name))
}

/// The price in minor units, as it is written.
fn minor(view: &ProductView) -> String {
    let price = view.variants.first().and_then(|variant| variant.price_amount);
    price.map(|price| price.to_string()).unwrap_or_default()
}

/// Whether a node shows each product as the database has it.
async fn shown(
    fleet: &Fleet,
    node: usize,
    views: &BTreeMap<String, ProductView>,
    differences: &mut Differences,
) -> anyhow::Result<()> {
    let query = "query($offset: Int) { products(first: 100, offset: $offset) {
        totalCount nodes { id name variants { price { amount } } } } }";
    let published = views.values().filter(|view| view.is_published()).count();
    let mut seen = 0;
    for offset in (0..).step_by(100) {
        let page = fleet.client(node).data(query, json!({ "offset": offset })).await["products"].clone();
        let nodes = page["nodes"].as_array().context("products are listed")?;
        for product in nodes {
            seen += 1;
            let view = product["id"].as_str().and_then(|id| views.get(id));
            let holds = view.is_some_and(|view| {
                let price = product["variants"][0]["price"]["amount"].as_str().unwrap_or_default();
                view.is_published() && product["name"] == view.product.name && price.replace('.', "") == minor(view)
            });
            if !holds {
                differences.found.push(format!("node {node} shows {product}"));
            }
        }
        if nodes.len() < 100 {
            break;
        }
    }
    if seen != published {
        differences
            .found
            .push(format!("node {node} lists {seen} products, {published} are published"));
    }
    Ok(())
}

/// The blocks of one product, in f64, the picture imputed where it is missing.
struct Item {
    raw: [Option<Vec<f64>>; 2],
    centred: [Option<Vec<f64>>; 2],
    is_imputed: bool,
    is_candidate: bool,
    is_published: bool,
}

struct Reference {
    items: BTreeMap<String, Item>,
}

impl Reference {
    async fn read(shop: &Shop, views: &BTreeMap<String, ProductView>) -> anyhow::Result<Self> {
        let generation = shop.pipeline().generations.serving().await?.context("vectors serve")?;
        let frame = shop.pipeline().generations.frame(generation.id).await?;
        let frame = frame.as_deref().map(StoredFrame::from_bytes).transpose()?;
        let frame = frame.map(|stored| stored.frame);
        let models: Vec<&str> = generation.models.ids().collect();
        let ids: Vec<ProductId> = views.values().map(ProductView::id).collect();
        let mut blocks: BTreeMap<ProductId, [Option<Vec<f32>>; 2]> = BTreeMap::new();
        for stored in shop.embeddings().of(&ids, &models).await? {
            let place = usize::from(stored.modality == Modality::Image);
            blocks.entry(stored.product).or_default()[place] = Some(unit(stored.vector));
        }
        let items = views.iter().map(|(key, view)| {
            let [text, image] = blocks.remove(&view.id()).unwrap_or_default();
            let imputed = match (&image, &text, &frame) {
                (None, Some(text), Some(frame)) => frame.impute(text),
                _ => None,
            };
            let is_imputed = imputed.is_some();
            let raw = [text, image.or(imputed)].map(|block| block.map(wide));
            let means = frame.as_ref().map(|frame| {
                let (text, image) = frame.means();
                [wide(text.to_vec()), wide(image.to_vec())]
            });
            let mut centred = [None, None];
            for (place, block) in raw.iter().enumerate() {
                centred[place] = block
                    .as_ref()
                    .map(|block| centre(block, means.as_ref().map(|means| means[place].as_slice())));
            }
            let item = Item {
                raw,
                centred,
                is_imputed,
                is_candidate: view.is_published() && view.is_available(),
                is_published: view.is_published(),
            };
            (key.clone(), item)
        });
        Ok(Self { items: items.collect() })
    }

    /// Scores of everything that may be recommended beside a product, best first.
    fn list(&self, id: &str, is_calibrated: bool) -> Vec<(f64, &str)> {
        let query = &self.items[id];
        let others = self
            .items
            .iter()
            .filter(|(other, item)| *other != id && item.is_candidate);
        let mut list: Vec<(f64, &str)> = others
            .filter(|(_, item)| (0..2).any(|place| query.raw[place].is_some() && item.raw[place].is_some()))
            .map(|(other, item)| (score(query, item, is_calibrated), other.as_str()))
            .collect();
        list.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        list
    }
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    for x in &mut vector {
        *x = (f64::from(*x) / length) as f32;
    }
    vector
}

fn wide(vector: Vec<f32>) -> Vec<f64> {
    vector.into_iter().map(f64::from).collect()
}

fn centre(block: &[f64], mean: Option<&[f64]>) -> Vec<f64> {
    let Some(mean) = mean else { return block.to_vec() };
    let centred: Vec<f64> = block.iter().zip(mean).map(|(x, mean)| x - mean).collect();
    let length = centred.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length < MIN_LENGTH {
        return vec![0.0; centred.len()];
    }
    centred.into_iter().map(|x| x / length).collect()
}

/// Where both share one block, the weight moves to it.
fn score(query: &Item, item: &Item, is_calibrated: bool) -> f64 {
    let side = |item: &'_ Item, place: usize| match is_calibrated {
        true => item.centred[place].clone(),
        false => item.raw[place].clone(),
    };
    let part = |place: usize, weight: f64| match (side(query, place), side(item, place)) {
        (Some(a), Some(b)) => (weight, weight * a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>()),
        _ => (0.0, 0.0),
    };
    let (text, image) = (part(0, TEXT_WEIGHT), part(1, 1.0 - TEXT_WEIGHT));
    (text.1 + image.1) / (text.0 + image.0)
}

/// Holds every list of a node against the reference.
async fn compare(
    fleet: &Fleet,
    node: usize,
    (mode, is_calibrated): (&str, bool),
    reference: &Reference,
    differences: &mut Differences,
) -> anyhow::Result<()> {
    let query = format!(
        "query($id: ID!) {{ product(by: {{id: $id}}) {{ recommendations(first: {FIRST}, mode: {mode},
            weights: {{text: {TEXT_WEIGHT}, image: 0.3}}) {{ source items {{ score product {{ id }} }} }} }} }}"
    );
    for id in reference
        .items
        .iter()
        .filter(|(_, item)| item.is_published)
        .map(|(id, _)| id)
    {
        let answer = fleet.client(node).data(&query, json!({ "id": id })).await;
        let list = &answer["product"]["recommendations"];
        let items = list["items"].as_array().context("a list comes")?;
        let wanted = reference.list(id, is_calibrated);
        differences.lists += 1;
        differences.entries += items.len();
        if let Some(difference) = differing(items, &wanted) {
            differences
                .found
                .push(format!("node {node}, {mode}, {id}, {}: {difference}", list["source"]));
        }
    }
    Ok(())
}

/// The first difference between a node's list and the reference. Entries whose scores differ
/// by less than the tolerance may change places.
fn differing(items: &[Value], wanted: &[(f64, &str)]) -> Option<String> {
    let length = FIRST.min(wanted.len());
    if items.len() != length {
        return Some(format!("{} entries in place of {length}", items.len()));
    }
    let scores: BTreeMap<&str, f64> = wanted.iter().map(|(score, id)| (*id, *score)).collect();
    for (place, item) in items.iter().enumerate() {
        let id = item["product"]["id"].as_str().unwrap_or_default();
        let score = item["score"].as_f64().unwrap_or(f64::NAN);
        let own = scores.get(id).copied();
        let (best, expected) = wanted[place];
        let holds = own.is_some_and(|own| (own - score).abs() <= TOLERANCE) && (best - score).abs() <= TOLERANCE;
        if !holds {
            return Some(format!(
                "place {place}: {id} at {score}, by brute force {own:?}; expected {expected} at {best}"
            ));
        }
    }
    None
}
