//! The pages of the API itself: a welcome page and GraphiQL, both without any outside host.

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};

const WELCOME: &str = include_str!("welcome.html");
const GRAPHIQL: &str = include_str!("graphiql.html");
const GRAPHIQL_JS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/graphiql.js"));
const GRAPHIQL_CSS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/graphiql.css"));

/// Pages only ever load what this server serves. GraphiQL styles elements inline.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob: https:; style-src 'self' 'unsafe-inline'; \
                      font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'";

/// Routes of the pages.
pub fn router<S: Clone + Send + Sync + 'static>(graphiql: bool) -> Router<S> {
    let router = Router::new()
        .route("/", get(|| async { page(WELCOME) }))
        .route(
            "/assets/welcome.css",
            get(|| async { asset("text/css", include_bytes!("welcome.css")) }),
        )
        .route(
            "/assets/welcome.js",
            get(|| async { asset("text/javascript", include_bytes!("welcome.js")) }),
        );
    if !graphiql {
        return router;
    }
    router
        .route("/graphiql", get(graphiql_page))
        .route(
            "/assets/graphiql.js",
            get(|| async { asset("text/javascript", GRAPHIQL_JS) }),
        )
        .route(
            "/assets/graphiql.css",
            get(|| async { asset("text/css", GRAPHIQL_CSS) }),
        )
}

async fn graphiql_page() -> Response {
    if GRAPHIQL_JS.is_empty() {
        let text = "GraphiQL is not in this build. `make run` bundles it; or run `npm ci && npm run build` in \
                    web/graphiql and build again.";
        return (StatusCode::NOT_FOUND, text).into_response();
    }
    page(GRAPHIQL)
}

fn page(html: &'static str) -> Response {
    let policy = [(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))];
    (policy, Html(html)).into_response()
}

fn asset(kind: &'static str, bytes: &'static [u8]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, bytes).into_response()
}
