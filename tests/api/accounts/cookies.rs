//! Log-ins of browsers: tokens in cookies, and foreign pages that would like to use them.

use super::{tokens::REFRESH, *};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use web::config::Config;

const LOG_IN_COOKIE: &str = "mutation($input: LogInInput!) { logIn(input: $input) { accessToken refreshToken expiresAt viewer { email } userErrors { code } } }";
const VIEWER: &str = "{ viewer { email } }";
const LOG_OUT: &str = "mutation { logOut { isLoggedOut } }";

/// What an answer does to a browser's cookies: name, value, attributes.
fn set_cookies(response: &Response) -> Vec<(String, String, String)> {
    let headers = response.headers().get_all(header::SET_COOKIE).iter();
    let cookie = |text: &str| {
        let (pair, attributes) = text.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned(), attributes.to_owned())
    };
    headers.map(|value| cookie(value.to_str().unwrap())).collect()
}

fn operation(client: &Client, operation: &str, variables: Value) -> RequestBuilder {
    client
        .post("/graphql")
        .json(&json!({ "query": operation, "variables": variables }))
}

async fn enter(shop: &TestShop) -> (Value, Vec<(String, String, String)>) {
    shop.customer().await;
    let input = json!({ "email": "customer@example.com", "password": PASSWORD, "delivery": "COOKIE" });
    let sent = operation(&shop.guest(), LOG_IN_COOKIE, json!({ "input": input })).send();
    let response = sent.await.unwrap();
    let cookies = set_cookies(&response);
    (response.json().await.unwrap(), cookies)
}

/// The header that a browser sends back.
fn header_of(cookies: &[(String, String, String)]) -> String {
    let pairs: Vec<String> = cookies
        .iter()
        .map(|(name, value, _)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}

async fn json_of(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_logged_in_by_cookies_and_no_answer_repeats_them() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let (answer, cookies) = enter(&shop).await;
        let payload = &answer["data"]["logIn"];
        assert_eq!(payload["viewer"]["email"], "customer@example.com", "{answer}");
        assert!(
            payload["accessToken"].is_null() && payload["refreshToken"].is_null(),
            "{answer}"
        );
        assert_eq!(cookies.len(), 2);
        let [(access, token, attributes), (refresh, opaque, of_refresh)] = [&cookies[0], &cookies[1]];
        assert_eq!((access.as_str(), refresh.as_str()), ("myshop_access", "myshop_refresh"));
        assert!(attributes.starts_with("Path=/; Max-Age=") && attributes.ends_with("; SameSite=Lax; HttpOnly"));
        assert!(of_refresh.starts_with("Path=/graphql; Max-Age=") && of_refresh.ends_with("; SameSite=Lax; HttpOnly"));

        let guest = shop.guest();
        let with = |text: &str, cookie: String| operation(&guest, text, Value::Null).header(header::COOKIE, cookie);
        let (_, seen) = json_of(with(VIEWER, header_of(&cookies))).await;
        assert_eq!(seen["data"]["viewer"]["email"], "customer@example.com");

        let response = with(REFRESH, header_of(&cookies)).send().await.unwrap();
        let renewed = set_cookies(&response);
        assert_eq!(renewed.len(), 2);
        assert!(renewed[0].1 != *token || renewed[1].1 != *opaque);
        let text = response.text().await.unwrap();
        assert!(renewed.iter().all(|(_, value, _)| !text.contains(value)), "{text}");

        let response = with(LOG_OUT, header_of(&renewed)).send().await.unwrap();
        let cleared = set_cookies(&response);
        assert!(
            cleared.len() == 2
                && cleared
                    .iter()
                    .all(|(_, value, rest)| value.is_empty() && rest.contains("Max-Age=0"))
        );
        let (_, seen) = json_of(with(VIEWER, header_of(&renewed))).await;
        assert_eq!(seen["data"]["viewer"], Value::Null);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_cookies_are_secure_and_named_so_that_nobody_else_can_set_them() {
    let public = |config: &mut Config| config.server.public_url = "https://shop.example".into();
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None).configure(public)).await;
    let (_, cookies) = enter(&shop).await;
    let names: Vec<&str> = cookies.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["__Host-myshop_access", "__Secure-myshop_refresh"]);
    assert!(
        cookies
            .iter()
            .all(|(.., attributes)| attributes.ends_with("; HttpOnly; Secure"))
    );
    let bare = format!("myshop_access={}", cookies[0].1);
    let request = operation(&shop.guest(), VIEWER, Value::Null).header(header::COOKIE, bare);
    let (_, seen) = json_of(request).await;
    assert_eq!(
        seen["data"]["viewer"],
        Value::Null,
        "a cookie without its prefix may be anybody's"
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_cannot_use_the_cookies_of_its_visitor() {
    let friend = |config: &mut Config| config.server.cors_origins = vec!["https://friend.example".into()];
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None).configure(friend)).await;
    let (_, cookies) = enter(&shop).await;
    let guest = shop.guest();
    let cookie = header_of(&cookies);
    let from = |name: &'static str, value: String| {
        let request = operation(&guest, VIEWER, Value::Null);
        request.header(header::COOKIE, cookie.as_str()).header(name, value)
    };
    let own = guest.url("").trim_end_matches('/').to_owned();
    for (name, value) in [
        ("origin", "https://evil.example".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", format!("{own}.evil.example")),
        ("sec-fetch-site", "cross-site".to_owned()),
        ("sec-fetch-site", "same-site".to_owned()),
    ] {
        let (status, answer) = json_of(from(name, value.clone())).await;
        assert_eq!(
            (status, code(&answer)),
            (StatusCode::FORBIDDEN, "FORBIDDEN"),
            "{name}: {value}"
        );
    }
    for (name, value) in [
        ("origin", own),
        ("origin", "https://friend.example".to_owned()),
        ("sec-fetch-site", "same-origin".to_owned()),
    ] {
        let (_, answer) = json_of(from(name, value.clone())).await;
        assert_eq!(
            answer["data"]["viewer"]["email"], "customer@example.com",
            "{name}: {value}"
        );
    }
    // By a link or an image a foreign page can only read, and gets what a guest gets.
    let read = guest.get("/graphql").query(&[("query", VIEWER)]);
    let read = read
        .header(header::COOKIE, cookie.as_str())
        .header("sec-fetch-site", "cross-site");
    assert_eq!(json_of(read).await.1["data"]["viewer"], Value::Null);
    // Without our cookies it is a guest like any other.
    let public = operation(&guest, VIEWER, Value::Null).header("origin", "https://evil.example");
    assert_eq!(json_of(public).await.0, StatusCode::OK);
    // A form cannot send what the API takes.
    let form = guest.post("/graphql").header(header::COOKIE, cookie.as_str());
    let form = form.header(header::CONTENT_TYPE, "text/plain").body("{}");
    assert_eq!(form.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_opens_nothing_is_a_guest_who_can_get_another() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let (_, cookies) = enter(&shop).await;
    let guest = shop.guest();
    let refresh = &cookies[1].1;
    let dead = format!("myshop_access=expired; myshop_refresh={refresh}");
    let with = |text: &str, cookie: &str| operation(&guest, text, Value::Null).header(header::COOKIE, cookie);
    let (status, seen) = json_of(with(VIEWER, &dead)).await;
    assert_eq!((status, &seen["data"]["viewer"]), (StatusCode::OK, &Value::Null));
    let (_, guarded) = json_of(with("{ sessions { id } }", &dead)).await;
    assert_eq!(code(&guarded), "UNAUTHENTICATED", "what needs a user says so");
    let response = with(REFRESH, &dead).send().await.unwrap();
    let renewed = set_cookies(&response);
    let (_, seen) = json_of(with(VIEWER, &header_of(&renewed))).await;
    assert_eq!(seen["data"]["viewer"]["email"], "customer@example.com");
    // The header wins over the cookie, and is always told when it opens nothing.
    let (status, _) = json_of(with(VIEWER, &header_of(&renewed)).bearer_auth("expired")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    // A used token is taken from the browser along with its session.
    let response = with(REFRESH, &dead).send().await.unwrap();
    assert!(set_cookies(&response).iter().all(|(_, value, _)| value.is_empty()));
    let (_, seen) = json_of(with(VIEWER, &header_of(&renewed))).await;
    assert_eq!(seen["data"]["viewer"], Value::Null);
    shop.stop().await;
}
