//! Rules for lists of recommendations: drafted, tried, published, and at work with the next list.

use crate::live::small_shop;
use serde_json::{Value, json};
use support::{Client, Options, PATIENCE, Product, each_database, eventually};

const CREATE: &str = "mutation($input: RecommendationRuleCreateInput!) { recommendationRuleCreate(input: $input) {
    rule { id action isPublished } userErrors { code path message } } }";
const UPDATE: &str = "mutation($input: RecommendationRuleUpdateInput!) { recommendationRuleUpdate(input: $input) {
    rule { id isPublished } userErrors { code path message } } }";
const PREVIEW: &str = "query($input: RecommendationRulesPreviewInput!) { recommendationRulesPreview(input: $input) {
    preview { before { product { name } } after { product { name } score scoreParts { rule } reason { code } } }
    userErrors { code path } } }";
const LIST: &str = "query($id: ID!) { product(by: {id: $id}) { recommendations(first: 5) { items {
    product { id name } score scoreParts { text image popularity newness rule } reason { code message } } } } }";

fn names(items: &Value) -> Vec<&str> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| item["product"]["name"].as_str().unwrap()).collect()
}

async fn similar(client: &Client, product: &Product) -> Value {
    client.data(LIST, json!({ "id": product.id })).await["product"]["recommendations"]["items"].clone()
}

/// The list of a product, once it is as wished.
async fn similar_when(client: &Client, product: &Product, what: &str, holds: impl Fn(&[&str]) -> bool) -> Value {
    eventually(what, PATIENCE, async || {
        let list = similar(client, product).await;
        if holds(&names(&list)) { Ok(list) } else { Err(list) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_tried_before_it_is_published_and_works_at_once_then() {
    each_database(async |database| {
        let (shop, _, [kettle, copper, _, boot]) = small_shop(Options::on(database)).await;
        let (admin, guest) = (shop.admin().await, shop.guest());
        let usual = similar_when(&guest, &kettle, "a list", |names| names.len() == 3).await;
        let usual: Vec<&str> = names(&usual);
        assert_eq!(usual[0], "Copper kettle");
        let ask = "{ trending { items { product { name } } } }";
        let trends = guest.data(ask, Value::Null).await["trending"].clone();
        let draft =
            json!({ "name": "Boots first", "action": "PIN", "productIds": [boot.id], "placements": ["SIMILAR"] });
        let made = admin.change(CREATE, json!({ "input": draft })).await["rule"].clone();
        assert_eq!(made["isPublished"], false);
        let tried = json!({ "placement": "SIMILAR", "productIds": [kettle.id], "withRuleIds": [made["id"]],
            "withRule": { "name": "No copper", "action": "BLOCK", "productIds": [copper.id] } });
        let preview =
            admin.data(PREVIEW, json!({ "input": tried })).await["recommendationRulesPreview"]["preview"].clone();
        assert_eq!(names(&preview["before"]), usual, "a draft changes nothing");
        assert_eq!(names(&preview["after"]), ["Leather boot", "Running shoe"]);
        assert_eq!(preview["after"][0]["score"], preview["after"][1]["score"], "{preview}");
        let wrong = json!({ "placement": "TRENDING", "withRule": { "name": "", "action": "BLOCK" } });
        let told = admin.data(PREVIEW, json!({ "input": wrong })).await["recommendationRulesPreview"].clone();
        assert_eq!(
            (&told["preview"], told["userErrors"].as_array().unwrap().len()),
            (&Value::Null, 2)
        );

        let publish = json!({ "id": made["id"], "isPublished": true });
        admin.change(UPDATE, json!({ "input": publish })).await;
        let list = similar_when(&guest, &kettle, "the boot comes first", |names| {
            names == ["Leather boot", "Copper kettle", "Running shoe"]
        })
        .await;
        for item in list.as_array().unwrap() {
            let parts = item["scoreParts"].as_object().unwrap().values();
            let sum: f64 = parts.filter_map(Value::as_f64).sum();
            assert!((sum - item["score"].as_f64().unwrap()).abs() < 1e-5, "{item}");
        }
        // Another list is left alone.
        let trending = guest.data(ask, Value::Null).await;
        assert_eq!(names(&trending["trending"]["items"]), names(&trends["items"]));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_for_some_people_some_pages_and_some_time() {
    each_database(async |database| {
        let (shop, _, [kettle, copper, ..]) = small_shop(Options::on(database)).await;
        let (admin, guest) = (shop.admin().await, shop.guest());
        similar_when(&guest, &kettle, "a list", |names| names.len() == 3).await;
        let block = |more: Value| {
            let mut rule = json!({ "name": "No copper", "action": "BLOCK", "productIds": [copper.id], "isPublished": true });
            rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "input": rule })
        };
        admin.change(CREATE, block(json!({ "audiences": ["CUSTOMERS"] }))).await;
        similar_when(&admin, &kettle, "who is logged in sees no copper", |names| names.len() == 2).await;
        assert_eq!(names(&similar(&guest, &kettle).await).len(), 3, "guests do");
        admin
            .change(CREATE, block(json!({ "endsAt": "2020-01-01T00:00:00Z", "startsAt": "2019-01-01T00:00:00Z" })))
            .await;
        let category = admin
            .change(
                "mutation { categoryCreate(input: {name: \"Tea\"}) { category { id } userErrors { code } } }",
                Value::Null,
            )
            .await["category"]["id"]
            .clone();
        let within = block(json!({ "withinCategoryIds": [category] }));
        let made = admin.change(CREATE, within).await["rule"].clone();
        let listed = admin.data("{ recommendationRules { id withinCategoryIds } }", Value::Null).await;
        assert_eq!(listed["recommendationRules"].as_array().unwrap().len(), 3);
        assert_eq!(names(&similar(&guest, &kettle).await).len(), 3, "the kettle is no tea");
        // On pages about tea it holds.
        let into = "mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { product { id } userErrors { code path } } }";
        admin.change(into, json!({ "input": { "id": kettle.id, "categoryId": category } })).await;
        similar_when(&guest, &kettle, "no copper on pages about tea", |names| names.len() == 2).await;
        let delete = "mutation($input: RecommendationRuleIdInput!) { recommendationRuleDelete(input: $input) {
            deletedId userErrors { code } } }";
        admin.change(delete, json!({ "input": { "id": made["id"] } })).await;
        similar_when(&guest, &kettle, "copper again", |names| names.len() == 3).await;
        shop.stop().await;
    })
    .await;
}
