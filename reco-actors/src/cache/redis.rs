//! Lists kept in Redis, shared by all nodes. A slow or dead Redis costs one short wait, then
//! requests go on without it for a while.

use super::{CacheConfig, Found, Store, key::Key};
use crate::{RecoError, Recommendations};
use async_trait::async_trait;
use parking_lot::Mutex;
use redis::{
    AsyncCommands, Client,
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

pub(super) struct RedisStore {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    ttl: Duration,
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
            ttl: config.ttl,
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
        command: impl Future<Output = Result<T, redis::RedisError>>,
    ) -> Result<T, RecoError> {
        let outcome = match tokio::time::timeout(self.budget, command).await {
            Ok(outcome) => outcome.map_err(|e| RecoError::Cache(e.to_string())),
            Err(_) => Err(RecoError::Cache(format!(
                "no answer within {} ms",
                self.budget.as_millis()
            ))),
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
            let bytes: Option<Vec<u8>> = self.connection().await?.get(key.to_string()).await?;
            Ok(bytes)
        };
        let Some(bytes) = self.within_budget(command).await? else {
            return Ok(Found::Nothing);
        };
        let list: Recommendations =
            serde_json::from_slice(&bytes).map_err(|e| RecoError::Cache(format!("unreadable list: {e}")))?;
        Ok(Found::List(Arc::new(list)))
    }

    async fn put(&self, key: &Key, list: &Arc<Recommendations>) -> Result<(), RecoError> {
        let bytes = serde_json::to_vec(&**list).map_err(|e| RecoError::Cache(e.to_string()))?;
        let seconds = self.ttl.as_secs().max(1);
        let command = async {
            let () = self.connection().await?.set_ex(key.to_string(), bytes, seconds).await?;
            Ok(())
        };
        self.within_budget(command).await
    }
}
