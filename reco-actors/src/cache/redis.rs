//! Lists kept in Redis, shared by all nodes. A slow or dead Redis costs one short wait, then
//! requests go on without it for a while.

use super::{
    CacheConfig, Claim, Entry, Found, Kept, State, Store,
    key::{FORMAT, Key},
};
use crate::{RecoError, Recommendations};
use async_trait::async_trait;
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use parking_lot::Mutex;
use redis::{AsyncConnectionConfig, Client, RedisError, Script, aio::MultiplexedConnection};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Connecting may take longer than a command; it does not hold requests up for that long.
const CONNECT: Duration = Duration::from_millis(500);

/// So many failures in a row let Redis rest; a single slow answer does not.
const FAILURES: u32 = 3;

/// A list with its state and age, by the clock of Redis: nodes need not agree on the time.
const GET: &str = r"
local e = redis.call('HMGET', KEYS[1], 'p', 'v', 't', 'b')
if not e[4] then return nil end
local t = redis.call('TIME')
local age = math.max(0, t[1] * 1000 + math.floor(t[2] / 1000) - tonumber(e[3]))
return {e[1], e[2], string.format('%.0f', age), e[4]}";

/// Keeps a list unless a newer one is there, and the number of lists within bounds; gives the claim
/// back either way.
const PUT: &str = r"
if redis.call('GET', KEYS[3]) == ARGV[7] then redis.call('DEL', KEYS[3]) end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local at = now - tonumber(ARGV[3])
local old = redis.call('HMGET', KEYS[1], 'p', 't')
if old[1] and (tonumber(old[1]) > tonumber(ARGV[1])
    or (tonumber(old[1]) == tonumber(ARGV[1]) and tonumber(old[2]) > at)) then return 0 end
redis.call('HSET', KEYS[1], 'p', ARGV[1], 'v', ARGV[2], 't', string.format('%.0f', at), 'b', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[4]))
redis.call('ZADD', KEYS[2], now, KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
if over > 0 then
  local gone = redis.call('ZPOPMIN', KEYS[2], over)
  for i = 1, #gone, 2 do redis.call('DEL', gone[i]) end
end
return 1";

/// Gives a claim back, unless it ran out and somebody else has it now.
const RELEASE: &str = r"
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";

/// A connection, or the attempt to make one. It goes on when the request that began it leaves.
type Connecting = Shared<BoxFuture<'static, Result<MultiplexedConnection, RedisError>>>;

pub(super) struct RedisStore {
    client: Client,
    connection: Arc<Mutex<Option<Connecting>>>,
    expiry: Duration,
    entries: u64,
    get: Script,
    put: Script,
    release: Script,
    budget: Duration,
    rest: Duration,
    /// In a row.
    failures: AtomicU32,
    resting_until: Mutex<Option<Instant>>,
}

impl RedisStore {
    /// # Errors
    /// `Cache` when the address cannot be meant.
    pub(super) fn new(url: &str, config: &CacheConfig) -> Result<Self, RecoError> {
        let client = Client::open(url).map_err(|e| RecoError::Cache(e.to_string()))?;
        Ok(Self {
            client,
            connection: Arc::default(),
            expiry: 2 * config.ttl,
            entries: config.entries.max(1),
            get: Script::new(GET),
            put: Script::new(PUT),
            release: Script::new(RELEASE),
            budget: config.budget,
            rest: config.rest,
            failures: AtomicU32::new(0),
            resting_until: Mutex::new(None),
        })
    }

    fn is_resting(&self) -> bool {
        self.resting_until.lock().is_some_and(|until| Instant::now() < until)
    }

    /// The connection all requests share; a new one when there is none.
    fn connection(&self) -> Connecting {
        let mut slot = self.connection.lock();
        if let Some(connecting) = &*slot {
            return connecting.clone();
        }
        let (client, budget) = (self.client.clone(), self.budget);
        let attempt = async move {
            let config = AsyncConnectionConfig::new()
                .set_response_timeout(Some(budget))
                .set_connection_timeout(Some(CONNECT));
            client.get_multiplexed_async_connection_with_config(&config).await
        };
        let connecting = attempt.boxed().shared();
        *slot = Some(connecting.clone());
        let (attempt, slot) = (connecting.clone(), Arc::clone(&self.connection));
        tokio::spawn(async move {
            if attempt.clone().await.is_err() {
                forget(&slot, &attempt);
            }
        });
        connecting
    }

    /// Runs a command within the budget; failures in a row let Redis rest. A connection that failed once
    /// is not used again: one that died silently would otherwise fail until the system notices.
    async fn within<T, F>(
        &self,
        budget: Duration,
        command: impl FnOnce(MultiplexedConnection) -> F + Send,
    ) -> Result<T, RecoError>
    where
        F: Future<Output = Result<T, RedisError>> + Send,
    {
        let connecting = self.connection();
        let work = async { command(connecting.clone().await?).await };
        let error = match tokio::time::timeout(budget, work).await {
            Ok(Ok(answer)) => {
                self.failures.store(0, Relaxed);
                return Ok(answer);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} ms", budget.as_millis()),
        };
        if connecting.peek().is_some() {
            forget(&self.connection, &connecting);
        }
        // Counted on until one succeeds: after a rest one failure is enough.
        if self.failures.fetch_add(1, Relaxed) + 1 >= FAILURES {
            *self.resting_until.lock() = Some(Instant::now() + self.rest);
        }
        Err(RecoError::Cache(error))
    }
}

fn forget(slot: &Mutex<Option<Connecting>>, failed: &Connecting) {
    let mut slot = slot.lock();
    if slot.as_ref().is_some_and(|current| current.ptr_eq(failed)) {
        *slot = None;
    }
}

fn lock_of(key: &Key) -> String {
    format!("{key}:lock")
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[async_trait]
impl Store for RedisStore {
    async fn get(&self, key: &Key, within: Duration) -> Result<Found, RecoError> {
        if self.is_resting() {
            return Ok(Found::Bypassed);
        }
        let get = self.get.key(key.to_string());
        let command = |mut connection: MultiplexedConnection| async move { get.invoke_async(&mut connection).await };
        let found: Option<(i64, u64, u64, Vec<u8>)> = self.within(within, command).await?;
        let Some((position, vectors, age, bytes)) = found else {
            return Ok(Found::Nothing);
        };
        match serde_json::from_slice(&bytes) {
            Ok(list) => Ok(Found::List(Entry {
                list: Arc::new(list),
                state: State { position, vectors },
                age: Duration::from_millis(age),
            })),
            // Not the fault of Redis, and the next list replaces it.
            Err(error) => {
                tracing::warn!(reco.error = %error, "unreadable list in the recommendation cache");
                Ok(Found::Nothing)
            }
        }
    }

    async fn put(&self, key: &Key, kept: &Kept, claim: Option<Uuid>, within: Duration) -> Result<(), RecoError> {
        if within.is_zero() {
            return Ok(());
        }
        let bytes = serde_json::to_vec::<Recommendations>(&kept.list).map_err(|e| RecoError::Cache(e.to_string()))?;
        let mut put = self.put.prepare_invoke();
        put.key(key.to_string()).key(format!("{FORMAT}kept")).key(lock_of(key));
        put.arg(kept.state.position).arg(kept.state.vectors);
        put.arg(u64::try_from(kept.began.elapsed().as_millis()).unwrap_or(u64::MAX));
        put.arg(millis(self.expiry)).arg(self.entries).arg(bytes);
        put.arg(claim.map(|token| token.to_string()).unwrap_or_default());
        let command = |mut connection: MultiplexedConnection| async move { put.invoke_async(&mut connection).await };
        let _kept: i64 = self.within(within, command).await?;
        Ok(())
    }

    async fn claim(&self, key: &Key, held: Duration, within: Duration) -> Result<Claim, RecoError> {
        let token = Uuid::now_v7();
        let mut set = redis::cmd("SET");
        set.arg(lock_of(key)).arg(token.to_string());
        set.arg("NX").arg("PX").arg(millis(held));
        let command = |mut connection: MultiplexedConnection| async move { set.query_async(&mut connection).await };
        let set: Option<String> = self.within(within, command).await?;
        Ok(match set {
            Some(_) => Claim::Mine(Some(token)),
            None => Claim::Theirs,
        })
    }

    async fn release(&self, key: &Key, claim: Uuid, within: Duration) -> Result<(), RecoError> {
        if within.is_zero() {
            return Ok(());
        }
        let mut release = self.release.key(lock_of(key));
        release.arg(claim.to_string());
        let command =
            |mut connection: MultiplexedConnection| async move { release.invoke_async(&mut connection).await };
        let _released: i64 = self.within(within, command).await?;
        Ok(())
    }
}
