//! Carries stored vectors to the engine that holds them for all processes. Beside the projector:
//! while that engine is away the catalogue goes on. Every process that serves has one, since
//! writing the same rows twice does no harm, and each tells its own lists how far the vectors are.

use super::{BATCH, Patience, PipelineError, freight::Freight, generation::loaded};
use crate::stream::ChangeLog;
use reco_actors::{
    RecoError,
    snapshot::Head,
    system::{LoadedModels, RecoHandle},
    vectors::{Begun, Incarnation, VectorStore},
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

/// How far a set is carried.
#[derive(Clone, Copy)]
struct At {
    to: Incarnation,
    position: i64,
}

/// What a step came to.
enum Step {
    To(At),
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
        let mut at = set.open().await?;
        while let Step::To(next) = set.step(at).await? {
            at = next;
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
        let mut at = self.open().await?;
        loop {
            news.borrow_and_update();
            match self.step(at).await? {
                Step::To(next) => at = next,
                Step::Missed => at = self.open().await?,
                Step::Done => {
                    patience.restored();
                    if news.changed().await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Goes on where another process stopped, or compares everything.
    async fn open(&self) -> Result<At, PipelineError> {
        let (index, outbox) = (&*self.freight.index, self.shop.outbox());
        let begun = self.begin().await?;
        let to = begun.incarnation;
        self.engine
            .vectors_reached(&self.models, begun.reached.map(|head| head.position));
        let last = outbox.last_position().await?;
        let head = Head {
            position: last,
            mark: outbox.at(last).await?.as_ref().map(Published::mark).unwrap_or_default(),
        };
        if let Some(reached) = begun.reached {
            let next = outbox.after(reached.position, 1).await?;
            if !Outbox::has_missed(reached.position, &next) {
                // Of processes that were ahead: others may have these positions by now.
                let ahead = within(index.newer(reached.position)).await?;
                self.freight.carry_again(to, &ahead, last).await?;
                // An engine of another version may have to build something.
                index.build().await?;
                return Ok(At {
                    to,
                    position: reached.position,
                });
            }
        }
        self.freight.fill(to, last).await?;
        index.build().await?;
        within(index.filled(to, head)).await?;
        self.engine.vectors_reached(&self.models, Some(last));
        Ok(At { to, position: last })
    }

    /// What is there, of the history that the outbox tells.
    async fn begin(&self) -> Result<Begun, PipelineError> {
        let (index, origin) = (&*self.freight.index, self.freight.origin());
        let begun = within(index.begin(&origin)).await?;
        if !self.is_lost(&begun).await? {
            return Ok(begun);
        }
        tracing::warn!(
            index = index.name(),
            newest = begun.newest,
            "the vectors are of a history that is no more: they are carried anew"
        );
        within(index.forget(begun.incarnation)).await?;
        Ok(within(index.begin(&origin)).await?)
    }

    /// Whether a backup was set in since: other changes have these positions now, or will have them.
    async fn is_lost(&self, begun: &Begun) -> Result<bool, PipelineError> {
        let outbox = self.shop.outbox();
        let reached = begun.reached.filter(|head| head.position > 0);
        if let Some(head) = reached
            && let Some(change) = outbox.at(head.position).await?
            && change.mark() != head.mark
        {
            return Ok(true);
        }
        let newest = begun.newest.max(reached.map(|head| head.position));
        Ok(newest.unwrap_or_default() > outbox.last_position().await?)
    }

    /// Carries some changes.
    async fn step(&self, at: At) -> Result<Step, PipelineError> {
        let published = self.log.after(at.position, BATCH as usize).await?;
        let Some(last) = published.last() else {
            return Ok(Step::Done);
        };
        if Outbox::has_missed(at.position, &published) {
            return Ok(Step::Missed);
        }
        self.freight.carry(at.to, &published).await?;
        let head = Head {
            position: last.position,
            mark: last.mark(),
        };
        within(self.freight.index.reach(at.to, head)).await?;
        self.engine.vectors_reached(&self.models, Some(head.position));
        Ok(Step::To(At {
            position: head.position,
            ..at
        }))
    }
}

/// A call that is not waited for without end: whoever does not answer may be gone.
pub(super) async fn within<T>(call: impl Future<Output = Result<T, RecoError>>) -> Result<T, RecoError> {
    let late = |_| RecoError::Unavailable(format!("vectors: no answer within {} s", CALL.as_secs()));
    tokio::time::timeout(CALL, call).await.map_err(late)?
}
