//! One process of the shop: the domain, the engine, what keeps them together, and the schema.

mod parts;

pub use parts::{engine_config, model_settings};

use crate::{
    config::{Config, RecommenderConfig},
    exposures, housekeeping,
    mail::Postman,
    metrics::Metrics,
    models::{self, ModelSettings},
    node::{Reporter, Role},
    pipeline::{
        self, Announcements, Announcer, Beside, Carrier, EmbedProgress, EmbedWorker, Freshness, Intake, Keeper,
        OpenModels, Projector, Relay, Scan, Snapshots,
    },
    search_guide,
    stream::{Broker, ChangeLog},
    upkeep,
};
use graphql::{CursorCodec, Limits, Schema, Services, Settings};
use parts::{broker, cache_config, cursor_secret, vectors};
use reco_actors::{
    RecoError,
    cache::CachedRecommender,
    embed::EmbedderFactory,
    system::{RecoHandle, RecoSystem},
    vectors::VectorStore,
};
use shop::Shop;
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

/// How often absent models are looked for.
const MODEL_WATCH: Duration = Duration::from_secs(15);

/// A running shop without its HTTP side.
pub struct App {
    /// The domain.
    pub shop: Shop,
    /// The engine.
    pub engine: RecoHandle,
    /// Recommendations, cached.
    pub recommender: Arc<CachedRecommender>,
    /// What resolvers reach.
    pub services: Services,
    /// The schema over those services.
    pub schema: Schema,
    /// Names this run of this process.
    node: Uuid,
    broker: Option<Arc<dyn Broker>>,
    freshness: Arc<Freshness>,
    metrics: Arc<Metrics>,
    snapshots: Snapshots,
    /// Who holds the vectors, where that is not this process.
    vectors: Option<Arc<dyn VectorStore>>,
    system: RecoSystem,
    postman: Option<Postman>,
    models_changed: Vec<Arc<Notify>>,
    beside: Option<Beside>,
    announcements: Announcements,
    /// How long an untouched cart of a guest is kept.
    carts_after: chrono::TimeDelta,
    tasks: TaskTracker,
    /// Told when the history that it follows was replaced.
    lost: CancellationToken,
    stop: CancellationToken,
}

impl App {
    /// Starts the engine over a shop. Nothing is loaded or followed yet.
    ///
    /// # Errors
    /// When a setting of the engine cannot work.
    pub fn start(config: &Config, shop: Shop, models: Option<Arc<dyn EmbedderFactory>>) -> anyhow::Result<Self> {
        let vectors = vectors(config);
        let system = RecoSystem::start_over(engine_config(&config.recommender)?, models, vectors.clone())?;
        let engine = system.handle();
        let live = Arc::new(engine.clone());
        let recommender = Arc::new(CachedRecommender::new(
            live.clone(),
            live.clone(),
            &cache_config(&config.cache),
        )?);
        let announcements = Announcements::default();
        let services = Services {
            shop: shop.clone(),
            recommender: recommender.clone(),
            personal: live.clone(),
            arranging: live.clone(),
            listing: live.clone(),
            status: live,
            changes: Arc::new(announcements.clone()),
            cursors: CursorCodec::new(&cursor_secret(config)),
            prints: graphql::search::Prints::default(),
            public_url: config.server.public_url.as_str().into(),
            media_base: format!("{}/media", config.server.public_url).into(),
            settings: Settings {
                introspection: config.graphql.introspection,
                limits: Limits {
                    cost: config.graphql.max_cost,
                    depth: config.graphql.max_depth,
                },
                secure_cookies: config.server.has_secure_cookies(),
            },
        };
        let freshness = Arc::<Freshness>::default();
        Ok(Self {
            metrics: Arc::new(Metrics::new(&freshness, engine.clone(), recommender.clone())),
            schema: graphql::build(services.clone()),
            postman: Postman::new(config, shop.clone())?,
            node: Uuid::now_v7(),
            broker: broker(config)?,
            freshness,
            snapshots: Snapshots::new(config),
            vectors,
            shop,
            engine,
            recommender,
            services,
            system,
            models_changed: Vec::new(),
            beside: None,
            announcements,
            carts_after: chrono::TimeDelta::days(config.orders.cart_days),
            tasks: TaskTracker::new(),
            lost: CancellationToken::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Does everything: loads the shop into the engine, then follows every change, embeds what
    /// lacks vectors and sends mail.
    ///
    /// # Errors
    /// When the database or the engine fails while loading.
    pub async fn follow(&mut self) -> anyhow::Result<Arc<EmbedProgress>> {
        let progress = self.follow_as(Role::All).await?;
        Ok(progress.unwrap_or_default())
    }

    /// Follows every change and does what the role asks for; tells of a worker how far it is.
    ///
    /// # Errors
    /// When the database or the engine fails while loading.
    pub async fn follow_as(&mut self, role: Role) -> anyhow::Result<Option<Arc<EmbedProgress>>> {
        let log = self.publish().await?;
        if role.embeds() {
            pipeline::announce_models(&self.shop, &self.engine).await?;
        }
        if role.serves() {
            self.serve_changes(&log).await?;
        }
        let progress = match role.embeds() {
            true => Some(self.work(&log, Scan::Lacking).await?),
            false => None,
        };
        let reporter = Reporter {
            shop: self.shop.clone(),
            engine: self.engine.clone(),
            recommender: Arc::clone(&self.recommender),
            freshness: Arc::clone(&self.freshness),
            node: self.node,
            role,
        };
        self.tasks.spawn(reporter.run(self.stop.clone()));
        Ok(progress)
    }

    /// Keeps the index and subscriptions at the state of the shop, and does what time brings about.
    async fn serve_changes(&mut self, log: &ChangeLog) -> anyhow::Result<()> {
        let projector = self.projector(log).await?;
        let announcer = Announcer::new(log.clone(), self.announcements.clone());
        self.tasks.spawn(announcer.run(self.stop.clone()));
        self.tasks.spawn(projector.run(self.stop.clone()));
        if let Some(carrier) = self.carrier(log) {
            self.tasks.spawn(carrier.run(self.stop.clone()));
        }
        let (shop, stop) = (self.shop.clone(), self.stop.clone());
        self.tasks.spawn(upkeep::run(shop, self.carts_after, stop));
        let searches = search_guide::run(self.shop.clone(), self.engine.clone(), self.stop.clone());
        self.tasks.spawn(searches);
        self.tasks.spawn(exposures::run(self.shop.clone(), self.stop.clone()));
        self.tasks
            .spawn(housekeeping::run(self.shop.clone(), self.stop.clone()));
        match self.postman.clone() {
            Some(postman) => drop(self.tasks.spawn(postman.run(self.stop.clone()))),
            None => tracing::warn!("mail is kept until there is a way to send it: set MYSHOP_MAIL__SMTP_URL"),
        }
        Ok(())
    }

    /// Publishes what is committed, and hears what other processes publish.
    async fn publish(&self) -> anyhow::Result<ChangeLog> {
        let log = ChangeLog::new(self.shop.clone()).await?;
        let relay = Relay::new(self.shop.clone(), log.clone(), self.broker.clone());
        let opened = relay.opened();
        self.tasks.spawn(relay.run(self.stop.clone()));
        let (lost, stop) = (self.lost.clone(), self.stop.clone());
        self.tasks.spawn(pipeline::watch_history(log.clone(), lost, stop));
        if let Some(broker) = self.broker.clone() {
            let tail = pipeline::run_tail(broker, log.clone(), opened, self.stop.clone());
            self.tasks.spawn(tail);
        }
        Ok(log)
    }

    async fn projector(&mut self, log: &ChangeLog) -> anyhow::Result<Projector> {
        let changed = self.models_notice();
        let (shop, engine) = (self.shop.clone(), self.engine.clone());
        let (freshness, snapshots) = (Arc::clone(&self.freshness), self.snapshots.clone());
        let projector = Projector::load(shop, engine, log.clone(), changed, freshness, snapshots).await?;
        Ok(projector.telling(self.announcements.clone()))
    }

    /// What brings vectors to who holds them, where that is not this process.
    fn carrier(&self, log: &ChangeLog) -> Option<Carrier> {
        let store = self.vectors.clone()?;
        let (shop, engine) = (self.shop.clone(), self.engine.clone());
        Some(Carrier::new(shop, engine, log.clone(), store))
    }

    /// Loads the shop into the engine as it is now and follows nothing: for measuring.
    ///
    /// # Errors
    /// When the database or the engine fails while loading.
    pub async fn load(&mut self) -> anyhow::Result<()> {
        pipeline::announce_models(&self.shop, &self.engine).await?;
        let log = ChangeLog::new(self.shop.clone()).await?;
        self.projector(&log).await?;
        if let Some(carrier) = self.carrier(&log) {
            carrier.catch_up().await?;
        }
        Ok(())
    }

    /// Embeds alone, without an index to serve from: for imports and re-embedding.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn embed(&mut self, scan: Scan) -> anyhow::Result<Arc<EmbedProgress>> {
        let log = self.publish().await?;
        pipeline::announce_models(&self.shop, &self.engine).await?;
        self.work(&log, scan).await
    }

    async fn work(&mut self, log: &ChangeLog, scan: Scan) -> anyhow::Result<Arc<EmbedProgress>> {
        let changed = self.models_notice();
        let (shop, broker) = (self.shop.clone(), self.broker.clone());
        let (intake, has_missed) = Intake::new(shop.clone(), log.clone(), broker, self.node).await?;
        let scan = if has_missed { Scan::Everything } else { scan };
        let worker = EmbedWorker::new(shop, self.engine.clone(), self.node, changed, scan).beside(self.beside.clone());
        let progress = worker.progress();
        let keeper = Keeper::new(self.shop.clone(), self.engine.clone(), Arc::clone(&progress));
        self.tasks.spawn(keeper.run(self.stop.clone()));
        self.tasks.spawn(intake.run(self.stop.clone()));
        self.tasks.spawn(worker.run(self.stop.clone()));
        Ok(progress)
    }

    /// What machines read of this process.
    pub(crate) fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    fn models_notice(&mut self) -> Arc<Notify> {
        let notice = Arc::new(Notify::new());
        self.models_changed.push(Arc::clone(&notice));
        notice
    }

    /// Where the encoders of other models are found, for while those that serve are exchanged.
    /// Takes effect for what is followed afterwards.
    ///
    /// # Errors
    /// When a setting of the engine cannot work.
    pub fn find_models_with(&mut self, config: &RecommenderConfig, open: OpenModels) -> anyhow::Result<()> {
        self.beside = Some(Beside::new(open, engine_config(config)?));
        Ok(())
    }

    /// Gives the engine other models; what they lack of vectors is embedded by whoever follows.
    ///
    /// # Errors
    /// When an encoder cannot be built; the engine keeps trying.
    pub async fn use_models(&self, models: Option<Arc<dyn EmbedderFactory>>) -> Result<(), RecoError> {
        self.model_switch().turn(models).await
    }

    fn model_switch(&self) -> ModelSwitch {
        ModelSwitch {
            shop: self.shop.clone(),
            engine: self.engine.clone(),
            notices: self.models_changed.clone(),
        }
    }

    /// Looks for absent models until they are there, and hands them to the engine.
    pub fn watch_models(&self, settings: ModelSettings) {
        let (switch, stop) = (self.model_switch(), self.stop.clone());
        self.tasks.spawn(async move {
            loop {
                let models = switch.engine.models();
                if models.text.is_some() && models.image.is_some() {
                    return;
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(MODEL_WATCH) => {}
                }
                if let Err(error) = switch.look(&settings).await {
                    tracing::warn!(%error, "models are there but cannot be used");
                }
            }
        });
    }

    /// What carries changes to other processes, where there is one.
    #[must_use]
    pub fn broker(&self) -> Option<Arc<dyn Broker>> {
        self.broker.clone()
    }

    /// Waits until the database has another history than the one that was followed: a backup was set
    /// in, or a replica took over that lacked the last changes. Start another one then.
    pub fn history_lost(&self) -> impl Future<Output = ()> + use<> {
        self.lost.clone().cancelled_owned()
    }

    /// Refuses new work, lets what is under way end, and joins every thread.
    pub async fn shut_down(self, grace: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!("background work did not end in time");
        }
        if let Err(error) = self.system.drain(grace).await {
            tracing::warn!(%error, "recommendations did not end in time");
        }
        let system = self.system;
        if tokio::task::spawn_blocking(move || system.shutdown()).await.is_err() {
            tracing::error!("the engine died while it was shut down");
        }
    }
}

/// Exchanges the engine's models and tells everybody who follows.
struct ModelSwitch {
    shop: Shop,
    engine: RecoHandle,
    notices: Vec<Arc<Notify>>,
}

impl ModelSwitch {
    async fn turn(&self, models: Option<Arc<dyn EmbedderFactory>>) -> Result<(), RecoError> {
        self.engine.set_embedders(models).await?;
        if let Err(error) = pipeline::announce_models(&self.shop, &self.engine).await {
            return Err(RecoError::Unavailable(error.to_string()));
        }
        for notice in &self.notices {
            notice.notify_one();
        }
        Ok(())
    }

    /// Opens what is there and turns to it when it is more than the engine has.
    async fn look(&self, settings: &ModelSettings) -> anyhow::Result<()> {
        let settings = settings.clone();
        let opened = tokio::task::spawn_blocking(move || models::open(&settings)).await??;
        let Some(factory) = opened else { return Ok(()) };
        let held = self.engine.models();
        if (factory.text_model(), factory.image_model()) == (held.text, held.image) {
            return Ok(());
        }
        tracing::info!(text = ?factory.text_model(), image = ?factory.image_model(), "models appeared");
        Ok(self.turn(Some(factory)).await?)
    }
}
