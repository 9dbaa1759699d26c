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
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

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
    /// What this process does. `api` answers requests and needs no models, `worker` embeds; any
    /// number of either share one database, and Redis where there is one.
    #[arg(long, value_enum, default_value_t)]
    role: Role,
}

pub(super) async fn run(mut config: Config, args: ServeArgs) -> anyhow::Result<()> {
    let started = Instant::now();
    config.server.host = args.host.unwrap_or(config.server.host);
    config.server.port = args.port.unwrap_or(config.server.port);
    let at = SocketAddr::new(config.server.host, config.server.port);
    let listener = TcpListener::bind(at)
        .await
        .with_context(|| format!("{at} cannot be listened on; choose another port with --port or PORT"))?;
    let shop = database::open_shop(&config).await?;
    people::prepare(&config, &shop).await?;
    let multi = MultiProgress::new();
    if args.seed_demo && config.shop.demo {
        demo::ensure(&shop, &multi).await?;
    }
    let models = match args.role.embeds() {
        true => models::obtain(&config, OnnxOptions::default(), &multi).await,
        false => None,
    };
    if !args.role.embeds() {
        config.recommender.workers = 0;
    }
    let mut app = App::start(&config, shop, models)?;
    if args.role.embeds() && !config.models.disabled {
        app.find_models_with(&config.recommender, crate::models::opener(model_settings(&config)))?;
    }
    app.follow_as(args.role).await?;
    if args.role.embeds() && !config.models.disabled {
        app.watch_models(model_settings(&config));
    }
    memory::give_back();
    banner(&config, &app, listener.local_addr()?, started.elapsed());
    let router = match args.role.serves() {
        true => http::router(&app, &config),
        false => http::health_router(&app, &config),
    };
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let grace = Duration::from_secs(config.server.shutdown_grace_s);
    serve(listener, router, grace).await?;
    app.shut_down(grace).await;
    Ok(())
}

/// Serves until told to stop; then requests under way get their grace, and no longer.
async fn serve(
    listener: TcpListener,
    router: axum::extract::connect_info::IntoMakeServiceWithConnectInfo<axum::Router, SocketAddr>,
    grace: Duration,
) -> anyhow::Result<()> {
    let told = tokio_util::sync::CancellationToken::new();
    let stop = told.clone();
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping");
        stop.cancel();
    });
    let serving = axum::serve(listener, router).with_graceful_shutdown(told.clone().cancelled_owned());
    let out_of_patience = async {
        told.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = std::future::IntoFuture::into_future(serving) => Ok(served?),
        () = out_of_patience => {
            tracing::warn!("requests did not end in time");
            Ok(())
        }
    }
}

async fn stop_signal() {
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
