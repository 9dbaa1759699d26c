//! Keeps one engine at the state of the shop: loads everything once, then follows.

use super::{
    Announcements, BATCH, Concerned, FIRST_PAUSE, Freshness, Patience, PipelineError, Snapshots, Stage,
    exchange::Exchange, item_of, serving::ended, snapshots::Saved, vectors::blocks,
};
use crate::{search_guide, stream::ChangeLog};
use chrono::{DateTime, Utc};
use reco_actors::{
    ItemId, ScoreMode, Weights,
    system::{Change as EngineChange, Defaults, RecoHandle},
};
use shop::{
    Shop, ShopError,
    events::Person,
    id::ProductId,
    outbox::{Change, Outbox, Published},
    pipeline::Generation,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether a snapshot is due.
const SAVE_LOOK: Duration = Duration::from_secs(30);
/// How often one change is tried before it is given up.
const ATTEMPTS: u32 = 5;
/// The name under which changes are given up.
pub(crate) const INDEX: &str = "index";

/// Follows one shop into one engine.
pub struct Projector {
    pub(super) shop: Shop,
    pub(super) engine: RecoHandle,
    pub(super) log: ChangeLog,
    /// Told when the engine's models changed, and with them whose vectors it wants.
    models_changed: Arc<Notify>,
    freshness: Arc<Freshness>,
    snapshots: Snapshots,
    /// Whose vectors the engine holds.
    pub(super) generation: Option<Generation>,
    /// The vectors of another one, on their way.
    pub(super) exchange: Option<Exchange>,
    saved: Saved,
    /// Who listens for what is applied.
    told: Announcements,
    /// What scores get that do not say, unless an administrator says otherwise.
    defaults: Defaults,
    pub(super) position: i64,
    /// Of the change at that position; `None` before the first one.
    pub(super) mark: Option<i64>,
    /// When it had loaded everything.
    follows_since: DateTime<Utc>,
}

impl Projector {
    /// Loads the whole shop into the engine.
    ///
    /// # Errors
    /// When the database or the engine fails.
    pub async fn load(
        shop: Shop,
        engine: RecoHandle,
        log: ChangeLog,
        models_changed: Arc<Notify>,
        freshness: Arc<Freshness>,
        snapshots: Snapshots,
    ) -> Result<Self, PipelineError> {
        let mut projector = Self {
            shop,
            defaults: engine.defaults(),
            engine,
            log,
            models_changed,
            freshness,
            snapshots,
            generation: None,
            exchange: None,
            saved: Saved::default(),
            told: Announcements::default(),
            position: 0,
            mark: None,
            follows_since: DateTime::<Utc>::MAX_UTC,
        };
        projector.take_settings().await?;
        if !projector.restore().await? {
            projector.load_all().await?;
            projector.save().await;
        }
        projector.follows_since = projector.shop.now();
        Ok(projector)
    }

    /// The same, telling subscriptions what is applied from now on.
    #[must_use]
    pub fn telling(self, told: Announcements) -> Self {
        Self { told, ..self }
    }

    /// Follows until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut patience = Patience::new("projector");
        // Load anew; look at what serves once more.
        let (mut load, mut retry) = (false, false);
        let mut news = self.log.newest();
        let mut save = tokio::time::interval(SAVE_LOOK);
        loop {
            // What happened before this look is read by the steps behind it.
            news.borrow_and_update();
            match self.catch_up(load, retry).await {
                Ok(()) => {
                    patience.restored();
                    (load, retry) = (false, false);
                }
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            let outcome = tokio::select! {
                () = stop.cancelled() => break,
                changed = news.changed() => if changed.is_err() { break } else { Ok(()) },
                _ = save.tick() => {
                    if self.saved.is_old(self.position) {
                        self.save().await;
                    }
                    Ok(())
                }
                () = self.models_changed.notified() => {
                    load = true;
                    Ok(())
                }
                ended = ended(&mut self.exchange) => self.exchanged(ended).await,
            };
            if let Err(error) = outcome {
                if !patience.after(&error, &stop).await {
                    return;
                }
                retry = true;
            }
        }
        if self.saved.position != self.position {
            self.save().await;
        }
    }

    /// Takes over the newest snapshot; `false` when there is none, or changes since are gone.
    async fn restore(&mut self) -> Result<bool, PipelineError> {
        let Some(generation) = self.shop.pipeline().generations.serving().await? else {
            return Ok(false);
        };
        let outbox = self.shop.outbox();
        let Some(restored) = self.snapshots.restore(&self.engine, &generation, outbox).await? else {
            return Ok(false);
        };
        let next = outbox.after(restored.position, 1).await?;
        if Outbox::has_missed(restored.position, &next) {
            tracing::info!("the snapshot is too old: the index is loaded from the database");
            return Ok(false);
        }
        self.shop.catalog().reload_taxonomy().await?;
        self.generation = Some(generation);
        self.position = restored.position;
        let last = outbox.at(restored.position).await?;
        self.log.saw(last.as_slice());
        self.mark = last.as_ref().map(Published::mark);
        self.saved.now(restored.position);
        self.take_frame().await?;
        while self.step().await? {}
        tracing::info!(
            items = restored.items,
            took_ms = restored.took.as_millis() as u64,
            replayed = self.position - restored.position,
            "the index is restored"
        );
        Ok(true)
    }

    /// Saves the index, unless it is of a history that is no more: changes may have been passed over
    /// then whose positions were known.
    async fn save(&mut self) {
        if !matches!(self.log.is_lost().await, Ok(false)) {
            return;
        }
        if let (Some(generation), Some(mark)) = (&self.generation, self.mark) {
            self.snapshots.save(&self.engine, generation, mark).await;
            self.saved.now(self.position);
        }
    }

    async fn catch_up(&mut self, load: bool, retry: bool) -> Result<(), PipelineError> {
        if load {
            self.load_all().await?;
        } else if retry {
            self.take_generation().await?;
        }
        while self.step().await? {}
        Ok(())
    }

    /// Applies some changes; `false` when there are none left.
    ///
    /// # Errors
    /// When the database or the engine fails; the same changes are then applied again.
    pub async fn step(&mut self) -> Result<bool, PipelineError> {
        let published = self.log.after(self.position, BATCH as usize).await?;
        let (Some(first), Some(last)) = (published.first(), published.last()) else {
            return Ok(false);
        };
        if first.position != self.position + 1 {
            tracing::warn!(
                position = self.position,
                "changes were pruned before they were read: loading anew"
            );
            self.load_all().await?;
            return Ok(true);
        }
        let position = last.position;
        match self.apply(&published, position).await {
            Err(PipelineError::Shop(error)) => self.apply_singly(&published, error).await?,
            outcome => outcome?,
        }
        let changes = || published.iter().filter_map(Published::change);
        if changes().any(|change| matches!(change, Change::Recommender | Change::Search | Change::Steering)) {
            self.take_settings().await?;
        }
        if changes().any(|change| change == Change::Recommender) {
            self.take_generation().await?;
        }
        self.position = position;
        self.mark = Some(last.mark());
        self.measure(&published);
        Ok(true)
    }

    /// One of the changes may be the trouble: it is given up, so that the others show.
    async fn apply_singly(&self, published: &[Published], first: ShopError) -> Result<(), PipelineError> {
        tracing::warn!(error = %first, changes = published.len(), "changes are applied one by one");
        for event in published {
            let one = std::slice::from_ref(event);
            let (mut attempts, mut pause) = (0, FIRST_PAUSE);
            while let Err(error) = self.apply(one, event.position).await {
                let PipelineError::Shop(error) = error else {
                    return Err(error);
                };
                // Fails when it is the database that is away.
                self.shop.outbox().last_position().await?;
                attempts += 1;
                if attempts < ATTEMPTS {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                    continue;
                }
                tracing::error!(%error, event.id, topic = event.topic, "a change is given up");
                let (letters, now) = (&self.shop.pipeline().dead_letters, self.shop.now());
                letters.park(INDEX, event, attempts, &error.to_string(), now).await?;
                break;
            }
        }
        Ok(())
    }

    async fn apply(&self, published: &[Published], position: i64) -> Result<(), PipelineError> {
        let concerned = Concerned::by(&self.shop, published).await?;
        self.shop.catalog().invalidate(&concerned.changed);
        let deleted: Vec<ProductId> = concerned.deleted.iter().map(|(id, _)| *id).collect();
        self.shop.catalog().invalidate(&deleted);
        for (person, at_ms) in concerned.leaving() {
            self.shop.experiments().forget(person, at_ms).await?;
        }
        let mut changes = self.upserts(&concerned.changed).await?;
        changes.extend(concerned.deleted.iter().map(|&(id, version)| EngineChange::Delete {
            id: ItemId(id.0),
            version,
        }));
        changes.extend(
            concerned
                .acts
                .into_iter()
                .map(|(at, acts)| EngineChange::Acts(at, acts)),
        );
        changes.extend(concerned.forgotten.into_iter().map(EngineChange::Forget));
        let mut people: Vec<Person> = published.iter().flat_map(Published::people).collect();
        people.sort_unstable();
        people.dedup();
        let mut vectors = concerned.embedded;
        vectors.extend(concerned.forced);
        match &self.exchange {
            None => changes.extend(self.vectors(&vectors).await?),
            Some(exchange) => {
                // Items first: vectors of unknown ones are not taken.
                self.engine.apply(std::mem::take(&mut changes), 0).await?;
                exchange.set(&self.shop, &self.engine, &vectors).await?;
            }
        }
        self.engine.apply(changes, position).await?;
        self.told.applied(people, concerned.changed.iter().chain(&deleted));
        if concerned.rebuild {
            let engine = self.engine.clone();
            // Seconds on a large catalogue; changes go on meanwhile.
            tokio::spawn(async move {
                if let Err(error) = engine.rebuild().await {
                    tracing::error!(%error, "the index was not rebuilt");
                }
            });
        }
        Ok(())
    }

    /// Counts how long these changes took. Those of a time when this process did not answer yet
    /// kept nobody waiting here.
    fn measure(&self, published: &[Published]) {
        let now = self.shop.now();
        let since = self.follows_since;
        for event in published.iter().filter(|event| event.at >= since) {
            match event.change() {
                Some(Change::Embedded {
                    asked_at: Some(asked_at),
                    ..
                }) => {
                    self.freshness.record(Stage::Embedded, asked_at, event.at);
                    self.freshness.record(Stage::Indexed, asked_at, now);
                }
                Some(Change::Product(..) | Change::ProductDeleted { .. } | Change::Category(_) | Change::Brand(_)) => {
                    self.freshness.record(Stage::Visible, event.at, now);
                }
                Some(Change::Events) => self.freshness.record(Stage::Learned, event.at, now),
                _ => {}
            }
        }
    }

    /// What administrators changed of the settings, and what they say about search.
    pub(super) async fn take_settings(&self) -> Result<(), PipelineError> {
        search_guide::refresh(&self.shop, &self.engine).await?;
        self.shop.merchandising().refresh().await?;
        self.shop.experiments().refresh().await?;
        let settings = self.shop.pipeline().settings().await?;
        let mut defaults = self.defaults;
        if let Some(text) = settings.text_weight {
            defaults.weights = Weights::new(text, 1.0 - text)?;
        }
        defaults.mode = match settings.is_calibrated {
            Some(true) => ScoreMode::Calibrated,
            Some(false) => ScoreMode::Raw,
            None => defaults.mode,
        };
        Ok(self.engine.set_defaults(defaults)?)
    }

    async fn upserts(&self, ids: &[ProductId]) -> Result<Vec<EngineChange>, PipelineError> {
        let views = self.shop.catalog().load_fresh(ids).await?;
        let taxonomy = self.shop.catalog().taxonomy();
        let items = views.iter().map(|view| item_of(view, &taxonomy));
        Ok(items.map(|item| EngineChange::Upsert(Box::new(item))).collect())
    }

    /// What is stored for these products; one without stored vectors loses those it had.
    pub(super) async fn vectors(&self, ids: &[ProductId]) -> Result<Vec<EngineChange>, PipelineError> {
        let models = self.models();
        let models: Vec<&str> = models.iter().map(String::as_str).collect();
        let stored = self.shop.embeddings().of(ids, &models).await?;
        Ok(blocks(ids, stored))
    }

    /// Ids of the models whose vectors the engine holds.
    fn models(&self) -> Vec<String> {
        let models = self.engine.index_models();
        [models.text, models.image]
            .into_iter()
            .flatten()
            .map(|model| model.id)
            .collect()
    }
}
