//! Lists kept in this process: bounded by number and by age.

use super::{Found, Store, key::Key};
use crate::{RecoError, Recommendations};
use async_trait::async_trait;
use moka::sync::Cache;
use std::{sync::Arc, time::Duration};

pub(super) struct MemoryStore {
    lists: Cache<Key, Arc<Recommendations>>,
}

impl MemoryStore {
    pub(super) fn new(capacity: u64, ttl: Duration) -> Self {
        Self {
            lists: Cache::builder().max_capacity(capacity).time_to_live(ttl).build(),
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &Key) -> Result<Found, RecoError> {
        Ok(self.lists.get(key).map_or(Found::Nothing, Found::List))
    }

    async fn put(&self, key: &Key, list: &Arc<Recommendations>) -> Result<(), RecoError> {
        self.lists.insert(*key, Arc::clone(list));
        Ok(())
    }
}
