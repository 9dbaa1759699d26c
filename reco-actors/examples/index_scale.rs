//! An engine at scale, 384 + 512 wide: build, memory, snapshot, boot, latency, recall against
//! brute force, the cost of a delta, and what the swap of a rebuilt generation costs searches.
//!
//! `cargo run --release -p reco-actors --example index_scale [SIZE…]`, with 20000 and 200000 as
//! the sizes when none are given. A size followed by `!` leaves out the rebuild under load.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use anyhow::{Context, Result};
use chrono::DateTime;
use fixedbitset::FixedBitSet;
use reco_actors::{
    Attribute, AttributeValue, Item, ItemId, PriceRange, Recommender, ScoreMode, SimilarKind, SimilarQuery, Slot, Term,
    Weights,
    catalog::Filter,
    embed::ModelInfo,
    eval::{Random, sample},
    index::Generation,
    snapshot::SnapshotLabel,
    system::{Change, LoadedModels, RecoConfig, RecoHandle, RecoSystem},
};
use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};
use uuid::Uuid;

const TEXT: usize = 384;
const IMAGE: usize = 512;
const QUERIES: usize = 200;
const K: usize = 10;
/// Items around one centre, as variants and near relations of one article are.
const CLUSTER: usize = 60;
const SPREAD: f32 = 0.6;
const BATCH: usize = 5_000;
const WORDS: u64 = 20_000;
const DESCRIPTION_WORDS: usize = 40;
/// Scores nearer than this are equal in single precision.
const ROUNDING: f32 = 1e-6;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [boot, dir, mapped] = &arguments[..]
        && boot == "boot"
    {
        return boot_here(Path::new(dir), mapped == "mapped").await;
    }
    let mut sizes: Vec<&str> = arguments.iter().map(String::as_str).collect();
    sizes.retain(|size| !size.starts_with('-'));
    if sizes.is_empty() {
        sizes = vec!["20000", "200000"];
    }
    for size in sizes {
        let items = size.trim_end_matches('!').parse().context("a size is a number")?;
        measure(items, !size.ends_with('!')).await?;
    }
    Ok(())
}

async fn measure(items: usize, under_load: bool) -> Result<()> {
    println!("\n{items} items x {TEXT}+{IMAGE}");
    let world = World::new(items);
    let system = RecoSystem::start(config(true), None)?;
    let handle = system.handle();
    handle.use_models(models()).await?;
    let filled = fill(&handle, &world).await?;
    let started = Instant::now();
    handle.rebuild().await?;
    println!("  fill {filled:.1?}, build {:.1?}", started.elapsed());
    memory("built", &handle);
    let queries = sample(items, QUERIES, 3);
    let truth = world.truth(&queries);
    let (answers, latencies) = search_all(&handle.vectors(), &queries, items);
    print_latency("search, one thread", &latencies);
    println!("  recall@{K} {:.4}", recall(&truth, &answers));
    recommend(&handle, &queries).await?;
    let dir = tempfile::tempdir_in(".")?;
    let report = handle.save_snapshot(dir.path(), label()).await?;
    println!(
        "  snapshot {:.1} MiB in {:.2?}, changes waited {:.1?}",
        mib(report.bytes as usize),
        report.took,
        report.held
    );
    tokio::time::sleep(Duration::from_millis(500)).await;
    memory("vectors in the file", &handle);
    let (_, latencies) = search_all(&handle.vectors(), &queries, items);
    print_latency("search, vectors in the file", &latencies);
    for mapped in ["mapped", "heap"] {
        boot_apart(dir.path(), mapped)?;
    }
    if under_load {
        deltas(&handle, &world, &queries).await?;
        swap(&handle, &queries, items).await?;
    }
    system.shutdown();
    Ok(())
}

fn config(map_vectors: bool) -> RecoConfig {
    // Rebuilds happen when this program says so.
    let never = Duration::from_secs(1 << 20);
    RecoConfig {
        text_workers: 0,
        image_workers: 0,
        map_vectors,
        rebuild_quiet: never,
        rebuild_max_wait: never,
        deadline: Duration::from_secs(60),
        ..RecoConfig::default()
    }
}

fn models() -> LoadedModels {
    let model = |id: &str, dim| Some(ModelInfo { id: id.into(), dim });
    LoadedModels {
        text: model("text", TEXT),
        image: model("image", IMAGE),
    }
}

fn label() -> SnapshotLabel {
    SnapshotLabel {
        models: models(),
        origin: "index_scale".into(),
    }
}

fn id(number: usize) -> ItemId {
    ItemId(Uuid::from_u128(1 + number as u128))
}

/// Vectors of all items, made again whenever they are asked for.
struct World {
    items: usize,
    centres: Vec<Vec<f32>>,
    noise: Vec<f32>,
}

impl World {
    fn new(items: usize) -> Self {
        let mut random = Random::new(17);
        let mut normals = |count: usize| -> Vec<f32> { (0..count).map(|_| random.normal() as f32).collect() };
        let families: Vec<Vec<f32>> = (0..12).map(|_| normals(TEXT + IMAGE)).collect();
        let centre = |number: usize| {
            let own = normals(TEXT + IMAGE);
            own.iter()
                .zip(&families[number % 12])
                .map(|(own, family)| own + family)
                .collect()
        };
        let centres = (0..(items / CLUSTER).max(1)).map(centre).collect();
        Self {
            items,
            centres,
            noise: normals(1 << 20),
        }
    }

    fn vectors(&self, number: usize, version: u64) -> (Vec<f32>, Vec<f32>) {
        let mut pick = Random::new(number as u64 * 31 + version);
        let centre = &self.centres[pick.below(self.centres.len() as u64) as usize];
        let from = pick.below((self.noise.len() - TEXT - IMAGE) as u64) as usize;
        let noise = &self.noise[from..];
        let mut text: Vec<f32> = centre
            .iter()
            .zip(noise)
            .map(|(centre, noise)| centre + SPREAD * noise)
            .collect();
        let mut image = text.split_off(TEXT);
        for block in [&mut text, &mut image] {
            let length = block.iter().map(|value| value * value).sum::<f32>().sqrt();
            block.iter_mut().for_each(|value| *value /= length);
        }
        (text, image)
    }

    fn fused(&self, number: usize) -> Vec<f32> {
        let (mut text, image) = self.vectors(number, 0);
        text.extend(image);
        text
    }

    /// For each query the scores of all items that count as answers: the least is the K-th best.
    fn truth(&self, queries: &[usize]) -> Vec<(usize, Vec<f32>)> {
        let (text, image) = (Weights::DEFAULT.text(), Weights::DEFAULT.image());
        let weighted = |&query: &usize| {
            let mut vector = self.fused(query);
            vector[..TEXT].iter_mut().for_each(|value| *value *= text);
            vector[TEXT..].iter_mut().for_each(|value| *value *= image);
            vector
        };
        let vectors: Vec<Vec<f32>> = queries.iter().map(weighted).collect();
        let mut scores: Vec<Vec<f32>> = queries.iter().map(|_| Vec::with_capacity(self.items)).collect();
        for number in 0..self.items {
            let item = self.fused(number);
            for (query, scores) in vectors.iter().zip(&mut scores) {
                scores.push(dot(query, &item));
            }
        }
        queries.iter().copied().zip(scores).collect()
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.chunks_exact(16).zip(b.chunks_exact(16)) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

fn recall(truth: &[(usize, Vec<f32>)], answers: &[Vec<usize>]) -> f64 {
    let mut found = 0;
    for ((_, scores), answer) in truth.iter().zip(answers) {
        let mut ranked = scores.clone();
        ranked.select_nth_unstable_by(K - 1, |a, b| b.total_cmp(a));
        let last = ranked[K - 1] - ROUNDING;
        found += answer.iter().filter(|&&item| scores[item] >= last).count();
    }
    found as f64 / (truth.len() * K) as f64
}

async fn fill(handle: &RecoHandle, world: &World) -> Result<Duration> {
    let started = Instant::now();
    let mut random = Random::new(7);
    for from in (0..world.items).step_by(BATCH) {
        let mut changes = Vec::with_capacity(2 * BATCH);
        for number in from..world.items.min(from + BATCH) {
            changes.push(Change::Upsert(Box::new(item(&mut random, number))));
            changes.push(vectors_of(world, number, 0));
        }
        handle.apply(changes, from as i64).await?;
    }
    Ok(started.elapsed())
}

fn vectors_of(world: &World, number: usize, version: u64) -> Change {
    let (text, image) = world.vectors(number, version);
    Change::Vectors {
        id: id(number),
        text: Some(text),
        image: Some(image),
    }
}

fn words(random: &mut Random, count: usize) -> String {
    let word = |_| {
        // Few words are frequent, as in any language.
        let rank = (WORDS as f64).powf(random.below(1 << 20) as f64 / f64::from(1 << 20)) as u64;
        format!("w{}", radix(rank * 7_919))
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn radix(mut number: u64) -> String {
    let mut text = String::new();
    while number > 0 {
        text.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    text
}

fn term(kind: u128, number: u64) -> Term {
    Term {
        id: Uuid::from_u128((kind << 64) | u128::from(number)),
        slug: format!("term-{kind}-{number}"),
        label: format!("Term {kind} {number}"),
    }
}

fn item(random: &mut Random, number: usize) -> Item {
    let leaf = random.below(120);
    let attribute = |key: u64, value| Attribute {
        key: format!("key_{key}"),
        label: format!("Key {key}"),
        value,
    };
    let mut attributes: Vec<Attribute> = (0..4)
        .map(|key| attribute(key, AttributeValue::Text(format!("Value {}", random.below(20)))))
        .collect();
    attributes.push(attribute(4, AttributeValue::Number(random.below(1_000) as f64 / 10.0)));
    attributes.push(attribute(5, AttributeValue::Bool(random.below(2) == 0)));
    let price = 500 + random.below(50_000) as i64;
    Item {
        id: id(number),
        version: 1,
        name: words(random, 6),
        description: words(random, DESCRIPTION_WORDS),
        brand: Some(term(1, random.below(400))),
        categories: vec![term(2, leaf / 40), term(3, leaf / 8), term(4, leaf)],
        price: Some(PriceRange {
            min: price,
            max: price + 500,
        }),
        rating: 3.5,
        rating_count: random.below(500) as u32,
        in_stock: random.below(20) > 0,
        published: random.below(50) > 0,
        attributes,
        identifiers: vec![format!("SKU-{number:08}")],
        created_at: DateTime::from_timestamp(1_700_000_000 + number as i64, 0).unwrap_or_default(),
        popularity: random.below(10_000) as f64,
    }
}

/// Item `n` came `n`-th, so its slot is `n`.
fn search(generation: &Generation, allow: &FixedBitSet, query: usize) -> Vec<usize> {
    let vector = generation.query_of(Slot(query as u32), Weights::DEFAULT, ScoreMode::Raw);
    let hits = vector
        .map(|vector| generation.search(&vector, allow, K))
        .unwrap_or_default();
    hits.iter().map(|hit| hit.slot.0 as usize).collect()
}

fn all(items: usize) -> FixedBitSet {
    let mut allow = FixedBitSet::with_capacity(items);
    allow.insert_range(..);
    allow
}

fn search_all(generation: &Generation, queries: &[usize], items: usize) -> (Vec<Vec<usize>>, Vec<Duration>) {
    let allow = all(items);
    let timed = |&query: &usize| {
        let started = Instant::now();
        let answer = search(generation, &allow, query);
        (answer, started.elapsed())
    };
    // Once for what a first search pays, then for the figures.
    queries.iter().for_each(|query| drop(timed(query)));
    queries.iter().map(timed).unzip()
}

async fn recommend(handle: &RecoHandle, queries: &[usize]) -> Result<()> {
    let mut latencies = Vec::with_capacity(queries.len());
    for &number in queries {
        let query = SimilarQuery {
            item: id(number),
            kind: SimilarKind::Hybrid,
            weights: None,
            mode: None,
            limit: K,
            filter: Filter::default(),
            include_out_of_stock: false,
            diversity: 0.0,
        };
        let started = Instant::now();
        handle.similar(&query).await?;
        latencies.push(started.elapsed());
    }
    print_latency("recommendation, filters and all", &latencies);
    Ok(())
}

/// What changed vectors cost every search until the next rebuild.
async fn deltas(handle: &RecoHandle, world: &World, queries: &[usize]) -> Result<()> {
    let mut changed = 0;
    for size in [0, 128, 512, 1_024, 2_048, 4_096] {
        let changes = (changed..size).map(|number| vectors_of(world, number * 3 % world.items, 1));
        handle.apply(changes.collect(), 0).await?;
        changed = size;
        let (_, latencies) = search_all(&handle.vectors(), queries, world.items);
        print_latency(&format!("search, delta of {size}"), &latencies);
    }
    Ok(())
}

/// Searches on one thread, alone and while a generation is rebuilt and swapped in.
async fn swap(handle: &RecoHandle, queries: &[usize], items: usize) -> Result<()> {
    let stop = AtomicBool::new(false);
    let search_until_told = |at_least: usize| {
        let allow = all(items);
        let mut latencies = Vec::new();
        while latencies.len() < at_least || !stop.load(Relaxed) {
            let query = queries[latencies.len() % queries.len()];
            let started = Instant::now();
            let answer = search(&handle.vectors(), &allow, query);
            latencies.push(started.elapsed());
            drop(answer);
        }
        latencies
    };
    stop.store(true, Relaxed);
    let alone = search_until_told(5_000);
    stop.store(false, Relaxed);
    let started = Instant::now();
    let during = std::thread::scope(|scope| {
        let searches = scope.spawn(|| search_until_told(0));
        let rebuilt = futures::executor::block_on(handle.rebuild());
        let took = started.elapsed();
        // Letting go of the old generation belongs to the swap.
        std::thread::sleep(Duration::from_millis(500));
        stop.store(true, Relaxed);
        rebuilt.map(|()| (searches.join().unwrap_or_default(), took))
    });
    let (during, took) = during?;
    print_latency("search, nothing else", &alone);
    print_latency(&format!("search, rebuild of {took:.1?} and swap"), &during);
    let after = during.len().saturating_sub(during.len().min(2_000));
    print_latency("search, the last 2,000 about the swap", &during[after..]);
    let (before, with) = (quantile(&alone, 0.99), quantile(&during, 0.99));
    println!("  p99 with the swap: +{:.3} ms, x{:.2}", with - before, with / before);
    Ok(())
}

/// Boots in a process of its own, so that its memory is its own.
fn boot_apart(dir: &Path, mapped: &str) -> Result<()> {
    let status = Command::new(std::env::current_exe()?)
        .args(["boot".as_ref(), dir.as_os_str(), mapped.as_ref()])
        .status()?;
    anyhow::ensure!(status.success(), "the boot failed");
    Ok(())
}

async fn boot_here(dir: &Path, mapped: bool) -> Result<()> {
    let system = RecoSystem::start(config(mapped), None)?;
    let handle = system.handle();
    let restored = handle.restore_snapshot(dir, &label()).await?;
    let how = if mapped {
        "vectors mapped"
    } else {
        "vectors on the heap"
    };
    println!("  boot, {how}: {} items in {:.2?}", restored.items, restored.took);
    memory(how, &handle);
    let items = restored.items;
    let (_, latencies) = search_all(&handle.vectors(), &sample(items, QUERIES, 3), items * 2);
    print_latency("search after it", &latencies);
    memory("after searches", &handle);
    system.shutdown();
    Ok(())
}

fn memory(when: &str, handle: &RecoHandle) {
    let stats = handle.vectors().stats();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
        kib.unwrap_or(0) as f64 / 1024.0
    };
    println!(
        "  {when}: {:?}, index {:.0} MiB on the heap (int8 {:.0}, full precision {:.0} in all); resident {:.0} MiB, of it files {:.0}",
        stats.engine,
        mib(stats.bytes),
        mib(stats.items * (TEXT + IMAGE)),
        mib(stats.items * (TEXT + IMAGE) * 4),
        field("VmRSS:"),
        field("RssFile:"),
    );
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn print_latency(what: &str, latencies: &[Duration]) {
    println!(
        "  {what}: p50 {:.3} ms, p99 {:.3} ms ({} searches)",
        quantile(latencies, 0.5),
        quantile(latencies, 0.99),
        latencies.len()
    );
}

fn quantile(latencies: &[Duration], share: f64) -> f64 {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
}
