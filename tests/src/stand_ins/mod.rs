//! Servers that stand in for payment providers on this machine: they refuse what the
//! providers' documents do not allow, remember what they were asked, and can fail on demand.

mod clients;
pub mod paypal;
pub mod stripe;

pub use clients::{Clients, new_payment, new_refund};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri, header},
};
use parking_lot::Mutex;
use serde_json::Value;
use shop::payments::WebhookHeaders;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};

/// What goes wrong with the next call.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing: the one after it is for a later call.
    None,
    /// The server fails before it does anything.
    ServerError,
    /// Too many calls; try again after so many seconds.
    TooMany(u32),
    /// The work is done, but no answer comes.
    HangAfterWork,
    /// The answer is no JSON.
    Garbage,
    /// The answer never ends.
    Endless,
}

/// One call.
pub struct Call {
    /// Its method.
    pub method: Method,
    /// Its path, with its query.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Call {
    /// A header, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    fn segments(&self) -> Vec<&str> {
        let path = self.path.split('?').next().unwrap_or_default();
        path.trim_start_matches('/').split('/').collect()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Value,
}

impl Reply {
    fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }
}

/// A provider's message on its way.
#[derive(Clone, Debug)]
pub struct Message {
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The bytes that are signed.
    pub body: Vec<u8>,
}

impl Message {
    /// The headers as a client takes them.
    #[must_use]
    pub fn webhook_headers(&self) -> WebhookHeaders {
        WebhookHeaders(self.headers.clone())
    }

    /// The same message with another header value.
    ///
    /// # Panics
    /// When it has no such header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let header = self.headers.iter_mut().find(|(known, _)| known == name);
        header.expect("the message has the header").1 = value.to_owned();
        self
    }

    /// The message as a request.
    pub fn onto(&self, mut request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(self.body.clone())
    }
}

/// What a provider does with a call.
pub trait Desk: Send + 'static {
    /// Works and answers.
    fn answer(&mut self, call: &Call) -> Reply;

    /// Whether a call is beside the point: it never fails on demand.
    fn is_aside(&self, _call: &Call) -> bool {
        false
    }
}

struct Shared<D> {
    desk: Mutex<D>,
    faults: Mutex<VecDeque<Fault>>,
    calls: Mutex<Vec<String>>,
}

/// A server that stands in for a provider.
pub struct StandIn<D> {
    /// Where it answers.
    pub address: String,
    shared: Arc<Shared<D>>,
    server: JoinHandle<()>,
}

impl<D: Desk> StandIn<D> {
    async fn open(desk: D) -> Self {
        let shared = Arc::new(Shared {
            desk: Mutex::new(desk),
            faults: Mutex::default(),
            calls: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let app = Router::new().fallback(serve::<D>).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("the stand-in serves") });
        Self {
            address: format!("http://{address}"),
            shared,
            server,
        }
    }

    /// The next calls go wrong like this, one each.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().extend(faults);
    }

    /// What it was asked so far, such as `POST /v1/refunds`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.shared.calls.lock().clone()
    }

    /// Looks at or changes what it knows.
    pub fn with<T>(&self, work: impl FnOnce(&mut D) -> T) -> T {
        work(&mut self.shared.desk.lock())
    }
}

impl<D> Drop for StandIn<D> {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve<D: Desk>(
    State(shared): State<Arc<Shared<D>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let call = Call {
        path: uri.to_string(),
        method,
        headers,
        body,
    };
    shared.calls.lock().push(format!("{} {}", call.method, call.path));
    let aside = shared.desk.lock().is_aside(&call);
    let fault = if aside { None } else { shared.faults.lock().pop_front() };
    match fault {
        Some(Fault::ServerError) => return plain(500, "{}", None),
        Some(Fault::TooMany(after)) => return plain(429, "{}", Some(after)),
        Some(Fault::Garbage) => return plain(200, "<html>", None),
        Some(Fault::Endless) => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            let chunks = std::iter::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
            return Response::new(Body::from_stream(futures::stream::iter(chunks)));
        }
        Some(Fault::None | Fault::HangAfterWork) | None => {}
    }
    let reply = shared.desk.lock().answer(&call);
    if matches!(fault, Some(Fault::HangAfterWork)) {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    plain(reply.status, &reply.body.to_string(), None)
}

fn plain(status: u16, body: &str, retry_after: Option<u32>) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// What an object has beside these fields, or not of them.
fn odd_fields(value: &Value, required: &[&str], optional: &[&str]) -> Option<String> {
    let Some(object) = value.as_object() else {
        return Some("no object".into());
    };
    let missing = required.iter().find(|name| !object.contains_key(**name));
    let unknown = object
        .keys()
        .find(|name| !required.contains(&name.as_str()) && !optional.contains(&name.as_str()));
    missing
        .map(|name| format!("{name} is missing"))
        .or_else(|| unknown.map(|name| format!("{name} is unknown")))
}
