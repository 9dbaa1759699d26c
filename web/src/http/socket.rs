//! Subscriptions over WebSocket by the graphql-transport-ws protocol.
//!
//! Whoever opens the socket says who they are in `connection_init` (`authorization`, as in the
//! HTTP header) or by their browser's cookies; a browser's page of another origin is refused before. Only subscriptions
//! run here: everything else goes by HTTP, where each request is looked at anew.

use super::{
    ApiState,
    request::{self, Arrival},
};
use ::graphql::{ApiError, Client, Code, Cookies, RequestContext};
use async_graphql::{
    Data, Executor, Request, Response, ServerError,
    http::ALL_WEBSOCKET_PROTOCOLS,
    parser::types::{DocumentOperations, OperationType},
};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    body::Body,
    extract::ws::WebSocketUpgrade,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use futures::{StreamExt, stream, stream::BoxStream};
use serde_json::Value as Json;
use shop::Viewer;
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A client that says nothing for so long is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// Sockets of one process.
pub(super) const MOST_SOCKETS: usize = 5_000;
/// Subscriptions of one socket.
const MOST_SUBSCRIPTIONS: usize = 20;

/// Opens a socket.
pub(super) fn open(
    state: &ApiState,
    upgrade: WebSocketUpgrade,
    protocol: GraphQLProtocol,
    arrival: &Arrival<'_>,
) -> axum::http::Response<Body> {
    if !state.0.origins.trust(arrival.headers) {
        let text = "this page may not open a socket here";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let headers = arrival.headers;
    let (most, id, client) = (state.0.max_body, request::id(headers), request::client(state, arrival));
    let cookies = match request::cookies(state, arrival) {
        Ok(cookies) => cookies,
        Err(_) => return StatusCode::FORBIDDEN.into_response(),
    };
    let Ok(place) = Arc::clone(&state.0.sockets).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many sockets are open").into_response();
    };
    let state = state.clone();
    let upgrade = upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .max_message_size(most)
        .max_frame_size(most);
    upgrade.on_upgrade(move |socket| {
        let executor = Subscriptions {
            state: state.clone(),
            id,
            client,
            room: Arc::new(Semaphore::new(MOST_SUBSCRIPTIONS)),
            _place: Arc::new(place),
        };
        let enter = move |payload: Json| async move { Ok(enter(&state, &cookies, &payload).await?) };
        GraphQLWebSocket::new(socket, executor, protocol)
            .on_connection_init(enter)
            .keepalive_timeout(KEEP_ALIVE)
            .serve()
    })
}

/// Who the socket's client is: at its beginning, once.
struct Entered(Viewer);

async fn enter(state: &ApiState, cookies: &Cookies, payload: &Json) -> Result<Data, ApiError> {
    let said = ["authorization", "Authorization"]
        .iter()
        .find_map(|name| payload.get(*name));
    let token = match said {
        None | Some(Json::Null) => None,
        Some(said) => {
            let text = said.as_str().and_then(|text| text.split_once(' '));
            let (_, token) = text
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .ok_or_else(ApiError::unauthenticated)?;
            Some(token.trim())
        }
    };
    let viewer = match token {
        Some(token) => state.0.services.shop.accounts().authenticate(Some(token)).await?,
        None => request::viewer(state, &HeaderMap::new(), cookies).await?,
    };
    let mut data = Data::default();
    data.insert(Entered(viewer));
    Ok(data)
}

/// Runs the subscriptions of one socket.
#[derive(Clone)]
struct Subscriptions {
    state: ApiState,
    id: Arc<str>,
    client: Client,
    /// One permit a subscription.
    room: Arc<Semaphore>,
    /// Among the sockets of the process.
    _place: Arc<OwnedSemaphorePermit>,
}

impl Subscriptions {
    /// Each subscription has a context of its own, of the viewer as they are by now.
    async fn context(&self, session: Option<&Data>) -> Result<RequestContext, ApiError> {
        let entered = session.and_then(|data| data.get(&std::any::TypeId::of::<Entered>()));
        let entered = entered.and_then(|entered| entered.downcast_ref::<Entered>());
        let viewer = entered.map_or(Viewer::Guest, |entered| entered.0);
        let services = &self.state.0.services;
        let viewer = services.shop.accounts().renew(&viewer).await?;
        Ok(RequestContext::new(services, viewer, Arc::clone(&self.id)).with_client(self.client.clone()))
    }
}

impl Executor for Subscriptions {
    async fn execute(&self, _: Request) -> Response {
        refused(ApiError::new(Code::BadUserInput, "send this by HTTP"))
    }

    fn execute_stream(&self, mut request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        if !is_subscription(&mut request) {
            let error = ApiError::new(Code::BadUserInput, "only subscriptions run here, send the rest by HTTP");
            return stream::once(async { refused(error) }).boxed();
        }
        let Ok(seat) = Arc::clone(&self.room).try_acquire_owned() else {
            let error = ApiError::new(Code::Unavailable, "a socket has at most 20 subscriptions");
            return stream::once(async { refused(error) }).boxed();
        };
        let this = self.clone();
        let answers = async move {
            match this.context(session.as_deref()).await {
                Ok(context) => ::graphql::execute_stream(&this.state.0.schema, request.data(context)),
                Err(error) => stream::once(async { refused(error) }).boxed(),
            }
        };
        let held = stream::once(answers).flatten();
        // The seat is free again when the subscription ends, however it does.
        held.map(move |answer| {
            let _seat = &seat;
            answer
        })
        .boxed()
    }
}

fn refused(error: ApiError) -> Response {
    let error = async_graphql::Error::from(error);
    let mut refused = ServerError::new(error.message, None);
    refused.extensions = error.extensions;
    Response::from_errors(vec![refused])
}

/// Whether the chosen operation is a subscription; what cannot be parsed is refused later.
fn is_subscription(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else {
        return true;
    };
    let kind = match &document.operations {
        DocumentOperations::Single(operation) => Some(operation.node.ty),
        DocumentOperations::Multiple(all) => name
            .and_then(|name| all.get(name.as_str()))
            .map(|operation| operation.node.ty),
    };
    kind.is_none_or(|kind| kind == OperationType::Subscription)
}

/// Whether a request asks for a socket.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}
