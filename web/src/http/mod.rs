//! The HTTP side: routes, and what every request passes through.

mod accept;
mod graphql;
mod health;
mod media;
mod origin;
mod receipt;
mod request;
mod socket;
pub mod webhooks;

use crate::{app::App, config::Config, metrics::Metrics, pages};
use ::graphql::{Schema, Services};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, Method, Request, header},
    routing::get,
};
use reco_actors::system::RecoHandle;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{AllowOrigin, CorsLayer},
    request_id::{PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};
use webhooks::Webhooks;

/// Carries the id of a request, in and out.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Beside the file, an upload carries an operation and its variables.
const UPLOAD_ENVELOPE: usize = 256 * 1024;

/// What handlers reach.
#[derive(Clone)]
struct ApiState(Arc<Parts>);

struct Parts {
    schema: Schema,
    services: Services,
    engine: RecoHandle,
    metrics: Option<Arc<Metrics>>,
    timeout: Duration,
    max_body: usize,
    max_upload: usize,
    behind_proxy: bool,
    graphiql: bool,
    origins: origin::Origins,
    sockets: Arc<Semaphore>,
}

fn state(app: &App, config: &Config) -> ApiState {
    ApiState(Arc::new(Parts {
        schema: app.schema.clone(),
        services: app.services.clone(),
        engine: app.engine.clone(),
        metrics: config.telemetry.metrics.then(|| app.metrics()),
        timeout: Duration::from_secs(config.server.request_timeout_s),
        max_body: config.graphql.max_body,
        max_upload: config.media.max_bytes,
        behind_proxy: config.server.behind_proxy,
        graphiql: config.graphql.graphiql,
        origins: origin::Origins::new(&config.server),
        sockets: Arc::new(Semaphore::new(socket::MOST_SOCKETS)),
    }))
}

/// Every route over one app.
pub fn router(app: &App, config: &Config) -> Router {
    let state = state(app, config);
    let largest = config.graphql.max_body.max(config.media.max_bytes + UPLOAD_ENVELOPE);
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, request::NewId))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(CatchPanicLayer::custom(request::panicked))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
        .layer(cors(config))
        .layer(CompressionLayer::new())
        .layer(DefaultBodyLimit::max(largest));
    let providers = app.shop.payment_providers().to_vec();
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/schema.graphql", get(|| async { ::graphql::sdl() }))
        .route("/media/{hash}/{file}", get(media::get))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .merge(pages::router(config.graphql.graphiql))
        .merge(receipt::router(app.shop.clone()))
        .merge(webhooks::router(Webhooks::new(providers, Arc::new(app.shop.clone()))))
        .layer(layers)
        .with_state(state)
}

/// The routes of a process that answers nothing but its health.
pub fn health_router(app: &App, config: &Config) -> Router {
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(state(app, config))
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// The path alone: a query string may hold variables, and with them personal data.
fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    tracing::info_span!(
        "request",
        http.method = %request.method(),
        http.path = shown(request.uri().path()),
        request.id = id.unwrap_or_default()
    )
}

/// A path as logs show it: that of a receipt holds the token that opens it.
fn shown(path: &str) -> &str {
    if path.starts_with("/orders/") {
        "/orders/…"
    } else {
        path
    }
}

fn cors(config: &Config) -> CorsLayer {
    let origins = config
        .server
        .cors_origins
        .iter()
        .filter_map(|origin| origin.parse().ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            REQUEST_ID,
            HeaderName::from_static(request::PREFLIGHT_HEADERS[0]),
            HeaderName::from_static(request::CART_TOKEN),
            HeaderName::from_static(request::VISITOR_TOKEN),
        ])
        .expose_headers([REQUEST_ID])
        .allow_credentials(true)
        .max_age(Duration::from_secs(600))
}
