//! What is read off every request before its operation runs: its id, its sender, its token.

use super::{ApiState, REQUEST_ID};
use ::graphql::{ApiError, Client, Code, Cookies, RequestContext, cookies::ACCESS};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header},
};
use shop::{ShopError, Viewer};
use std::{any::Any, net::IpAddr, sync::Arc};
use tower_http::request_id::{MakeRequestId, RequestId};
use uuid::Uuid;

/// A browser sends none of these across origins without asking first (a preflight), so a
/// request with one was not made by a foreign page's form.
pub(super) const PREFLIGHT_HEADERS: [&str; 3] = [
    "graphql-require-preflight",
    "apollo-require-preflight",
    "x-requested-with",
];
/// Carries the token of a guest's cart, for clients without cookies.
pub(super) const CART_TOKEN: &str = "x-cart-token";
/// Carries the token of a visitor, for clients without cookies.
pub(super) const VISITOR_TOKEN: &str = "x-visitor-token";
/// Headers by which people say that they do not want to be followed (W3C Tracking Preference
/// Expression; Global Privacy Control).
const REFUSALS: [&str; 2] = ["dnt", "sec-gpc"];
/// What is kept of a client's name for itself.
const LONGEST_USER_AGENT: usize = 200;

/// Gives ids to requests that bring none.
#[derive(Clone, Copy)]
pub(super) struct NewId;

impl MakeRequestId for NewId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let id = Uuid::now_v7().simple().to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// The answer when a handler panicked: no text of the panic leaves the process.
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response<Body> {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("unknown"), "a handler panicked");
    let mut response = Response::new(Body::from(
        r#"{"errors":[{"message":"something went wrong on our side","extensions":{"code":"INTERNAL"}}]}"#,
    ));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}

/// The id of a request; every one has one by now.
pub(super) fn id(headers: &HeaderMap) -> Arc<str> {
    let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    // A client's own id is taken over, within reason.
    id.map(|id| id.chars().take(64).collect::<String>())
        .unwrap_or_default()
        .into()
}

/// Whether a request cannot have been made by a foreign page behind its user's back.
pub(super) fn is_preflighted(headers: &HeaderMap) -> bool {
    PREFLIGHT_HEADERS.iter().any(|name| headers.contains_key(*name))
}

/// Where a request came from and how.
pub(super) struct Arrival<'a> {
    /// Its headers.
    pub(super) headers: &'a HeaderMap,
    /// Who is at the other end; absent where the server does not know (tests).
    pub(super) peer: Option<IpAddr>,
    /// Whether it can change nothing, whatever it asks for.
    pub(super) is_read: bool,
}

/// The context that resolvers get.
///
/// # Errors
/// `UNAUTHENTICATED` for a bearer token that opens nothing; `FORBIDDEN` when a foreign page
/// sends our cookies along.
pub(super) async fn context(state: &ApiState, arrival: &Arrival<'_>) -> Result<RequestContext, ApiError> {
    let headers = arrival.headers;
    let cookies = cookies(state, arrival)?;
    let viewer = viewer(state, headers, &cookies).await?;
    let token = |name| headers.get(name).and_then(|token| token.to_str().ok()).map(Into::into);
    let context = RequestContext::new(&state.0.services, viewer, id(headers));
    Ok(context
        .with_client(client(state, arrival))
        .with_cart_token(token(CART_TOKEN))
        .with_visitor_token(token(VISITOR_TOKEN))
        .refusing_tracking(refuses_tracking(headers))
        .with_cookies(cookies))
}

/// Whether nothing of what is done here is to be recorded: people may say so, and programs that
/// read the whole shop say nothing about what people like.
fn refuses_tracking(headers: &HeaderMap) -> bool {
    let says_so = |name: &&str| headers.get(*name).is_some_and(|value| value.as_bytes() == b"1");
    let name = headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok());
    REFUSALS.iter().any(says_so) || name.is_some_and(is_program)
}

/// Whether a client calls itself a crawler or a monitor, as well-behaved ones do.
fn is_program(name: &str) -> bool {
    const MARKS: [&str; 7] = ["bot", "crawl", "spider", "slurp", "monitor", "preview", "headless"];
    let name = name.to_ascii_lowercase();
    MARKS.iter().any(|mark| name.contains(mark))
}

/// Where a request came from.
pub(super) fn client(state: &ApiState, arrival: &Arrival<'_>) -> Client {
    let name = arrival
        .headers
        .get(header::USER_AGENT)
        .and_then(|name| name.to_str().ok());
    Client {
        address: address(arrival.headers, arrival.peer, state.0.behind_proxy),
        user_agent: name.map(|name| name.chars().take(LONGEST_USER_AGENT).collect::<String>().into()),
    }
}

/// The cookies that the request may use. What a foreign page makes a browser ask is answered
/// as to a guest, and refused where it could change something.
pub(super) fn cookies(state: &ApiState, arrival: &Arrival<'_>) -> Result<Cookies, ApiError> {
    let headers = arrival.headers.get_all(header::COOKIE).iter();
    let cookies = Cookies::parse(headers.filter_map(|value| value.to_str().ok()));
    if !cookies.has_ours() || state.0.origins.trust(arrival.headers) {
        return Ok(cookies);
    }
    if arrival.is_read {
        return Ok(Cookies::default());
    }
    Err(ApiError::new(
        Code::Forbidden,
        "a page of another origin may not use this shop's cookies",
    ))
}

/// Who asks, by header or else by cookie. A header that opens nothing is an error. A cookie
/// that opens nothing is a guest: its browser sends it along with every request, those that
/// get a new one among them, and whatever needs a user says so itself.
pub(super) async fn viewer(state: &ApiState, headers: &HeaderMap, cookies: &Cookies) -> Result<Viewer, ApiError> {
    let accounts = state.0.services.shop.accounts();
    if let Some(token) = bearer(headers)? {
        return Ok(accounts.authenticate(Some(token)).await?);
    }
    let is_secure = state.0.services.settings.secure_cookies;
    match accounts.authenticate(cookies.get(ACCESS, is_secure)).await {
        Err(ShopError::Unauthenticated) => Ok(Viewer::Guest),
        outcome => Ok(outcome?),
    }
}

/// The bearer token (RFC 6750, section 2.1), if one is sent.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let value = value.to_str().ok().and_then(|value| value.split_once(' '));
    match value {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(ApiError::unauthenticated()),
    }
}

/// The last entry of `X-Forwarded-For` is the one that the proxy itself wrote.
fn address(headers: &HeaderMap, peer: Option<IpAddr>, behind_proxy: bool) -> Option<IpAddr> {
    if !behind_proxy {
        return peer;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let last = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    last.or(peer)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_we_are_behind_may_say_who_the_client_is() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 203.0.113.7".parse().unwrap());
        let peer: Option<IpAddr> = Some("10.0.0.1".parse().unwrap());
        assert_eq!(address(&headers, peer, false), peer);
        assert_eq!(address(&headers, peer, true), Some("203.0.113.7".parse().unwrap()));
        assert_eq!(address(&HeaderMap::new(), peer, true), peer);
    }

    #[test]
    fn a_token_is_read_and_anything_else_in_its_place_refused() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(|token| token.map(str::to_owned)).ok()
        };
        assert_eq!(with("Bearer abc"), Some(Some("abc".into())));
        assert_eq!(with("bearer abc"), Some(Some("abc".into())));
        assert_eq!(with("Basic abc"), None);
        assert_eq!(with("Bearer"), None);
    }
}
