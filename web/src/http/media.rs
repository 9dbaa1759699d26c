//! Pictures. Their names are hashes of their content, so an answer never goes stale.

use super::ApiState;
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use shop::media::MediaKey;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A picture opened by itself runs nothing.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// `GET /media/{hash}/{file}`.
pub(super) async fn get(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Path((hash, file)): Path<(String, String)>,
) -> Response<Body> {
    let name = format!("{hash}/{file}");
    let Ok(key) = name.parse::<MediaKey>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{name}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match state.0.services.shop.media().open(&key).await {
            Ok(Some(open)) => {
                let mut response = Body::from_stream(open.body).into_response();
                let sent = response.headers_mut();
                sent.insert(header::CONTENT_TYPE, HeaderValue::from_static(open.content_type));
                sent.insert(header::CONTENT_LENGTH, HeaderValue::from(open.byte_size));
                response
            }
            Ok(None) => return StatusCode::NOT_FOUND.into_response(),
            Err(error) => {
                tracing::error!(%error, "the media store cannot be read");
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
        }
    };
    let sent = response.headers_mut();
    sent.insert(header::CACHE_CONTROL, FOR_EVER);
    sent.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        sent.insert(header::ETAG, tag);
    }
    response
}
