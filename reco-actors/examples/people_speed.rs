//! Lists by what people do, over generated products: how fast acts are learned, and how long lists
//! take, one after the other on one thread.
//!
//! `cargo run --release -p reco-actors --example people_speed [PRODUCTS]`, 20,000 unless given.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use anyhow::Result;
use reco_actors::{
    AlsoKind, AlsoQuery, Item, ItemId, Personal as _, RecoError, TrendingQuery, ViewerQuery,
    catalog::Filter,
    embed::{EmbedImage, EmbedText, EmbedderFactory, ModelInfo},
    eval::Random,
    models::{Act, Behaviour, Deed, PersonId},
    system::{Change, RecoConfig, RecoHandle, RecoSystem},
};
use std::{collections::HashSet, hint::black_box, sync::Arc, time::Instant};
use uuid::Uuid;

const TEXT: usize = 384;
const IMAGE: usize = 512;
const PEOPLE: u64 = 20_000;
/// Acts of a person at most: most look at little.
const ACTS: u64 = 20;
/// People whose lists are measured, and their acts.
const BUSY: u64 = 500;
const BUSY_ACTS: u64 = 200;
const KINDS: u64 = 200;

/// Vectors as wide as those of the models; nothing is embedded here.
struct Wide;

impl EmbedderFactory for Wide {
    fn text_model(&self) -> Option<ModelInfo> {
        Some(ModelInfo {
            id: "text".into(),
            dim: TEXT,
        })
    }

    fn image_model(&self) -> Option<ModelInfo> {
        Some(ModelInfo {
            id: "image".into(),
            dim: IMAGE,
        })
    }

    fn text(&self) -> Result<Box<dyn EmbedText>, RecoError> {
        Err(none_here())
    }

    fn image(&self) -> Result<Box<dyn EmbedImage>, RecoError> {
        Err(none_here())
    }
}

fn none_here() -> RecoError {
    RecoError::Model {
        model: "none".into(),
        reason: "nothing is embedded here".into(),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let products: u64 = std::env::args().nth(1).map_or(Ok(20_000), |count| count.parse())?;
    let config = RecoConfig {
        text_workers: 0,
        image_workers: 0,
        ..RecoConfig::default()
    };
    let system = RecoSystem::start(config, Some(Arc::new(Wide)))?;
    let engine = system.handle();
    let mut random = Random::new(7);
    fill(&engine, products, &mut random).await?;
    let acts = acts(products, &mut random);
    let began = Instant::now();
    let mut alone = Behaviour::default();
    acts.iter().for_each(|act| alone.learn(act));
    let each = began.elapsed().as_secs_f64() * 1e6 / acts.len() as f64;
    let bytes = alone.to_bytes()?.len() as f64 / f64::from(1 << 20);
    println!(
        "{products} products, {} acts of {} people: {each:.1} µs an act, {bytes:.0} MiB in a snapshot",
        acts.len(),
        alone.people()
    );
    engine.apply(vec![Change::Behaviour(Box::new(alone))], 1).await?;
    measure(&engine, products).await
}

async fn measure(engine: &RecoHandle, products: u64) -> Result<()> {
    let (mut own, mut also, mut trending) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..BUSY {
        let history = engine.history(person(PEOPLE + number)).unwrap_or_default();
        let query = ViewerQuery {
            exclude: history.iter().map(|past| past.item).collect::<HashSet<_>>(),
            history,
            limit: 12,
            ..ViewerQuery::default()
        };
        let began = Instant::now();
        black_box(engine.for_viewer(&query).await?);
        own.push(began.elapsed().as_secs_f64() * 1e3);
        let query = AlsoQuery {
            items: vec![id(number * 37 % products)],
            kind: AlsoKind::Viewed,
            limit: 12,
            filter: Filter::default(),
            include_out_of_stock: false,
            explain: false,
        };
        let began = Instant::now();
        black_box(engine.also(&query).await?);
        also.push(began.elapsed().as_secs_f64() * 1e3);
        let query = TrendingQuery {
            limit: 12,
            ..TrendingQuery::default()
        };
        let began = Instant::now();
        black_box(engine.trending(&query).await?);
        trending.push(began.elapsed().as_secs_f64() * 1e3);
    }
    report(&format!("a list for somebody of {BUSY_ACTS} acts, uncached"), own);
    report("what people go on to from a product", also);
    report("what is touched lately", trending);
    Ok(())
}

fn report(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("  {name}: p50 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99));
}

async fn fill(engine: &RecoHandle, products: u64, random: &mut Random) -> Result<()> {
    let mut changes = Vec::new();
    for number in 0..products {
        changes.push(Change::Upsert(Box::new(item(number))));
        let mut kind = Random::new(number % KINDS + 1);
        let mut near = |dim| (0..dim).map(|_| (kind.normal() + random.normal()) as f32).collect();
        changes.push(Change::Vectors {
            id: id(number),
            text: Some(near(TEXT)),
            image: Some(near(IMAGE)),
        });
    }
    engine.apply(changes, 0).await?;
    Ok(engine.rebuild().await?)
}

/// Each person keeps to a few kinds of products; few products are touched by many.
fn acts(products: u64, random: &mut Random) -> Vec<Act> {
    let mut acts = Vec::new();
    for number in 0..PEOPLE + BUSY {
        let count = if number < PEOPLE {
            1 + random.below(ACTS)
        } else {
            BUSY_ACTS
        };
        let tastes = [random.below(KINDS), random.below(KINDS), random.below(KINDS)];
        for second in 0..count {
            let rank = ((products / KINDS) as f64).powf(random.unit()) as u64;
            let product = (rank * KINDS + tastes[random.below(3) as usize]) % products;
            acts.push(Act {
                person: person(number),
                at_ms: second as i64 * 1_000,
                deed: match random.below(20) {
                    0 => Deed::Bought(vec![id(product)]),
                    1 => Deed::Added(id(product)),
                    _ => Deed::Viewed(id(product), Some(5_000)),
                },
            });
        }
    }
    acts
}

fn person(number: u64) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(number) + 1))
}

fn id(number: u64) -> ItemId {
    ItemId(Uuid::from_u128(u128::from(number) + 1))
}

fn item(number: u64) -> Item {
    Item {
        name: format!("Product {number}"),
        ..Item::blank(id(number))
    }
}
