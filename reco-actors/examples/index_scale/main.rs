//! An engine at scale, 384 + 512 wide: build, memory, snapshot, boot, latency, recall against
//! brute force, the cost of a delta, and what the swap of a rebuilt generation costs searches.
//!
//! `cargo run --release -p reco-actors --example index_scale [SIZE…]`, with 20000 and 200000 as
//! the sizes when none are given. A size followed by `!` leaves out the rebuild under load.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod world;

use anyhow::{Context, Result};
use fixedbitset::FixedBitSet;
use reco_actors::{
    Recommender, ScoreMode, SimilarKind, SimilarQuery, Slot, Weights,
    catalog::Filter,
    embed::ModelInfo,
    eval::{Random, sample},
    index::Generation,
    snapshot::{SnapshotLabel, heads},
    system::{Change, LoadedModels, RecoConfig, RecoHandle, RecoSystem},
};
use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};
use world::{World, id, item, recall};

const TEXT: usize = 384;
const IMAGE: usize = 512;
const QUERIES: usize = 200;
const K: usize = 10;
const BATCH: usize = 5_000;

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
    // On a real disk, and where what a killed run leaves is no part of the sources.
    std::fs::create_dir_all("target")?;
    let dir = tempfile::tempdir_in("target")?;
    let report = handle.save_snapshot(dir.path(), label(), 0).await?;
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
    if under_load {
        deltas(&handle, &world, &queries).await?;
        swap(&handle, &queries, items).await?;
    }
    system.shutdown();
    // A million take the memory of a small machine: those that boot have it to themselves.
    drop((handle, world));
    for mapped in ["mapped", "heap"] {
        boot_apart(dir.path(), mapped)?;
    }
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
    let restored = handle.restore_snapshot(dir, &label(), &heads(dir)).await?;
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
