//! How published changes reach those who follow them.
//!
//! The outbox in the database is the truth: it gives changes their positions. A [`ChangeLog`]
//! keeps the newest of them in this process, for its followers; a [`Broker`] carries them to
//! other processes sooner than these would look, and shares work among the workers. Whatever
//! a broker loses is read from the outbox: a flushed, exchanged or dead one loses nothing.

#[cfg(feature = "rdkafka")]
mod kafka;
mod log;
mod redis;
#[cfg(test)]
mod tests;

#[cfg(feature = "rdkafka")]
pub use kafka::KafkaBroker;
pub use log::ChangeLog;
pub use redis::RedisBroker;

use async_trait::async_trait;
use shop::outbox::Published;
use std::{fmt, time::Duration};
use thiserror::Error;

/// Why a broker did not do what it was asked for. Everything can be asked again.
#[derive(Debug, Error)]
#[error("broker: {0}")]
pub struct BrokerError(pub String);

/// How far a group of consumers is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Events that nobody of the group has taken yet.
    pub waiting: u64,
    /// Events that were taken and not acknowledged.
    pub pending: u64,
}

/// Carries changes between processes, in the order of their positions.
///
/// Events are known by their position alone. Every member takes any call again after a
/// failure without harm.
#[async_trait]
pub trait Broker: Send + Sync + fmt::Debug {
    /// Where it is, without secrets, for people.
    fn name(&self) -> String;

    /// The position of the newest event that it was given; `None` for an empty one.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn newest(&self) -> Result<Option<i64>, BrokerError>;

    /// Puts consecutive events at the end. Those that it has are passed over; those that would
    /// leave a gap are not taken. Tells the position of the newest event that it has then.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn publish(&self, events: &[Published]) -> Result<i64, BrokerError>;

    /// Events after a position, in order, as far as they are kept; waits up to `patience` for one.
    /// There may be more than it gives at once, even below `most`.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn after(&self, position: i64, most: usize, patience: Duration) -> Result<Vec<Published>, BrokerError>;

    /// The event at a position; `None` when it is not kept or yet to come. Waits for nothing.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn at(&self, position: i64) -> Result<Option<Published>, BrokerError>;

    /// Makes a group of consumers that begins behind a position, unless there is one.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn join(&self, group: &str, after: i64) -> Result<(), BrokerError>;

    /// Events for one consumer of a group: first those that another one took and did not
    /// acknowledge within `idle`, then new ones, waiting up to `patience` for one. Each comes
    /// to one consumer, and again until it is acknowledged.
    ///
    /// # Errors
    /// When it cannot be reached or the group is gone.
    async fn take(&self, group: &str, consumer: &str, wish: Wish) -> Result<Vec<Published>, BrokerError>;

    /// These are done.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn acknowledge(&self, group: &str, positions: &[i64]) -> Result<(), BrokerError>;

    /// Everything up to here is done by the group; `None` before it took anything.
    ///
    /// # Errors
    /// When it cannot be reached or the group is gone.
    async fn done(&self, group: &str) -> Result<Option<i64>, BrokerError>;

    /// How far a group is behind.
    ///
    /// # Errors
    /// When it cannot be reached or the group is gone.
    async fn backlog(&self, group: &str) -> Result<Backlog, BrokerError>;

    /// Forgets events up to a position.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn trim(&self, up_to: i64) -> Result<(), BrokerError>;

    /// Forgets every event: they are of a history that a backup or a fail-over has replaced, and
    /// others come with their positions. It is as good as new then; groups may be gone.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn forget(&self) -> Result<(), BrokerError>;
}

/// How a consumer takes events.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// At most so many.
    pub most: usize,
    /// What another consumer holds for longer is taken over.
    pub idle: Duration,
    /// How long to wait for one.
    pub patience: Duration,
}
