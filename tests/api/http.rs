//! GraphQL over HTTP as clients other than ours meet it: media types, statuses, methods,
//! limits, and what of a failure leaves the process.

use reqwest::{Method, Response, header};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use support::{Client, DatabaseKind, NewProduct, Options, TestShop, each_database};

const RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

async fn open() -> TestShop {
    TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await
}

fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn post(client: &Client, accept: &str, body: impl Into<reqwest::Body>) -> Response {
    let request = client.post("/graphql").header(header::ACCEPT, accept);
    let request = request.header(header::CONTENT_TYPE, JSON);
    request.body(body).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_the_type_that_its_client_likes_best() {
    let shop = open().await;
    let guest = shop.guest();
    let body = json!({ "query": "{ __typename }" }).to_string();
    for (accept, expected) in [
        ("*/*", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
        ("application/graphql-response+json;q=0.1, application/json;q=0.9", JSON),
    ] {
        let response = post(&guest, accept, body.clone()).await;
        assert_eq!(response.status(), 200, "{accept}");
        assert_eq!(
            header_of(&response, "content-type"),
            format!("{expected}; charset=utf-8"),
            "{accept}"
        );
        assert_eq!(header_of(&response, "cache-control"), "no-store");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["data"]["__typename"], "Query");
    }
    let refused = post(&guest, "image/png", body).await;
    assert_eq!(refused.status(), 406);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_operation_gets_a_status_a_code_and_the_request_id() {
    let shop = open().await;
    let guest = shop.guest();
    let large = json!({ "query": "{ __typename }", "variables": { "x": "x".repeat(1_100_000) } }).to_string();
    for (body, status) in [
        ("{\"query\": \"{ __typename }\"", 400),
        ("", 400),
        ("null", 400),
        ("\"{ __typename }\"", 400),
        ("{}", 400),
        ("{\"query\": 7}", 400),
        ("{\"query\": \"{ __typename }\", \"variables\": []}", 400),
        ("[{\"query\": \"{ __typename }\"}]", 400),
        (large.as_str(), 413),
    ] {
        for accept in [JSON, RESPONSE] {
            let request = guest.post("/graphql").header(header::ACCEPT, accept);
            let request = request
                .header(header::CONTENT_TYPE, JSON)
                .header("x-request-id", "story-7");
            let response = request.body(body.to_owned()).send().await.unwrap();
            let about = body.chars().take(60).collect::<String>();
            assert_eq!(response.status(), status, "{about}");
            assert_eq!(header_of(&response, "x-request-id"), "story-7");
            let answer: Value = response.json().await.unwrap();
            let error = &answer["errors"][0];
            assert_eq!(
                error["extensions"],
                json!({ "code": "BAD_USER_INPUT", "requestId": "story-7" }),
                "{about}"
            );
            assert!(answer.get("data").is_none(), "{answer}");
        }
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_does_not_validate_is_400_for_the_new_type_and_200_for_plain_json() {
    let shop = open().await;
    let guest = shop.guest();
    for query in [
        "{ nope }",
        "{",
        "query($n: Int!) { products(first: $n) { totalCount } }",
        "query A { __typename } query B { __typename }",
    ] {
        let body = json!({ "query": query }).to_string();
        for (accept, status) in [(RESPONSE, 400), (JSON, 200)] {
            let response = post(&guest, accept, body.clone()).await;
            assert_eq!(response.status(), status, "{query} as {accept}");
            let answer: Value = response.json().await.unwrap();
            assert!(answer.get("data").is_none(), "{query}: {answer}");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}");
        }
    }
    // Executed, with an error of a field: 200 and data.
    let body = json!({ "query": "{ __typename viewer { id } adminProduct(id: \"prod_00000000000000000000000000000001\") { id } }" });
    let response = post(&guest, RESPONSE, body.to_string()).await;
    assert_eq!(response.status(), 200);
    let answer: Value = response.json().await.unwrap();
    let data = json!({ "__typename": "Query", "viewer": null, "adminProduct": null });
    assert_eq!(answer["data"], data);
    let error = &answer["errors"][0];
    assert_eq!(
        (&error["extensions"]["code"], &error["path"]),
        (&"UNAUTHENTICATED".into(), &json!(["adminProduct"]))
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_go_by_get_mutations_by_post_alone() {
    let shop = open().await;
    let guest = shop.guest();
    let get = async |query: &[(&str, &str)]| guest.get("/graphql").query(query).send().await.unwrap();
    let response = get(&[
        (
            "query",
            "query A($n: Int!) { products(first: $n) { __typename } } query B { __typename }",
        ),
        ("operationName", "B"),
        ("variables", "{\"n\": 1}"),
    ])
    .await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.json::<Value>().await.unwrap()["data"]["__typename"], "Query");
    let mutation = get(&[("query", "mutation { logOut { isLoggedOut } }")]).await;
    assert_eq!(
        (mutation.status().as_u16(), header_of(&mutation, "allow")),
        (405, "POST")
    );
    let chosen = get(&[
        ("query", "query A { __typename } mutation B { logOut { isLoggedOut } }"),
        ("operationName", "B"),
    ])
    .await;
    assert_eq!(chosen.status(), 405);
    for refused in [
        &[("query", "")][..],
        &[("variables", "{}")],
        &[("query", "{ __typename }"), ("variables", "[1]")],
        &[("query", "{ __typename }"), ("variables", "{")],
    ] {
        assert_eq!(get(refused).await.status(), 400, "{refused:?}");
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let response = guest.request(method, "/graphql").send().await.unwrap();
        assert_eq!(response.status(), 405);
        assert!(header_of(&response, "allow").contains("POST"));
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_wants_a_page_is_sent_to_graphiql() {
    let shop = open().await;
    let guest = shop.guest();
    let page = "text/html,application/xhtml+xml,*/*;q=0.8";
    let response = guest.get("/graphql").header(header::ACCEPT, page).send().await.unwrap();
    assert!(response.status().is_redirection());
    assert_eq!(header_of(&response, "location"), "/graphiql");
    shop.stop().await;
    let closed = Options::on(DatabaseKind::Sqlite)
        .models(None)
        .configure(|config| config.graphql.graphiql = false);
    let shop = TestShop::start(closed).await;
    let guest = shop.guest();
    assert_eq!(guest.get("/graphiql").send().await.unwrap().status(), 404);
    let response = guest.get("/graphql").header(header::ACCEPT, page).send().await.unwrap();
    assert_eq!(response.status(), 400);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bodies_than_json_and_files_are_refused() {
    let shop = open().await;
    let guest = shop.guest();
    let body = json!({ "query": "{ __typename }" }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/graphql",
        "",
    ] {
        let request = guest.post("/graphql").header(header::CONTENT_TYPE, kind);
        assert_eq!(request.body(body.clone()).send().await.unwrap().status(), 415, "{kind}");
    }
    // A page elsewhere can make a browser send a form, with its user's cookies, unasked.
    let form = || {
        reqwest::multipart::Form::new()
            .text("operations", body.clone())
            .text("map", "{}")
    };
    let unasked = guest.post("/graphql").multipart(form()).send().await.unwrap();
    assert_eq!(unasked.status(), 400);
    let text = unasked.text().await.unwrap();
    assert!(text.contains("graphql-require-preflight"), "{text}");
    let asked = guest.post("/graphql").header("graphql-require-preflight", "1");
    let asked = asked.multipart(form()).send().await.unwrap();
    assert_eq!(asked.status(), 200, "{}", asked.text().await.unwrap());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_opens_nothing_is_401_with_the_scheme_to_use() {
    let shop = open().await;
    let body = json!({ "query": "{ __typename }" }).to_string();
    let good = shop.staff().await;
    assert_eq!(post(&good, JSON, body.clone()).await.status(), 200);
    let token = good.token().unwrap().to_owned();
    let forged = format!("{}x", &token[..token.len() - 2]);
    for token in ["", "nonsense", forged.as_str()] {
        let response = post(&shop.guest().with_token(token), RESPONSE, body.clone()).await;
        assert_eq!(
            (response.status().as_u16(), header_of(&response, "www-authenticate")),
            (401, "Bearer"),
            "{token}"
        );
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    }
    let basic = shop
        .guest()
        .post("/graphql")
        .header(header::AUTHORIZATION, "Basic YTpi");
    let basic = basic
        .header(header::CONTENT_TYPE, JSON)
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(basic.status(), 401);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_our_own_failures_stays_in_the_house() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let staff = shop.staff().await;
        let product = staff.create(NewProduct::named("Steel kettle")).await;
        let beside = shop.place().connect().await;
        beside.execute_unprepared("ALTER TABLE variant RENAME TO hidden_shelf").await.unwrap();
        let rename = format!(
            "mutation {{ productUpdate(input: {{id: \"{}\", name: \"Other\"}}) {{ product {{ name }} userErrors {{ code }} }} }}",
            product.id
        );
        for (client, operation) in [(&staff, rename.as_str()), (&staff, "{ adminProducts { nodes { id variants { sku } } } }")] {
            let answer = client.run(operation, Value::Null).await;
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], "INTERNAL", "{answer}");
            let id = error["extensions"]["requestId"].as_str().unwrap();
            assert!(!id.is_empty());
            let text = answer.to_string().to_lowercase();
            for secret in ["hidden_shelf", "no such", "table", "relation", "sql", "select", "panick", ".rs"] {
                assert!(!text.contains(secret), "{secret}: {answer}");
            }
        }
        beside.execute_unprepared("ALTER TABLE hidden_shelf RENAME TO variant").await.unwrap();
        beside.close().await.unwrap();
        let answer = staff.change(&rename, Value::Null).await;
        assert_eq!(answer["product"]["name"], "Other");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_come_in_the_order_in_which_they_were_asked_for() {
    let shop = open().await;
    let customer = shop.customer().await;
    // The first of them asks the database, the others do not.
    let body = json!({ "query": "{ viewer { role email } a: __typename b: brands { id } }" }).to_string();
    let text = post(&customer, JSON, body).await.text().await.unwrap();
    let expected = r#"{"data":{"viewer":{"role":"CUSTOMER","email":"customer@example.com"},"a":"Query","b":[]}"#;
    assert!(text.starts_with(expected), "{text}");
    shop.stop().await;
}
