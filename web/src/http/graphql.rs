//! GraphQL over HTTP (the GraphQL-over-HTTP specification), and uploads by the GraphQL
//! multipart request specification. One operation a request; mutations by POST alone.

use super::{
    ApiState, Parts, UPLOAD_ENVELOPE,
    accept::Format,
    request::{self, Arrival},
    socket,
};
use ::graphql::{ApiError, Code};
use async_graphql::{
    ParseRequestError, Request, Response, ServerError, Value,
    http::{MultipartOptions, receive_body},
    parser::types::{DocumentOperations, OperationType},
};
use async_graphql_axum::GraphQLProtocol;
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{
        ConnectInfo, Extension, RawQuery, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect},
};
use futures::TryStreamExt;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::net::SocketAddr;

type HttpResponse = axum::http::Response<Body>;
/// Absent where the server does not know who is at the other end (tests).
type Peer = Option<Extension<ConnectInfo<SocketAddr>>>;

/// Files of one upload request.
const MOST_FILES: usize = 10;

/// A request that never becomes an operation: why, and with which status.
struct Refusal {
    status: StatusCode,
    error: ApiError,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self {
            status,
            error: ApiError::bad_input(message),
        }
    }

    fn bad(message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    fn too_large(limit: usize) -> Self {
        let message = format!("a request has at most {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }
}

/// The members of a request (specification, section "Request Parameters").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: String,
    operation_name: Option<String>,
    variables: Option<Map<String, Json>>,
    extensions: Option<Map<String, Json>>,
}

impl From<Parameters> for Request {
    fn from(parameters: Parameters) -> Self {
        let variables = parameters.variables.unwrap_or_default();
        let mut request =
            Self::new(parameters.query).variables(async_graphql::Variables::from_json(Json::Object(variables)));
        request.operation_name = parameters.operation_name;
        for (name, value) in parameters.extensions.unwrap_or_default() {
            request
                .extensions
                .insert(name, Value::from_json(value).unwrap_or_default());
        }
        request
    }
}

/// `GET /graphql`: queries alone, and sockets for subscriptions. A browser that wants a page is sent to GraphiQL.
pub(super) async fn get(
    State(state): State<ApiState>,
    peer: Peer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    protocol: Result<GraphQLProtocol, StatusCode>,
) -> HttpResponse {
    if socket::is_wanted(&headers) {
        let arrival = arrival(&headers, peer, true);
        return match (socket, protocol) {
            (Ok(upgrade), Ok(protocol)) => socket::open(&state, upgrade, protocol, &arrival),
            (Err(refusal), _) => refusal.into_response(),
            (_, Err(status)) => (status, "the protocol is graphql-transport-ws").into_response(),
        };
    }
    if query.is_none() && state.0.graphiql && Format::is_page(&headers) {
        return Redirect::temporary("/graphiql").into_response();
    }
    let request = parameters_of_query(query.as_deref().unwrap_or_default()).and_then(|parameters| {
        let mut request = Request::from(parameters);
        if changes_something(&mut request) {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "mutations go by POST"));
        }
        Ok(request)
    });
    respond(&state, arrival(&headers, peer, true), request).await
}

/// `POST /graphql`: JSON, or multipart for uploads.
pub(super) async fn post(State(state): State<ApiState>, peer: Peer, headers: HeaderMap, body: Body) -> HttpResponse {
    let request = match media_type(&headers).as_deref() {
        Some("application/json") => json(&state.0, body).await,
        Some("multipart/form-data") => multipart(&state.0, &headers, body).await,
        _ => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send application/json, or multipart/form-data with files",
        )),
    };
    respond(&state, arrival(&headers, peer, false), request).await
}

fn arrival(headers: &HeaderMap, peer: Peer, is_read: bool) -> Arrival<'_> {
    Arrival {
        headers,
        peer: peer.map(|Extension(ConnectInfo(address))| address.ip()),
        is_read,
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn parameters_of_query(query: &str) -> Result<Parameters, Refusal> {
    let object = |name: &'static str, text: &str| {
        serde_json::from_str::<Option<Map<String, Json>>>(text)
            .map_err(|_| Refusal::bad(format!("`{name}` is not a JSON object")))
    };
    let mut parameters = Parameters {
        query: String::new(),
        operation_name: None,
        variables: None,
        extensions: None,
    };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "query" => parameters.query = value.into_owned(),
            "operationName" => parameters.operation_name = Some(value.into_owned()).filter(|name| !name.is_empty()),
            "variables" if !value.is_empty() => parameters.variables = object("variables", &value)?,
            "extensions" if !value.is_empty() => parameters.extensions = object("extensions", &value)?,
            _ => {}
        }
    }
    if parameters.query.is_empty() {
        return Err(Refusal::bad("the parameter `query` is missing"));
    }
    Ok(parameters)
}

async fn json(parts: &Parts, body: Body) -> Result<Request, Refusal> {
    let bytes: Bytes = axum::body::to_bytes(body, parts.max_body)
        .await
        .map_err(|_| Refusal::too_large(parts.max_body))?;
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Refusal::bad("send one operation a request"));
    }
    // The text names the member and the place, and comes from the client's own input.
    let parameters: Parameters =
        serde_json::from_slice(&bytes).map_err(|error| Refusal::bad(format!("not a GraphQL request: {error}")))?;
    Ok(parameters.into())
}

async fn multipart(parts: &Parts, headers: &HeaderMap, body: Body) -> Result<Request, Refusal> {
    if !request::is_preflighted(headers) {
        return Err(Refusal::bad(format!(
            "send one of the headers {} with multipart requests",
            request::PREFLIGHT_HEADERS.join(", ")
        )));
    }
    // A file a little over the limit gets a typed answer from the shop; what is far over it
    // is not read to its end.
    let limit = parts.max_upload + UPLOAD_ENVELOPE;
    if body.size_hint().lower() > limit as u64 {
        return Err(Refusal::too_large(limit));
    }
    let body = http_body_util::Limited::new(body, limit);
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let stream = Body::new(body).into_data_stream().map_err(std::io::Error::other);
    let options = MultipartOptions::default()
        .max_file_size(limit)
        .max_num_files(MOST_FILES);
    let read = receive_body(content_type, stream.into_async_read(), options).await;
    read.map_err(|error| match error {
        ParseRequestError::PayloadTooLarge => Refusal::too_large(limit),
        error => Refusal::bad(format!("not a multipart GraphQL request: {error}")),
    })
}

/// Whether the chosen operation is not a query; what cannot be parsed is refused later.
fn changes_something(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else {
        return false;
    };
    let kind = match &document.operations {
        DocumentOperations::Single(operation) => Some(operation.node.ty),
        DocumentOperations::Multiple(all) => name
            .and_then(|name| all.get(name.as_str()))
            .map(|operation| operation.node.ty),
    };
    kind.is_some_and(|kind| kind != OperationType::Query)
}

async fn respond(state: &ApiState, arrival: Arrival<'_>, request: Result<Request, Refusal>) -> HttpResponse {
    let Some(format) = Format::wanted(arrival.headers) else {
        let text = "answers are application/graphql-response+json or application/json";
        return (StatusCode::NOT_ACCEPTABLE, text).into_response();
    };
    let id = request::id(arrival.headers);
    let request = match request {
        Ok(request) => request,
        Err(Refusal { status, error }) => return answer(format, status, &failed(error, &id)),
    };
    let context = match request::context(state, &arrival).await {
        Ok(context) => context,
        Err(error) => {
            let status = status_of(error.code());
            return answer(format, status, &failed(error, &id));
        }
    };
    let work = ::graphql::execute(&state.0.schema, request.data(context));
    match tokio::time::timeout(state.0.timeout, work).await {
        Ok(response) => answer(format, status(format, &response), &response),
        Err(_) => {
            tracing::warn!(timeout_s = state.0.timeout.as_secs(), "an operation took too long");
            let error = ApiError::new(Code::Unavailable, "the operation took too long");
            answer(format, StatusCode::SERVICE_UNAVAILABLE, &failed(error, &id))
        }
    }
}

/// A response that stands for a request that was not executed.
fn failed(error: ApiError, request_id: &str) -> Response {
    let error = async_graphql::Error::from(error);
    let mut server_error = ServerError::new(error.message, None);
    let mut extensions = error.extensions.unwrap_or_default();
    extensions.set("requestId", request_id);
    server_error.extensions = Some(extensions);
    Response::from_errors(vec![server_error])
}

/// An operation was refused before it ran: no data, and no error names a field.
fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null && response.is_err() && response.errors.iter().all(|error| error.path.is_empty())
}

fn status(format: Format, response: &Response) -> StatusCode {
    match format {
        Format::Response if is_request_error(response) => StatusCode::BAD_REQUEST,
        Format::Response | Format::Json => StatusCode::OK,
    }
}

fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn answer(format: Format, status: StatusCode, response: &Response) -> HttpResponse {
    let body = if is_request_error(response) {
        // Section "Response Format": without execution there is no `data` at all.
        let mut body = serde_json::json!({ "errors": response.errors });
        if !response.extensions.is_empty() {
            body["extensions"] = serde_json::json!(response.extensions);
        }
        serde_json::to_vec(&body)
    } else {
        serde_json::to_vec(response)
    };
    let Ok(body) = body else {
        tracing::error!("a response cannot be written as JSON");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut answer = (status, body).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in response.http_headers.get_all(header::SET_COOKIE) {
        headers.append(header::SET_COOKIE, cookie.clone());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    answer
}
