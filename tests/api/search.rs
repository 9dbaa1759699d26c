//! The search box as a shopper uses it.

use crate::live::small_shop;
use serde_json::{Value, json};
use support::{Client, DatabaseKind, NewProduct, Options, PATIENCE, TestShop, each_database, eventually, names};

const SEARCH: &str =
    "query($query: String!, $where: ProductWhere, $first: Int, $after: String, $mode: SearchMode! = HYBRID) {
    search(query: $query, where: $where, first: $first, after: $after, mode: $mode) {
        totalCount didYouMean relaxed isByMeaning generation
        pageInfo { hasNextPage endCursor }
        facets { key values { value count isSelected } }
        edges { score scoreParts { identifier words meaning } node { name } }
        nodes { name }
    } }";

async fn search(client: &Client, query: &str, more: Value) -> Value {
    let mut variables = json!({ "query": query });
    for (name, value) in more.as_object().into_iter().flatten() {
        variables[name] = value.clone();
    }
    client.data(SEARCH, variables).await["search"].clone()
}

/// Waits until a search finds these, in this order.
async fn finds(client: &Client, query: &str, expected: &[&str]) -> Value {
    eventually(&format!("{query:?} finds {expected:?}"), PATIENCE, async || {
        let found = search(client, query, Value::Null).await;
        match names(&found["nodes"]) == expected {
            true => Ok(()),
            false => Err(found.to_string()),
        }
    })
    .await;
    search(client, query, Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_word_a_misspelled_one_and_a_sku_find_their_product() {
    each_database(async |database| {
        let (shop, staff, _) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        let kettles = ["Steel kettle", "Copper kettle"];
        staff.create(NewProduct::named("Gas stove")).await;
        shop.settled().await;
        for text in ["kettle", "kett", "KETTLES"] {
            let found = search(&guest, text, json!({ "mode": "WORDS" })).await;
            let mut seen = names(&found["nodes"]);
            seen.sort_unstable();
            assert_eq!(seen, ["Copper kettle", "Steel kettle"], "{text}");
            assert_eq!(found["relaxed"], json!([]));
            assert_eq!(found["didYouMean"], Value::Null);
        }
        let wrong = search(&guest, "coper ketle", Value::Null).await;
        assert_eq!(names(&wrong["nodes"])[0], "Copper kettle");
        assert_eq!(wrong["didYouMean"], "copper kettle");
        assert_eq!(wrong["relaxed"], json!(["SPELLING", "FEWER_WORDS"]));
        let both = search(&guest, "kettle", Value::Null).await;
        assert!(
            kettles.iter().all(|name| names(&both["nodes"]).contains(name)),
            "{both}"
        );
        assert_eq!(both["isByMeaning"], true);
        for edge in both["edges"].as_array().unwrap() {
            let parts = ["identifier", "words", "meaning"].map(|part| edge["scoreParts"][part].as_f64().unwrap());
            let sum: f64 = parts.iter().sum();
            assert!((edge["score"].as_f64().unwrap() - sum).abs() < 2e-6, "{edge}");
        }
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_created_changed_or_withdrawn_is_found_so_at_once() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite)).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    let lamp = staff.create(NewProduct::named("Reading lamp")).await;
    finds(&guest, "reading lamp", &["Reading lamp"]).await;
    staff.update(&lamp.id, json!({ "name": "Desk light" })).await;
    finds(&guest, "desk light", &["Desk light"]).await;
    staff.by_id("productUnpublish", &lamp.id).await;
    finds(&guest, "desk light", &[]).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_filtered_counted_and_paged_like_a_listing() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite)).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    for (number, price) in ["10.00", "20.00", "30.00", "40.00", "50.00"].into_iter().enumerate() {
        let name = format!("Lantern {}", ["amber", "birch", "cedar", "delft", "ebony"][number]);
        staff.create(NewProduct::named(&name).priced(price)).await;
    }
    shop.settled().await;
    let dear = json!({ "where": { "price": { "min": "25" } } });
    let found = search(&guest, "lantern", dear).await;
    assert_eq!(found["totalCount"], 3, "{found}");
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let page = search(&guest, "lantern", json!({ "first": 2, "after": after })).await;
        seen.extend(names(&page["nodes"]).into_iter().map(str::to_owned));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let whole = search(&guest, "lantern", json!({ "first": 100 })).await;
    assert_eq!(seen, names(&whole["nodes"]));
    assert_eq!(whole["totalCount"], 5);
    let foreign = json!({ "query": "lamp", "after": after });
    let errors = guest.run(SEARCH, foreign).await["errors"].clone();
    assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{errors}");
    for blank in ["", "  "] {
        let errors = guest.run(SEARCH, json!({ "query": blank })).await["errors"].clone();
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{errors}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_models_words_are_searched_all_the_same() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    staff.create(NewProduct::named("Reading lamp")).await;
    let found = finds(&guest, "readng lam", &["Reading lamp"]).await;
    assert_eq!(found["isByMeaning"], false);
    assert_eq!(found["didYouMean"], "reading lam");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn meaning_is_looked_at_where_another_engine_holds_the_vectors() {
    let Some(url) = support::pgvector_url() else { return };
    let shop = TestShop::start(crate::vectors::over(&url)).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    for name in ["Steel kettle", "Copper kettle", "Running shoe"] {
        staff.create(NewProduct::named(name)).await;
    }
    shop.settled().await;
    let found = search(&guest, "copper kettle", Value::Null).await;
    assert_eq!(
        names(&found["nodes"])[..2],
        ["Copper kettle", "Steel kettle"],
        "{found}"
    );
    assert_eq!(found["isByMeaning"], true);
    let meant = search(&guest, "copper kettle", json!({ "mode": "MEANING" })).await;
    assert_eq!(names(&meant["nodes"])[0], "Copper kettle", "{meant}");
    assert!(
        meant["edges"][0]["scoreParts"]["meaning"].as_f64().unwrap() > 0.5,
        "{meant}"
    );
    shop.stop().await;
}

const SUGGEST: &str = "query($prefix: String!, $first: Int! = 8) { suggest(prefix: $prefix, first: $first) {
    queries products { name } categories { name } brands { name } } }";

#[tokio::test(flavor = "multi_thread")]
async fn every_keystroke_suggests_words_products_categories_and_brands() {
    each_database(async |database| {
        let (shop, staff, _) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        let create = "mutation($input: CategoryCreateInput!) { categoryCreate(input: $input) { category { id } userErrors { code } } }";
        staff.change(create, json!({ "input": { "name": "Kettles & pots" } })).await;
        let create = "mutation($input: BrandCreateInput!) { brandCreate(input: $input) { brand { id } userErrors { code } } }";
        staff.change(create, json!({ "input": { "name": "Ketteler" } })).await;
        shop.settled().await;
        let suggest = async |prefix: &str| guest.data(SUGGEST, json!({ "prefix": prefix })).await["suggest"].clone();
        for prefix in ["k", "ket", "KETTL", "kettle"] {
            let all = suggest(prefix).await;
            assert_eq!(all["queries"], json!(["kettle"]), "{prefix}: {all}");
            assert_eq!(all["products"].as_array().unwrap().len(), 2, "{prefix}: {all}");
        }
        let all = suggest("kett").await;
        assert_eq!(names(&all["categories"]), ["Kettles & pots"]);
        assert_eq!(names(&all["brands"]), ["Ketteler"]);
        assert_eq!(names(&suggest("pot").await["categories"]), ["Kettles & pots"]);
        let two = suggest("steel ke").await;
        assert_eq!((two["queries"].clone(), names(&two["products"])), (json!(["steel kettle"]), vec!["Steel kettle"]));
        assert_eq!(names(&suggest("ketlte").await["products"]).len(), 2, "misspelled");
        for nothing in ["", "   ", "xyzzy"] {
            let none = json!({ "queries": [], "products": [], "categories": [], "brands": [] });
            assert_eq!(suggest(nothing).await, none, "{nothing:?}");
        }
        let errors = guest.run(SUGGEST, json!({ "prefix": "k", "first": 21 })).await["errors"].clone();
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT");
        shop.stop().await;
    })
    .await;
}
