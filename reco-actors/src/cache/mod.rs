//! Cached recommendations: a decorator over any [`Recommender`], never stale about deletion,
//! publication or stock.
//!
//! The key names the question and the models that answer it. A list carries the stream position
//! it was computed at: while nothing changed it is kept long, after a change it is shown for well
//! under a second, and computed anew behind the shopper's back. Whatever comes out of the cache is held against the live state of
//! its items before it is shown. Fallback lists are not kept: they end when vectors come.
//! Runs on tokio, never inside an actor.

mod entry;
mod flight;
mod key;
mod memory;
mod redis;

use crate::{ItemId, RecoError, Recommendations, Recommender, SimilarQuery, Source, system::RecoHandle};
use async_trait::async_trait;
use entry::{Entry, Kept, Limits, State, Use};
use flight::Flights;
use key::Key;
use memory::MemoryStore;
use redis::RedisStore;
use std::{
    sync::{
        Arc,
        atomic::{
            AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

/// Background computations at once; more are dropped, for the next reader asks again.
const REFRESHES: usize = 16;

/// Live state that cached lists are held against.
pub trait LiveState: Send + Sync {
    /// Names models and defaults: equal on all nodes that would answer alike at one position.
    fn generation(&self) -> String;
    /// Stream position that has been applied; 0 while there is none, and then nothing is kept.
    fn position(&self) -> i64;
    /// Vectors in the index, which tell apart states of one position, such as those of a boot.
    fn vectors(&self) -> u64;
    /// Whether all of these may be shown in answer to the query now.
    fn admits(&self, query: &SimilarQuery, items: &[ItemId]) -> bool;
}

impl LiveState for RecoHandle {
    fn generation(&self) -> String {
        let models = self.index_models();
        let id = |model: Option<crate::embed::ModelInfo>| model.map(|model| model.id).unwrap_or_default();
        format!("{} {} {:?}", id(models.text), id(models.image), self.defaults())
    }

    fn position(&self) -> i64 {
        self.shared.position.load(SeqCst)
    }

    fn vectors(&self) -> u64 {
        let serving = self.shared.serving.load();
        (serving.counts.text.load(SeqCst) + serving.counts.image.load(SeqCst)) as u64
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
    /// For how long a list is fresh while nothing changes; it is kept for twice as long.
    pub ttl: Duration,
    /// For how long a list is fresh whatever changes.
    pub fresh_for: Duration,
    /// For how long a list is shown after a change, while it is computed anew.
    pub stale_for: Duration,
    /// Most lists kept in Redis.
    pub entries: u64,
    /// What Redis may take of one answer; then the request goes on without the cache.
    pub budget: Duration,
    /// How long Redis is left alone after a failure.
    pub rest: Duration,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            backend: CacheBackend::Memory { capacity: 20_000 },
            ttl: Duration::from_secs(60),
            fresh_for: Duration::from_millis(300),
            stale_for: Duration::from_millis(700),
            entries: 20_000,
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
    /// Of the hits, those that were computed anew afterwards.
    pub stale: u64,
    /// Computed in the background.
    pub refreshed: u64,
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

impl CacheCounters {
    /// Share of the answers that came from the cache, 0 before the first.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        let asked = self.hits + self.misses + self.outdated + self.bypassed + self.errors;
        if asked == 0 {
            return 0.0;
        }
        self.hits as f64 / asked as f64
    }
}

#[derive(Default)]
struct Counters {
    hits: AtomicU64,
    stale: AtomicU64,
    refreshed: AtomicU64,
    misses: AtomicU64,
    outdated: AtomicU64,
    shared: AtomicU64,
    bypassed: AtomicU64,
    errors: AtomicU64,
}

/// What a store found.
enum Found {
    List(Entry),
    Nothing,
    /// The store is resting.
    Bypassed,
}

/// A place where lists are kept.
#[async_trait]
trait Store: Send + Sync {
    async fn get(&self, key: &Key) -> Result<Found, RecoError>;
    /// Keeps a list unless a newer one is there.
    async fn put(&self, key: &Key, kept: &Kept, within: Duration) -> Result<(), RecoError>;
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
    limits: Limits,
    budget: Duration,
    refreshes: Flights,
    refreshing: Arc<Semaphore>,
}

impl CachedRecommender {
    /// A cache over `inner`, whose lists are held against `live`.
    ///
    /// # Errors
    /// `Cache` when the Redis address cannot be meant. A Redis that is away is no error: requests
    /// go on without it.
    pub fn new(inner: Arc<dyn Recommender>, live: Arc<dyn LiveState>, config: &CacheConfig) -> Result<Self, RecoError> {
        let store: Box<dyn Store> = match &config.backend {
            CacheBackend::Memory { capacity } => Box::new(MemoryStore::new(*capacity, 2 * config.ttl)),
            CacheBackend::Redis { url } => Box::new(RedisStore::new(url, config)?),
        };
        let counters = Counters::default();
        Ok(Self {
            work: Arc::new(Work {
                inner,
                live,
                store,
                counters,
                limits: Limits::new(config),
                budget: config.budget,
                refreshes: Flights::default(),
                refreshing: Arc::new(Semaphore::new(REFRESHES)),
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
            stale: counters.stale.load(Relaxed),
            refreshed: counters.refreshed.load(Relaxed),
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
    async fn answer(self: &Arc<Self>, key: &Key, query: &SimilarQuery) -> Result<Arc<Recommendations>, RecoError> {
        let state = State::of(&*self.live);
        if !state.is_settled() {
            self.counters.bypassed.fetch_add(1, Relaxed);
            return Ok(Arc::new(self.inner.similar(query).await?));
        }
        let asked = Instant::now();
        let reachable = match self.store.get(key).await {
            Ok(Found::List(entry)) => match self.limits.judge(&entry, state) {
                Use::No => self.count(&self.counters.misses, true),
                _ if !self.is_live(query, &entry.list) => self.count(&self.counters.outdated, true),
                verdict => {
                    self.counters.hits.fetch_add(1, Relaxed);
                    if verdict == Use::Stale {
                        self.counters.stale.fetch_add(1, Relaxed);
                        self.refresh(*key, query);
                    }
                    return Ok(entry.list);
                }
            },
            Ok(Found::Nothing) => self.count(&self.counters.misses, true),
            Ok(Found::Bypassed) => self.count(&self.counters.bypassed, false),
            Err(error) => self.failed(&error),
        };
        let left = self.budget.saturating_sub(asked.elapsed());
        self.compute(key, query, reachable.then_some(left)).await
    }

    /// Computes, and keeps the list if there is time left for that.
    async fn compute(
        &self,
        key: &Key,
        query: &SimilarQuery,
        keep_within: Option<Duration>,
    ) -> Result<Arc<Recommendations>, RecoError> {
        // Both are read before the search: what it sees is of this state or a later one.
        let (began, state) = (Instant::now(), State::of(&*self.live));
        let list = Arc::new(self.inner.similar(query).await?);
        let kept = Kept {
            list: Arc::clone(&list),
            state,
            began,
        };
        if let Some(within) = keep_within
            && list.source == Source::Vectors
            && let Err(error) = self.store.put(key, &kept, within).await
        {
            self.failed(&error);
        }
        Ok(list)
    }

    /// Computes behind the reader's back, unless that is under way or too much is.
    fn refresh(self: &Arc<Self>, key: Key, query: &SimilarQuery) {
        let Ok(permit) = Arc::clone(&self.refreshing).try_acquire_owned() else {
            return;
        };
        let (work, asked) = (Arc::clone(self), query.clone());
        let (flight, joined) = self.refreshes.join(key, move |key| async move {
            let list = work.compute(&key, &asked, Some(work.budget)).await;
            work.counters.refreshed.fetch_add(u64::from(list.is_ok()), Relaxed);
            list
        });
        if joined {
            return;
        }
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = flight.await {
                tracing::debug!(reco.error = %error, "background recommendation");
            }
        });
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
        let key = Key::new(query, &self.work.live.generation());
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
