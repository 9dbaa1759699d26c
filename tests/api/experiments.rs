//! Experiments through the whole running shop: people stay in their arm, lists say whose they are, and
//! what comes of it is told with what it is worth.

use crate::live::small_shop;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{Client, Options, PATIENCE, Product, TestShop, each_database, eventually};
use uuid::Uuid;

const CREATE: &str = "mutation($input: ExperimentCreateInput!) { experimentCreate(input: $input) {
    experiment { id state } userErrors { code path message } } }";
const START: &str = "mutation($input: ExperimentIdInput!) { experimentStart(input: $input) {
    experiment { id state } userErrors { code path message } } }";
const STOP: &str = "mutation($input: ExperimentIdInput!) { experimentStop(input: $input) {
    experiment { id state } userErrors { code path message } } }";
const RESULTS: &str = "query($id: ID!) { experiment(id: $id) { state results {
    arms { name people impressions clicks sessions buyers lists failures meanLatencyMs metrics { metric value } }
    comparisons { arm metric isPrimary isSignificant absolute { estimate } }
    preference { control treatment ties treatmentShare isSignificant interval { low high } }
    guardrails { arm kind state } sampleRatio { pValue isMismatch } } } }";
const RECORD: &str = "mutation($input: EventsRecordInput!) { eventsRecord(input: $input) {
    recordedCount visitorToken userErrors { code path } } }";
const TRENDING: &str = "{ trending(first: 4) { listId items { product { id name } reason { code } } } }";

fn event(kind: &str, product: &Value, list: &Value) -> Value {
    json!({ "id": Uuid::new_v4(), "kind": kind, "productId": product, "listId": list })
}

async fn record(client: &Client, events: Vec<Value>) -> Value {
    client.change(RECORD, json!({ "input": { "events": events } })).await
}

/// Somebody new, with what they are known by.
async fn visitor(shop: &TestShop, product: &Product) -> Client {
    let look = json!({ "id": Uuid::new_v4(), "kind": "VIEW", "productId": product.id });
    let payload = record(&shop.guest(), vec![look]).await;
    shop.guest().with_visitor(payload["visitorToken"].as_str().unwrap())
}

async fn trending(client: &Client) -> Value {
    client.data(TRENDING, Value::Null).await["trending"].clone()
}

async fn running(admin: &Client, plan: Value) -> Value {
    let made = admin.change(CREATE, json!({ "input": plan })).await["experiment"].clone();
    assert_eq!(made["state"], "DRAFT");
    let id = made["id"].clone();
    let started = admin.change(START, json!({ "input": { "id": id } })).await;
    assert_eq!(started["experiment"]["state"], "RUNNING", "{started}");
    id
}

async fn results_when(admin: &Client, id: &Value, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, async || {
        let found = admin.data(RESULTS, json!({ "id": id })).await["experiment"]["results"].clone();
        if holds(&found) { Ok(found) } else { Err(found) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn people_stay_in_their_arm_and_what_comes_of_it_is_told() {
    each_database(async |database| {
        let (shop, _, [kettle, ..]) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let people: Vec<Client> = futures::future::join_all((0..24).map(|_| visitor(&shop, &kettle))).await;
        // An arm that shows nothing younger than a month is told apart at a glance.
        let plan = json!({ "name": "What freshness is worth", "placements": ["TRENDING"],
            "arms": [{ "name": "Fresh" }, { "name": "Late", "tuning": { "newProductDelayMinutes": 43200 } }] });
        let id = running(&admin, plan).await;
        eventually("somebody's list is empty", PATIENCE, async || {
            let lists = futures::future::join_all(people.iter().map(trending)).await;
            let sizes: Vec<usize> = lists
                .iter()
                .map(|list| list["items"].as_array().unwrap().len())
                .collect();
            if sizes.contains(&0) { Ok(()) } else { Err(sizes) }
        })
        .await;
        let mut sizes: BTreeMap<usize, u64> = BTreeMap::new();
        for client in &people {
            let list = trending(client).await;
            let items = list["items"].as_array().unwrap();
            assert_eq!(trending(client).await["items"], list["items"], "they stay in their arm");
            *sizes.entry(items.len()).or_default() += 1;
            if let Some(first) = items.first() {
                let shown = event("IMPRESSION", &first["product"]["id"], &list["listId"]);
                let clicked = event("CLICK", &first["product"]["id"], &list["listId"]);
                assert_eq!(record(client, vec![shown, clicked]).await["recordedCount"], 2);
            }
        }
        assert_eq!(
            trending(&shop.guest()).await["items"].as_array().unwrap().len(),
            4,
            "nobody known takes no part"
        );
        let fresh = sizes[&4];
        let late = 24 - fresh;
        let told = results_when(&admin, &id, "all take part", |found| {
            let [control, late_arm] = [&found["arms"][0], &found["arms"][1]];
            control["people"] == fresh
                && late_arm["people"] == late
                && control["clicks"] == fresh
                && late_arm["lists"].as_u64() >= Some(2 * late)
        })
        .await;
        let [control, late_arm] = [&told["arms"][0], &told["arms"][1]];
        assert_eq!(
            (&control["impressions"], &late_arm["clicks"]),
            (&json!(fresh), &json!(0)),
            "{told}"
        );
        assert!(late_arm["meanLatencyMs"].as_f64() > Some(0.0), "{told}");
        assert_eq!(told["comparisons"].as_array().unwrap().len(), 3);
        assert_eq!(told["comparisons"][0]["absolute"], Value::Null, "too little to say");
        assert_eq!(told["comparisons"][0]["isPrimary"], true);
        assert_eq!(told["sampleRatio"]["isMismatch"], false, "{told}");
        assert_eq!(told["guardrails"].as_array().unwrap().len(), 3);
        let failures = told["guardrails"]
            .as_array()
            .unwrap()
            .iter()
            .find(|rail| rail["kind"] == "FAILURES");
        assert_eq!(failures.unwrap()["state"], "KEPT");

        let stopped = admin.change(STOP, json!({ "input": { "id": id } })).await;
        assert_eq!(stopped["experiment"]["state"], "STOPPED");
        eventually("all lists are full again", PATIENCE, async || {
            let lists = futures::future::join_all(people.iter().map(trending)).await;
            let are_full = lists.iter().all(|list| list["items"].as_array().unwrap().len() == 4);
            if are_full { Ok(()) } else { Err(lists) }
        })
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_drafted_from_both_arms_and_clicks_say_whose_was_better() {
    each_database(async |database| {
        let (shop, _, [kettle, ..]) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let people: Vec<Client> = futures::future::join_all((0..6).map(|_| visitor(&shop, &kettle))).await;
        let plan = json!({ "name": "Draft", "placements": ["TRENDING"], "design": "INTERLEAVED",
            "arms": [{ "name": "As it is" }, { "name": "The same" }] });
        let id = running(&admin, plan).await;
        let clicked = eventually("each clicks what an arm put there", PATIENCE, async || {
            let mut clicks = 0;
            for client in &people {
                let list = trending(client).await;
                let items = list["items"].as_array().unwrap();
                assert_eq!(items.len(), 4);
                let click = event("CLICK", &items[0]["product"]["id"], &list["listId"]);
                clicks += record(client, vec![click]).await["recordedCount"].as_u64().unwrap();
            }
            let found = admin.data(RESULTS, json!({ "id": id })).await["experiment"]["results"]["preference"].clone();
            let told = ["control", "treatment", "ties"].map(|part| found[part].as_u64().unwrap());
            if told.iter().sum::<u64>() == 6 {
                Ok(clicks)
            } else {
                Err(found)
            }
        })
        .await;
        assert_eq!(clicked, 6);
        let told = results_when(&admin, &id, "a preference", |found| found["preference"] != Value::Null).await;
        assert_eq!(told["preference"]["isSignificant"], false, "{told}");
        assert_eq!((&told["comparisons"], &told["sampleRatio"]), (&json!([]), &Value::Null));
        assert_eq!(told["arms"][0]["people"], 6);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn places_given_by_lot_are_counted_for_every_arm_that_would_have_put_the_same_there() {
    each_database(async |database| {
        let (shop, _, [kettle, ..]) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let people: Vec<Client> = futures::future::join_all((0..3).map(|_| visitor(&shop, &kettle))).await;
        let plan = json!({ "name": "Lot", "placements": ["TRENDING"], "design": "EXPLORED", "exploration": 0.3,
            "arms": [{ "name": "As it is" }, { "name": "The same" }] });
        let id = running(&admin, plan).await;
        eventually(
            "lists carry the experiment, and each is clicked once",
            PATIENCE,
            async || {
                let told = admin.data(RESULTS, json!({ "id": id })).await["experiment"]["results"].clone();
                if told["arms"][0]["people"] == 3 {
                    return Ok(());
                }
                futures::future::join_all(people.iter().map(trending)).await;
                Err(told)
            },
        )
        .await;
        for client in &people {
            let list = trending(client).await;
            let product = &list["items"][0]["product"]["id"];
            let events = ["IMPRESSION", "CLICK"].map(|kind| event(kind, product, &list["listId"]));
            assert_eq!(record(client, events.to_vec()).await["recordedCount"], 2);
        }
        let told = results_when(&admin, &id, "what both arms agree on", |found| {
            found["arms"][0]["clicks"] == 3
        })
        .await;
        for arm in told["arms"].as_array().unwrap() {
            assert_eq!(
                (&arm["clicks"], &arm["impressions"], &arm["people"]),
                (&json!(3), &json!(3), &json!(3)),
                "{told}"
            );
        }
        let compared = told["comparisons"].as_array().unwrap();
        assert_eq!((compared.len(), &compared[0]["metric"]), (1, &json!("CLICK_THROUGH")));
        assert_eq!(
            (&told["preference"], &told["sampleRatio"]),
            (&Value::Null, &Value::Null)
        );
        shop.stop().await;
    })
    .await;
}
