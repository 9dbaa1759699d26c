//! A whole shop of its own for each story: database, engine, pipeline, HTTP.

use crate::{
    client::Client,
    eventually::{PATIENCE, eventually},
    place::{DatabaseKind, Place},
};
use reco_actors::embed::{EmbedderFactory, fake::FakeFactory};
use shop::{Role, Shop, accounts::NewAccount};
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering::Acquire},
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use web::{
    app::App,
    config::Config,
    database::open_shop,
    http::router,
    node::Role as Process,
    pipeline::{EMBED, EmbedProgress, OpenModels},
};

/// The password of every user whom the harness makes.
pub const PASSWORD: &str = "correct horse battery staple 7";
const GRACE: Duration = Duration::from_secs(10);

/// Makes sure that a user with the password of all is there.
pub(crate) async fn ensure_user(shop: &Shop, email: &str, role: Role) {
    let account = NewAccount {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Test".into(),
    };
    let made = shop.accounts().ensure_demo_user(account, role).await;
    made.expect("a user can be made");
}

/// How a shop is started.
#[derive(Clone)]
pub struct Options {
    database: DatabaseKind,
    models: Option<Arc<dyn EmbedderFactory>>,
    configure: Arc<dyn Fn(&mut Config) + Send + Sync>,
    follow: bool,
    process: Process,
    finds_models: bool,
}

impl Options {
    /// With fake models and a cache in memory.
    #[must_use]
    pub fn on(database: DatabaseKind) -> Self {
        Self {
            database,
            models: Some(Arc::new(FakeFactory::new())),
            configure: Arc::new(|_| {}),
            follow: true,
            process: Process::All,
            finds_models: false,
        }
    }

    /// As a process that does no more than this.
    #[must_use]
    pub fn only(self, process: Process) -> Self {
        Self { process, ..self }
    }

    /// Fake models that are replaced are found again while they serve.
    #[must_use]
    pub fn finding_models(self) -> Self {
        Self {
            finds_models: true,
            ..self
        }
    }

    /// With these models, or none.
    #[must_use]
    pub fn models(self, models: Option<Arc<dyn EmbedderFactory>>) -> Self {
        Self { models, ..self }
    }

    /// With settings of its own.
    #[must_use]
    pub fn configure(self, configure: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        Self {
            configure: Arc::new(configure),
            ..self
        }
    }

    /// Loaded once and left alone: nothing runs in the background.
    #[must_use]
    pub fn standing_still(self) -> Self {
        Self { follow: false, ..self }
    }
}

/// A running shop.
pub struct TestShop {
    /// The program behind the wire.
    pub app: App,
    place: Place,
    options: Options,
    config: Config,
    progress: Option<Arc<EmbedProgress>>,
    client: Client,
    server: JoinHandle<()>,
    stop: CancellationToken,
}

impl TestShop {
    /// Opens a shop with nothing in it.
    ///
    /// # Panics
    /// When any part does not start.
    pub async fn start(options: Options) -> Self {
        let place = Place::new(options.database).await;
        Self::start_at(place, options).await
    }

    /// Opens a shop over what is there.
    ///
    /// # Panics
    /// When any part does not start.
    pub async fn start_at(place: Place, options: Options) -> Self {
        let mut config = place.config();
        (options.configure)(&mut config);
        config.validate().expect("the settings of a story are valid");
        if !options.process.embeds() {
            config.recommender.workers = 0;
        }
        // Shown when a story fails.
        web::telemetry::init(&config.telemetry);
        let shop = open_shop(&config).await.expect("the shop opens");
        let mut app = App::start(&config, shop, options.models.clone()).expect("the engine starts");
        if options.finds_models {
            let open: OpenModels = Arc::new(|_| Some(Arc::new(FakeFactory::new())));
            app.find_models_with(&config.recommender, open)
                .expect("the settings can work");
        }
        let progress = if options.follow {
            app.follow_as(options.process).await.expect("the shop loads")
        } else {
            app.load().await.expect("the shop loads");
            None
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let service = router(&app, &config).into_make_service_with_connect_info::<SocketAddr>();
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            let served = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
            served.expect("the server ends when told to");
        });
        Self {
            app,
            place,
            options,
            config,
            progress,
            client: Client::new(format!("http://{address}")),
            server,
            stop,
        }
    }

    /// Stops every part and gives back the data.
    ///
    /// # Panics
    /// When the server died before.
    pub async fn stop(self) -> Place {
        let Self {
            app,
            place,
            client,
            server,
            stop,
            ..
        } = self;
        drop(client);
        stop.cancel();
        server.await.expect("the server lives until it is stopped");
        app.shut_down(GRACE).await;
        place
    }

    /// Stops, and starts again on the same data with other models.
    ///
    /// # Panics
    /// As [`Self::stop`] and [`Self::start_at`].
    pub async fn restart(self, models: Option<Arc<dyn EmbedderFactory>>) -> Self {
        let options = self.options.clone().models(models);
        Self::start_at(self.stop().await, options).await
    }

    /// Stops, and starts again on the same data, loaded once and left alone.
    ///
    /// # Panics
    /// As [`Self::stop`] and [`Self::start_at`].
    pub async fn stand_still(self) -> Self {
        let options = self.options.clone().standing_still();
        Self::start_at(self.stop().await, options).await
    }

    /// The settings it runs with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where its data lies.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How far its embedding worker is.
    ///
    /// # Panics
    /// When it stands still.
    #[must_use]
    pub fn progress(&self) -> &EmbedProgress {
        self.progress.as_ref().expect("this shop embeds")
    }

    /// Somebody who is not logged in.
    #[must_use]
    pub fn guest(&self) -> Client {
        self.client.clone()
    }

    /// A customer.
    pub async fn customer(&self) -> Client {
        self.user("customer@example.com", Role::Customer).await
    }

    /// Another customer.
    pub async fn another_customer(&self, email: &str) -> Client {
        self.user(email, Role::Customer).await
    }

    /// Somebody who runs the catalogue.
    pub async fn staff(&self) -> Client {
        self.user("staff@example.com", Role::Staff).await
    }

    /// Somebody who runs the shop.
    pub async fn admin(&self) -> Client {
        self.user("admin@example.com", Role::Admin).await
    }

    async fn user(&self, email: &str, role: Role) -> Client {
        ensure_user(&self.app.shop, email, role).await;
        self.client.log_in(email, PASSWORD).await
    }

    /// Waits until everything committed is applied and embedded.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn settled(&self) {
        eventually("everything committed is applied and embedded", PATIENCE, async || {
            let outbox = self.app.shop.outbox();
            // In this order: what is embedded has left its row in the outbox before it is done.
            let scanned = self.progress().scanned.load(Acquire);
            let asked = self.app.shop.pipeline().positions.of(EMBED).await;
            let asked = asked.expect("positions can be read").unwrap_or_default();
            let left = self
                .app
                .shop
                .pipeline()
                .tasks
                .counts()
                .await
                .expect("tasks can be read");
            let idle = scanned && left.interactive + left.bulk == 0;
            let lag = outbox.lag().await.expect("the outbox can be read");
            let last = outbox.last_position().await.expect("the outbox can be read");
            let applied = self.app.engine.status().position;
            // Where another engine holds the vectors, they are brought there beside the rest.
            let carried = self.app.engine.vectors_position().unwrap_or(last);
            if idle && lag == 0 && asked == last && applied == last && carried == last {
                return Ok(());
            }
            Err(format!(
                "idle {idle}, lag {lag}, last {last}, asked for up to {asked}, applied up to {applied}, carried up to {carried}"
            ))
        })
        .await;
    }
}
