//! What people do, told by clients and known by the shop, and what lists make of it at once:
//! through the whole running shop, on SQLite and PostgreSQL.

use crate::{
    live::small_shop,
    live_orders::Socket,
    nodes::{GRACE, process},
};
use serde_json::{Value, json};
use std::{fs, sync::Arc};
use support::{
    Client, DatabaseKind, Options, PASSWORD, PATIENCE, Product, Shopper, TestShop, each_database, eventually,
};
use uuid::Uuid;
use web::node::Role;

const RECORD: &str = "mutation($input: EventsRecordInput!) { eventsRecord(input: $input) {
    recordedCount repeatedCount isTracked visitorToken userErrors { code path } } }";
const FOR_VIEWER: &str = "{ recommendationsForViewer(first: 3) { source listId
    items { product { id name } score scoreParts { viewed bought trend text image popularity newness }
        reason { code message product { id } } } } }";

fn view(product: &Product) -> Value {
    json!({ "id": Uuid::new_v4(), "kind": "VIEW", "productId": product.id, "dwellMs": 8_000 })
}

async fn record(client: &Client, events: Vec<Value>) -> Value {
    client.change(RECORD, json!({ "input": { "events": events } })).await
}

/// Looks at products one after the other; gives the client with what it is known by from now on.
async fn looks(client: &Client, products: &[&Product]) -> Client {
    let payload = record(client, products.iter().map(|product| view(product)).collect()).await;
    assert_eq!(payload["recordedCount"], products.len(), "{payload}");
    match payload["visitorToken"].as_str() {
        Some(token) => client.with_visitor(token),
        None => client.clone(),
    }
}

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["product"]["name"].as_str().unwrap())
        .collect()
}

async fn for_viewer(client: &Client) -> Value {
    client.data(FOR_VIEWER, Value::Null).await["recommendationsForViewer"].clone()
}

/// A list of a product, once it is as wished.
async fn list_when(client: &Client, product: &Product, field: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let ask = format!(
        "query($id: ID!) {{ product(by: {{id: $id}}) {{ {field} {{ source listId items {{ product {{ id name }} score
            scoreParts {{ viewed bought }} reason {{ code message product {{ id }} }} }} }} }} }}"
    );
    eventually(field, PATIENCE, async || {
        let list = client.data(&ask, json!({ "id": product.id })).await["product"][field].clone();
        if holds(&list) { Ok(list) } else { Err(list) }
    })
    .await
}

/// A viewer's list, once it is as wished.
async fn viewer_list_when(client: &Client, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, async || {
        let list = for_viewer(client).await;
        if holds(&list) { Ok(list) } else { Err(list) }
    })
    .await
}

async fn recently_viewed(client: &Client) -> Vec<String> {
    let viewed = client.data("{ recentlyViewed { name } }", Value::Null).await;
    let names = viewed["recentlyViewed"].as_array().unwrap().iter();
    names
        .map(|product| product["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_guests_look_at_shows_in_lists_a_moment_later_with_true_reasons() {
    each_database(async |database| {
        let (shop, _, [kettle, copper, shoe, boot]) = small_shop(Options::on(database)).await;
        let ada = looks(&shop.guest(), &[&kettle, &shoe]).await;
        let list = list_when(&shop.guest(), &kettle, "alsoViewed", |list| {
            names(list) == ["Running shoe"]
        })
        .await;
        let first = &list["items"][0];
        assert_eq!(list["source"], "BEHAVIOUR");
        assert_eq!(first["reason"]["code"], "ALSO_VIEWED");
        assert_eq!(first["reason"]["message"], "Often looked at after Steel kettle");
        assert_eq!(first["reason"]["product"]["id"], kettle.id);
        assert_eq!(first["score"], first["scoreParts"]["viewed"]);
        // Who looked at a kettle and a shoe is offered the other kettle and the boot.
        let own = viewer_list_when(&ada, "a list of one's own", |list| names(list).len() == 2).await;
        assert_eq!(own["source"], "BEHAVIOUR");
        let mut offered = names(&own);
        offered.sort_unstable();
        assert_eq!(offered, ["Copper kettle", "Leather boot"]);
        for item in own["items"].as_array().unwrap() {
            assert_eq!(item["reason"]["code"], "BECAUSE_VIEWED", "{item}");
            let sum: f64 = item["scoreParts"]
                .as_object()
                .unwrap()
                .values()
                .filter_map(Value::as_f64)
                .sum();
            assert!((sum - item["score"].as_f64().unwrap()).abs() < 1e-5, "{item}");
        }
        assert_eq!(recently_viewed(&ada).await, ["Running shoe", "Steel kettle"]);
        assert_eq!(recently_viewed(&shop.guest()).await, [] as [String; 0], "somebody else");
        // Others go on from the kettle to the boot.
        for _ in 0..3 {
            looks(&shop.guest(), &[&kettle, &boot]).await;
        }
        list_when(&ada, &kettle, "alsoViewed", |list| names(list)[0] == "Leather boot").await;
        let trending = shop
            .guest()
            .data(
                "{ trending(first: 2) { items { product { name } reason { code } } } }",
                Value::Null,
            )
            .await;
        assert_eq!(names(&trending["trending"])[0], "Steel kettle");
        assert_eq!(trending["trending"]["items"][0]["reason"]["code"], "TRENDING");
        // A session that its client keeps needs no tracking.
        let ask = "query($ids: [ID!]!) { recommendationsForSession(productIds: $ids, first: 2) {
            items { product { name } reason { code } } } }";
        let session = shop.guest().data(ask, json!({ "ids": [copper.id, kettle.id] })).await;
        let session = &session["recommendationsForSession"];
        let mut offered = names(session);
        offered.sort_unstable();
        assert_eq!(offered, ["Leather boot", "Running shoe"]);
        assert_eq!(session["items"][0]["reason"]["code"], "BECAUSE_VIEWED");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_tells_which_list_it_came_from_and_who_logs_in_sees_it_all() {
    each_database(async |database| {
        let (shop, _, [kettle, copper, ..]) = small_shop(Options::on(database)).await;
        let list = list_when(&shop.guest(), &kettle, "recommendations", |list| names(list).len() == 3).await;
        let place = names(&list).iter().position(|name| *name == "Copper kettle").unwrap() + 1;
        let (id, list_id) = (Uuid::new_v4(), &list["listId"]);
        let click = json!({ "id": id, "kind": "CLICK", "productId": copper.id, "listId": list_id });
        let foreign = json!({ "id": Uuid::new_v4(), "kind": "CLICK", "productId": kettle.id, "listId": list_id });
        let wrong = json!({ "id": "7", "kind": "VIEW", "productId": kettle.id });
        let events = json!({ "input": { "events": [wrong, foreign, click, view(&kettle)] } });
        let told = shop.guest().data(RECORD, events.clone()).await["eventsRecord"].clone();
        assert_eq!(
            (&told["recordedCount"], &told["isTracked"]),
            (&json!(2), &json!(true)),
            "{told}"
        );
        let paths: Vec<String> = told["userErrors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["path"].to_string())
            .collect();
        assert_eq!(
            paths,
            [r#"["input","events","0","id"]"#, r#"["input","events","1","listId"]"#]
        );
        let ada = shop.guest().with_visitor(told["visitorToken"].as_str().unwrap());
        let again = ada.data(RECORD, events).await["eventsRecord"].clone();
        assert_eq!(
            (&again["recordedCount"], &again["repeatedCount"]),
            (&json!(0), &json!(2))
        );
        shop.another_customer("ada@example.com").await;
        let ada = ada.log_in("ada@example.com", PASSWORD).await;
        let everything = "{ viewerEvents(first: 2) { pageInfo { hasNextPage endCursor }
            nodes { kind productId product { name } dwellMs foundIn { kind position } } } }";
        let known = ada.data(everything, Value::Null).await["viewerEvents"].clone();
        assert_eq!(known["nodes"][0]["kind"], "LOG_IN");
        assert_eq!(
            known["nodes"][1],
            json!({ "kind": "VIEW", "productId": kettle.id, "product": { "name": "Steel kettle" },
            "dwellMs": 8_000, "foundIn": null })
        );
        let next = "query($after: String!) { viewerEvents(after: $after) { pageInfo { hasNextPage hasPreviousPage }
            nodes { kind foundIn { kind position } } } }";
        let rest = ada.data(next, json!({ "after": known["pageInfo"]["endCursor"] })).await["viewerEvents"].clone();
        assert_eq!(
            rest["nodes"],
            json!([{ "kind": "CLICK", "foundIn": { "kind": "SIMILAR", "position": place } }])
        );
        assert_eq!(
            rest["pageInfo"],
            json!({ "hasNextPage": false, "hasPreviousPage": true })
        );
        let logged_in = ada.with_visitor("");
        eventually("the user has the visitor's history", PATIENCE, async || {
            let viewed = recently_viewed(&logged_in).await;
            if viewed == ["Steel kettle", "Copper kettle"] {
                Ok(())
            } else {
                Err(viewed)
            }
        })
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_want_to_be_followed_is_not_and_leaves_nothing_behind() {
    each_database(async |database| {
        let (shop, _, [kettle, copper, ..]) = small_shop(Options::on(database)).await;
        for (name, value) in [("dnt", "1"), ("sec-gpc", "1"), ("user-agent", "Examplebot/2.1 (+https://bot.example)")] {
            let body = json!({ "query": RECORD, "variables": { "input": { "events": [view(&kettle)] } } });
            let answer = shop.guest().post("/graphql").header(name, value).json(&body).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            let payload = &answer["data"]["eventsRecord"];
            assert_eq!(payload, &json!({ "recordedCount": 0, "repeatedCount": 0, "isTracked": false,
                "visitorToken": null, "userErrors": [] }));
        }
        let ada = shop.customer().await;
        looks(&ada, &[&kettle]).await;
        viewer_list_when(&ada, "it is known what she looked at", |list| {
            list["items"][0]["reason"]["code"] == "BECAUSE_VIEWED"
        })
        .await;
        let refuse = "mutation($no: Boolean!) { trackingUpdate(input: {doNotTrack: $no}) { viewer { doNotTrack } userErrors { code } } }";
        let refused = ada.change(refuse, json!({ "no": true })).await;
        assert_eq!(refused["viewer"]["doNotTrack"], true);
        assert_eq!(record(&ada, vec![view(&copper)]).await["isTracked"], false);
        viewer_list_when(&ada, "nothing of it is used", |list| {
            list["items"][0]["reason"]["code"] != "BECAUSE_VIEWED"
        })
        .await;
        assert_eq!(recently_viewed(&ada).await, [] as [String; 0]);
        ada.change(refuse, json!({ "no": false })).await;
        looks(&ada, &[&copper]).await;
        eventually("she is followed again", PATIENCE, async || {
            let viewed = recently_viewed(&ada).await;
            if viewed == ["Copper kettle"] { Ok(()) } else { Err(viewed) }
        })
        .await;
        let erased = ada.change("mutation { eventsErase { erasedCount userErrors { code } } }", Value::Null).await;
        assert_eq!(erased["erasedCount"], 3);
        eventually("all of it is forgotten", PATIENCE, async || {
            let viewed = recently_viewed(&ada).await;
            if viewed.is_empty() { Ok(()) } else { Err(viewed) }
        })
        .await;
        let left = ada.data("{ viewerEvents { nodes { kind } } }", Value::Null).await;
        assert_eq!(left["viewerEvents"]["nodes"], json!([]));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bought_together_is_known_from_orders() {
    each_database(async |database| {
        let (shop, _, [kettle, copper, shoe, _]) = small_shop(Options::on(database)).await;
        let visitor = looks(&shop.guest(), &[&copper]).await;
        let buyer = Shopper::enter(visitor.clone()).await;
        buyer.add(&kettle.variant, 1).await;
        let order = buyer.order(&shoe.variant, 1).await;
        buyer.pay(&order).await;
        let list = list_when(&shop.guest(), &kettle, "alsoBought", |list| names(list) == ["Running shoe"]).await;
        assert_eq!(list["items"][0]["reason"]["message"], "Bought together with Steel kettle");
        assert!(list["items"][0]["scoreParts"]["bought"].as_f64() > Some(0.0));
        // Whose order it was is known by the visitor id, so what was bought is not offered again.
        let all = viewer_list_when(&visitor, "only the boot is left", |list| names(list) == ["Leather boot"]).await;
        assert_eq!(all["items"][0]["reason"]["code"], "BECAUSE_BOUGHT", "{all}");
        let with_all = visitor
            .data(
                "{ recommendationsForViewer(exclude: {purchased: false, seen: false, inCart: false}) { items { product { name } } } }",
                Value::Null,
            )
            .await;
        assert_eq!(names(&with_all["recommendationsForViewer"]).len(), 4);
        let other = Shopper::enter(shop.guest()).await;
        other.add(&kettle.variant, 1).await;
        let cart = "{ cart { recommendations(first: 2) { items { product { name } reason { code } } } } }";
        let cart = other.client.data(cart, Value::Null).await["cart"]["recommendations"].clone();
        assert_eq!((names(&cart), &cart["items"][0]["reason"]["code"]), (vec!["Running shoe"], &json!("BOUGHT_TOGETHER")));
        let mine = other.client.data(FOR_VIEWER, Value::Null).await["recommendationsForViewer"].clone();
        assert!(!names(&mine).contains(&"Steel kettle"), "it is in the cart");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_from_the_log_or_from_a_snapshot_knows_the_same_to_the_last_byte() {
    each_database(async |database| {
        let (shop, _, [kettle, copper, shoe, boot]) = small_shop(Options::on(database)).await;
        let ada = looks(&shop.guest(), &[&kettle, &shoe, &copper]).await;
        for _ in 0..5 {
            let other = looks(&shop.guest(), &[&shoe, &boot]).await;
            looks(&other, &[&kettle, &shoe]).await;
        }
        let customer = shop.customer().await;
        looks(&ada, &[&boot]).await;
        let buyer = Shopper::enter(customer).await;
        buyer.add(&kettle.variant, 1).await;
        let order = buyer.order(&shoe.variant, 2).await;
        buyer.pay(&order).await;
        shop.settled().await;
        let learned = shop.app.engine.behaviour();
        assert!(learned.acts() >= 25, "{} acts", learned.acts());
        let bytes = learned.to_bytes().unwrap();
        let (snapshots, models) = (
            shop.config().data_dir.0.join("index"),
            reco_actors::embed::fake::FakeFactory::new,
        );
        let shop = shop.restart(Some(Arc::new(models()))).await;
        assert!(snapshots.is_dir(), "there is a snapshot");
        assert!(
            shop.app.engine.behaviour().to_bytes().unwrap() == bytes,
            "from the snapshot"
        );
        let place = shop.stop().await;
        fs::remove_dir_all(&snapshots).unwrap();
        let shop = TestShop::start_at(place, Options::on(database)).await;
        assert!(shop.app.engine.behaviour().to_bytes().unwrap() == bytes, "from the log");
        // And it goes on from there.
        looks(&shop.guest(), &[&copper, &boot]).await;
        list_when(&shop.guest(), &copper, "alsoViewed", |list| {
            names(list).contains(&"Leather boot")
        })
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_is_told_every_process_knows() {
    let (shop, _, [kettle, _, shoe, _]) = small_shop(Options::on(DatabaseKind::Postgres)).await;
    let other = process(shop.config(), Role::Api).await;
    looks(&shop.guest(), &[&kettle, &shoe]).await;
    eventually("both know the same", PATIENCE, async || {
        let (one, two) = (shop.app.engine.behaviour(), other.engine.behaviour());
        if one == two && one.acts() == 2 {
            Ok(())
        } else {
            Err((one.acts(), two.acts()))
        }
    })
    .await;
    other.shut_down(GRACE).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_pushed_when_what_one_does_makes_it_another_one() {
    each_database(async |database| {
        let (shop, staff, [kettle, copper, shoe, boot]) = small_shop(Options::on(database)).await;
        let ada = shop.customer().await;
        let mut live = Socket::open(&ada).await;
        let query =
            "subscription { recommendationsForViewerUpdated(first: 4) { listId items { product { id name } } } }";
        live.subscribe(query, Value::Null).await;
        let list = |message: &Value| message["payload"]["data"]["recommendationsForViewerUpdated"].clone();
        let first = live.next().await;
        assert_eq!(names(&list(&first)).len(), 4, "{first}");
        looks(&ada, &[&kettle]).await;
        let second = live
            .until(|message| names(&list(message)).first() == Some(&"Copper kettle"))
            .await;
        assert!(
            !names(&list(&second)).contains(&"Steel kettle"),
            "what was seen is left out: {second}"
        );
        // What others do is not told; what sells out is.
        looks(&shop.guest(), &[&shoe, &boot]).await;
        staff.set_stock(&copper.variant, 0).await;
        live.until(|message| !names(&list(message)).contains(&"Copper kettle"))
            .await;
        // Whoever is logged out is told so with the next piece of news.
        ada.change("mutation { logOut { isLoggedOut userErrors { code } } }", Value::Null)
            .await;
        staff.set_stock(&boot.variant, 0).await;
        let over = live
            .until(|message| !message["payload"]["errors"].is_null() || message["type"] == "error")
            .await;
        assert!(over.to_string().contains("UNAUTHENTICATED"), "{over}");
        shop.stop().await;
    })
    .await;
}
