//! `myshop serve`: everything in one process.

use super::models;
use crate::{
    app::{App, model_settings},
    config::Config,
    database, demo, http, memory,
    node::Role,
    people,
};
use anyhow::Context;
use clap::Args;
use indicatif::MultiProgress;
use reco_actors::embed::OnnxOptions;
use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Between two attempts to start over, and what tasks get to end by themselves.
const PAUSE: Duration = Duration::from_secs(1);

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Fill an empty shop with the demo catalogue first (demo mode only).
    #[arg(long)]
    seed_demo: bool,
    /// Interface to listen on, instead of the configured one.
    #[arg(long)]
    host: Option<IpAddr>,
    /// Port to listen on, instead of the configured one.
    #[arg(long, short)]
    port: Option<u16>,
    /// What this process does. `api` answers requests, `worker` embeds; any
    /// number of either share one database, and Redis where there is one.
    #[arg(long, value_enum, default_value_t)]
    role: Role,
}

/// Why a run is over.
enum End {
    /// It was told to stop.
    Stopped,
    /// The database has another history than the one it was made from.
    HistoryLost,
}

pub(super) async fn run(mut config: Config, args: ServeArgs) -> anyhow::Result<()> {
    config.server.host = args.host.unwrap_or(config.server.host);
    config.server.port = args.port.unwrap_or(config.server.port);
    if !args.role.embeds() {
        // Questions of shoppers are all that it embeds.
        config.recommender.workers = 1;
    }
    let at = SocketAddr::new(config.server.host, config.server.port);
    let listener = TcpListener::bind(at)
        .with_context(|| format!("{at} cannot be listened on; choose another port with --port or PORT"))?;
    listener.set_nonblocking(true)?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_signal(stop.clone()));
    let mut starts_over = false;
    let run = Arc::new((config, args));
    loop {
        let (run, listener, stopping) = (Arc::clone(&run), listener.try_clone()?, stop.clone());
        // On a runtime of its own, so that nothing of it is left behind: no connection, no task.
        let ended = tokio::task::spawn_blocking(move || {
            let runtime = super::runtime()?;
            let ended = runtime.block_on(run_once(&run.0, &run.1, listener, &stopping));
            runtime.shutdown_timeout(PAUSE);
            ended
        });
        // Who connects meanwhile waits.
        match ended.await? {
            Ok(End::Stopped) => return Ok(()),
            Ok(End::HistoryLost) => {
                tracing::warn!("starting over");
                starts_over = true;
            }
            Err(error) if starts_over => {
                tracing::error!(error = format!("{error:#}"), "the shop does not start, and tries again");
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Serves until there is a reason not to.
async fn run_once(
    config: &Config,
    args: &ServeArgs,
    listener: TcpListener,
    stop: &CancellationToken,
) -> anyhow::Result<End> {
    let started = Instant::now();
    // The first start takes a while, and may be given up.
    let app = tokio::select! {
        app = open(config, args) => app?,
        () = stop.cancelled() => return Ok(End::Stopped),
    };
    memory::give_back();
    banner(config, &app, listener.local_addr()?, started.elapsed());
    let router = match args.role.serves() {
        true => http::router(&app, config),
        false => http::health_router(&app, config),
    };
    let grace = Duration::from_secs(config.server.shutdown_grace_s);
    let end = tokio::select! {
        end = serve(listener, router, stop, grace) => end?,
        () = app.history_lost() => End::HistoryLost,
    };
    app.shut_down(grace).await;
    Ok(end)
}

/// The shop, with all that goes on in it.
async fn open(config: &Config, args: &ServeArgs) -> anyhow::Result<App> {
    let shop = database::open_shop(config).await?;
    people::prepare(config, &shop).await?;
    let multi = MultiProgress::new();
    if args.seed_demo && config.shop.demo {
        demo::ensure(&shop, &multi).await?;
    }
    let models = models::obtain(config, OnnxOptions::default(), &multi).await;
    let mut app = App::start(config, shop, models)?;
    if args.role.embeds() && !config.models.disabled {
        app.find_models_with(&config.recommender, crate::models::opener(model_settings(config)))?;
    }
    app.follow_as(args.role).await?;
    if args.role.embeds() && !config.models.disabled {
        app.watch_models(model_settings(config));
    }
    Ok(app)
}

/// Serves until told to stop; then requests under way get their grace, and no longer.
async fn serve(
    listener: TcpListener,
    router: axum::Router,
    stop: &CancellationToken,
    grace: Duration,
) -> anyhow::Result<End> {
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    let out_of_patience = async {
        stop.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = serving.into_future() => served?,
        () = out_of_patience => tracing::warn!("requests did not end in time"),
    }
    Ok(End::Stopped)
}

async fn stop_signal(told: CancellationToken) {
    signalled().await;
    tracing::info!("stopping");
    told.cancel();
}

async fn signalled() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be listened for");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}

fn banner(config: &Config, app: &App, at: SocketAddr, took: Duration) {
    let status = app.engine.status();
    let models = status.models;
    let name = |model: Option<reco_actors::embed::ModelInfo>| model.map_or("none".to_owned(), |model| model.id);
    println!("{} is open at http://{at}", config.shop.name);
    println!("  GraphQL   http://{at}/graphql   (GraphiQL: http://{at}/graphiql)");
    println!("  products  {} ({} ms to start)", status.items, took.as_millis());
    println!("  models    text: {}, image: {}", name(models.text), name(models.image));
    if let (None, Some(outbox)) = (&config.mail.smtp_url, config.mail_outbox()) {
        println!("  mail      written to {}", outbox.display());
    }
    if config.shop.demo {
        println!("  demo users (never outside demo mode):");
        for user in demo::users() {
            println!("    {:<22} {}   ({:?})", user.email, user.password, user.role);
        }
    }
}
