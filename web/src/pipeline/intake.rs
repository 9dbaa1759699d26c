//! Turns changes into work for the embedding workers. With a broker the processes share the
//! changes as one group of consumers; without one, or while it is away, each takes them all
//! from the outbox: work is asked for by product, so twice is once.

use super::{BATCH, FIRST_PAUSE, Patience, PipelineError};
use crate::stream::{Broker, BrokerError, ChangeLog, Wish};
use shop::{
    Shop,
    outbox::{Change, Published},
    pipeline::Wanted,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The consumer, and its group at the broker.
pub const EMBED: &str = "embed";
/// Events that a dead process took are taken over after this time.
const IDLE: Duration = Duration::from_secs(3);
/// How long the broker is asked to wait for something new.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the group's position is stored.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// How long a broker that failed is left alone.
const REST: Duration = Duration::from_secs(1);
/// How often one event is tried before it is given up.
const ATTEMPTS: u32 = 5;

/// Asks for work until told to stop.
pub struct Intake {
    shop: Shop,
    log: ChangeLog,
    broker: Option<Arc<dyn Broker>>,
    consumer: String,
    /// Everything up to here is asked for, as far as this process knows.
    position: i64,
    joined: bool,
    stored_at: Instant,
    rests_until: Option<Instant>,
}

impl Intake {
    /// Goes on where this consumer stopped, whichever process it was; a new one begins behind
    /// what is published. Tells whether changes were missed, so that the shop must be looked
    /// through.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new(
        shop: Shop,
        log: ChangeLog,
        broker: Option<Arc<dyn Broker>>,
        node: Uuid,
    ) -> Result<(Self, bool), PipelineError> {
        let stored = shop.pipeline().positions.of(EMBED).await?;
        let oldest = shop.outbox().oldest_position().await?;
        let last = shop.outbox().last_position().await?;
        let missed = match (stored, oldest) {
            (Some(stored), Some(oldest)) => stored + 1 < oldest,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let position = match stored {
            Some(stored) if !missed => stored,
            _ => last,
        };
        if missed {
            shop.pipeline().positions.advance(EMBED, position, shop.now()).await?;
        }
        let intake = Self {
            shop,
            log,
            broker,
            consumer: node.to_string(),
            position,
            joined: false,
            stored_at: Instant::now(),
            rests_until: None,
        };
        Ok((intake, missed))
    }

    /// Asks for work until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut patience = Patience::new("intake");
        let mut newest = self.log.newest();
        loop {
            newest.borrow_and_update();
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                outcome = self.round() => outcome,
            };
            match outcome {
                Ok(true) => {
                    patience.restored();
                    continue;
                }
                Ok(false) => patience.restored(),
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            tokio::select! {
                () = stop.cancelled() => return,
                changed = newest.changed() => if changed.is_err() { return },
                // The broker may be back.
                () = tokio::time::sleep(REST), if self.broker.is_some() => {}
            }
        }
    }

    /// Takes what there is; `false` when that was nothing and there is nothing to wait for but news.
    async fn round(&mut self) -> Result<bool, PipelineError> {
        let rests = self.rests_until.is_some_and(|until| Instant::now() < until);
        if let Some(broker) = self.broker.clone().filter(|_| !rests) {
            match self.take_from_group(&*broker).await? {
                Ok(()) => return Ok(true),
                Err(error) => {
                    tracing::warn!(%error, broker = broker.name(), "work is taken from the outbox");
                    self.joined = false;
                    self.rests_until = Some(Instant::now() + REST);
                }
            }
        }
        self.take_from_outbox().await
    }

    /// The outer failure is the database's, the inner one the broker's.
    async fn take_from_group(&mut self, broker: &dyn Broker) -> Result<Result<(), BrokerError>, PipelineError> {
        if !self.joined {
            let done = self.shop.pipeline().positions.of(EMBED).await?.unwrap_or(self.position);
            if let Err(error) = broker.join(EMBED, done).await {
                return Ok(Err(error));
            }
            self.joined = true;
        }
        let wish = Wish {
            most: BATCH as usize,
            idle: IDLE,
            patience: PATIENCE,
        };
        let events = match broker.take(EMBED, &self.consumer, wish).await {
            Ok(events) => events,
            Err(error) => return Ok(Err(error)),
        };
        self.ask_for(&events).await?;
        let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
        if let Err(error) = broker.acknowledge(EMBED, &positions).await {
            return Ok(Err(error));
        }
        if self.stored_at.elapsed() >= STORE_EVERY {
            match broker.done(EMBED).await {
                Ok(Some(done)) => self.store(done).await?,
                Ok(None) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }

    async fn take_from_outbox(&mut self) -> Result<bool, PipelineError> {
        let stored = self.shop.pipeline().positions.of(EMBED).await?;
        self.position = self.position.max(stored.unwrap_or_default());
        let events = self.log.after(self.position, BATCH as usize).await?;
        let Some(last) = events.last().map(|event| event.position) else {
            return Ok(false);
        };
        self.ask_for(&events).await?;
        self.store(last).await?;
        Ok(true)
    }

    async fn store(&mut self, position: i64) -> Result<(), PipelineError> {
        let positions = &self.shop.pipeline().positions;
        positions.advance(EMBED, position, self.shop.now()).await?;
        self.position = self.position.max(position);
        self.stored_at = Instant::now();
        Ok(())
    }

    async fn ask_for(&self, events: &[Published]) -> Result<(), PipelineError> {
        match self.try_ask_for(events).await {
            Ok(()) => Ok(()),
            Err(error) if events.len() == 1 => self.give_up(&events[0], error).await,
            // One of them may be the trouble: the others must not wait for it.
            Err(_) => {
                for event in events {
                    if let Err(error) = self.try_ask_for(std::slice::from_ref(event)).await {
                        self.give_up(event, error).await?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Tries one event some more times, and parks it when the database is not to blame.
    async fn give_up(&self, event: &Published, first: PipelineError) -> Result<(), PipelineError> {
        let mut error = first;
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            tokio::time::sleep(pause).await;
            pause *= 2;
            // Fails when it is the database that is away.
            self.shop.outbox().last_position().await?;
            match self.try_ask_for(std::slice::from_ref(event)).await {
                Ok(()) => return Ok(()),
                Err(again) => error = again,
            }
        }
        tracing::error!(%error, event.id, topic = event.topic, "a change is given up");
        let letters = &self.shop.pipeline().dead_letters;
        Ok(letters
            .park(EMBED, event, ATTEMPTS, &error.to_string(), self.shop.now())
            .await?)
    }

    async fn try_ask_for(&self, events: &[Published]) -> Result<(), PipelineError> {
        let mut wanted = Vec::new();
        let changes = || events.iter().filter_map(Published::change);
        if changes().any(|change| matches!(change, Change::Category(_) | Change::Brand(_))) {
            self.shop.catalog().reload_taxonomy().await?;
        }
        for event in events {
            let want = |product, is_bulk, is_forced| Wanted {
                product,
                is_bulk,
                is_forced,
                at: event.at,
            };
            match event.change() {
                Some(Change::Product(id, aspect)) if aspect.touches_content() => {
                    wanted.push(want(id, aspect == shop::outbox::Aspect::Imported, false));
                }
                Some(Change::Reindex(id)) => wanted.push(want(id, true, true)),
                Some(Change::Category(id)) => {
                    let under = self.shop.catalog().products_under(&[id], &[]).await?;
                    wanted.extend(under.into_iter().map(|id| want(id, true, false)));
                }
                Some(Change::Brand(id)) => {
                    let under = self.shop.catalog().products_under(&[], &[id]).await?;
                    wanted.extend(under.into_iter().map(|id| want(id, true, false)));
                }
                _ => {}
            }
        }
        self.shop.pipeline().tasks.want(&wanted, self.shop.now()).await?;
        Ok(())
    }
}
