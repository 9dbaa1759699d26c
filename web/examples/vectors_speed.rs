//! Similar items by pgvector against the built-in engines: recall, latency and time to fill.
//!
//! `scripts/services target/release/examples/vectors_speed [ITEMS]`; needs MYSHOP_TEST_PGVECTOR_URL.

#![expect(clippy::print_stdout, reason = "figures are printed")]

use anyhow::{Context, Result};
use reco_actors::{
    ItemId, Weights,
    embed::ModelInfo,
    eval::Random,
    index::{EngineChoice, IndexConfig},
    snapshot::Head,
    system::LoadedModels,
    vectors::{
        Admission, Admit, Like, MemoryVectors, UnitBlocks, VectorChange, VectorIndex, VectorSearch, VectorStore,
    },
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use uuid::Uuid;
use web::vectors::{PgVectors, PgVectorsConfig};

/// Widths of MiniLM and CLIP ViT-B/32.
const DIMS: (usize, usize) = (384, 512);
const K: usize = 10;
const SEARCHES: usize = 300;
const BATCH: usize = 1_000;
const ORIGIN: &str = "vectors_speed";

/// A vector near one of some centres, as products of some kinds have.
fn near(random: &mut Random, kind: u64, dim: usize) -> Vec<f32> {
    let mut centre = Random::new(kind + 1);
    (0..dim).map(|_| (centre.normal() + random.normal()) as f32).collect()
}

fn generated(items: usize) -> Result<Vec<VectorChange>> {
    let mut random = Random::new(7);
    let kinds = (items as u64 / 50).max(1);
    let change = |number: usize| {
        let kind = random.below(kinds);
        let (text, image) = (near(&mut random, kind, DIMS.0), near(&mut random, kinds + kind, DIMS.1));
        Ok(VectorChange::Upsert {
            id: id(number),
            version: 1,
            blocks: UnitBlocks::new(Some(text), Some(image).filter(|_| number % 10 != 1), DIMS)?,
        })
    };
    (0..items).map(change).collect()
}

fn id(number: usize) -> ItemId {
    ItemId(Uuid::from_u128(number as u128))
}

async fn fill(index: &dyn VectorIndex, all: &[VectorChange]) -> Result<(Duration, Duration, Duration)> {
    let to = index.begin(ORIGIN).await?.incarnation;
    let began = Instant::now();
    for some in all.chunks(BATCH) {
        index.apply(to, some.to_vec()).await?;
    }
    let written = began.elapsed();
    let began = Instant::now();
    index.build().await?;
    index.filled(to, Head { position: 1, mark: 1 }).await?;
    let built = began.elapsed();
    let began = Instant::now();
    for some in all.chunks(BATCH) {
        index.apply(to, some.to_vec()).await?;
    }
    Ok((written, built, began.elapsed()))
}

/// Every so many-th item.
struct Every {
    items: usize,
    step: usize,
}

impl Admission for Every {
    fn admits(&self, id: ItemId) -> bool {
        id.0.as_u128().is_multiple_of(self.step as u128)
    }

    fn all(&self) -> Vec<ItemId> {
        (0..self.items).step_by(self.step).map(id).collect()
    }
}

async fn searches(
    index: &dyn VectorIndex,
    items: usize,
    admit: Admit<'_>,
) -> Result<(Vec<HashSet<ItemId>>, Vec<Duration>)> {
    let (mut found, mut took) = (Vec::new(), Vec::new());
    for at in 0..SEARCHES {
        let search = VectorSearch {
            like: Like::Item(id(at * items / SEARCHES)),
            weights: Weights::DEFAULT,
            admit,
            k: K,
        };
        let began = Instant::now();
        let hits = index.search(search).await?;
        took.push(began.elapsed());
        found.push(hits.into_iter().map(|hit| hit.id).collect());
    }
    took.sort_unstable();
    Ok((found, took))
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

#[tokio::main]
async fn main() -> Result<()> {
    let items = std::env::args().nth(1).map_or(Ok(20_000), |items| items.parse())?;
    let url = std::env::var("MYSHOP_TEST_PGVECTOR_URL").context("MYSHOP_TEST_PGVECTOR_URL is not set")?;
    let all = generated(items)?;
    let memory = |engine| {
        MemoryVectors::new(IndexConfig {
            engine,
            max_delta: usize::MAX,
            ..IndexConfig::new(DIMS.0, DIMS.1)
        })
    };
    let (exact, hnsw) = (memory(EngineChoice::Exact)?, memory(EngineChoice::Hnsw)?);
    let model = |name: &str, dim| Some(ModelInfo { id: name.into(), dim });
    let models = LoadedModels {
        text: model("text", DIMS.0),
        image: model("image", DIMS.1),
    };
    let postgres = PgVectors::new(PgVectorsConfig {
        url,
        namespace: Uuid::now_v7().to_string(),
        max_connections: 4,
        patience: Duration::from_secs(60),
    });
    let postgres = postgres.index(&models);
    println!(
        "{items} items of {} + {}, {SEARCHES} searches for {K}, one at a time",
        DIMS.0, DIMS.1
    );
    let few: Vec<ItemId> = (0..items).step_by(100).map(id).collect();
    let (all_of_them, third) = (Every { items, step: 1 }, Every { items, step: 3 });
    let mut truth = Vec::new();
    for (name, index) in [
        ("exact", &exact as &dyn VectorIndex),
        ("hnsw", &hnsw),
        ("pgvector", &*postgres),
    ] {
        let (written, built, compared) = fill(index, &all).await?;
        println!(
            "{name}: written in {:.1} s, built in {:.1} s, compared again in {:.1} s",
            written.as_secs_f64(),
            built.as_secs_f64(),
            compared.as_secs_f64()
        );
        for (at, (what, admit)) in [
            ("all", Admit::Where(&all_of_them)),
            ("a third", Admit::Where(&third)),
            ("a hundredth, named", Admit::Only(&few)),
        ]
        .into_iter()
        .enumerate()
        {
            let (found, took) = searches(index, items, admit).await?;
            if truth.len() <= at {
                truth.push(found.clone());
            }
            let wanted: usize = truth[at].iter().map(HashSet::len).sum();
            let right: usize = found
                .iter()
                .zip(&truth[at])
                .map(|(a, b)| a.intersection(b).count())
                .sum();
            println!(
                "  {what}: recall@{K} {:.4}, median {:.2} ms, p99 {:.2} ms",
                right as f64 / wanted as f64,
                millis(took[took.len() / 2]),
                millis(took[took.len() * 99 / 100])
            );
        }
    }
    Ok(())
}
