//! Log-ins by cookies in a real Chromium, at the plain HTTP of a demo shop: what a page may
//! do with them, and what a page of another origin may not.

use crate::browser::{drive, is_clean};
use axum::{Router, response::Html, routing::get};
use serde_json::{Value, json};
use support::{Client, DatabaseKind, Options, PASSWORD, TestShop};
use tokio::net::TcpListener;

const VIEWER: &str = "{ viewer { email } }";
const REFRESH: &str =
    "mutation { tokenRefresh(input: {}) { accessToken refreshToken viewer { email } userErrors { code } } }";
const LOG_OUT: &str = "mutation { logOut { isLoggedOut } }";

/// An expression of a page: asks the shop that it is of, with no header that proves anybody;
/// the answer as text.
fn asks(operation: &str, variables: Value) -> String {
    let body = json!({ "query": operation, "variables": variables }).to_string();
    let init = json!({ "method": "POST", "headers": { "content-type": "application/json" }, "body": body });
    format!("fetch('/graphql', {init}).then((answer) => answer.text())")
}

/// An expression of a page: whether it gets a socket of the shop.
fn opens_socket(target: &str) -> String {
    format!(
        "new Promise((done) => {{
            const socket = new WebSocket('{target}'.replace('http', 'ws'), 'graphql-transport-ws');
            socket.onopen = () => (socket.close(), done('open'));
            socket.onerror = () => done('kept back');
        }})"
    )
}

fn logs_in() -> String {
    let log_in = "mutation($input: LogInInput!) { logIn(input: $input) { accessToken refreshToken viewer { email } userErrors { code } } }";
    let input = json!({ "email": "customer@example.com", "password": PASSWORD, "delivery": "COOKIE" });
    asks(log_in, json!({ "input": input }))
}

async fn shop_with_a_customer() -> TestShop {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    shop.customer().await;
    shop
}

/// The data of an answer that a step gave.
fn data(seen: &Value, step: usize) -> Value {
    let answer: Value =
        serde_json::from_str(seen["results"][step].as_str().unwrap_or_else(|| panic!("{seen}"))).unwrap();
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_logged_in_by_cookies_that_its_scripts_cannot_see() {
    let shop = shop_with_a_customer().await;
    let address = shop.guest().url("");
    for host in ["127.0.0.1", "localhost"] {
        let guest = Client::new(address.replace("127.0.0.1", host));
        let steps = [
            logs_in(),
            "JSON.stringify({ data: [document.cookie, localStorage.length, sessionStorage.length] })".to_owned(),
            asks(VIEWER, Value::Null),
            asks(REFRESH, Value::Null),
            asks(VIEWER, Value::Null),
            opens_socket(&guest.url("/graphql")),
            asks(LOG_OUT, Value::Null),
            asks(VIEWER, Value::Null),
            asks(REFRESH, Value::Null),
        ];
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let Some(seen) = drive(&guest, "/", &steps).await else {
            return;
        };
        is_clean(&guest, &seen);
        let customer = json!({ "email": "customer@example.com" });
        let (log_in, renewed) = (&data(&seen, 0)["logIn"], &data(&seen, 3)["tokenRefresh"]);
        for payload in [log_in, renewed] {
            let expected = json!({ "accessToken": null, "refreshToken": null, "viewer": customer, "userErrors": [] });
            assert_eq!(*payload, expected, "{host}");
        }
        assert_eq!(data(&seen, 1), json!(["", 0, 0]), "{host}: a script sees nothing of it");
        assert_eq!(data(&seen, 2)["viewer"], customer, "{host}");
        assert_eq!(data(&seen, 4)["viewer"], customer, "{host}");
        assert_eq!(seen["results"][5], "open", "{host}");
        assert_eq!(data(&seen, 6)["logOut"]["isLoggedOut"], true, "{host}");
        assert_eq!(data(&seen, 7)["viewer"], Value::Null, "{host}");
        let ended = &data(&seen, 8)["tokenRefresh"];
        assert_eq!(ended["userErrors"][0]["code"], "INVALID_TOKEN", "{host}");
    }
    shop.stop().await;
}

/// What a page can try: a call that a browser asks the shop about first, and every form of
/// call that it sends without asking, and a socket. What came of each: `sent`, its answer
/// unread, or `kept back`; an answer that could be read is told whole.
fn attack(target: &str) -> String {
    let (mutation, socket) = (json!({ "query": LOG_OUT }).to_string(), opens_socket(target));
    format!(
        "(async () => {{
            const form = new FormData();
            form.append('operations', '{mutation}');
            form.append('map', '{{}}');
            const query = '{LOG_OUT}';
            const calls = [
                {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, body: '{mutation}' }},
                {{ method: 'POST', mode: 'no-cors', headers: {{ 'content-type': 'text/plain' }}, body: '{mutation}' }},
                {{ method: 'POST', mode: 'no-cors', body: new URLSearchParams({{ query }}) }},
                {{ method: 'POST', mode: 'no-cors', body: form }},
                {{ method: 'GET', query }},
                {{ method: 'GET', query: '{VIEWER}' }},
            ];
            const seen = [];
            for (const {{ query, ...call }} of calls) {{
                const address = '{target}' + (query ? '?query=' + encodeURIComponent(query) : '');
                const answer = fetch(address, {{ credentials: 'include', ...call }});
                seen.push(await answer.then((a) => a.type === 'opaque' ? 'sent' : a.text(), () => 'kept back'));
            }}
            seen.push(await {socket});
            return JSON.stringify({{ data: seen }});
        }})()"
    )
}

/// A server on this machine with one empty page.
async fn foreign_page() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let page = Router::new().route(
        "/",
        get(|| async { Html("<!doctype html><link rel=icon href=data:,><title>x</title>") }),
    );
    tokio::spawn(async move { axum::serve(listener, page).await.unwrap() });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_can_do_nothing_with_the_cookies_of_its_visitor() {
    let shop = shop_with_a_customer().await;
    let (guest, port) = (shop.guest(), foreign_page().await);
    let (own, target) = (guest.url("/"), guest.url("/graphql"));
    // Cookies know no ports: the first page is of the same site, and its calls bring them along.
    for host in ["127.0.0.1", "localhost"] {
        let foreign = format!("http://{host}:{port}/");
        let goes = |there: &str| format!("location.href === '{there}' || void (location.href = '{there}')");
        let steps = [
            logs_in(),
            goes(&foreign),
            attack(&target),
            goes(&own),
            asks(VIEWER, Value::Null),
        ];
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let Some(seen) = drive(&guest, "/", &steps).await else {
            return;
        };
        let expected = json!([
            "kept back",
            "sent",
            "sent",
            "sent",
            "kept back",
            "kept back",
            "kept back"
        ]);
        assert_eq!(data(&seen, 2), expected, "{host}: {seen}");
        assert_eq!(data(&seen, 4)["viewer"]["email"], "customer@example.com", "{host}");
        // What was sent without asking was refused: two are no JSON, one is a form without our header.
        let answers = seen["answers"].as_array().unwrap();
        let statuses = answers.iter().filter(|answer| answer["url"] == target.as_str());
        let refused: Vec<&Value> = statuses
            .map(|answer| &answer["status"])
            .filter(|status| **status != 200)
            .collect();
        assert_eq!(refused, [415, 415, 400], "{host}: {seen}");
    }
    shop.stop().await;
}
