//! An encoder's thread: builds it, runs batches, survives its panics, reports to the dispatcher.
//!
//! A plain thread rather than a `SyncArbiter`, because it can be joined: sessions must end
//! before the process does. It ends when its dispatcher lets go of the [`Worker`].

use super::{
    dispatcher::{Dispatcher, Report, ReportKind},
    modality::Modality,
    panic_text,
    queue::{Entry, Ticket},
};
use crate::{RecoError, embed::EmbedderFactory};
use actix::WeakAddr;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread::{Builder, JoinHandle},
    time::Instant,
};

/// What a worker is told.
pub(super) enum Command<M: Modality> {
    /// Embed and answer.
    Run(Vec<Entry<M::Input>>),
    /// Build the encoder anew.
    Rebuild,
}

/// The dispatcher's end of a worker.
pub(super) struct Worker<M: Modality> {
    commands: mpsc::Sender<Command<M>>,
}

impl<M: Modality> Worker<M> {
    /// Starts the thread, which begins by building its encoder.
    ///
    /// # Errors
    /// `Unavailable` when the system gives no thread.
    pub(super) fn spawn(
        number: usize,
        era: u64,
        factory: Arc<dyn EmbedderFactory>,
        dispatcher: WeakAddr<Dispatcher<M>>,
    ) -> Result<(Self, JoinHandle<()>), RecoError> {
        let (commands, inbox) = mpsc::channel();
        let body = Body {
            number,
            era,
            factory,
            dispatcher,
            encoder: None,
        };
        let thread = Builder::new()
            .name(format!("reco-{}-{number}", &M::NAME[..4]))
            .spawn(move || body.work(&inbox))
            .map_err(|e| RecoError::Unavailable(format!("{}: no thread: {e}", M::NAME)))?;
        Ok((Self { commands }, thread))
    }

    /// `Err` gives the command back when the thread is gone.
    pub(super) fn tell(&self, command: Command<M>) -> Result<(), Command<M>> {
        self.commands.send(command).map_err(|refused| refused.0)
    }
}

struct Body<M: Modality> {
    number: usize,
    era: u64,
    factory: Arc<dyn EmbedderFactory>,
    dispatcher: WeakAddr<Dispatcher<M>>,
    encoder: Option<Box<M::Encoder>>,
}

impl<M: Modality> Body<M> {
    fn work(mut self, inbox: &mpsc::Receiver<Command<M>>) {
        self.build();
        while let Ok(command) = inbox.recv() {
            match command {
                Command::Rebuild => self.build(),
                Command::Run(entries) => self.run(entries),
            }
        }
    }

    fn build(&mut self) {
        let factory = Arc::clone(&self.factory);
        let built = catch_unwind(AssertUnwindSafe(|| M::build(&*factory)));
        let kind = match built {
            Ok(Ok(encoder)) => {
                self.encoder = Some(encoder);
                ReportKind::Ready
            }
            Ok(Err(error)) => ReportKind::NotBuilt(error),
            Err(panic) => ReportKind::NotBuilt(RecoError::Unavailable(format!("{}: {}", M::NAME, panic_text(&*panic)))),
        };
        self.report(kind);
    }

    fn run(&mut self, entries: Vec<Entry<M::Input>>) {
        let (inputs, tickets): (Vec<_>, Vec<_>) = entries.into_iter().map(|entry| (entry.input, entry.ticket)).unzip();
        let begun = Instant::now();
        let encoder = self.encoder.as_mut();
        let outcome = catch_unwind(AssertUnwindSafe(|| match encoder {
            Some(encoder) => M::run(encoder, &inputs),
            None => Err(RecoError::Unavailable(format!("{}: not built", M::NAME))),
        }));
        let busy = begun.elapsed();
        let kind = match outcome {
            Ok(outcome) => {
                let count = tickets.len();
                let failure = answer(tickets, outcome, M::NAME);
                ReportKind::Done { count, busy, failure }
            }
            Err(panic) => {
                // What panicked once may panic again while it goes.
                let encoder = self.encoder.take();
                let _ = catch_unwind(AssertUnwindSafe(|| drop(encoder)));
                let entries = inputs
                    .into_iter()
                    .zip(tickets)
                    .map(|(input, ticket)| Entry { input, ticket })
                    .collect();
                ReportKind::Panicked {
                    entries,
                    reason: panic_text(&*panic),
                }
            }
        };
        self.report(kind);
    }

    /// Not from a request: a worker has at most one report under way.
    fn report(&self, kind: ReportKind<M>) {
        if let Some(dispatcher) = self.dispatcher.upgrade() {
            dispatcher.do_send(Report {
                worker: self.number,
                era: self.era,
                kind,
            });
        }
    }
}

/// Answers every caller of a batch; the failure of the whole batch, if it failed.
fn answer(
    tickets: Vec<Ticket>,
    outcome: Result<Vec<Result<Vec<f32>, RecoError>>, RecoError>,
    name: &str,
) -> Option<String> {
    let failure = match outcome {
        Ok(vectors) if vectors.len() == tickets.len() => {
            for (ticket, vector) in tickets.into_iter().zip(vectors) {
                ticket.answer(vector);
            }
            return None;
        }
        Ok(vectors) => format!("gave {} vectors for {} inputs", vectors.len(), tickets.len()),
        Err(error) => error.to_string(),
    };
    for ticket in tickets {
        ticket.answer(Err(RecoError::Model {
            model: name.to_owned(),
            reason: failure.clone(),
        }));
    }
    Some(failure)
}
