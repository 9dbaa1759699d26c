//! Gives committed changes their positions, keeps the newest of them in this process's log, and
//! hands them to the broker. Any number of processes do so; the database has them take turns.

use super::{Patience, PipelineError};
use crate::stream::{Broker, BrokerError, ChangeLog};
use shop::{Shop, outbox::Published};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Rows that get their positions in one transaction.
const BATCH: u64 = 1_000;
/// How often other processes' commits are looked for; this one's wake the relay at once.
const POLL: Duration = Duration::from_millis(250);
/// Published rows kept for followers that are behind; one further behind loads anew.
const KEPT: i64 = 100_000;
/// Events that the broker keeps for processes that were away for a moment.
const KEPT_BY_BROKER: i64 = 10_000;
/// Rounds between two prunings.
const PRUNE_EVERY: u64 = 2_000;
/// Rounds that a broker is left alone after a failure.
const REST: u64 = 4;

/// Publishes the outbox of one shop.
#[derive(Debug)]
pub struct Relay {
    shop: Shop,
    log: ChangeLog,
    broker: Option<Outlet>,
    /// Told when the broker was first found to be of this history, or made so.
    is_open: CancellationToken,
}

/// A broker and how far it was given events.
#[derive(Debug)]
struct Outlet {
    broker: Arc<dyn Broker>,
    /// Its newest event, as far as is known.
    reached: Option<i64>,
    rests: u64,
}

impl Relay {
    /// A relay into a log and, when there is one, a broker.
    #[must_use]
    pub fn new(shop: Shop, log: ChangeLog, broker: Option<Arc<dyn Broker>>) -> Self {
        let broker = broker.map(|broker| Outlet {
            broker,
            reached: None,
            rests: 0,
        });
        Self {
            shop,
            log,
            broker,
            is_open: CancellationToken::new(),
        }
    }

    /// Ends when the broker may be read: before that it may hold changes that a backup or a fail-over
    /// has replaced.
    pub fn opened(&self) -> impl Future<Output = ()> + use<> {
        self.is_open.clone().cancelled_owned()
    }

    /// Publishes until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut patience = Patience::new("relay");
        let mut round = 0_u64;
        loop {
            match self.round(round.is_multiple_of(PRUNE_EVERY)).await {
                Ok(()) => {
                    patience.restored();
                    round += 1;
                }
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.shop.outbox().woken() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn round(&mut self, prune: bool) -> Result<(), PipelineError> {
        self.publish().await?;
        if prune {
            self.prune().await?;
        }
        Ok(())
    }

    /// Publishes everything that is committed.
    ///
    /// # Errors
    /// When the database fails. A broker that fails is left alone for some rounds: its events
    /// wait in the outbox.
    pub async fn publish(&mut self) -> Result<(), PipelineError> {
        loop {
            let published = self.shop.outbox().publish(BATCH).await?;
            self.log.append(&published);
            self.hand_on(&published).await?;
            if (published.len() as u64) < BATCH {
                break;
            }
        }
        // What other processes published: the log's followers read it from the outbox.
        self.log.reach(self.shop.outbox().last_position().await?);
        Ok(())
    }

    /// Gives the broker what it lacks.
    async fn hand_on(&mut self, fresh: &[Published]) -> Result<(), PipelineError> {
        let Some(outlet) = &mut self.broker else { return Ok(()) };
        if outlet.rests > 0 {
            outlet.rests -= 1;
            return Ok(());
        }
        match outlet.fill(&self.shop, fresh).await? {
            Ok(()) => self.is_open.cancel(),
            Err(error) => {
                tracing::warn!(%error, broker = outlet.broker.name(), "changes wait in the outbox");
                outlet.reached = None;
                outlet.rests = REST;
            }
        }
        Ok(())
    }

    /// Forgets what nobody needs: never what a consumer has not done.
    async fn prune(&mut self) -> Result<(), PipelineError> {
        let last = self.log.position();
        let needed = self.shop.pipeline().positions.lowest().await?.unwrap_or(last);
        self.shop.outbox().prune((last - KEPT).min(needed)).await?;
        let Some(outlet) = &mut self.broker else { return Ok(()) };
        let old = (last - KEPT_BY_BROKER).min(needed);
        if old <= 0 {
            return Ok(());
        }
        if let Err(error) = outlet.broker.trim(old).await {
            tracing::warn!(%error, broker = outlet.broker.name(), "it cannot be trimmed");
        }
        Ok(())
    }
}

impl Outlet {
    /// The outer failure is the database's, the inner one the broker's.
    async fn fill(&mut self, shop: &Shop, fresh: &[Published]) -> Result<Result<(), BrokerError>, PipelineError> {
        let reached = match self.reached {
            Some(reached) => reached,
            None => match self.newest(shop).await? {
                Ok(Some(newest)) => newest,
                // New or flushed: it gets what its consumers have not done.
                Ok(None) => {
                    let done = shop.pipeline().positions.lowest().await?;
                    let oldest = shop.outbox().oldest_position().await?.unwrap_or(1);
                    match done {
                        Some(done) => done.max(oldest - 1),
                        None => shop.outbox().last_position().await?,
                    }
                }
                Err(error) => return Ok(Err(error)),
            },
        };
        self.reached = Some(reached);
        if fresh.first().is_some_and(|event| event.position == reached + 1) {
            return Ok(self.give(fresh).await);
        }
        loop {
            let from = self.reached.unwrap_or(reached);
            let missing = shop.outbox().after(from, BATCH).await?;
            if missing.is_empty() {
                return Ok(Ok(()));
            }
            if let Err(error) = self.give(&missing).await {
                return Ok(Err(error));
            }
            if self.reached == Some(from) {
                // Flushed since it was asked: the next round asks again.
                self.reached = None;
                return Ok(Ok(()));
            }
        }
    }

    /// What the broker has, if it is of the same history: else it forgets it.
    async fn newest(&self, shop: &Shop) -> Result<Result<Option<i64>, BrokerError>, PipelineError> {
        let newest = match self.broker.newest().await {
            Ok(Some(newest)) => newest,
            nothing => return Ok(nothing),
        };
        let held = match self.broker.at(newest).await {
            Ok(held) => held,
            Err(error) => return Ok(Err(error)),
        };
        let outbox = shop.outbox();
        let is_lost = match outbox.at(newest).await? {
            Some(change) => held.is_some_and(|held| held.mark() != change.mark()),
            // Pruned, or yet to come.
            None => newest > outbox.last_position().await?,
        };
        if !is_lost {
            return Ok(Ok(Some(newest)));
        }
        tracing::warn!(
            newest,
            broker = self.broker.name(),
            "it has changes of a history that is no more, and forgets them"
        );
        Ok(self.broker.forget().await.map(|()| None))
    }

    async fn give(&mut self, events: &[Published]) -> Result<(), BrokerError> {
        self.reached = Some(self.broker.publish(events).await?);
        Ok(())
    }
}
