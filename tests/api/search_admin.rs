//! Search as staff steer and watch it: synonyms, rules, weights, figures. What they change is what
//! the next search is answered by.

use crate::live::small_shop;
use serde_json::{Value, json};
use support::{Client, DatabaseKind, Options, PATIENCE, Product, Shopper, TestShop, each_database, eventually, names};

const SEARCH: &str = "query($query: String!, $sort: [ProductSort!], $first: Int) {
    search(query: $query, sort: $sort, first: $first, mode: WORDS) {
        searchId totalCount edges { score scoreParts { words rules } node { id name } } nodes { name }
        priceHistogram { lowest { amount } highest { amount } bars { from { amount } to { amount } count } } } }";
const RULE: &str = "mutation($input: SearchRuleCreateInput!) { searchRuleCreate(input: $input) {
    rule { id name queries matching action productIds strength startsAt endsAt isActive } userErrors { code path message } } }";
const SYNONYM: &str = "mutation($input: SearchSynonymCreateInput!) { searchSynonymCreate(input: $input) {
    synonym { id source terms } userErrors { code path } } }";
const ANALYTICS: &str = "query($list: SearchQueryList!) { searchAnalytics {
    totals { searches queries withoutResults clicks clickRate meanClickPosition orders conversionRate }
    queries(list: $list) { totalCount nodes { query searches withoutResults clicks meanClickPosition orders
        conversionRate revenue { amount } } } } }";

async fn search(client: &Client, query: &str) -> Value {
    client.data(SEARCH, json!({ "query": query })).await["search"].clone()
}

/// Waits until a search finds these, in this order.
async fn finds(client: &Client, query: &str, expected: &[&str]) {
    eventually(&format!("{query:?} finds {expected:?}"), PATIENCE, async || {
        let found = search(client, query).await;
        match names(&found["nodes"]) == expected {
            true => Ok(()),
            false => Err(found.to_string()),
        }
    })
    .await;
}

async fn pin(admin: &Client, query: &str, products: &[&Product]) -> Value {
    let ids: Vec<&str> = products.iter().map(|product| product.id.as_str()).collect();
    let input = json!({ "name": "first", "queries": [query], "action": "PIN", "productIds": ids });
    admin.change(RULE, json!({ "input": input })).await["rule"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synonym_works_at_once_and_until_it_is_deleted() {
    each_database(async |database| {
        let (shop, _, _) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let guest = shop.guest();
        assert_eq!(search(&guest, "boiler").await["totalCount"], 0);
        let input = json!({ "terms": ["Boiler", "steel  kettle"] });
        let made = admin.change(SYNONYM, json!({ "input": input })).await;
        assert_eq!(made["synonym"]["terms"], json!(["boiler", "steel kettle"]), "{made}");
        finds(&guest, "boiler", &["Steel kettle"]).await;
        let update = "mutation($input: SearchSynonymUpdateInput!) { searchSynonymUpdate(input: $input) {
            synonym { source terms } userErrors { code } } }";
        let id = &made["synonym"]["id"];
        let input = json!({ "id": id, "source": "boiler", "terms": ["boot"] });
        admin.change(update, json!({ "input": input })).await;
        finds(&guest, "boiler", &["Leather boot"]).await;
        let delete = "mutation($input: SearchSynonymIdInput!) { searchSynonymDelete(input: $input) { deletedId userErrors { code } } }";
        admin.change(delete, json!({ "input": { "id": id } })).await;
        finds(&guest, "boiler", &[]).await;
        assert_eq!(admin.data("{ searchSynonyms { id } }", Value::Null).await["searchSynonyms"], json!([]));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_pin_bury_and_hide_at_once_and_within_their_time() {
    each_database(async |database| {
        let (shop, _, [steel, copper, shoe, _]) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let guest = shop.guest();
        let before: Vec<String> = names(&search(&guest, "kettle").await["nodes"]).into_iter().map(str::to_owned).collect();
        let rule = pin(&admin, "Kettle", &[&shoe, &copper]).await;
        assert_eq!((&rule["queries"], &rule["matching"]), (&json!(["kettle"]), &json!("EXACT")), "{rule}");
        finds(&guest, "kettle", &["Running shoe", "Copper kettle", "Steel kettle"]).await;
        let found = search(&guest, "kettle").await;
        for edge in found["edges"].as_array().unwrap() {
            let parts = ["words", "rules"].map(|part| edge["scoreParts"][part].as_f64().unwrap());
            assert!((edge["score"].as_f64().unwrap() - parts.iter().sum::<f64>()).abs() < 1e-3, "{edge}");
        }
        let update = "mutation($input: SearchRuleUpdateInput!) { searchRuleUpdate(input: $input) {
            rule { id endsAt action } userErrors { code path } } }";
        let over = json!({ "id": rule["id"], "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2020-02-01T00:00:00Z" });
        admin.change(update, json!({ "input": over })).await;
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        finds(&guest, "kettle", &before).await;
        let hide = json!({ "name": "gone", "queries": ["steel kettle", "kettle"], "matching": "CONTAINS",
            "action": "HIDE", "productIds": [steel.id] });
        let hidden = admin.change(RULE, json!({ "input": hide })).await;
        finds(&guest, "kettle", &["Copper kettle"]).await;
        let delete = "mutation($input: SearchRuleIdInput!) { searchRuleDelete(input: $input) { deletedId userErrors { code } } }";
        admin.change(delete, json!({ "input": { "id": hidden["rule"]["id"] } })).await;
        let bury = json!({ "name": "down", "action": "BURY", "productIds": [steel.id], "strength": 3 });
        admin.change(RULE, json!({ "input": bury })).await;
        finds(&guest, "kettle", &["Copper kettle", "Steel kettle"]).await;
        let buried = search(&guest, "kettle").await;
        assert_eq!(buried["edges"][1]["scoreParts"]["rules"], -3.0, "{buried}");
        let rules = admin.data("{ searchRules { name action } }", Value::Null).await;
        assert_eq!(rules["searchRules"].as_array().unwrap().len(), 2);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_outlive_a_restart_and_reach_every_process() {
    let (shop, _, [.., boot]) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let admin = shop.admin().await;
    pin(&admin, "kettle", &[&boot]).await;
    finds(
        &shop.guest(),
        "kettle",
        &["Leather boot", "Steel kettle", "Copper kettle"],
    )
    .await;
    let shop = shop.restart(None).await;
    let found = search(&shop.guest(), "kettle").await;
    assert_eq!(names(&found["nodes"])[0], "Leather boot", "{found}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_are_set_and_given_back() {
    let (shop, _, _) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let admin = shop.admin().await;
    let guest = shop.guest();
    let set = "mutation($input: SearchFusionSetInput!) { searchFusionSet(input: $input) {
        fusion { words coverage meaning isDefault } userErrors { code path } } }";
    let doubled = admin
        .change(set, json!({ "input": { "words": 2, "coverage": 0 } }))
        .await;
    assert_eq!(
        doubled["fusion"],
        json!({ "words": 2.0, "coverage": 0.0, "meaning": 1.0, "isDefault": false })
    );
    eventually("a whole match is worth more", PATIENCE, async || {
        let found = search(&guest, "steel kettle").await;
        let score = found["edges"][0]["score"].as_f64().unwrap_or_default();
        (score > 1.0).then_some(()).ok_or(score)
    })
    .await;
    let back = json!({ "input": { "words": null, "coverage": null } });
    assert_eq!(admin.change(set, back).await["fusion"]["isDefault"], true);
    let query = "{ searchFusion { words isDefault } }";
    assert_eq!(admin.data(query, Value::Null).await["searchFusion"]["isDefault"], true);
    shop.stop().await;
}

/// The figures, once they say that so much was searched.
async fn figures(admin: &Client, list: &str, searches: u64) -> Value {
    let look = async || admin.data(ANALYTICS, json!({ "list": list })).await["searchAnalytics"].clone();
    eventually(&format!("{searches} searches are counted"), PATIENCE, async || {
        let seen = look().await;
        (seen["totals"]["searches"] == searches)
            .then_some(())
            .ok_or(seen.to_string())
    })
    .await;
    look().await
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_clicks_and_what_was_bought_are_told_by_query() {
    each_database(async |database| {
        let (shop, _, [steel, ..]) = small_shop(Options::on(database)).await;
        let admin = shop.admin().await;
        let guest = shop.guest();
        for query in ["Kettle", " kettle ", "xyzzy"] {
            search(&guest, query).await;
        }
        let found = guest.data(SEARCH, json!({ "query": "kettle", "first": 1 })).await["search"].clone();
        let click = "mutation($input: SearchClickInput!) { searchClick(input: $input) { isCounted userErrors { code path } } }";
        for position in [1, 4] {
            let input = json!({ "searchId": found["searchId"], "productId": steel.id, "position": position });
            assert_eq!(guest.data(click, json!({ "input": input })).await["searchClick"]["isCounted"], true);
        }
        let forged = json!({ "input": { "searchId": "a2V0dGxl", "productId": steel.id, "position": 1 } });
        let refused = guest.data(click, forged).await["searchClick"].clone();
        assert_eq!(refused["isCounted"], false, "{refused}");
        assert_eq!(refused["userErrors"][0]["code"], "INVALID", "{refused}");

        let shopper = Shopper::enter(guest.clone()).await;
        let add = "mutation($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { cart { quote } userErrors { code } } }";
        let lines = json!([{ "variantId": steel.variant, "quantity": 2 }]);
        let input = json!({ "lines": lines, "searchId": found["searchId"] });
        let cart = shopper.client.change(add, json!({ "input": input })).await;
        let placed = shopper.place(cart["cart"]["quote"].as_str().unwrap(), "one").await;
        assert_eq!(placed["userErrors"], json!([]), "{placed}");

        let seen = figures(&admin, "MOST_SEARCHED", 4).await;
        let totals = &seen["totals"];
        assert_eq!((&totals["queries"], &totals["withoutResults"]), (&json!(2), &json!(1)), "{seen}");
        assert_eq!((&totals["clicks"], &totals["meanClickPosition"]), (&json!(2), &json!(2.5)), "{seen}");
        assert_eq!((&totals["orders"], &totals["conversionRate"]), (&json!(1), &json!(0.25)), "{seen}");
        let kettle = &seen["queries"]["nodes"][0];
        assert_eq!((&kettle["query"], &kettle["searches"]), (&json!("kettle"), &json!(3)), "{seen}");
        assert_eq!(kettle["orders"], 1);
        assert!(kettle["revenue"]["amount"].as_str().unwrap().parse::<f64>().unwrap() > 0.0, "{seen}");
        let empty = figures(&admin, "WITHOUT_RESULTS", 4).await;
        assert_eq!(empty["queries"]["nodes"][0]["query"], "xyzzy", "{empty}");
        assert_eq!(empty["queries"]["totalCount"], 1, "{empty}");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_searched_is_suggested_after_a_restart() {
    let (shop, _, _) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let admin = shop.admin().await;
    let guest = shop.guest();
    for _ in 0..6 {
        search(&guest, "kettle for tea").await;
        search(&guest, "xyzzy").await;
    }
    figures(&admin, "MOST_SEARCHED", 12).await;
    let shop: TestShop = shop.restart(None).await;
    let suggest = "query($prefix: String!) { suggest(prefix: $prefix) { queries } }";
    let said = shop.guest().data(suggest, json!({ "prefix": "ket" })).await["suggest"].clone();
    assert_eq!(said["queries"], json!(["kettle for tea", "kettle"]), "{said}");
    let nothing = shop.guest().data(suggest, json!({ "prefix": "xyz" })).await["suggest"].clone();
    assert_eq!(nothing["queries"], json!([]), "what finds nothing is not suggested");
    shop.stop().await;
}
