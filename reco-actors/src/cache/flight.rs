//! Single flight: those who ask the same at the same time share one computation.
//!
//! Everybody drives the shared future, so it goes on when the first caller leaves, and is
//! dropped, permit and all, when the last one does.

use super::key::Key;
use crate::RecoError;
use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use parking_lot::Mutex;
use std::{collections::HashMap, future::Future, sync::Arc};

type Answer<T> = Result<T, Arc<RecoError>>;
type Flight<T> = Shared<BoxFuture<'static, Answer<T>>>;
type WeakFlight<T> = WeakShared<BoxFuture<'static, Answer<T>>>;

/// Computations under way.
pub(super) struct Flights<T> {
    aloft: Arc<Mutex<Aloft<T>>>,
}

struct Aloft<T> {
    tickets: u64,
    by_key: HashMap<Key, (u64, WeakFlight<T>)>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        let aloft = Aloft {
            tickets: 0,
            by_key: HashMap::new(),
        };
        Self {
            aloft: Arc::new(Mutex::new(aloft)),
        }
    }
}

/// Takes a flight off the list when it has landed or nobody waits for it any more.
struct Landing<T> {
    aloft: Arc<Mutex<Aloft<T>>>,
    key: Key,
    ticket: u64,
}

impl<T> Drop for Landing<T> {
    fn drop(&mut self) {
        let mut aloft = self.aloft.lock();
        if aloft
            .by_key
            .get(&self.key)
            .is_some_and(|(ticket, _)| *ticket == self.ticket)
        {
            aloft.by_key.remove(&self.key);
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// The computation under way for this key (`true`), or a new one.
    pub(super) fn join<F>(&self, key: Key, compute: impl FnOnce(Key) -> F) -> (Flight<T>, bool)
    where
        F: Future<Output = Result<T, RecoError>> + Send + 'static,
    {
        let mut aloft = self.aloft.lock();
        if let Some(flight) = aloft.by_key.get(&key).and_then(|(_, flight)| flight.upgrade()) {
            return (flight, true);
        }
        aloft.tickets += 1;
        let ticket = aloft.tickets;
        let landing = Landing {
            aloft: Arc::clone(&self.aloft),
            key,
            ticket,
        };
        let work = compute(key);
        let flight = async move {
            let answer = work.await.map_err(Arc::new);
            drop(landing);
            answer
        };
        let flight = flight.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            aloft.by_key.insert(key, (ticket, weak));
        }
        (flight, false)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.aloft.lock().by_key.len()
    }
}

/// An error for each of those who waited.
pub(super) fn copy(error: &RecoError) -> RecoError {
    match error {
        RecoError::Overloaded => RecoError::Overloaded,
        RecoError::Deadline(limit) => RecoError::Deadline(*limit),
        RecoError::UnknownItem(item) => RecoError::UnknownItem(*item),
        RecoError::InvalidArgument { name, reason } => RecoError::InvalidArgument {
            name,
            reason: reason.clone(),
        },
        RecoError::Model { model, reason } => RecoError::Model {
            model: model.clone(),
            reason: reason.clone(),
        },
        RecoError::BadInput(reason) => RecoError::BadInput(reason.clone()),
        RecoError::Unavailable(reason) => RecoError::Unavailable(reason.clone()),
        RecoError::Cache(reason) => RecoError::Cache(reason.clone()),
    }
}
