//! Lists kept in this process: bounded by number and by age.

use super::{Entry, Found, Kept, Store, key::Key};
use crate::RecoError;
use async_trait::async_trait;
use moka::{ops::compute::Op, sync::Cache};
use std::time::Duration;
use uuid::Uuid;

pub(super) struct MemoryStore {
    lists: Cache<Key, Kept>,
}

impl MemoryStore {
    pub(super) fn new(capacity: u64, expiry: Duration) -> Self {
        Self {
            lists: Cache::builder().max_capacity(capacity).time_to_live(expiry).build(),
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &Key, _: Duration) -> Result<Found, RecoError> {
        let found = self.lists.get(key).map(|kept| Entry {
            age: kept.began.elapsed(),
            list: kept.list,
            state: kept.state,
        });
        Ok(found.map_or(Found::Nothing, Found::List))
    }

    async fn put(&self, key: &Key, kept: &Kept, _: Option<Uuid>, _: Duration) -> Result<(), RecoError> {
        self.lists.entry(*key).and_compute_with(|old| match old {
            Some(old) if old.value().is_newer_than(kept) => Op::Nop,
            _ => Op::Put(kept.clone()),
        });
        Ok(())
    }
}
