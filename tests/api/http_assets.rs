//! What surrounds the API: headers of every answer, foreign origins, pictures, health.

use reqwest::{Method, Response, header};
use serde_json::Value;
use support::{DatabaseKind, NewProduct, Options, TestShop, eventually};

fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_an_id_and_the_headers_that_keep_browsers_careful() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let guest = shop.guest();
    let mut ids = std::collections::HashSet::new();
    for path in [
        "/",
        "/graphql?query={__typename}",
        "/schema.graphql",
        "/healthz",
        "/readyz",
        "/nothing",
        "/media/x/y",
        "/assets/welcome.js",
    ] {
        let response = guest.get(path).send().await.unwrap();
        assert_eq!(header_of(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            header_of(&response, "referrer-policy"),
            "strict-origin-when-cross-origin",
            "{path}"
        );
        assert!(ids.insert(header_of(&response, "x-request-id").to_owned()), "{path}");
        assert!(header_of(&response, "server").is_empty());
    }
    let page = guest.get("/").send().await.unwrap();
    let policy = header_of(&page, "content-security-policy");
    assert!(
        policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    let own = guest
        .get("/healthz")
        .header("x-request-id", "mine")
        .send()
        .await
        .unwrap();
    assert_eq!(header_of(&own, "x-request-id"), "mine");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_configured_origins_may_call_from_a_browser() {
    let friend = "https://shop.example.com";
    let options = Options::on(DatabaseKind::Sqlite).models(None);
    let options = options.configure(move |config| config.server.cors_origins = vec![friend.into()]);
    let shop = TestShop::start(options).await;
    let guest = shop.guest();
    for (origin, allowed) in [(friend, friend), ("https://evil.example.com", ""), ("null", "")] {
        let ask = guest
            .request(Method::OPTIONS, "/graphql")
            .header(header::ORIGIN, origin);
        let ask = ask.header("access-control-request-method", "POST");
        let ask = ask
            .header("access-control-request-headers", "authorization,content-type")
            .send()
            .await
            .unwrap();
        assert_eq!(header_of(&ask, "access-control-allow-origin"), allowed, "{origin}");
        let call = guest
            .get("/graphql?query={__typename}")
            .header(header::ORIGIN, origin)
            .send()
            .await
            .unwrap();
        assert_eq!(header_of(&call, "access-control-allow-origin"), allowed, "{origin}");
        let mut varies = call.headers().get_all(header::VARY).iter();
        assert!(varies.any(|names| names.to_str().unwrap().to_lowercase().contains("origin")));
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_kept_for_ever_and_nothing_else_lies_below_their_address() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let staff = shop.staff().await;
    let kettle = staff.create(NewProduct::named("Steel kettle")).await;
    let media = staff.picture(&kettle.id, [200, 30, 30]).await["media"].clone();
    let path = media["url"].as_str().unwrap().to_owned();
    assert!(path.starts_with("/media/"), "{path}");
    let guest = shop.guest();
    let response = guest.get(&path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        header_of(&response, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header_of(&response, "content-type"), "image/jpeg");
    assert!(header_of(&response, "content-security-policy").contains("sandbox"));
    let tag = header_of(&response, "etag").to_owned();
    let length: usize = header_of(&response, "content-length").parse().unwrap();
    assert_eq!(response.bytes().await.unwrap().len(), length);
    let again = guest
        .get(&path)
        .header(header::IF_NONE_MATCH, &tag)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (again.status().as_u16(), header_of(&again, "etag")),
        (304, tag.as_str())
    );
    assert!(again.bytes().await.unwrap().is_empty());

    let hash = path.split('/').nth(2).unwrap().to_owned();
    let other = hash.replace(|digit: char| digit != '0', "0");
    for wrong in [
        format!("/media/{other}/full.jpg"),
        format!("/media/{hash}/full.exe"),
        format!("/media/{hash}/full.png"),
        format!("/media/{hash}/w161.jpg"),
        format!("/media/{hash}/"),
        format!("/media/{hash}"),
        format!("/media/{hash}/..%2f..%2fmyshop.db"),
        "/media/..%2f/myshop.db".into(),
        "/media/%2e%2e/myshop.db".into(),
        "/media/%2fetc/passwd".into(),
        "/media/../myshop.db".into(),
    ] {
        let response = guest.get(&wrong).send().await.unwrap();
        assert_eq!(response.status(), 404, "{wrong}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_apart_from_readiness() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite)).await;
    let guest = shop.guest();
    let live = guest.get("/healthz").send().await.unwrap();
    assert_eq!(
        (live.status().as_u16(), live.text().await.unwrap().as_str()),
        (200, "ok")
    );
    let staff = shop.staff().await;
    staff.create(NewProduct::named("Steel kettle")).await;
    shop.settled().await;
    eventually("everything is there", support::PATIENCE, async || {
        let ready = guest.get("/readyz").send().await.unwrap();
        let status = ready.status();
        let body: Value = ready.json().await.unwrap();
        if status == 200 && body["status"] == "ready" && body["products"] == 1 {
            Ok(())
        } else {
            Err(body)
        }
    })
    .await;
    let schema = guest.get("/schema.graphql").send().await.unwrap().text().await.unwrap();
    assert!(schema.contains("type Mutation"));
    shop.stop().await;
}
