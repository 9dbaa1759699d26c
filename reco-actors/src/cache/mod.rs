//! Cached recommendations: a decorator over any [`Recommender`], never stale about deletion,
//! publication or stock.
//!
//! The key names the question and the state of the engine that answers it, so a change of the
//! catalogue asks anew; and whatever comes out of the cache is held against the live state of
//! its items before it is shown. Fallback lists are not kept: they end when vectors come.
//! Runs on tokio, never inside an actor.

mod flight;
mod key;
mod memory;
mod redis;

use crate::{ItemId, RecoError, Recommendations, Recommender, SimilarQuery, Source, system::RecoHandle};
use async_trait::async_trait;
use flight::Flights;
use key::Key;
use memory::MemoryStore;
use redis::RedisStore;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Live state that cached lists are held against.
pub trait LiveState: Send + Sync {
    /// Names everything an answer depends on beside the question: two equal versions must mean
    /// equal answers.
    fn version(&self) -> String;
    /// Whether all of these may be shown in answer to the query now.
    fn admits(&self, query: &SimilarQuery, items: &[ItemId]) -> bool;
}

impl LiveState for RecoHandle {
    fn version(&self) -> String {
        self.cache_version()
    }

    fn admits(&self, query: &SimilarQuery, items: &[ItemId]) -> bool {
        self.all_live(query, items)
    }
}

/// Where lists are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheBackend {
    /// In this process, up to so many lists.
    Memory {
        /// Most lists kept.
        capacity: u64,
    },
    /// In Redis, shared by all nodes.
    Redis {
        /// `redis://…`.
        url: String,
    },
}

/// Settings of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Where lists are kept.
    pub backend: CacheBackend,
    /// For how long.
    pub ttl: Duration,
    /// What a Redis command may take; then the request goes on without the cache.
    pub budget: Duration,
    /// How long Redis is left alone after a failure.
    pub rest: Duration,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            backend: CacheBackend::Memory { capacity: 20_000 },
            ttl: Duration::from_secs(60),
            budget: Duration::from_millis(50),
            rest: Duration::from_secs(1),
        }
    }
}

/// What the cache did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounters {
    /// Answered from the cache.
    pub hits: u64,
    /// Computed, because nothing usable was there.
    pub misses: u64,
    /// Computed, because the cached list held an item that may no longer be shown.
    pub outdated: u64,
    /// Answered by somebody else's computation under way.
    pub shared: u64,
    /// Computed, because the store was resting after a failure.
    pub bypassed: u64,
    /// Failures of the store.
    pub errors: u64,
}

#[derive(Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    outdated: AtomicU64,
    shared: AtomicU64,
    bypassed: AtomicU64,
    errors: AtomicU64,
}

/// What a store found.
enum Found {
    List(Arc<Recommendations>),
    Nothing,
    /// The store is resting.
    Bypassed,
}

/// A place where lists are kept.
#[async_trait]
trait Store: Send + Sync {
    async fn get(&self, key: &Key) -> Result<Found, RecoError>;
    async fn put(&self, key: &Key, list: &Arc<Recommendations>) -> Result<(), RecoError>;
}

/// A [`Recommender`] that remembers.
pub struct CachedRecommender {
    work: Arc<Work>,
    flights: Flights,
}

/// What a computation needs after its first caller has left.
struct Work {
    inner: Arc<dyn Recommender>,
    live: Arc<dyn LiveState>,
    store: Box<dyn Store>,
    counters: Counters,
}

impl CachedRecommender {
    /// A cache over `inner`, whose lists are held against `live`.
    ///
    /// # Errors
    /// `Cache` when the Redis address cannot be meant. A Redis that is away is no error: requests
    /// go on without it.
    pub fn new(inner: Arc<dyn Recommender>, live: Arc<dyn LiveState>, config: &CacheConfig) -> Result<Self, RecoError> {
        let store: Box<dyn Store> = match &config.backend {
            CacheBackend::Memory { capacity } => Box::new(MemoryStore::new(*capacity, config.ttl)),
            CacheBackend::Redis { url } => Box::new(RedisStore::new(url, config)?),
        };
        let counters = Counters::default();
        Ok(Self {
            work: Arc::new(Work {
                inner,
                live,
                store,
                counters,
            }),
            flights: Flights::default(),
        })
    }

    /// What the cache did so far.
    #[must_use]
    pub fn counters(&self) -> CacheCounters {
        let counters = &self.work.counters;
        CacheCounters {
            hits: counters.hits.load(Relaxed),
            misses: counters.misses.load(Relaxed),
            outdated: counters.outdated.load(Relaxed),
            shared: counters.shared.load(Relaxed),
            bypassed: counters.bypassed.load(Relaxed),
            errors: counters.errors.load(Relaxed),
        }
    }
}

impl Work {
    /// A list that may be shown now, from the store or computed.
    async fn answer(&self, key: &Key, query: &SimilarQuery) -> Result<Arc<Recommendations>, RecoError> {
        let reachable = match self.store.get(key).await {
            Ok(Found::List(list)) if self.is_live(query, &list) => {
                self.counters.hits.fetch_add(1, Relaxed);
                return Ok(list);
            }
            Ok(Found::List(_)) => self.count(&self.counters.outdated, true),
            Ok(Found::Nothing) => self.count(&self.counters.misses, true),
            Ok(Found::Bypassed) => self.count(&self.counters.bypassed, false),
            Err(error) => self.failed(&error),
        };
        let list = Arc::new(self.inner.similar(query).await?);
        if reachable
            && list.source == Source::Vectors
            && let Err(error) = self.store.put(key, &list).await
        {
            self.failed(&error);
        }
        Ok(list)
    }

    fn is_live(&self, query: &SimilarQuery, list: &Recommendations) -> bool {
        let items: Vec<ItemId> = list.items.iter().map(|item| item.item).collect();
        self.live.admits(query, &items)
    }

    fn count(&self, counter: &AtomicU64, reachable: bool) -> bool {
        counter.fetch_add(1, Relaxed);
        reachable
    }

    /// The store failed: say so, and leave it alone for this request.
    fn failed(&self, error: &RecoError) -> bool {
        tracing::warn!(reco.error = %error, "recommendation cache");
        self.count(&self.counters.errors, false)
    }
}

#[async_trait]
impl Recommender for CachedRecommender {
    async fn similar(&self, query: &SimilarQuery) -> Result<Recommendations, RecoError> {
        let key = Key::new(query, &self.work.live.version());
        let (work, asked) = (Arc::clone(&self.work), query.clone());
        let (flight, joined) = self
            .flights
            .join(key, move |key| async move { work.answer(&key, &asked).await });
        if joined {
            self.work.counters.shared.fetch_add(1, Relaxed);
        }
        let list = flight.await.map_err(|error| flight::copy(&error))?;
        if !joined || self.work.is_live(query, &list) {
            return Ok(Recommendations::clone(&list));
        }
        // The flight began before something changed: ask for oneself.
        self.work.counters.outdated.fetch_add(1, Relaxed);
        self.work.inner.similar(query).await
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
