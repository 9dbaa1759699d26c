//! Cached recommendations: a decorator over any [`Recommender`], never stale about deletion,
//! publication or stock.
//!
//! The key names the question and the models that answer it. A list carries the stream position
//! it was computed at: while nothing changed it is kept long, after a change it is shown for well
//! under a second, and computed anew behind the shopper's back. Whatever comes out of the cache is
//! held against the live state of its items before it is shown. Fallback lists are not kept: they
//! end when vectors come. Those who ask the same at once share one computation, on other nodes too
//! when they share a Redis. Runs on tokio, never inside an actor.

mod config;
mod counters;
mod entry;
mod flight;
mod key;
mod memory;
mod redis;

use crate::{ItemId, RecoError, Recommendations, Recommender, SimilarQuery, Source, system::RecoHandle};
use async_trait::async_trait;
pub use config::{CacheBackend, CacheConfig};
pub use counters::CacheCounters;
use counters::Counters;
use entry::{Entry, Kept, Limits, State, Use};
use flight::Flights;
use key::Key;
use memory::MemoryStore;
use redis::RedisStore;
use std::{
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Background computations at once; more are dropped, for the next reader asks again.
const REFRESHES: usize = 16;
/// For how long other nodes leave a background computation to the one that has it.
const REFRESH_HELD: Duration = Duration::from_secs(1);
/// How often a node looks for the list another one computes, within `wait_for_peer`.
const LOOKS: u32 = 8;

/// Live state that cached lists are held against.
pub trait LiveState: Send + Sync {
    /// Names models and defaults: equal on all nodes that would answer alike at one position.
    fn generation(&self) -> String;
    /// Stream position that has been applied; 0 while there is none, and then nothing is kept.
    fn position(&self) -> i64;
    /// Tells apart states of one position: of a boot, by how many vectors are there, and of
    /// another frame.
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
        let count = (serving.counts.text.load(SeqCst) + serving.counts.image.load(SeqCst)) as u64;
        let frame = serving.reader.load().frame().fingerprint();
        (u64::from(frame) << 32) ^ count ^ self.vectors_tag()
    }

    fn admits(&self, query: &SimilarQuery, items: &[ItemId]) -> bool {
        self.all_live(query, items)
    }
}

/// What a store found.
enum Found {
    List(Entry),
    Nothing,
    /// The store is resting.
    Bypassed,
}

/// Who computes a list that is not there.
enum Claim {
    /// This node, which may have to give the claim back.
    Mine(Option<Uuid>),
    /// Another node is at it.
    Theirs,
}

/// Whose computation answers.
enum Turn {
    Mine(Option<Uuid>),
    Done(Arc<Recommendations>),
}

/// A place where lists are kept.
#[async_trait]
trait Store: Send + Sync {
    async fn get(&self, key: &Key, within: Duration) -> Result<Found, RecoError>;

    /// Keeps a list unless a newer one is there, and gives the claim back.
    async fn put(&self, key: &Key, kept: &Kept, claim: Option<Uuid>, within: Duration) -> Result<(), RecoError>;

    /// Asks to be the only node that computes this list, for so long.
    async fn claim(&self, _: &Key, _held: Duration, _within: Duration) -> Result<Claim, RecoError> {
        Ok(Claim::Mine(None))
    }

    /// Gives a claim back that led to no list.
    async fn release(&self, _: &Key, _: Uuid, _: Duration) -> Result<(), RecoError> {
        Ok(())
    }
}

/// A [`Recommender`] that remembers.
pub struct CachedRecommender {
    work: Arc<Work>,
    flights: Flights<Arc<Recommendations>>,
}

/// What a computation needs after its first caller has left.
struct Work {
    inner: Arc<dyn Recommender>,
    live: Arc<dyn LiveState>,
    store: Box<dyn Store>,
    counters: Counters,
    limits: Limits,
    budget: Duration,
    wait_for_peer: Duration,
    refreshes: Flights<()>,
    refreshing: Arc<Semaphore>,
}

/// How a computed list is kept.
struct Keep {
    claim: Option<Uuid>,
    /// What is left of the budget; the computation takes nothing of it.
    within: Duration,
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
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
                wait_for_peer: config.wait_for_peer,
                refreshes: Flights::default(),
                refreshing: Arc::new(Semaphore::new(REFRESHES)),
            }),
            flights: Flights::default(),
        })
    }

    /// What the cache did so far.
    #[must_use]
    pub fn counters(&self) -> CacheCounters {
        self.work.counters.read()
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
        let until = Instant::now() + self.budget;
        let cause = match self.store.get(key, self.budget).await {
            Ok(Found::List(entry)) => match self.limits.judge(&entry, state) {
                Use::No => &self.counters.misses,
                _ if !self.is_live(query, &entry.list) => &self.counters.outdated,
                verdict => {
                    self.counters.hits.fetch_add(1, Relaxed);
                    if verdict == Use::Stale {
                        self.counters.stale.fetch_add(1, Relaxed);
                        self.refresh(*key, query);
                    }
                    return Ok(entry.list);
                }
            },
            Ok(Found::Nothing) => &self.counters.misses,
            Ok(Found::Bypassed) => {
                self.counters.bypassed.fetch_add(1, Relaxed);
                return self.compute(key, query, None).await;
            }
            Err(error) => {
                self.failed(&error);
                return self.compute(key, query, None).await;
            }
        };
        let keep = match self.turn(key, query, until).await {
            Ok(Turn::Done(list)) => {
                self.counters.remote.fetch_add(1, Relaxed);
                return Ok(list);
            }
            Ok(Turn::Mine(claim)) => {
                cause.fetch_add(1, Relaxed);
                Some(Keep {
                    claim,
                    within: left(until),
                })
            }
            Err(error) => {
                self.failed(&error);
                None
            }
        };
        self.compute(key, query, keep).await
    }

    /// Waits a little for another node that computes the same list.
    async fn turn(&self, key: &Key, query: &SimilarQuery, until: Instant) -> Result<Turn, RecoError> {
        let wait = self.wait_for_peer.min(left(until) / 2);
        if wait.is_zero() {
            return Ok(Turn::Mine(None));
        }
        let give_up = Instant::now() + wait;
        // A claim outlives those who wait for it, so that late-comers do not join a slow computation.
        if let Claim::Mine(claim) = self.store.claim(key, 2 * self.wait_for_peer, left(until)).await? {
            return Ok(Turn::Mine(claim));
        }
        while !left(give_up).is_zero() {
            tokio::time::sleep((self.wait_for_peer / LOOKS).min(left(give_up))).await;
            let found = self.store.get(key, left(until)).await?;
            if matches!(found, Found::Bypassed) {
                break;
            }
            if let Found::List(entry) = found
                && self.limits.judge(&entry, State::of(&*self.live)) != Use::No
                && self.is_live(query, &entry.list)
            {
                return Ok(Turn::Done(entry.list));
            }
        }
        Ok(Turn::Mine(None))
    }

    /// Computes, and keeps the list.
    async fn compute(
        &self,
        key: &Key,
        query: &SimilarQuery,
        keep: Option<Keep>,
    ) -> Result<Arc<Recommendations>, RecoError> {
        // Both are read before the search: what it sees is of this state or a later one.
        let (began, state) = (Instant::now(), State::of(&*self.live));
        let computed = self.inner.similar(query).await.map(Arc::new);
        let Some(Keep { claim, within }) = keep else {
            return computed;
        };
        let outcome = match (&computed, claim) {
            (Ok(list), _) if list.source == Source::Vectors => {
                let list = Arc::clone(list);
                let kept = Kept { list, state, began };
                self.store.put(key, &kept, claim, within).await
            }
            (_, Some(claim)) => self.store.release(key, claim, within).await,
            (_, None) => Ok(()),
        };
        if let Err(error) = outcome {
            self.failed(&error);
        }
        computed
    }

    /// Computes behind the reader's back, unless that is under way, here or on another node, or
    /// too much is.
    fn refresh(self: &Arc<Self>, key: Key, query: &SimilarQuery) {
        let Ok(permit) = Arc::clone(&self.refreshing).try_acquire_owned() else {
            return;
        };
        let (work, asked) = (Arc::clone(self), query.clone());
        let (flight, joined) = self
            .refreshes
            .join(key, move |key| async move { work.renew(&key, &asked).await });
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

    async fn renew(&self, key: &Key, query: &SimilarQuery) -> Result<(), RecoError> {
        let until = Instant::now() + self.budget;
        let claim = match self.wait_for_peer.is_zero() {
            true => None,
            false => match self
                .store
                .claim(key, self.wait_for_peer + REFRESH_HELD, self.budget)
                .await
            {
                Ok(Claim::Mine(claim)) => claim,
                // Its list is there for the next reader.
                Ok(Claim::Theirs) => return Ok(()),
                Err(error) => {
                    self.failed(&error);
                    return Ok(());
                }
            },
        };
        let within = left(until);
        self.compute(key, query, Some(Keep { claim, within })).await?;
        self.counters.refreshed.fetch_add(1, Relaxed);
        Ok(())
    }

    fn is_live(&self, query: &SimilarQuery, list: &Recommendations) -> bool {
        let items: Vec<ItemId> = list.items.iter().map(|item| item.item).collect();
        self.live.admits(query, &items)
    }

    /// The store failed: say so; this request leaves it alone.
    fn failed(&self, error: &RecoError) {
        tracing::warn!(reco.error = %error, "recommendation cache");
        self.counters.errors.fetch_add(1, Relaxed);
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
