//! What the cache saves: shoppers ask about few articles often and many seldom, while the shop
//! changes all the time. Hit rate, latency, and the ratio against computing every answer.
//!
//! `MYSHOP_TEST_REDIS_URL=redis://… cargo run --release -p reco-actors --example cache_speed [SECONDS]`
//! Without an address of a Redis only the memory of the process is measured.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use anyhow::Context;
use async_trait::async_trait;
use reco_actors::{
    ItemId, Reason, RecoError, Recommendations, Recommended, Recommender, ScorePart, SimilarKind, SimilarQuery, Source,
    cache::{CacheBackend, CacheConfig, CachedRecommender, LiveState},
    catalog::Filter,
    eval::Random,
};
use std::{
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicI64, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

const ITEMS: usize = 12_000;
/// What a search costs in the real index.
const COST: Duration = Duration::from_micros(1_200);
const LIST: u128 = 10;
/// Changes a second.
const MOVES: u32 = 20;
const ASKERS: u64 = 8;
/// Exponent of the popularity of articles.
const SKEW: f64 = 1.0;

/// Computes for as long as a search does.
#[derive(Default)]
struct Busy {
    calls: AtomicU64,
}

#[async_trait]
impl Recommender for Busy {
    async fn similar(&self, query: &SimilarQuery) -> Result<Recommendations, RecoError> {
        self.calls.fetch_add(1, Relaxed);
        let search = || {
            let started = Instant::now();
            while started.elapsed() < COST {
                std::hint::spin_loop();
            }
        };
        // The engine searches on threads of its own, too.
        let searched = tokio::task::spawn_blocking(search).await;
        searched.map_err(|error| RecoError::Unavailable(error.to_string()))?;
        let like = |number| Recommended {
            item: ItemId(Uuid::from_u128(query.item.0.as_u128() + number)),
            score: 1.0 / number as f32,
            parts: vec![(ScorePart::Text, 0.7), (ScorePart::Image, 0.3)],
            image_imputed: false,
            reason: Reason::SimilarOverall,
            causes: Vec::new(),
        };
        Ok(Recommendations {
            items: (1..=LIST).map(like).collect(),
            source: Source::Vectors,
            generation: "measured".into(),
        })
    }
}

/// A shop whose position moves.
struct Moving {
    run: String,
    position: AtomicI64,
}

impl LiveState for Moving {
    fn generation(&self) -> String {
        self.run.clone()
    }

    fn position(&self) -> i64 {
        self.position.load(SeqCst)
    }

    fn vectors(&self) -> u64 {
        ITEMS as u64
    }

    fn admits(&self, _: &SimilarQuery, _: &[ItemId]) -> bool {
        true
    }
}

/// Article numbers, popular ones often.
struct Popularity {
    up_to: Vec<f64>,
}

impl Popularity {
    fn new() -> Self {
        let mut sum = 0.0;
        let up_to = (1..=ITEMS).map(|rank| {
            sum += (rank as f64).powf(-SKEW);
            sum
        });
        Self { up_to: up_to.collect() }
    }

    fn pick(&self, random: &mut Random) -> u128 {
        let at = random.unit() * self.up_to[ITEMS - 1];
        self.up_to.partition_point(|sum| *sum <= at) as u128 + 1
    }
}

fn question(number: u128) -> SimilarQuery {
    SimilarQuery {
        item: ItemId(Uuid::from_u128(number << 32)),
        kind: SimilarKind::Hybrid,
        weights: None,
        mode: None,
        limit: LIST as usize,
        filter: Filter::default(),
        include_out_of_stock: false,
        diversity: 0.0,
    }
}

fn main() -> anyhow::Result<()> {
    let argument = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let seconds = argument.map_or(Ok(10), |seconds| seconds.parse()).context("SECONDS")?;
    let lasting = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!(
        "{ITEMS} items, exponent {SKEW}, {ASKERS} askers, {MOVES} changes a second, {} ms a search, {seconds} s each",
        COST.as_secs_f64() * 1e3
    );
    println!(
        "{:>8} {:>9} {:>7} {:>8} {:>8} {:>8} {:>9}  counters",
        "cache", "answers/s", "ratio", "hits %", "p50 ms", "p99 ms", "searches"
    );
    let plain = runtime.block_on(measure("none", None, lasting, None))?;
    let capacity = CacheConfig::default().entries;
    let memory = CacheBackend::Memory { capacity };
    runtime.block_on(measure("memory", Some(memory), lasting, Some(plain)))?;
    if let Ok(url) = std::env::var("MYSHOP_TEST_REDIS_URL") {
        runtime.block_on(measure(
            "redis",
            Some(CacheBackend::Redis { url }),
            lasting,
            Some(plain),
        ))?;
    }
    Ok(())
}

/// Answers per second.
async fn measure(
    name: &str,
    backend: Option<CacheBackend>,
    lasting: Duration,
    plain: Option<f64>,
) -> anyhow::Result<f64> {
    let inner = Arc::new(Busy::default());
    let live = Arc::new(Moving {
        run: Uuid::now_v7().to_string(),
        position: 1.into(),
    });
    let mut cache = None;
    if let Some(backend) = backend {
        let config = CacheConfig {
            backend,
            ..CacheConfig::default()
        };
        cache = Some(Arc::new(CachedRecommender::new(inner.clone(), live.clone(), &config)?));
    }
    let asked: Arc<dyn Recommender> = match &cache {
        Some(cache) => cache.clone(),
        None => inner.clone(),
    };

    let over = Arc::new(AtomicBool::new(false));
    let mover = tokio::spawn({
        let (over, live) = (Arc::clone(&over), Arc::clone(&live));
        async move {
            let mut tick = tokio::time::interval(Duration::from_secs(1) / MOVES);
            while !over.load(Relaxed) {
                tick.tick().await;
                live.position.fetch_add(1, SeqCst);
            }
        }
    });
    let popularity = Arc::new(Popularity::new());
    let started = Instant::now();
    let askers: Vec<_> = (0..ASKERS)
        .map(|seed| {
            let (asked, popularity) = (Arc::clone(&asked), Arc::clone(&popularity));
            tokio::spawn(async move {
                let (mut random, mut latencies) = (Random::new(seed + 1), Vec::new());
                while started.elapsed() < lasting {
                    let query = question(popularity.pick(&mut random));
                    let begun = Instant::now();
                    asked.similar(&query).await?;
                    latencies.push(begun.elapsed());
                    tokio::task::yield_now().await;
                }
                Ok::<_, RecoError>(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for asker in askers {
        latencies.extend(asker.await??);
    }
    let rate = latencies.len() as f64 / started.elapsed().as_secs_f64();
    over.store(true, Relaxed);
    mover.await?;

    latencies.sort_unstable();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let counters = cache.map(|cache| cache.counters());
    println!(
        "{name:>8} {rate:>9.0} {:>7.1} {:>8.1} {:>8.3} {:>8.3} {:>9}  {}",
        rate / plain.unwrap_or(rate),
        counters.map_or(0.0, |counters| counters.hit_rate() * 100.0),
        at(0.5),
        at(0.99),
        inner.calls.load(Relaxed),
        counters.map_or_else(String::new, |counters| format!("{counters:?}")),
    );
    Ok(rate)
}
