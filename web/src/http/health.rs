//! Whether the process lives, whether it can serve, and its figures: for balancers, people and
//! whoever keeps watch.

use super::ApiState;
use crate::metrics::CONTENT_TYPE;
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde_json::json;

/// `GET /healthz`: the process answers.
pub(super) async fn live() -> &'static str {
    "ok"
}

/// `GET /readyz`: 200 when requests are served, 503 when not. `degraded` says what is missing
/// meanwhile, such as the models; lists then come from popularity and say so in `source`.
pub(super) async fn ready(State(state): State<ApiState>) -> impl IntoResponse {
    let status = state.0.engine.status();
    let database = state.0.services.shop.outbox().lag().await;
    if let Err(error) = &database {
        tracing::error!(%error, "the database does not answer");
    }
    let is_ready = status.ready && database.is_ok();
    let mut degraded = status.degraded;
    degraded.extend(database.is_err().then(|| "the database does not answer".to_owned()));
    let name = match (is_ready, degraded.is_empty()) {
        (true, true) => "ready",
        (true, false) => "degraded",
        (false, _) => "unavailable",
    };
    let body = json!({
        "status": name,
        "degraded": degraded,
        "generation": status.generation,
        "products": status.items,
        "vectors": { "text": status.text_vectors, "image": status.image_vectors },
        "models": {
            "text": status.models.text.map(|model| model.id),
            "image": status.models.image.map(|model| model.id),
        },
    });
    let code = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(body))
}

/// `GET /metrics`, where the settings allow it: figures in the OpenMetrics text format.
pub(super) async fn metrics(State(state): State<ApiState>) -> axum::response::Response {
    let Some(metrics) = &state.0.metrics else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
