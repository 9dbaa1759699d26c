//! Embeds what is asked for: takes products under a lease, those that somebody waits for
//! first, and looks for products that lack a vector when it starts and when models change.
//! Several workers share the work, and what a dead one held is done by another.

use super::{
    Beside, Patience, PipelineError,
    content::{Content, Missing},
    job::{EmbedProgress, Job},
};
use chrono::TimeDelta;
use reco_actors::{
    RecoError,
    system::{Priority, RecoHandle},
};
use shop::{
    Shop,
    id::ProductId,
    pipeline::{GenerationModels, ModelWidth, Task, Wanted},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, Release},
    },
    time::Duration,
};
use tokio::{
    sync::Notify,
    task::{self, JoinError, JoinSet},
    time::MissedTickBehavior,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Products of one job.
const JOB: u64 = 32;
/// Jobs under way: enough that no encoder waits for a job's reading or writing.
const JOBS: usize = 4;
/// A job of so few products that somebody waits for goes ahead of everything else.
const FEW: usize = 8;
/// Products of a page of the look-through.
const PAGE: u64 = 256;
/// What a worker has taken is its own for so long; a dead one's is taken by another then.
const LEASE: TimeDelta = TimeDelta::seconds(6);
/// How often leases are renewed.
const RENEW: Duration = Duration::from_secs(2);
/// How often work that other processes asked for is looked for; this one's comes at once.
const POLL: Duration = Duration::from_millis(250);

/// Before products are tried again that met a busy or restarting engine.
const RETRY: Duration = Duration::from_millis(250);

/// What a worker looks for beside what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// Nothing.
    Nothing,
    /// Products that lack a vector.
    Lacking,
    /// Products whose vectors are of another content, too: after changes were missed.
    Everything,
}

/// Embeds for one shop.
pub struct EmbedWorker {
    shop: Shop,
    engine: RecoHandle,
    node: Uuid,
    models_changed: Arc<Notify>,
    beside: Option<Beside>,
    progress: Arc<EmbedProgress>,
    scan: Option<(Scan, Option<ProductId>)>,
    /// Tasks of their own: a job that is not polled would keep its connection from this loop.
    jobs: JoinSet<Done>,
    /// What each job has taken.
    started: HashMap<task::Id, Vec<Task>>,
}

/// What became of a job.
struct Done {
    tasks: Vec<Task>,
    outcome: Result<HashMap<ProductId, String>, PipelineError>,
}

impl EmbedWorker {
    /// A worker under this name.
    pub fn new(shop: Shop, engine: RecoHandle, node: Uuid, models_changed: Arc<Notify>, scan: Scan) -> Self {
        Self {
            shop,
            engine,
            node,
            models_changed,
            beside: None,
            progress: Arc::default(),
            scan: (scan != Scan::Nothing).then_some((scan, None)),
            jobs: JoinSet::new(),
            started: HashMap::new(),
        }
    }

    /// Embeds with these as well, while they are needed.
    pub(crate) fn beside(mut self, beside: Option<Beside>) -> Self {
        self.beside = beside;
        self
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Arc<EmbedProgress> {
        Arc::clone(&self.progress)
    }

    /// Embeds until told to stop; jobs under way are then given back.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut patience = Patience::new("embedding worker");
        let tasks = self.shop.pipeline().tasks.clone();
        let mut renewal = tokio::time::interval(RENEW);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            match self.fill().await {
                Ok(()) => patience.restored(),
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tasks.woken() => {}
                () = tokio::time::sleep(POLL) => {}
                _ = renewal.tick() => self.renew().await,
                () = self.models_changed.notified() => self.scan = Some((Scan::Everything, None)),
                Some(ended) = self.jobs.join_next_with_id() => self.ended(ended).await,
            }
        }
        self.jobs.shutdown().await;
        if let Err(error) = tasks.release(self.node).await {
            tracing::warn!(%error, "what it had taken waits for the end of its lease");
        }
    }

    async fn renew(&mut self) {
        let now = self.shop.now();
        if self.started.is_empty() {
            return;
        }
        if let Err(error) = self.shop.pipeline().tasks.renew(self.node, LEASE, now).await {
            tracing::warn!(%error, "leases cannot be renewed");
        }
    }

    /// Starts jobs while there is room, and looks on when nothing else is to be done.
    async fn fill(&mut self) -> Result<(), PipelineError> {
        let models = self.engine.models();
        // Read each time: whoever has just been told that the workers rest sees none begin.
        let is_paused = self.shop.pipeline().settings().await?.is_paused;
        let can_work = !is_paused && (models.text.is_some() || models.image.is_some());
        if can_work {
            self.look_beside().await?;
        }
        while can_work && self.jobs.len() < JOBS {
            let tasks = &self.shop.pipeline().tasks;
            let taken = tasks.claim(self.node, JOB, LEASE, self.shop.now()).await?;
            if taken.is_empty() {
                if !self.scan_on().await? {
                    break;
                }
                continue;
            }
            // Those that somebody waits for must not wait for the others.
            let (bulk, urgent): (Vec<Task>, Vec<Task>) = taken.into_iter().partition(|task| task.is_bulk);
            for tasks in [urgent, bulk] {
                if !tasks.is_empty() {
                    self.start(tasks);
                }
            }
        }
        self.progress
            .waiting
            .store(self.started.values().map(|tasks| tasks.len() as u64).sum(), Relaxed);
        self.progress.scanned.store(!can_work || self.scan.is_none(), Release);
        Ok(())
    }

    /// Has the encoders of what serves at hand before anything is begun: a job without them would
    /// leave its products without vectors that answer.
    async fn look_beside(&self) -> Result<(), PipelineError> {
        let Some(beside) = &self.beside else { return Ok(()) };
        match self.shop.pipeline().generations.serving().await? {
            Some(serving) if serving.models != models_of(&self.engine) => beside.need(&serving).await,
            _ => beside.rest(),
        }
        Ok(())
    }

    /// Asks for a page of products that lack vectors; `false` when there is nothing to look for.
    async fn scan_on(&mut self) -> Result<bool, PipelineError> {
        let Some((scan, after)) = self.scan else {
            return Ok(false);
        };
        let (lacking, last) = match scan {
            Scan::Nothing => (Vec::new(), None),
            Scan::Lacking => {
                let models = models_of(&self.engine);
                let generations = &self.shop.pipeline().generations;
                let lacking = generations.lacking(&models, after, PAGE).await?;
                let last = lacking.last().copied();
                (lacking, last)
            }
            Scan::Everything => self.differing(after).await?,
        };
        let now = self.shop.now();
        let wanted = |product| Wanted {
            product,
            is_bulk: true,
            is_forced: false,
            at: now,
        };
        let wanted: Vec<Wanted> = lacking.into_iter().map(wanted).collect();
        self.shop.pipeline().tasks.want_unasked(&wanted, now).await?;
        self.scan = last.map(|last| (scan, Some(last)));
        Ok(last.is_some())
    }

    /// Products of the next page whose vectors are not of their content, and where it ends.
    async fn differing(&self, after: Option<ProductId>) -> Result<(Vec<ProductId>, Option<ProductId>), PipelineError> {
        let views = self.shop.catalog().load_after(after, PAGE).await?;
        let Some(last) = views.last().map(|view| view.id()) else {
            return Ok((Vec::new(), None));
        };
        let taxonomy = self.shop.catalog().taxonomy();
        let contents = views.iter().map(|view| Content::of(view, &taxonomy)).collect();
        let missing = Missing::find(&self.shop, &self.engine.models(), contents, &HashSet::new()).await?;
        let lacking = missing.products();
        let fine = views.len() - lacking.len();
        self.progress.checked.fetch_add(fine as u64, Relaxed);
        Ok((lacking, Some(last)))
    }

    fn start(&mut self, tasks: Vec<Task>) {
        let is_urgent = tasks.len() <= FEW && tasks.iter().all(|task| !task.is_bulk);
        let beside = self.beside.as_ref().and_then(Beside::encoders);
        let job = Job {
            shop: self.shop.clone(),
            engines: beside.into_iter().chain([self.engine.clone()]).collect(),
            progress: Arc::clone(&self.progress),
            priority: if is_urgent {
                Priority::Interactive
            } else {
                Priority::Bulk
            },
        };
        let held = tasks.clone();
        let task = self.jobs.spawn(async move {
            let outcome = job.run(&tasks).await;
            if outcome.is_err() {
                tokio::time::sleep(RETRY).await;
            }
            Done { tasks, outcome }
        });
        self.started.insert(task.id(), held);
    }

    async fn ended(&mut self, ended: Result<(task::Id, Done), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let held = self.started.remove(&id).unwrap_or_default();
        let outcome = match ended {
            Ok((_, done)) => self.finish(done).await,
            Err(error) => {
                tracing::error!(%error, "an embedding job died");
                self.fail(&held, &format!("the job died: {error}")).await
            }
        };
        // Their leases end, and they are taken again.
        if let Err(error) = outcome {
            tracing::error!(%error, products = held.len(), "the end of a job cannot be written");
        }
    }

    async fn finish(&self, done: Done) -> Result<(), PipelineError> {
        match done.outcome {
            Ok(failures) => {
                let (failed, fine): (Vec<Task>, Vec<Task>) =
                    done.tasks.iter().partition(|task| failures.contains_key(&task.product));
                self.shop.pipeline().tasks.done(&fine).await?;
                for task in failed {
                    let reason = failures.get(&task.product).map_or("", String::as_str);
                    self.shop
                        .pipeline()
                        .tasks
                        .failed(&task, reason, self.shop.now())
                        .await?;
                }
                self.progress.checked.fetch_add(done.tasks.len() as u64, Relaxed);
                Ok(())
            }
            // Without its model nothing can be done; when one comes, what lacks vectors is looked for.
            Err(PipelineError::Engine(RecoError::Model { model, reason })) => {
                tracing::warn!(model, reason, products = done.tasks.len(), "not embedded");
                Ok(self.shop.pipeline().tasks.done(&done.tasks).await?)
            }
            // Busy, restarting, or the database was away: none of it is the products' fault.
            Err(error) => {
                tracing::warn!(%error, products = done.tasks.len(), "embedding is tried again");
                Ok(self.shop.pipeline().tasks.give_back(&done.tasks).await?)
            }
        }
    }

    async fn fail(&self, tasks: &[Task], reason: &str) -> Result<(), PipelineError> {
        for task in tasks {
            self.shop.pipeline().tasks.failed(task, reason, self.shop.now()).await?;
        }
        Ok(())
    }
}

/// The models that an engine embeds with.
pub(super) fn models_of(engine: &RecoHandle) -> GenerationModels {
    let models = engine.models();
    let width = |model: reco_actors::embed::ModelInfo| ModelWidth {
        id: model.id,
        dim: model.dim,
    };
    GenerationModels {
        text: models.text.map(width),
        image: models.image.map(width),
    }
}
