//! Stories that need the catalogue index: lists, their filters and pages, and who lists them.

use crate::{
    browser::{drive, is_clean},
    live::{small_shop, until},
    statements::{statements, still_shop},
};
use serde_json::{Value, json};
use support::{Client, DatabaseKind, NewProduct, Options, PATIENCE, each_database, eventually, names};

async fn listed(client: &Client, arguments: &str, what: &str, expected: &[&str]) {
    let query = format!("{{ products{arguments} {{ nodes {{ name }} }} }}");
    eventually(what, PATIENCE, async || {
        let data = client.data(&query, Value::Null).await;
        let seen = names(&data["products"]["nodes"]);
        if seen == expected {
            Ok(())
        } else {
            Err(data.to_string())
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_seen_in_lists() {
    each_database(async |database| {
        let (shop, staff, [kettle, other, shoe, boot]) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        let by_name = "(sort: [{field: NAME}])";
        listed(
            &guest,
            by_name,
            "all four",
            &["Copper kettle", "Leather boot", "Running shoe", "Steel kettle"],
        )
        .await;
        listed(
            &guest,
            "(query: \"kettle\", sort: [{field: NAME}])",
            "kettles",
            &["Copper kettle", "Steel kettle"],
        )
        .await;
        staff.update(&shoe.id, json!({ "name": "Zebra kettle" })).await;
        let kettles = ["Copper kettle", "Steel kettle", "Zebra kettle"];
        listed(
            &guest,
            "(query: \"kettle\", sort: [{field: NAME}])",
            "the renamed one",
            &kettles,
        )
        .await;
        staff.set_price(&kettle.variant, "99.00").await;
        listed(
            &guest,
            "(where: {price: {min: \"50\"}})",
            "the dear one",
            &["Steel kettle"],
        )
        .await;
        staff.set_stock(&other.variant, 0).await;
        listed(
            &guest,
            "(where: {inStock: false})",
            "the sold-out one",
            &["Copper kettle"],
        )
        .await;
        staff.by_id("productUnpublish", &boot.id).await;
        staff.by_id("productDelete", &shoe.id).await;
        listed(&guest, by_name, "what is left", &["Copper kettle", "Steel kettle"]).await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_filter_inside_recommendations_and_follow_changes() {
    each_database(async |database| {
        let (shop, staff, [kettle, other, shoe, _]) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        staff.set_price(&other.variant, "80.00").await;
        let cheap = "(first: 2, where: {price: {max: \"50\"}})";
        let list = until(
            &guest,
            &kettle.id,
            cheap,
            "the dear kettle leaves the cheap ones",
            |list| !list.names().contains(&"Copper kettle"),
        )
        .await;
        assert_eq!(list.names().len(), 2, "filtered inside the search: {list:?}");
        let dear = "(where: {price: {min: \"50\"}})";
        assert_eq!(guest.recommended(&kettle.id, dear).await.names(), ["Copper kettle"]);
        staff.set_price(&shoe.variant, "60.00").await;
        until(&guest, &kettle.id, dear, "the shoe got dear", |list| {
            list.names() == ["Copper kettle", "Running shoe"]
        })
        .await;
        staff.set_price(&other.variant, "10.00").await;
        until(&guest, &kettle.id, dear, "the kettle got cheap", |list| {
            list.names() == ["Running shoe"]
        })
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_product_once_forwards_and_backwards() {
    each_database(async |database| {
        let (shop, _) = still_shop(Options::on(database)).await;
        let guest = shop.guest();
        let query = "query($first: Int, $after: String, $last: Int, $before: String) { products(first: $first, after: $after, last: $last, before: $before, sort: [{field: NAME}]) { nodes { name } totalCount pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }";
        let mut forwards = Vec::new();
        let mut variables = json!({ "first": 7 });
        let last = loop {
            let page = guest.data(query, variables).await["products"].clone();
            assert_eq!(page["totalCount"], 24);
            forwards.extend(names(&page["nodes"]).into_iter().map(str::to_owned));
            if page["pageInfo"]["hasNextPage"] == false {
                break page;
            }
            variables = json!({ "first": 7, "after": page["pageInfo"]["endCursor"] });
        };
        assert_eq!(forwards.len(), 24);
        assert!(forwards.is_sorted_by_key(|name| name.to_lowercase()), "{forwards:?}");
        let mut backwards: Vec<String> = names(&last["nodes"]).into_iter().map(str::to_owned).collect();
        let mut before = last["pageInfo"]["startCursor"].clone();
        loop {
            let page = guest.data(query, json!({ "last": 7, "before": before })).await["products"].clone();
            let nodes = names(&page["nodes"]).into_iter().map(str::to_owned).collect();
            backwards = [nodes, backwards].concat();
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
            before = page["pageInfo"]["startCursor"].clone();
        }
        assert_eq!(backwards, forwards);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_count_what_is_listed_and_leave_their_own_selection_out() {
    each_database(async |database| {
        let (shop, staff, [kettle, other, ..]) = small_shop(Options::on(database)).await;
        let brand = async |name: &str| {
            let create = format!("mutation {{ brandCreate(input: {{name: \"{name}\"}}) {{ brand {{ id }} userErrors {{ code }} }} }}");
            staff.change(&create, Value::Null).await["brand"]["id"].clone()
        };
        let (lumen, acme) = (brand("Lumen").await, brand("Acme").await);
        staff.update(&kettle.id, json!({ "brandId": lumen })).await;
        staff.update(&other.id, json!({ "brandId": acme })).await;
        let query = format!("{{ products(where: {{brands: [{lumen}]}}) {{ totalCount facets {{ key values {{ value count isSelected }} }} }} brands {{ name productCount }} }}");
        eventually("both brands are counted", PATIENCE, async || {
            let data = shop.guest().data(&query, Value::Null).await;
            let facets = data["products"]["facets"].as_array().unwrap();
            let brands = facets.iter().find(|facet| facet["key"] == "brand").map(|facet| facet["values"].clone());
            let mut values = brands.and_then(|values| values.as_array().cloned()).unwrap_or_default();
            values.sort_by_key(|value| value["isSelected"].as_bool());
            let expected = [
                json!({ "value": acme, "count": 1, "isSelected": false }),
                json!({ "value": lumen, "count": 1, "isSelected": true }),
            ];
            let counted = data["brands"] == json!([{ "name": "Acme", "productCount": 1 }, { "name": "Lumen", "productCount": 1 }]);
            if data["products"]["totalCount"] == 1 && values == expected && counted { Ok(()) } else { Err(data) }
        })
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_models_lists_work() {
    each_database(async |database| {
        let shop = support::TestShop::start(Options::on(database).models(None)).await;
        let staff = shop.staff().await;
        staff.create(NewProduct::named("Steel kettle")).await;
        listed(&shop.guest(), "", "the one product", &["Steel kettle"]).await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_costs_few_statements_cold_and_none_warm() {
    each_database(async |database| {
        let (shop, _) = still_shop(Options::on(database)).await;
        let guest = shop.guest();
        let list = "{ products(first: 20) { nodes { id name slug price { min { amount currencyCode } } image { url alt } brand { name } rating } pageInfo { endCursor } totalCount } }";
        let (cold, data) = statements(&shop, &guest, list, Value::Null).await;
        assert_eq!(data["products"]["nodes"].as_array().unwrap().len(), 20);
        assert!((1..=4).contains(&cold), "{cold} statements");
        let (warm, again) = statements(&shop, &guest, list, Value::Null).await;
        assert_eq!((warm, again), (0, data));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_welcome_page_lists_products_and_shows_what_goes_with_the_chosen_one() {
    let (shop, ..) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let guest = shop.guest();
    let steps = [
        "document.querySelectorAll('#products .card').length === 4 && document.querySelector('#products').innerText",
        "[...document.querySelectorAll('#products .card')].find((card) => card.innerText.includes('Steel kettle')).click() ?? true",
        "document.querySelectorAll('#rows ul').length === 3 && document.querySelector('#rows').innerText",
        "document.querySelector('#chosen').textContent",
        "[...document.images].filter((image) => image.complete && image.naturalWidth > 0).length >= 4",
    ];
    let Some(seen) = drive(&guest, "/", &steps).await else {
        return;
    };
    is_clean(&guest, &seen);
    let result = |at: usize| seen["results"][at].as_str().unwrap_or_default();
    assert!(
        result(0).contains("Leather boot") && result(2).contains("Copper kettle"),
        "{seen}"
    );
    assert_eq!(result(3), "Steel kettle", "{seen}");
    shop.stop().await;
}
