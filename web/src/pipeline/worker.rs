//! Embeds what has no vector yet: looks through the whole shop once, then follows changes.
//! Changes go ahead of the look-through, and one product is in one job at a time, so that an
//! older content never overwrites a newer one's vector.

use super::{
    BATCH, Concerned, Patience, PipelineError,
    content::{Content, Missing},
    job::{EmbedProgress, Job},
};
use reco_actors::{
    RecoError,
    system::{Priority, RecoHandle},
};
use shop::{Shop, id::ProductId};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, Release},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    task::{self, JoinError, JoinSet},
};
use tokio_util::sync::CancellationToken;

/// Products of one job.
const JOB: usize = 32;
/// Jobs under way: enough that no encoder waits for a job's reading or writing.
const JOBS: usize = 4;
/// Products of a page of the look-through.
const PAGE: u64 = 256;
/// A change of so few products is embedded ahead of everything else.
const FEW: usize = 8;
/// Before products are tried again that met a busy or restarting engine.
const RETRY: Duration = Duration::from_millis(250);

/// What a worker does beside following changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerOptions {
    /// Look through the whole shop at first.
    pub scan: bool,
}

/// Embeds for one shop.
pub struct EmbedWorker {
    shop: Shop,
    engine: RecoHandle,
    news: watch::Receiver<i64>,
    models_changed: Arc<Notify>,
    progress: Arc<EmbedProgress>,
    position: i64,
    changed: VecDeque<ProductId>,
    queued: HashSet<ProductId>,
    forced: HashSet<ProductId>,
    busy: HashSet<ProductId>,
    scan: Scan,
    /// Tasks of their own: a job that is not polled would keep its connection from this loop.
    jobs: JoinSet<Done>,
    /// The products of each job.
    started: HashMap<task::Id, Vec<ProductId>>,
}

/// The look-through of the whole shop.
#[derive(Debug)]
enum Scan {
    Over,
    After(Option<ProductId>),
}

/// What became of a job.
struct Done {
    products: Vec<ProductId>,
    outcome: Result<(), PipelineError>,
    forced: HashSet<ProductId>,
}

impl EmbedWorker {
    /// A worker that follows from here on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn new(
        shop: Shop,
        engine: RecoHandle,
        news: watch::Receiver<i64>,
        models_changed: Arc<Notify>,
        options: WorkerOptions,
    ) -> Result<Self, PipelineError> {
        let position = shop.outbox().last_position().await?;
        Ok(Self {
            shop,
            engine,
            news,
            models_changed,
            progress: Arc::default(),
            position,
            changed: VecDeque::new(),
            queued: HashSet::new(),
            forced: HashSet::new(),
            busy: HashSet::new(),
            scan: if options.scan { Scan::After(None) } else { Scan::Over },
            jobs: JoinSet::new(),
            started: HashMap::new(),
        })
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Arc<EmbedProgress> {
        Arc::clone(&self.progress)
    }

    /// Embeds until told to stop; jobs under way are then given up and done by the next start.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut patience = Patience::new("embedding worker");
        loop {
            self.news.borrow_and_update();
            match self.fill().await {
                Ok(()) => patience.restored(),
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            self.report();
            tokio::select! {
                () = stop.cancelled() => return,
                changed = self.news.changed() => if changed.is_err() { return },
                () = self.models_changed.notified() => self.scan = Scan::After(None),
                Some(ended) = self.jobs.join_next_with_id() => self.ended(ended),
            }
        }
    }

    fn report(&self) {
        let waiting = self.changed.len() + self.busy.len();
        let idle = waiting == 0 && matches!(self.scan, Scan::Over);
        // Whoever sees this position must not see that an earlier one was done.
        if !idle {
            self.progress.idle.store(false, Release);
        }
        self.progress.waiting.store(waiting as u64, Relaxed);
        self.progress.position.store(self.position, Release);
        self.progress.idle.store(idle, Release);
    }

    /// Reads new changes and starts jobs while there is room.
    async fn fill(&mut self) -> Result<(), PipelineError> {
        self.read_changes().await?;
        while self.jobs.len() < JOBS {
            let Some((products, priority)) = self.next_job().await? else {
                break;
            };
            self.start(products, priority);
        }
        Ok(())
    }

    async fn read_changes(&mut self) -> Result<(), PipelineError> {
        loop {
            let published = self.shop.outbox().after(self.position, BATCH).await?;
            let (Some(first), Some(last)) = (published.first(), published.last()) else {
                return Ok(());
            };
            if first.position != self.position + 1 {
                self.scan = Scan::After(None);
            }
            let concerned = Concerned::by(&self.shop, &published).await?;
            self.position = last.position;
            self.forced.extend(concerned.forced);
            for id in concerned.changed {
                self.want(id);
            }
        }
    }

    fn want(&mut self, id: ProductId) {
        if self.queued.insert(id) {
            self.changed.push_back(id);
        }
    }

    /// Products that are not in a job: changed ones, else the next page of the look-through.
    async fn next_job(&mut self) -> Result<Option<(Vec<ProductId>, Priority)>, PipelineError> {
        let mut job = Vec::new();
        let mut waiting = VecDeque::new();
        while let Some(id) = self.changed.pop_front() {
            if self.busy.contains(&id) {
                waiting.push_back(id);
                continue;
            }
            self.queued.remove(&id);
            job.push(id);
            if job.len() == JOB {
                break;
            }
        }
        waiting.append(&mut self.changed);
        self.changed = waiting;
        if !job.is_empty() {
            let few = job.len() <= FEW && self.changed.is_empty();
            let priority = if few { Priority::Interactive } else { Priority::Bulk };
            return Ok(Some((job, priority)));
        }
        self.scan_on().await
    }

    /// The next products of the look-through that lack a vector, in pages of one job or more.
    async fn scan_on(&mut self) -> Result<Option<(Vec<ProductId>, Priority)>, PipelineError> {
        while let Scan::After(after) = self.scan {
            let views = self.shop.catalog().load_after(after, PAGE).await?;
            let Some(last) = views.last() else {
                self.scan = Scan::Over;
                break;
            };
            self.scan = Scan::After(Some(last.id()));
            let taxonomy = self.shop.catalog().taxonomy();
            let contents = views.iter().map(|view| Content::of(view, &taxonomy)).collect();
            let missing = Missing::find(&self.shop, &self.engine.models(), contents, &HashSet::new()).await?;
            let lacking = missing.products();
            self.progress
                .checked
                .fetch_add((views.len() - lacking.len()) as u64, Relaxed);
            for id in lacking {
                if !self.busy.contains(&id) {
                    self.want(id);
                }
            }
            if !self.changed.is_empty() {
                let job: Vec<ProductId> = self.changed.drain(..self.changed.len().min(JOB)).collect();
                for id in &job {
                    self.queued.remove(id);
                }
                return Ok(Some((job, Priority::Bulk)));
            }
        }
        Ok(None)
    }

    fn start(&mut self, products: Vec<ProductId>, priority: Priority) {
        let forced: HashSet<ProductId> = products.iter().copied().filter(|id| self.forced.remove(id)).collect();
        self.busy.extend(products.iter().copied());
        let job = Job {
            shop: self.shop.clone(),
            engine: self.engine.clone(),
            progress: Arc::clone(&self.progress),
            priority,
        };
        let held = products.clone();
        let task = self.jobs.spawn(async move {
            let outcome = job.run(&products, &forced).await;
            if outcome.is_err() {
                tokio::time::sleep(RETRY).await;
            }
            Done {
                products,
                outcome,
                forced,
            }
        });
        self.started.insert(task.id(), held);
    }

    fn ended(&mut self, ended: Result<(task::Id, Done), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        for product in self.started.remove(&id).unwrap_or_default() {
            self.busy.remove(&product);
        }
        match ended {
            Ok((_, done)) => self.finish(done),
            // What made it panic would do so again: these products wait for their next change.
            Err(error) => tracing::error!(%error, "an embedding job died"),
        }
    }

    fn finish(&mut self, done: Done) {
        match done.outcome {
            Ok(()) => {
                self.progress.checked.fetch_add(done.products.len() as u64, Relaxed);
            }
            // Without its model nothing can be done; when one comes, everything is looked through.
            Err(PipelineError::Engine(RecoError::Model { model, reason })) => {
                tracing::warn!(model, reason, products = done.products.len(), "not embedded");
            }
            Err(error) => {
                tracing::warn!(%error, products = done.products.len(), "embedding is tried again");
                self.forced.extend(done.forced);
                for id in done.products {
                    self.want(id);
                }
            }
        }
    }
}
