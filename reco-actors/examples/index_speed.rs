//! Exact scan against graph: latency, recall against a plain single-precision loop, memory
//! and cost of a change, on clustered synthetic vectors. The crossover default comes from here.
//!
//! `cargo run --release -p reco-actors --example index_speed [ITEMS[xTEXT+IMAGE]]…`
//! with 2000 12000 20000x384+512 50000 as the sizes when none are given.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use fixedbitset::FixedBitSet;
use reco_actors::{
    ItemId, ScoreMode, Slot, Weights,
    eval::{Random, sample},
    index::{EngineChoice, Generation, IndexConfig, VectorWriter},
};
use std::time::{Duration, Instant};

const QUERIES: usize = 200;
const K: usize = 10;
/// Items around one centre, as variants and near relations of one article are.
const CLUSTER: usize = 60;
const SPREAD: f64 = 0.6;
/// Scores nearer than this are equal in single precision.
const ROUNDING: f64 = 3e-7;

/// How many items, and how wide their blocks are.
struct Size {
    items: usize,
    text: usize,
    image: usize,
}

/// One vector pair per item.
type Catalogue = Vec<(Vec<f32>, Vec<f32>)>;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let defaults = ["2000", "12000", "20000x384+512", "50000"].map(str::to_owned).to_vec();
    let wanted = if arguments.is_empty() { defaults } else { arguments };
    println!(
        "{:>22} {:>6} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8}  query",
        "size", "engine", "build s", "MiB", "p50 ms", "p99 ms", "recall@10", "queries/s"
    );
    for argument in wanted {
        match parse(&argument) {
            Some(size) => measure(&size),
            None => println!("{argument:?} is not ITEMS or ITEMSxTEXT+IMAGE"),
        }
    }
}

fn parse(argument: &str) -> Option<Size> {
    let Some((items, dims)) = argument.split_once('x') else {
        return Some(Size {
            items: argument.parse().ok()?,
            text: 384,
            image: 1280,
        });
    };
    let (text, image) = dims.split_once('+')?;
    Some(Size {
        items: items.parse().ok()?,
        text: text.parse().ok()?,
        image: image.parse().ok()?,
    })
}

fn measure(size: &Size) {
    let catalogue = synthesise(size);
    let queries = sample(size.items, QUERIES, 3);
    for engine in [EngineChoice::Exact, EngineChoice::Hnsw] {
        let started = Instant::now();
        let mut writer = fill(size, &catalogue, engine);
        let built = started.elapsed();
        for (name, weights, mode) in [
            ("70/30 raw", Weights::DEFAULT, ScoreMode::Raw),
            ("70/30 calibrated", Weights::DEFAULT, ScoreMode::Calibrated),
            ("text raw", Weights::TEXT, ScoreMode::Raw),
            ("image raw", Weights::IMAGE, ScoreMode::Raw),
        ] {
            let generation = writer.reader().load();
            let (answers, latencies) = search_all(&generation, &queries, size.items, weights, mode);
            let recall = match mode {
                ScoreMode::Raw => format!("{:.4}", recall(&catalogue, &queries, &answers, weights)),
                ScoreMode::Calibrated => "-".to_owned(),
            };
            report(size, engine, built, &generation, &latencies, &recall, name);
        }
        if engine == EngineChoice::Exact {
            changes(size, &catalogue, &mut writer, &queries);
        }
    }
}

/// Vectors around centres that themselves lie around a few super-centres.
fn synthesise(size: &Size) -> Catalogue {
    let centres = (size.items / CLUSTER).max(1) as u64;
    let mut random = Random::new(17);
    let mut block = |centre: u64, dim: usize| -> Vec<f32> {
        let (mut family, mut own) = (Random::new(1_000_000 + centre % 12), Random::new(2_000_000 + centre));
        (0..dim)
            .map(|_| (family.normal() + own.normal() + SPREAD * random.normal()) as f32)
            .collect()
    };
    let mut pick = Random::new(29);
    (0..size.items)
        .map(|_| {
            let centre = pick.below(centres);
            unit_pair(block(centre, size.text), block(centre, size.image))
        })
        .collect()
}

fn unit_pair(mut text: Vec<f32>, mut image: Vec<f32>) -> (Vec<f32>, Vec<f32>) {
    for block in [&mut text, &mut image] {
        let length = block.iter().map(|value| value * value).sum::<f32>().sqrt();
        block.iter_mut().for_each(|value| *value /= length);
    }
    (text, image)
}

fn id_of(slot: u32) -> ItemId {
    ItemId(uuid::Uuid::from_u128(slot.into()))
}

fn fill(size: &Size, catalogue: &Catalogue, engine: EngineChoice) -> VectorWriter {
    let mut writer = VectorWriter::new(IndexConfig {
        engine,
        ..IndexConfig::new(size.text, size.image)
    });
    for (slot, (text, image)) in catalogue.iter().enumerate() {
        if let Err(error) = writer.upsert(
            Slot(slot as u32),
            id_of(slot as u32),
            Some(text.clone()),
            Some(image.clone()),
        ) {
            println!("item {slot}: {error}");
        }
    }
    writer.rebuild_now();
    writer
}

fn search_all(
    generation: &Generation,
    queries: &[usize],
    items: usize,
    weights: Weights,
    mode: ScoreMode,
) -> (Vec<Vec<usize>>, Vec<Duration>) {
    let mut allow = FixedBitSet::with_capacity(items + 1_000);
    allow.insert_range(..);
    let mut latencies = Vec::with_capacity(queries.len());
    let answers = queries
        .iter()
        .map(|&slot| {
            let started = Instant::now();
            let query = generation.query_of(Slot(slot as u32), weights, mode);
            let hits = query
                .map(|query| generation.search(&query, &allow, K))
                .unwrap_or_default();
            latencies.push(started.elapsed());
            hits.iter().map(|hit| hit.slot.0 as usize).collect()
        })
        .collect();
    latencies.sort_unstable();
    (answers, latencies)
}

/// Share of the answers that belong among the first `K` of a plain loop over all items in
/// double precision; a score within single-precision rounding of the last one is a tie.
fn recall(catalogue: &Catalogue, queries: &[usize], answers: &[Vec<usize>], weights: Weights) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let mut found = 0;
    for (&query, answer) in queries.iter().zip(answers) {
        let (text, image) = &catalogue[query];
        let score = |item: usize| {
            let part = |weight: f32, a, b| {
                if weight > 0.0 {
                    f64::from(weight) * dot(a, b)
                } else {
                    0.0
                }
            };
            part(weights.text(), text, &catalogue[item].0) + part(weights.image(), image, &catalogue[item].1)
        };
        let scores: Vec<f64> = (0..catalogue.len()).map(score).collect();
        let mut ranked = scores.clone();
        ranked.sort_unstable_by(|a, b| b.total_cmp(a));
        let last = ranked[K.min(ranked.len()) - 1] - ROUNDING;
        found += answer.iter().filter(|&&item| scores[item] >= last).count();
    }
    found as f64 / (queries.len() * K.min(catalogue.len())) as f64
}

fn report(
    size: &Size,
    engine: EngineChoice,
    built: Duration,
    generation: &Generation,
    latencies: &[Duration],
    recall: &str,
    query: &str,
) {
    let total: Duration = latencies.iter().sum();
    println!(
        "{:>22} {:>6} {:>8.2} {:>8.1} {:>8.3} {:>8.3} {:>9} {:>9.0}  {query}",
        format!("{} x {}+{}", size.items, size.text, size.image),
        format!("{engine:?}"),
        built.as_secs_f64(),
        generation.stats().bytes as f64 / f64::from(1 << 20),
        quantile(latencies, 0.5),
        quantile(latencies, 0.99),
        recall,
        latencies.len() as f64 / total.as_secs_f64(),
    );
}

fn quantile(sorted: &[Duration], share: f64) -> f64 {
    let at = ((sorted.len() - 1) as f64 * share).round() as usize;
    sorted[at].as_secs_f64() * 1e3
}

/// What one change costs with a full delta, and what a full delta costs a search.
fn changes(size: &Size, catalogue: &Catalogue, writer: &mut VectorWriter, queries: &[usize]) {
    let mut publications = Vec::new();
    for change in 0..IndexConfig::DEFAULT_MAX_DELTA {
        let (text, image) = &catalogue[(change * 7) % size.items];
        let slot = Slot((size.items + change) as u32);
        if let Err(error) = writer.upsert(slot, id_of(slot.0), Some(text.clone()), Some(image.clone())) {
            println!("change {change}: {error}");
        }
        let started = Instant::now();
        writer.publish();
        publications.push(started.elapsed());
    }
    publications.sort_unstable();
    let generation = writer.reader().load();
    let (_, latencies) = search_all(&generation, queries, size.items, Weights::DEFAULT, ScoreMode::Raw);
    println!(
        "{:>22} full delta of {}: search p50 {:.3} ms; publish p50 {:.1} µs, p99 {:.1} µs",
        "",
        IndexConfig::DEFAULT_MAX_DELTA,
        quantile(&latencies, 0.5),
        quantile(&publications, 0.5) * 1e3,
        quantile(&publications, 0.99) * 1e3,
    );
}
