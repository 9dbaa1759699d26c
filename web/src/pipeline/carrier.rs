//! Carries stored vectors to the engine that holds them for all processes. Beside the projector:
//! while that engine is away the catalogue goes on. Every process that serves has one, since
//! writing the same rows twice does no harm, and each tells its own lists how far the vectors are.

use super::{BATCH, Patience, PipelineError, freight::Freight, generation::loaded};
use crate::stream::ChangeLog;
use reco_actors::{
    RecoError,
    snapshot::Head,
    system::{LoadedModels, RecoHandle},
    vectors::VectorStore,
};
use shop::{
    Shop,
    outbox::{Change, Outbox, Published},
    pipeline::Generation,
};
use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

/// What a call of the engine may take, unless it builds.
const CALL: Duration = Duration::from_secs(60);

/// Follows one shop into one store of vectors.
pub struct Carrier {
    shop: Shop,
    engine: RecoHandle,
    log: ChangeLog,
    store: Arc<dyn VectorStore>,
}

/// One set of vectors on its way.
struct Set {
    shop: Shop,
    engine: RecoHandle,
    log: ChangeLog,
    models: LoadedModels,
    freight: Freight,
}

/// What a step came to.
enum Step {
    To(i64),
    /// There is nothing new.
    Done,
    /// Changes were pruned: everything is to be compared.
    Missed,
}

impl Carrier {
    /// Nothing is read or written yet.
    pub fn new(shop: Shop, engine: RecoHandle, log: ChangeLog, store: Arc<dyn VectorStore>) -> Self {
        Self {
            shop,
            engine,
            log,
            store,
        }
    }

    /// Follows until told to stop: the set that serves, and the one that is made to serve one day,
    /// each for itself.
    pub async fn run(self, stop: CancellationToken) {
        let mut patience = Patience::new("vectors");
        let mut news = self.log.newest();
        let mut under_way: BTreeMap<i64, AbortHandle> = BTreeMap::new();
        let mut seen = None;
        loop {
            let newest = *news.borrow_and_update();
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                outcome = self.look(seen, &mut under_way, &stop) => outcome,
            };
            match outcome {
                Ok(()) => patience.restored(),
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            seen = Some(newest);
            tokio::select! {
                () = stop.cancelled() => return,
                changed = news.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Brings the set that serves to the newest change, once.
    ///
    /// # Errors
    /// When the database or the store fails; what was done stays done.
    pub async fn catch_up(&self) -> Result<(), PipelineError> {
        let Some(serving) = self.shop.pipeline().generations.serving().await? else {
            return Ok(());
        };
        let set = self.set(serving);
        let mut position = set.open().await?;
        while let Step::To(next) = set.step(position).await? {
            position = next;
        }
        Ok(())
    }

    fn set(&self, generation: Generation) -> Set {
        let models = loaded(&generation.models);
        Set {
            shop: self.shop.clone(),
            engine: self.engine.clone(),
            log: self.log.clone(),
            freight: Freight {
                shop: self.shop.clone(),
                index: self.store.index(&models),
                generation,
            },
            models,
        }
    }

    /// Sees to it that what is wanted is under way, where that may have changed behind a position.
    async fn look(
        &self,
        seen: Option<i64>,
        under_way: &mut BTreeMap<i64, AbortHandle>,
        stop: &CancellationToken,
    ) -> Result<(), PipelineError> {
        if let Some(seen) = seen
            && !self.asks_since(seen).await?
        {
            return Ok(());
        }
        let generations = &self.shop.pipeline().generations;
        let (serving, building) = (generations.serving().await?, generations.building().await?);
        let wanted: Vec<Generation> = serving.into_iter().chain(building).collect();
        under_way.retain(|id, task| {
            let stays = wanted.iter().any(|generation| generation.id == *id);
            if !stays {
                task.abort();
            }
            stays && !task.is_finished()
        });
        for generation in wanted {
            if !under_way.contains_key(&generation.id) {
                let id = generation.id;
                let task = tokio::spawn(self.set(generation).run(stop.clone()));
                under_way.insert(id, task.abort_handle());
            }
        }
        Ok(())
    }

    async fn asks_since(&self, seen: i64) -> Result<bool, PipelineError> {
        let mut position = seen;
        loop {
            let published = self.log.after(position, BATCH as usize).await?;
            let Some(last) = published.last() else {
                return Ok(false);
            };
            let asks = |event: &Published| event.change() == Some(Change::Recommender);
            if published.iter().any(asks) || Outbox::has_missed(position, &published) {
                return Ok(true);
            }
            position = last.position;
        }
    }
}

impl Set {
    /// Follows until told to stop; what fails is begun anew.
    async fn run(self, stop: CancellationToken) {
        let mut patience = Patience::new("vectors");
        loop {
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                outcome = self.follow(&mut patience) => outcome,
            };
            match outcome {
                Err(error) if patience.after(&error, &stop).await => {}
                _ => return,
            }
        }
    }

    /// Follows as long as there are changes to come.
    async fn follow(&self, patience: &mut Patience) -> Result<(), PipelineError> {
        let mut news = self.log.newest();
        let mut position = self.open().await?;
        loop {
            news.borrow_and_update();
            match self.step(position).await? {
                Step::To(next) => position = next,
                Step::Missed => position = self.open().await?,
                Step::Done => {
                    patience.restored();
                    if news.changed().await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Goes on where another process stopped, or compares everything; tells the position.
    async fn open(&self) -> Result<i64, PipelineError> {
        let (index, origin) = (&*self.freight.index, self.freight.origin());
        let mut reached = within(index.begin(&origin)).await?;
        let outbox = self.shop.outbox();
        if let Some(head) = reached
            && self.is_lost(head).await?
        {
            tracing::warn!(
                index = index.name(),
                position = head.position,
                "the vectors are of a history that is no more: they are carried anew"
            );
            within(index.forget(&origin, head)).await?;
            reached = None;
        }
        if let Some(head) = reached {
            self.engine.vectors_reached(&self.models, Some(head.position));
            let next = outbox.after(head.position, 1).await?;
            if !Outbox::has_missed(head.position, &next) {
                // An engine of another version may have to build something.
                self.claim(index.filled(&origin, head).await?)?;
                return Ok(head.position);
            }
        } else {
            self.engine.vectors_reached(&self.models, None);
        }
        let head = match outbox.last_position().await? {
            0 => Head { position: 0, mark: 0 },
            position => {
                let last = outbox.at(position).await?;
                let mark = last.as_ref().map(Published::mark).unwrap_or_default();
                Head { position, mark }
            }
        };
        self.freight.fill(head.position).await?;
        self.claim(index.filled(&origin, head).await?)?;
        self.engine.vectors_reached(&self.models, Some(head.position));
        Ok(head.position)
    }

    /// Whether a backup was set in since: other changes have these positions now.
    async fn is_lost(&self, head: Head) -> Result<bool, PipelineError> {
        if head.position == 0 {
            return Ok(false);
        }
        let outbox = self.shop.outbox();
        Ok(match outbox.at(head.position).await? {
            Some(change) => change.mark() != head.mark,
            // Pruned, or yet to come.
            None => head.position > outbox.last_position().await?,
        })
    }

    fn claim(&self, is_ours: bool) -> Result<(), PipelineError> {
        if is_ours {
            return Ok(());
        }
        let index = self.freight.index.name();
        let reason = format!("vectors: {index} was begun for others; does another shop have this cache.namespace?");
        Err(RecoError::Unavailable(reason).into())
    }

    /// Carries some changes.
    async fn step(&self, position: i64) -> Result<Step, PipelineError> {
        let published = self.log.after(position, BATCH as usize).await?;
        let Some(last) = published.last() else {
            return Ok(Step::Done);
        };
        if Outbox::has_missed(position, &published) {
            return Ok(Step::Missed);
        }
        self.freight.carry(&published).await?;
        let head = Head {
            position: last.position,
            mark: last.mark(),
        };
        let origin = self.freight.origin();
        self.claim(within(self.freight.index.reach(&origin, head)).await?)?;
        self.engine.vectors_reached(&self.models, Some(head.position));
        Ok(Step::To(head.position))
    }
}

/// A call that is not waited for without end: whoever does not answer may be gone.
pub(super) async fn within<T>(call: impl Future<Output = Result<T, RecoError>>) -> Result<T, RecoError> {
    let late = |_| RecoError::Unavailable(format!("vectors: no answer within {} s", CALL.as_secs()));
    tokio::time::timeout(CALL, call).await.map_err(late)?
}
