//! The shop that the tables of the catalogue are played on.

use super::stage::Stage;
use serde_json::{Value, json};

pub(super) async fn stage() -> Stage {
    let mut stage = Stage::open().await;
    let room = json!({ "name": "Room" });
    stage.create("room", "categoryCreate", "category", room).await;
    let corner = json!({ "name": "Corner", "parentId": "$room" });
    stage.create("corner", "categoryCreate", "category", corner).await;
    stage
        .create("maker", "brandCreate", "brand", json!({ "name": "Maker" }))
        .await;
    stage
        .create("other", "brandCreate", "brand", json!({ "name": "Other" }))
        .await;
    let chair = json!({ "name": "Chair", "externalId": "ext-chair", "categoryId": "$corner", "brandId": "$maker",
        "publish": true, "variants": [{ "sku": "CHAIR", "price": "19.90", "stock": 5 }] });
    product(&mut stage, "chair", &["seat"], chair).await;
    let set = json!({ "name": "Set", "publish": true, "variants": [
        { "sku": "SET-A", "price": "5.00", "stock": 5 }, { "sku": "SET-B", "price": "5.00", "stock": 5 }] });
    product(&mut stage, "set", &["promised", "free"], set).await;
    let many: Vec<Value> = (0..100).map(|n| json!({ "sku": format!("MANY-{n}") })).collect();
    product(&mut stage, "many", &[], json!({ "name": "Many", "variants": many })).await;
    stage.order("customer", &[("promised", 2)]).await;
    guide(&mut stage).await;
    stage
}

/// What staff say about search, and a search.
async fn guide(stage: &mut Stage) {
    let synonym = json!({ "terms": ["chair", "seat"] });
    stage.create("synonym", "searchSynonymCreate", "synonym", synonym).await;
    let rule = json!({ "name": "Gone", "action": "HIDE", "productIds": ["$chair"] });
    stage.create("rule", "searchRuleCreate", "rule", rule).await;
    let rule = json!({ "name": "Gone", "action": "BLOCK", "productIds": ["$chair"] });
    stage.create("listRule", "recommendationRuleCreate", "rule", rule).await;
    let arms = json!([{ "name": "As it is" }, { "name": "Varied", "tuning": { "diversity": 0.5 } }]);
    for name in ["draft", "running"] {
        let plan = json!({ "name": name, "placements": ["TRENDING"], "arms": arms });
        stage.create(name, "experimentCreate", "experiment", plan).await;
    }
    let start = "mutation($input: ExperimentIdInput!) { experimentStart(input: $input) { userErrors { message } } }";
    stage
        .ask("admin", start, json!({ "input": { "id": "$running" } }))
        .await;
    let found = stage
        .ask("guest", r#"{ search(query: "chair") { searchId } }"#, json!({}))
        .await;
    stage.call("search", found["searchId"].as_str().unwrap());
}

/// A product and its variants, called so.
pub(super) async fn product(stage: &mut Stage, name: &'static str, variants: &[&'static str], input: Value) {
    let made = stage
        .make("admin", "productCreate", "product { id variants { id } }", input)
        .await;
    stage.call(name, made["product"]["id"].as_str().unwrap());
    for (place, variant) in variants.iter().enumerate() {
        stage.call(variant, made["product"]["variants"][place]["id"].as_str().unwrap());
    }
}
