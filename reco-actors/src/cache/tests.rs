//! The cache over a stand-in that counts and waits, and over the real engine.

mod faults;
mod live;
mod nodes;
mod server;

use super::*;
use crate::{
    Reason, Recommended, Term,
    catalog::Filter,
    embed::fake::FakeFactory,
    system::tests::{
        PATIENCE, category, config, eventually, id, ids_like, item, like, small_shop, soon, start, upsert,
    },
    system::{Change, RecoSystem},
};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst};
use tokio::sync::Semaphore;

/// Answers with one item, or fails; waits for a permit when told to.
struct StandIn {
    calls: AtomicU64,
    gate: Semaphore,
    source: Source,
    fails: bool,
}

impl StandIn {
    fn new(source: Source, fails: bool, open: bool) -> Arc<Self> {
        let gate = Semaphore::new(if open { Semaphore::MAX_PERMITS } else { 0 });
        Arc::new(Self {
            calls: AtomicU64::new(0),
            gate,
            source,
            fails,
        })
    }

    fn calls(&self) -> u64 {
        self.calls.load(SeqCst)
    }
}

#[async_trait]
impl Recommender for StandIn {
    async fn similar(&self, query: &SimilarQuery) -> Result<Recommendations, RecoError> {
        let call = self.calls.fetch_add(1, SeqCst);
        let _passed = self.gate.acquire().await;
        if self.fails {
            return Err(RecoError::UnknownItem(query.item));
        }
        let item = Recommended {
            item: id(77),
            score: 0.1 + call as f32 / 3.0,
            parts: vec![(crate::ScorePart::Text, 0.1 + call as f32 / 3.0)],
            image_imputed: false,
            reason: Reason::Popular(Some("Küche".into())),
            causes: Vec::new(),
        };
        Ok(Recommendations {
            items: vec![item],
            source: self.source,
            generation: "g1.1".into(),
        })
    }
}

/// A fixed generation and position, and a switch for what may be shown.
struct Fixed {
    version: Mutex<String>,
    position: AtomicI64,
    admits: AtomicBool,
}

impl Fixed {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            version: Mutex::new("v1".into()),
            position: 1.into(),
            admits: true.into(),
        })
    }
}

impl LiveState for Fixed {
    fn generation(&self) -> String {
        self.version.lock().clone()
    }

    fn position(&self) -> i64 {
        self.position.load(SeqCst)
    }

    fn vectors(&self) -> u64 {
        0
    }

    fn admits(&self, _: &SimilarQuery, _: &[ItemId]) -> bool {
        self.admits.load(SeqCst)
    }
}

fn over(inner: &Arc<StandIn>, live: &Arc<Fixed>, config: &CacheConfig) -> CachedRecommender {
    CachedRecommender::new(Arc::clone(inner) as _, Arc::clone(live) as _, config).unwrap()
}

#[tokio::test]
async fn a_list_is_computed_once_per_question_and_generation() {
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = over(&inner, &live, &CacheConfig::default());
    let first = cache.similar(&like(1)).await.unwrap();
    assert_eq!(cache.similar(&like(1)).await.unwrap(), first);
    assert_eq!(inner.calls(), 1);
    cache.similar(&like(2)).await.unwrap();
    *live.version.lock() = "v2".into();
    cache.similar(&like(1)).await.unwrap();
    assert_eq!(inner.calls(), 3);
    let expected = CacheCounters {
        hits: 1,
        misses: 3,
        ..CacheCounters::default()
    };
    assert_eq!(cache.counters(), expected);
}

#[tokio::test]
async fn after_a_change_a_list_is_fresh_then_stale_then_computed_anew() {
    let [never, long] = [Duration::ZERO, Duration::from_secs(600)];
    let cases = [
        (long, long, (1, 0, 1)),
        (never, long, (1, 1, 2)),
        (never, never, (0, 0, 2)),
    ];
    for (fresh_for, stale_for, expected) in cases {
        let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
        let config = CacheConfig {
            fresh_for,
            stale_for,
            ..CacheConfig::default()
        };
        let cache = over(&inner, &live, &config);
        let first = cache.similar(&like(1)).await.unwrap();
        live.position.store(2, SeqCst);
        assert_eq!(cache.similar(&like(1)).await.unwrap() == first, expected.0 == 1);
        eventually("the computations end", || inner.calls() == expected.2).await;
        let counters = cache.counters();
        assert_eq!((counters.hits, counters.stale), (expected.0, expected.1));
    }
}

#[tokio::test]
async fn nothing_is_kept_before_the_first_position() {
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    live.position.store(0, SeqCst);
    let cache = over(&inner, &live, &CacheConfig::default());
    for _ in 0..2 {
        cache.similar(&like(1)).await.unwrap();
    }
    assert_eq!((inner.calls(), cache.counters().bypassed), (2, 2));
}

#[tokio::test]
async fn a_list_with_an_item_that_may_not_be_shown_is_computed_anew() {
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = over(&inner, &live, &CacheConfig::default());
    let first = cache.similar(&like(1)).await.unwrap();
    live.admits.store(false, SeqCst);
    assert_ne!(cache.similar(&like(1)).await.unwrap(), first);
    assert_eq!((inner.calls(), cache.counters().outdated), (2, 1));
}

#[tokio::test]
async fn fallback_lists_and_errors_are_not_kept() {
    for (source, fails) in [(Source::Fallback, false), (Source::Vectors, true)] {
        let (inner, live) = (StandIn::new(source, fails, true), Fixed::new());
        let cache = over(&inner, &live, &CacheConfig::default());
        assert_eq!(cache.similar(&like(1)).await.is_err(), fails);
        assert_eq!(cache.similar(&like(1)).await.is_err(), fails);
        assert_eq!((inner.calls(), cache.counters().hits), (2, 0));
    }
}

#[tokio::test]
async fn those_who_ask_at_once_share_one_computation_even_when_the_first_leaves() {
    for fails in [false, true] {
        let (inner, live) = (StandIn::new(Source::Vectors, fails, false), Fixed::new());
        let cache = Arc::new(over(&inner, &live, &CacheConfig::default()));
        let ask = || {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { cache.similar(&like(1)).await })
        };
        let first = ask();
        eventually("the computation begins", || inner.calls() == 1).await;
        let others: Vec<_> = (0..8).map(|_| ask()).collect();
        eventually("all have joined", || cache.counters().shared == 8).await;
        first.abort();
        assert!(soon(first).await.is_err());
        inner.gate.add_permits(1);
        for other in others {
            let answer = soon(other).await.unwrap();
            assert_eq!(
                matches!(answer, Err(RecoError::UnknownItem(item)) if item == id(1)),
                fails
            );
        }
        assert_eq!((inner.calls(), cache.flights.len()), (1, 0));
    }
}

#[tokio::test]
async fn a_computation_nobody_waits_for_is_dropped() {
    let (inner, live) = (StandIn::new(Source::Vectors, false, false), Fixed::new());
    let cache = Arc::new(over(&inner, &live, &CacheConfig::default()));
    let asking = Arc::clone(&cache);
    let only = tokio::spawn(async move { asking.similar(&like(1)).await });
    eventually("the computation begins", || inner.calls() == 1).await;
    assert_eq!(cache.flights.len(), 1);
    only.abort();
    assert!(soon(only).await.is_err());
    assert_eq!(cache.flights.len(), 0);
    inner.gate.add_permits(1);
    assert!(soon(cache.similar(&like(1))).await.is_ok());
    assert_eq!(inner.calls(), 2);
}

fn redis_config(url: &str) -> CacheConfig {
    CacheConfig {
        backend: CacheBackend::Redis { url: url.to_owned() },
        rest: PATIENCE,
        ..CacheConfig::default()
    }
}

fn redis_url() -> Option<String> {
    let url = std::env::var("MYSHOP_TEST_REDIS_URL").ok();
    if url.is_none() {
        assert!(
            std::env::var("MYSHOP_REQUIRE_SERVICES").is_err(),
            "MYSHOP_TEST_REDIS_URL is not set"
        );
        skip("MYSHOP_TEST_REDIS_URL is not set");
    }
    url
}

#[tokio::test]
async fn a_node_that_lags_neither_overwrites_a_newer_list_in_redis_nor_hides_it() {
    let Some(url) = redis_url() else { return };
    let (inner, ahead, behind) = (StandIn::new(Source::Vectors, false, true), Fixed::new(), Fixed::new());
    let name = uuid::Uuid::now_v7().to_string();
    (*ahead.version.lock()).clone_from(&name);
    *behind.version.lock() = name;
    ahead.position.store(2, SeqCst);
    let config = CacheConfig {
        budget: PATIENCE,
        fresh_for: Duration::ZERO,
        stale_for: Duration::ZERO,
        ..redis_config(&url)
    };
    let (one, other) = (over(&inner, &behind, &config), over(&inner, &ahead, &config));
    let old = soon(one.similar(&like(1))).await.unwrap();
    let new = soon(other.similar(&like(1))).await.unwrap();
    assert_ne!(old, new);
    assert_eq!(soon(one.similar(&like(1))).await.unwrap(), new);
    let key = Key::new(&like(1), &behind.generation());
    let late = Kept {
        list: Arc::new(old),
        state: State::of(&*behind),
        began: Instant::now(),
    };
    one.work.store.put(&key, &late, None, PATIENCE).await.unwrap();
    assert_eq!(soon(other.similar(&like(1))).await.unwrap(), new);
    assert_eq!(inner.calls(), 2);
}

/// Two caches over one Redis, as two nodes have them.
#[tokio::test]
async fn redis_keeps_lists_for_all_nodes() {
    let Some(url) = redis_url() else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    // Lists of earlier runs are none of this test's business.
    *live.version.lock() = uuid::Uuid::now_v7().to_string();
    // The budget of production is for requests; here a slow machine must not fail the test.
    let config = CacheConfig {
        budget: PATIENCE,
        ..redis_config(&url)
    };
    let (one, other) = (over(&inner, &live, &config), over(&inner, &live, &config));
    let list = soon(one.similar(&like(1))).await.unwrap();
    assert_eq!(soon(other.similar(&like(1))).await.unwrap(), list);
    assert_eq!((inner.calls(), one.counters().misses, other.counters().hits), (1, 1, 1));
    assert_eq!(one.counters().errors + other.counters().errors, 0);
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(reason: &str) {
    eprintln!("SKIPPED: {reason}");
}

#[tokio::test]
async fn a_redis_that_does_not_answer_costs_three_budgets_and_is_then_left_alone() {
    // Accepts connections (the backlog does) and never says a word.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = mute.local_addr().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for address in [address, closed] {
        let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
        let cache = over(&inner, &live, &redis_config(&format!("redis://{address}")));
        for _ in 0..5 {
            assert_eq!(soon(cache.similar(&like(1))).await.unwrap().items.len(), 1);
        }
        let expected = CacheCounters {
            errors: 3,
            bypassed: 2,
            ..CacheCounters::default()
        };
        assert_eq!((cache.counters(), inner.calls()), (expected, 5));
    }
}

#[test]
fn an_address_that_is_none_is_refused_at_start() {
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let made = CachedRecommender::new(inner, live, &redis_config("not an address"));
    assert!(matches!(made.err(), Some(RecoError::Cache(_))));
}
