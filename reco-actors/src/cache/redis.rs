//! Lists kept in Redis, shared by all nodes. A slow or dead Redis costs one short wait, then
//! requests go on without it for a while.

use super::{
    CacheConfig, Entry, Found, Kept, State, Store,
    key::{FORMAT, Key},
};
use crate::{RecoError, Recommendations};
use async_trait::async_trait;
use parking_lot::Mutex;
use redis::{
    Client, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::OnceCell;

/// Connecting may take longer than a command; it does not hold requests up for that long.
const CONNECT: Duration = Duration::from_millis(500);

/// A list with its state and age, by the clock of Redis: nodes need not agree on the time.
const GET: &str = r"
local e = redis.call('HMGET', KEYS[1], 'p', 'v', 't', 'b')
if not e[4] then return nil end
local t = redis.call('TIME')
local age = math.max(0, t[1] * 1000 + math.floor(t[2] / 1000) - tonumber(e[3]))
return {e[1], e[2], string.format('%.0f', age), e[4]}";

/// Keeps a list unless a newer one is there, and the number of lists within bounds.
const PUT: &str = r"
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

pub(super) struct RedisStore {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    expiry: Duration,
    entries: u64,
    get: Script,
    put: Script,
    budget: Duration,
    rest: Duration,
    resting_until: Mutex<Option<Instant>>,
}

impl RedisStore {
    /// # Errors
    /// `Cache` when the address cannot be meant.
    pub(super) fn new(url: &str, config: &CacheConfig) -> Result<Self, RecoError> {
        let client = Client::open(url).map_err(|e| RecoError::Cache(e.to_string()))?;
        Ok(Self {
            client,
            connection: OnceCell::new(),
            expiry: 2 * config.ttl,
            entries: config.entries.max(1),
            get: Script::new(GET),
            put: Script::new(PUT),
            budget: config.budget,
            rest: config.rest,
            resting_until: Mutex::new(None),
        })
    }

    fn is_resting(&self) -> bool {
        self.resting_until.lock().is_some_and(|until| Instant::now() < until)
    }

    /// The shared connection, made by the first request; it reconnects by itself.
    async fn connection(&self) -> Result<ConnectionManager, redis::RedisError> {
        let connect = || async {
            let config = ConnectionManagerConfig::new()
                .set_response_timeout(Some(self.budget))
                .set_connection_timeout(Some(CONNECT))
                .set_number_of_retries(1);
            ConnectionManager::new_lazy_with_config(self.client.clone(), config)
        };
        self.connection.get_or_try_init(connect).await.cloned()
    }

    /// Runs a command within the budget; a failure lets Redis rest.
    async fn within_budget<T>(
        &self,
        budget: Duration,
        command: impl Future<Output = Result<T, redis::RedisError>>,
    ) -> Result<T, RecoError> {
        let outcome = match tokio::time::timeout(budget, command).await {
            Ok(outcome) => outcome.map_err(|e| RecoError::Cache(e.to_string())),
            Err(_) => Err(RecoError::Cache(format!("no answer within {} ms", budget.as_millis()))),
        };
        if outcome.is_err() {
            *self.resting_until.lock() = Some(Instant::now() + self.rest);
        }
        outcome
    }
}

#[async_trait]
impl Store for RedisStore {
    async fn get(&self, key: &Key) -> Result<Found, RecoError> {
        if self.is_resting() {
            return Ok(Found::Bypassed);
        }
        let command = async {
            let mut connection = self.connection().await?;
            let found: Option<(i64, u64, u64, Vec<u8>)> =
                self.get.key(key.to_string()).invoke_async(&mut connection).await?;
            Ok(found)
        };
        let Some((position, vectors, age, bytes)) = self.within_budget(self.budget, command).await? else {
            return Ok(Found::Nothing);
        };
        let list: Recommendations =
            serde_json::from_slice(&bytes).map_err(|e| RecoError::Cache(format!("unreadable list: {e}")))?;
        Ok(Found::List(Entry {
            list: Arc::new(list),
            state: State { position, vectors },
            age: Duration::from_millis(age),
        }))
    }

    async fn put(&self, key: &Key, kept: &Kept, within: Duration) -> Result<(), RecoError> {
        let bytes = serde_json::to_vec(&*kept.list).map_err(|e| RecoError::Cache(e.to_string()))?;
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let command = async {
            let mut connection = self.connection().await?;
            let mut put = self.put.prepare_invoke();
            put.key(key.to_string()).key(format!("{FORMAT}kept"));
            put.arg(kept.state.position).arg(kept.state.vectors);
            put.arg(millis(kept.began.elapsed())).arg(millis(self.expiry).max(1));
            put.arg(self.entries).arg(bytes);
            let _kept: i64 = put.invoke_async(&mut connection).await?;
            Ok(())
        };
        self.within_budget(within, command).await
    }
}
