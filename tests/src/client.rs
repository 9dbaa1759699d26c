//! Somebody at the other end of the wire, logged in or not.

use reqwest::{
    RequestBuilder, Response,
    multipart::{Form, Part},
};
use serde_json::{Map, Value, json};

/// A file to send along.
pub struct Upload {
    /// What its uploader calls it.
    pub name: &'static str,
    /// What its uploader says it is.
    pub content_type: &'static str,
    /// What it is.
    pub bytes: Vec<u8>,
}

/// A client of one shop.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    cart: Option<String>,
    visitor: Option<String>,
}

impl Client {
    /// A guest at this address.
    ///
    /// # Panics
    /// Never: nothing from outside is needed.
    #[must_use]
    pub fn new(base: String) -> Self {
        // A second call finds the provider installed, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client needs nothing from outside");
        Self {
            http,
            base,
            token: None,
            cart: None,
            visitor: None,
        }
    }

    /// The same client with this token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            ..self.clone()
        }
    }

    /// The same client with this token of a guest's cart.
    #[must_use]
    pub fn with_cart(&self, token: impl Into<String>) -> Self {
        Self {
            cart: Some(token.into()),
            ..self.clone()
        }
    }

    /// The same client with this token of a visitor.
    #[must_use]
    pub fn with_visitor(&self, token: impl Into<String>) -> Self {
        Self {
            visitor: Some(token.into()),
            ..self.clone()
        }
    }

    /// The same client logged in.
    ///
    /// # Panics
    /// When the log-in fails.
    pub async fn log_in(&self, email: &str, password: &str) -> Self {
        let log_in = "mutation($input: LogInInput!) { logIn(input: $input) { accessToken userErrors { code } } }";
        let variables = json!({ "input": { "email": email, "password": password } });
        let payload = self.change(log_in, variables).await;
        self.with_token(payload["accessToken"].as_str().expect("a log-in gives a token"))
    }

    /// The token, if somebody is logged in.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The whole address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request by hand, with the client's token.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.signed(self.http.get(self.url(path)))
    }

    /// A request by hand, with the client's token.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.signed(self.http.post(self.url(path)))
    }

    /// A request of any method by hand, with the client's token.
    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.signed(self.http.request(method, self.url(path)))
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let tokens = [("x-cart-token", &self.cart), ("x-visitor-token", &self.visitor)];
        let sent = tokens
            .into_iter()
            .filter_map(|(name, token)| Some((name, token.as_ref()?)));
        sent.fold(request, |request, (name, token)| request.header(name, token))
    }

    /// Runs an operation; the whole response.
    ///
    /// # Panics
    /// When the server gives no JSON.
    pub async fn run(&self, operation: &str, variables: Value) -> Value {
        let body = json!({ "query": operation, "variables": variables });
        read(self.post("/graphql").json(&body)).await
    }

    /// Runs an operation; none when the server is gone or has no answer to give.
    pub async fn try_run(&self, operation: &str, variables: Value) -> Option<Value> {
        let body = json!({ "query": operation, "variables": variables });
        answered(self.post("/graphql").json(&body)).await
    }

    /// Runs an operation that must succeed; its data.
    ///
    /// # Panics
    /// When there are errors.
    pub async fn data(&self, operation: &str, variables: Value) -> Value {
        data_of(self.run(operation, variables).await)
    }

    /// Runs a mutation that must succeed; its payload.
    ///
    /// # Panics
    /// When there are errors, or user errors.
    pub async fn change(&self, operation: &str, variables: Value) -> Value {
        payload_of(self.data(operation, variables).await)
    }

    /// Runs an operation whose `variable` is a file, by the multipart request specification;
    /// the whole response.
    ///
    /// # Panics
    /// When the server gives no JSON.
    pub async fn upload(&self, operation: &str, variables: Value, variable: &str, file: Upload) -> Value {
        read(self.multipart(operation, &variables, variable, file)).await
    }

    /// The same; none when the server is gone or has no answer to give.
    pub async fn try_upload(&self, operation: &str, variables: Value, variable: &str, file: Upload) -> Option<Value> {
        answered(self.multipart(operation, &variables, variable, file)).await
    }

    fn multipart(&self, operation: &str, variables: &Value, variable: &str, file: Upload) -> RequestBuilder {
        let mut map = Map::new();
        map.insert("0".into(), json!([format!("variables.{variable}")]));
        let part = Part::bytes(file.bytes).file_name(file.name);
        let part = part.mime_str(file.content_type).expect("a media type");
        let form = Form::new()
            .text(
                "operations",
                json!({ "query": operation, "variables": variables }).to_string(),
            )
            .text("map", Value::Object(map).to_string())
            .part("0", part);
        let request = self.post("/graphql").header("graphql-require-preflight", "1");
        request.multipart(form)
    }
}

/// None when the server is gone or has no answer to give.
async fn answered(request: RequestBuilder) -> Option<Value> {
    let response = request.send().await.ok()?;
    if response.status().is_server_error() {
        return None;
    }
    serde_json::from_str(&response.text().await.ok()?).ok()
}

async fn read(request: RequestBuilder) -> Value {
    let response: Response = request.send().await.expect("the server answers");
    let (status, text) = (response.status(), response.text().await.expect("the answer ends"));
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: not JSON: {text}"))
}

pub(crate) fn data_of(response: Value) -> Value {
    assert!(response["errors"].is_null(), "{response}");
    response["data"].clone()
}

/// The payload of the one mutation in some data.
pub(crate) fn payload_of(data: Value) -> Value {
    let payload = data.as_object().and_then(|data| data.values().next()).cloned();
    let payload = payload.unwrap_or_else(|| panic!("no payload: {data}"));
    let errors = payload["userErrors"].as_array();
    assert!(errors.is_none_or(Vec::is_empty), "{payload}");
    payload
}
