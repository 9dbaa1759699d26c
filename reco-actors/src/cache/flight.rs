//! Single flight: those who ask the same at the same time share one computation.
//!
//! Everybody drives the shared future, so it goes on when the first caller leaves, and is
//! dropped, permit and all, when the last one does.

use super::key::Key;
use crate::{RecoError, Recommendations};
use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use parking_lot::Mutex;
use std::{collections::HashMap, future::Future, sync::Arc};

type Answer = Result<Arc<Recommendations>, Arc<RecoError>>;
type Flight = Shared<BoxFuture<'static, Answer>>;

/// Computations under way.
#[derive(Default)]
pub(super) struct Flights {
    aloft: Arc<Mutex<Aloft>>,
}

#[derive(Default)]
struct Aloft {
    tickets: u64,
    by_key: HashMap<Key, (u64, WeakShared<BoxFuture<'static, Answer>>)>,
}

/// Takes a flight off the list when it has landed or nobody waits for it any more.
struct Landing {
    aloft: Arc<Mutex<Aloft>>,
    key: Key,
    ticket: u64,
}

impl Drop for Landing {
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

impl Flights {
    /// The computation under way for this key (`true`), or a new one.
    pub(super) fn join<F>(&self, key: Key, compute: impl FnOnce(Key) -> F) -> (Flight, bool)
    where
        F: Future<Output = Result<Arc<Recommendations>, RecoError>> + Send + 'static,
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
