//! Queues the inputs of one modality and feeds idle encoders. Runs on the engine's thread;
//! never blocks it: encoders have threads of their own.
//!
//! Pull-based: a batch leaves only while an encoder is idle, so batches form under load and a
//! lone request waits for no timer. An encoder that panicked or cannot be built is rebuilt
//! after a pause; the inputs of a fatal batch are tried again one by one, so that a poisonous
//! input fails alone.

use super::{
    DeathNotice, Retire,
    modality::Modality,
    queue::{Entry, Queue},
    worker::{Command, Worker},
};
use crate::{
    RecoError,
    embed::EmbedderFactory,
    system::{Priority, Shared, backoff},
};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::sync::oneshot;

/// Above the sum of all permits, so that a full mailbox cannot come before a refused permit.
const MAILBOX_SPARE: usize = 64;

/// One modality's queue and encoders.
pub(crate) struct Dispatcher<M: Modality> {
    shared: Arc<Shared>,
    queue: Queue<M::Input>,
    staff: Vec<Employee<M>>,
    /// Grows with every change of factory: reports of earlier workers are void.
    era: u64,
    /// Told when the first encoder of this era is ready or cannot be built.
    waiting: Vec<oneshot::Sender<Result<(), RecoError>>>,
    _notice: DeathNotice,
}

/// An encoder as its dispatcher sees it.
struct Employee<M: Modality> {
    worker: Worker<M>,
    state: State,
    failures: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Starting,
    Idle,
    Busy,
    /// Waits for its next attempt after a panic.
    Resting,
    /// The last attempt to build it failed.
    Broken,
}

/// Embed these; each entry is answered by itself.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Submit<I: Send + 'static> {
    pub(crate) entries: Vec<Entry<I>>,
    pub(crate) priority: Priority,
}

/// Work with encoders of this factory from now on.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Configure {
    pub(crate) factory: Option<Arc<dyn EmbedderFactory>>,
    pub(crate) ready: oneshot::Sender<Result<(), RecoError>>,
}

/// A worker says how it is.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Report<M: Modality> {
    pub(super) worker: usize,
    pub(super) era: u64,
    pub(super) kind: ReportKind<M>,
}

pub(super) enum ReportKind<M: Modality> {
    Ready,
    NotBuilt(RecoError),
    Done {
        count: usize,
        busy: Duration,
        failure: Option<String>,
    },
    Panicked {
        entries: Vec<Entry<M::Input>>,
        reason: String,
    },
}

impl<M: Modality> Dispatcher<M> {
    pub(crate) fn new(shared: Arc<Shared>, notice: DeathNotice) -> Self {
        Self {
            shared,
            queue: Queue::default(),
            staff: Vec::new(),
            era: 0,
            waiting: Vec::new(),
            _notice: notice,
        }
    }

    /// Lets all encoders go and hires for the given factory.
    fn hire(&mut self, factory: Option<&Arc<dyn EmbedderFactory>>, ctx: &Context<Self>) {
        self.era += 1;
        self.staff.clear();
        let factory = factory.filter(|factory| M::model(&***factory).is_some());
        let wanted = factory.map_or(0, |_| M::workers(&self.shared.config));
        for number in 0..wanted {
            let Some(factory) = factory else { break };
            match Worker::spawn(number, self.era, Arc::clone(factory), ctx.address().downgrade()) {
                Ok((worker, thread)) => {
                    self.shared.keep_thread(thread);
                    self.staff.push(Employee {
                        worker,
                        state: State::Starting,
                        failures: 0,
                    });
                }
                Err(error) => M::lane(&self.shared).stats.failed(error.to_string()),
            }
        }
        let stats = &M::lane(&self.shared).stats;
        stats.workers.store(wanted, Relaxed);
        *stats.last_error.lock() = None;
        self.count_alive();
    }

    fn count_alive(&self) {
        let alive = self
            .staff
            .iter()
            .filter(|one| matches!(one.state, State::Idle | State::Busy))
            .count();
        M::lane(&self.shared).stats.alive.store(alive, Relaxed);
    }

    /// Whether anybody can be expected to do the work.
    fn hopeful(&self) -> bool {
        self.staff.iter().any(|one| one.state != State::Broken)
    }

    /// Gives idle encoders their next batches.
    fn feed(&mut self) {
        let stats = &M::lane(&self.shared).stats;
        if !self.staff.iter().any(|one| one.state == State::Idle) {
            stats.queued.store(self.queue.len(), Relaxed);
            return;
        }
        stats.abandoned.fetch_add(self.queue.prune() as u64, Relaxed);
        let budget = M::budget(&self.shared.config);
        for one in self.staff.iter_mut().filter(|one| one.state == State::Idle) {
            let batch = self.queue.next_batch(budget);
            if batch.is_empty() {
                break;
            }
            one.state = State::Busy;
            if let Err(Command::Run(batch)) = one.worker.tell(Command::Run(batch)) {
                one.state = State::Broken;
                refuse(batch, || {
                    RecoError::Unavailable(format!("{}: its thread is gone", M::NAME))
                });
            }
        }
        stats.queued.store(self.queue.len(), Relaxed);
    }

    /// Answers everything that waits, because nobody will do it.
    fn refuse_all(&mut self) {
        let stats = &M::lane(&self.shared).stats;
        let reason = stats
            .last_error
            .lock()
            .clone()
            .unwrap_or_else(|| "no model is loaded".to_owned());
        refuse(self.queue.take_all(), || RecoError::Model {
            model: M::NAME.to_owned(),
            reason: reason.clone(),
        });
        stats.queued.store(0, Relaxed);
    }

    /// Has a dead or unbuilt encoder built again after a pause.
    fn rest(&mut self, number: usize, state: State, ctx: &mut Context<Self>) {
        let one = &mut self.staff[number];
        one.state = state;
        one.failures += 1;
        let era = self.era;
        let pause = backoff(self.shared.config.restart_backoff, one.failures);
        ctx.run_later(pause, move |actor, _| {
            if actor.era != era {
                return;
            }
            let one = &mut actor.staff[number];
            if one.state != State::Broken {
                one.state = State::Starting;
            }
            // A thread that is gone stays `Broken` or is found out by the next batch.
            let _ = one.worker.tell(Command::Rebuild);
        });
    }

    fn tell_waiting(&mut self, outcome: impl Fn() -> Result<(), RecoError>) {
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(outcome());
        }
    }
}

fn refuse<I>(entries: Vec<Entry<I>>, error: impl Fn() -> RecoError) {
    for entry in entries {
        entry.ticket.answer(Err(error()));
    }
}

impl<M: Modality> Actor for Dispatcher<M> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(2 * self.shared.config.max_embeds + MAILBOX_SPARE);
        let factory = self.shared.factory.lock().clone();
        self.hire(factory.as_ref(), ctx);
    }
}

impl<M: Modality> Handler<Submit<M::Input>> for Dispatcher<M> {
    type Result = ();

    fn handle(&mut self, submit: Submit<M::Input>, _: &mut Context<Self>) {
        self.queue.push(submit.entries, submit.priority);
        if self.hopeful() {
            self.feed();
        } else {
            self.refuse_all();
        }
    }
}

impl<M: Modality> Handler<Retire> for Dispatcher<M> {
    type Result = ();

    fn handle(&mut self, _: Retire, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

impl<M: Modality> Handler<Configure> for Dispatcher<M> {
    type Result = ();

    fn handle(&mut self, configure: Configure, ctx: &mut Context<Self>) {
        self.tell_waiting(|| Err(RecoError::Unavailable("models changed again".into())));
        self.hire(configure.factory.as_ref(), ctx);
        if self.staff.is_empty() {
            self.refuse_all();
            let _ = configure.ready.send(Ok(()));
        } else {
            self.waiting.push(configure.ready);
        }
    }
}

impl<M: Modality> Handler<Report<M>> for Dispatcher<M> {
    type Result = ();

    fn handle(&mut self, report: Report<M>, ctx: &mut Context<Self>) {
        let current = report.era == self.era && report.worker < self.staff.len();
        let shared = Arc::clone(&self.shared);
        let stats = &M::lane(&shared).stats;
        match report.kind {
            ReportKind::Ready if current => {
                let one = &mut self.staff[report.worker];
                one.state = State::Idle;
                if one.failures > 0 {
                    stats.restarts.fetch_add(1, Relaxed);
                }
                self.tell_waiting(|| Ok(()));
            }
            ReportKind::NotBuilt(error) if current => {
                let reason = error.to_string();
                tracing::error!(reco.encoder = M::NAME, reco.error = %reason, "encoder cannot be built");
                stats.failed(reason.clone());
                self.rest(report.worker, State::Broken, ctx);
                self.tell_waiting(|| {
                    Err(RecoError::Model {
                        model: M::NAME.to_owned(),
                        reason: reason.clone(),
                    })
                });
            }
            ReportKind::Done { count, busy, failure } => {
                stats.batches.fetch_add(1, Relaxed);
                stats.busy_micros.fetch_add(busy.as_micros() as u64, Relaxed);
                match failure {
                    Some(reason) => stats.failed(reason),
                    None => {
                        stats.embedded.fetch_add(count as u64, Relaxed);
                    }
                }
                if current {
                    let one = &mut self.staff[report.worker];
                    (one.state, one.failures) = (State::Idle, 0);
                }
            }
            ReportKind::Panicked { entries, reason } => {
                tracing::error!(reco.encoder = M::NAME, reco.inputs = entries.len(), reco.error = %reason, "encoder died");
                stats.failed(reason);
                if entries.len() > 1 {
                    self.queue.suspect(entries);
                } else {
                    refuse(entries, || {
                        RecoError::Unavailable(format!("{}: died of this input", M::NAME))
                    });
                }
                if current {
                    self.rest(report.worker, State::Resting, ctx);
                }
            }
            ReportKind::Ready | ReportKind::NotBuilt(_) => {}
        }
        self.count_alive();
        if self.hopeful() {
            self.feed();
        } else {
            self.refuse_all();
        }
    }
}
