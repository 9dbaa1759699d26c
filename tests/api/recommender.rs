//! The recommender as administrators see and steer it.

use crate::{
    live::{small_shop, until},
    live_orders::Socket,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use support::{Client, DatabaseKind, NewProduct, Options, PATIENCE, each_database, eventually};

const STATUS: &str = "{ recommender {
    isReady engine items textVectors imageVectors lag deadLetters indexBytes
    textModel { id dimension }
    defaults { textWeight imageWeight mode } settings { textWeight mode isPaused }
    queue { interactive bulk failed }
    generations { number state textModel { id } products lacking }
    freshness { objectiveMs windowSeconds alert waitingMs
        stages { stage count p50Ms p99Ms late buckets { upToMs count } } }
    embedding { textWorkers texts textsPerSecond } cache { hits misses hitRate }
    lastErrors { source message at }
    nodes { id role host isReady lag generation problems freshness { stage count } cache { hits } }
} }";

/// The state, once it is as wished.
async fn status_when(client: &Client, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, async || {
        let status = client.data(STATUS, json!({})).await["recommender"].clone();
        if holds(&status) { Ok(status) } else { Err(status) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_models_counts_freshness_and_processes() {
    each_database(async |database| {
        let (shop, staff, [kettle, ..]) = small_shop(Options::on(database)).await;
        staff.recommended(&kettle.id, "").await;
        let status = status_when(&staff, "the process has told what it did", |status| {
            status["nodes"][0]["freshness"][2]["count"].as_u64() >= Some(4)
                && status["embedding"]["texts"].as_u64() >= Some(4)
                && status["cache"]["misses"].as_u64() >= Some(1)
        })
        .await;
        assert_eq!(status["items"], 4);
        assert_eq!(status["textVectors"], 4);
        assert_eq!(status["lag"], 0);
        let generation = &status["generations"][0];
        assert_eq!(
            (&generation["state"], &generation["products"], &generation["lacking"]),
            (&json!("SERVING"), &json!(4), &json!(0))
        );
        assert_eq!(generation["textModel"]["id"], status["textModel"]["id"]);
        let node = &status["nodes"][0];
        assert_eq!((&node["role"], &node["isReady"]), (&json!("ALL"), &json!(true)));
        let freshness = &status["freshness"];
        assert_eq!(
            (&freshness["objectiveMs"], &freshness["windowSeconds"]),
            (&json!(1_000), &json!(300))
        );
        for stage in freshness["stages"].as_array().unwrap() {
            let buckets = stage["buckets"].as_array().unwrap();
            assert_eq!(buckets.last().unwrap()["count"], stage["count"], "{stage}");
            // Nobody did anything yet.
            let least = if stage["stage"] == "LEARNED" { 0 } else { 4 };
            assert!(stage["count"].as_u64() >= Some(least), "{stage}");
        }
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_rest_while_an_administrator_says_so() {
    each_database(async |database| {
        let (shop, staff, [kettle, ..]) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let paused = admin
            .change(
                "mutation { recommenderPause { settings { isPaused } userErrors { message } } }",
                json!({}),
            )
            .await;
        assert_eq!(paused["settings"]["isPaused"], true);
        let new = staff.create(NewProduct::named("Steel kettle small")).await;
        status_when(&admin, "the new product waits", |status| {
            status["queue"]["interactive"] == 1 && status["settings"]["isPaused"] == true
        })
        .await;
        assert_eq!(staff.recommended(&new.id, "").await.source(), "FALLBACK");
        admin
            .change(
                "mutation { recommenderResume { settings { isPaused } userErrors { message } } }",
                json!({}),
            )
            .await;
        until(&staff, &kettle.id, "(first: 1)", "it is embedded", |list| {
            list.names() == ["Steel kettle small"]
        })
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_set_by_an_administrator_hold_at_once_and_go_back() {
    let (shop, _, [kettle, ..]) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let admin = shop.admin().await;
    let set = "mutation($input: RecommenderDefaultsSetInput!) {
        recommenderDefaultsSet(input: $input) { settings { textWeight mode } userErrors { message } } }";
    let before = status_when(&admin, "the state", |_| true).await["defaults"].clone();
    let after = admin
        .change(set, json!({ "input": { "textWeight": 0.2, "mode": "CALIBRATED" } }))
        .await;
    assert_eq!(after["settings"], json!({ "textWeight": 0.2, "mode": "CALIBRATED" }));
    let held = status_when(&admin, "the weights hold", |status| {
        status["defaults"]["textWeight"] == 0.2
    })
    .await;
    assert_eq!(
        held["defaults"],
        json!({ "textWeight": 0.2, "imageWeight": 0.8, "mode": "CALIBRATED" })
    );
    // Another process, or the same one after a restart, has them from the database.
    let shop = shop
        .restart(Some(std::sync::Arc::new(reco_actors::embed::fake::FakeFactory::new())))
        .await;
    let admin = shop.admin().await;
    status_when(&admin, "the weights hold", |status| {
        status["defaults"] == held["defaults"]
    })
    .await;
    admin
        .change(set, json!({ "input": { "textWeight": null, "mode": null } }))
        .await;
    status_when(&admin, "they are back", |status| status["defaults"] == before).await;
    assert!(!admin.recommended(&kettle.id, "").await.names().is_empty());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_an_administrator_asks_for_makes_a_new_main_generation() {
    let (shop, staff, [kettle, ..]) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let admin = shop.admin().await;
    let generation = async || {
        let list = staff.recommended(&kettle.id, "").await;
        list.0["generation"]
            .as_str()
            .unwrap()
            .split_once('.')
            .unwrap()
            .0
            .to_owned()
    };
    let before = generation().await;
    let asked = admin
        .change(
            "mutation { recommenderRebuild { isAccepted userErrors { message } } }",
            json!({}),
        )
        .await;
    assert_eq!(asked["isAccepted"], true);
    eventually("another main generation", PATIENCE, async || {
        let now = generation().await;
        if now == before { Err(now) } else { Ok(()) }
    })
    .await;
    shop.stop().await;
}

/// Every file below a directory, with what is in it.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found
}

async fn reembed_all(admin: &Client) -> Value {
    let reembed = "mutation { recommenderReembed(input: { isEverything: true }) { count userErrors { message } } }";
    admin.change(reembed, json!({})).await["count"].clone()
}

const FAILURES: &str = "{ embeddingFailures(first: 5) { totalCount hasNextPage
    nodes { productId product { name } reason attempts nextAttemptAt } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_picture_fails_alone_with_a_reason_and_is_tried_again_when_asked() {
    each_database(async |database| {
        let (shop, staff, [kettle, ..]) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let media = shop.config().media_dir();
        let lone = staff.create(NewProduct::named("Glass teapot")).await;
        shop.settled().await;
        let whole = files(&media);
        for (path, _) in &whole {
            std::fs::write(path, b"no picture").unwrap();
        }
        assert_eq!(reembed_all(&admin).await, 5);
        let failures = eventually("the four pictures fail", PATIENCE, async || {
            let failures = staff.data(FAILURES, json!({})).await["embeddingFailures"].clone();
            if failures["totalCount"] == 4 {
                Ok(failures)
            } else {
                Err(failures)
            }
        })
        .await;
        let first = &failures["nodes"][0];
        assert!(first["reason"].as_str().unwrap().starts_with("picture: "), "{first}");
        assert_eq!(first["attempts"], 1);
        assert!(first["product"]["name"].is_string());
        let named = |failure: &Value| failure["productId"] == json!(lone.id);
        assert!(!failures["nodes"].as_array().unwrap().iter().any(named));
        let status = status_when(&admin, "the failures are counted", |status| {
            status["queue"]["failed"] == 4
        })
        .await;
        let told = |error: &Value| error["message"] == first["reason"];
        assert!(status["lastErrors"].as_array().unwrap().iter().any(told), "{status}");
        // The old vectors answer meanwhile.
        assert_eq!(staff.recommended(&kettle.id, "").await.source(), "VECTORS");
        // Whole pictures are put back, and nobody waits for the pause to end.
        for (path, bytes) in &whole {
            std::fs::write(path, bytes).unwrap();
        }
        let retry = "mutation { embeddingFailuresRetry { count userErrors { message } } }";
        assert_eq!(admin.change(retry, json!({})).await["count"], 4);
        status_when(&admin, "they are embedded", |status| status["queue"]["failed"] == 0).await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_up_events_are_listed_tried_again_and_dropped() {
    each_database(async |database| {
        let (shop, _, _) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let published = shop.app.shop.outbox().after(0, 100).await.unwrap();
        let letters = &shop.app.shop.pipeline().dead_letters;
        for event in published.iter().filter(|event| event.change().is_some()).take(2) {
            letters
                .park("index", event, 5, "it will not do", shop.app.shop.now())
                .await
                .unwrap();
        }
        let list =
            "{ deadLetters { totalCount nodes { id consumer topic aggregate payload attempts reason failedAt } } }";
        let listed = admin.data(list, json!({})).await["deadLetters"].clone();
        assert_eq!(listed["totalCount"], 2);
        let [newest, older] = [0, 1].map(|place| listed["nodes"][place].clone());
        assert_eq!(
            (&newest["consumer"], &newest["reason"]),
            (&json!("index"), &json!("it will not do"))
        );
        let before = shop.app.shop.outbox().last_position().await.unwrap();
        let change = async |mutation: &str, letter: &Value| {
            let operation = format!(
                "mutation($ids: [ID!]!) {{ {mutation}(input: {{ ids: $ids }}) {{ count userErrors {{ message }} }} }}"
            );
            admin.change(&operation, json!({ "ids": [letter["id"]] })).await["count"].clone()
        };
        assert_eq!(change("deadLettersRetry", &newest).await, 1);
        assert_eq!(change("deadLettersDiscard", &older).await, 1);
        assert_eq!(change("deadLettersDiscard", &older).await, 0);
        shop.settled().await;
        assert!(
            shop.app.shop.outbox().last_position().await.unwrap() > before,
            "it was sent again"
        );
        status_when(&admin, "none is left", |status| status["deadLetters"] == 0).await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_comes_by_itself() {
    let (shop, staff, _) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let mut socket = Socket::open(&staff).await;
    socket
        .subscribe(
            "subscription { recommenderUpdated(every: 1) { items freshness { alert } } }",
            json!({}),
        )
        .await;
    let first = socket.next().await;
    assert_eq!(first["payload"]["data"]["recommenderUpdated"]["items"], 4, "{first}");
    staff.create(NewProduct::named("Glass teapot")).await;
    socket
        .until(|message| message["payload"]["data"]["recommenderUpdated"]["items"] == 5)
        .await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_read_freshness_as_a_histogram_where_the_settings_allow_it() {
    let (closed, _, _) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    assert_eq!(closed.guest().get("/metrics").send().await.unwrap().status(), 404);
    closed.stop().await;
    let options = Options::on(DatabaseKind::Sqlite).configure(|config| config.telemetry.metrics = true);
    let (shop, ..) = small_shop(options).await;
    let answer = shop.guest().get("/metrics").send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = answer.text().await.unwrap();
    let count = |stage: &str| -> u64 {
        let name = format!("myshop_change_freshness_seconds_bucket{{le=\"+Inf\",stage=\"{stage}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
    };
    for stage in ["embedded", "indexed", "visible"] {
        assert!(count(stage) >= 4, "{text}");
    }
    assert!(text.contains("myshop_index_items 4\n"), "{text}");
    assert!(text.contains("# TYPE myshop_cache_hits counter\n"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    shop.stop().await;
}
