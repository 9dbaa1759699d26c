//! What lists say of themselves, and lists that are the same for everybody.

use crate::live::small_shop;
use serde_json::{Value, json};
use support::{Options, PATIENCE, each_database, eventually};
use uuid::Uuid;

const LOOK: &str = "mutation($input: EventsRecordInput!) { eventsRecord(input: $input) {
    recordedCount userErrors { code path } } }";
const EXPLAINED: &str =
    "query($explain: Boolean!) { recommendationsForViewer(first: 2, explain: $explain, maxPerCategory: 1) {
    items { product { name } score scoreParts { text image viewed } causes { adds product { name } } } } }";
const FOR_EVERYBODY: &str = "{
    popular(first: 2) { items { product { name } reason { code } } }
    newArrivals(first: 2) { items { product { name } score reason { code message } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_list_tells_all_that_speaks_for_its_products_when_it_is_asked_to() {
    each_database(async |database| {
        let (shop, _, [kettle, ..]) = small_shop(Options::on(database)).await;
        let ada = shop.customer().await;
        let look = json!({ "id": Uuid::new_v4(), "kind": "VIEW", "productId": kettle.id, "dwellMs": 9_000 });
        let input = json!({ "input": { "events": [look] } });
        assert_eq!(ada.change(LOOK, input).await["recordedCount"], 1);
        let asked = async |explain: bool| {
            let list = ada.data(EXPLAINED, json!({ "explain": explain })).await;
            list["recommendationsForViewer"]["items"].clone()
        };
        let items = eventually("the look shows", PATIENCE, async || {
            let items = asked(true).await;
            match items[0]["product"]["name"] == "Copper kettle" {
                true => Ok(items),
                false => Err(items),
            }
        })
        .await;
        let number = |value: &Value| value.as_f64().unwrap();
        let causes = items[0]["causes"].as_array().unwrap();
        assert_eq!(causes.len(), 1, "{items}");
        assert_eq!(causes[0]["product"]["name"], "Steel kettle");
        let parts = &items[0]["scoreParts"];
        let sum = number(&parts["text"]) + number(&parts["image"]) + number(&parts["viewed"]);
        assert!((sum - number(&causes[0]["adds"])).abs() < 1e-5, "{items}");
        assert_eq!(asked(false).await[0]["causes"], json!([]));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bought_most_and_what_is_new_are_the_same_for_everybody() {
    each_database(async |database| {
        let (shop, ..) = small_shop(Options::on(database)).await;
        let lists = shop.guest().data(FOR_EVERYBODY, Value::Null).await;
        let names = |list: &Value| -> Vec<Value> {
            let items = list["items"].as_array().unwrap();
            items.iter().map(|item| item["product"]["name"].clone()).collect()
        };
        assert_eq!(
            names(&lists["newArrivals"]),
            ["Leather boot", "Running shoe"],
            "{lists}"
        );
        let newest = &lists["newArrivals"]["items"][0];
        assert_eq!(newest["reason"], json!({ "code": "NEW", "message": "New in the shop" }));
        assert!(newest["score"].as_f64() > Some(0.99), "{lists}");
        // Nothing was bought yet: what is new fills it up.
        assert_eq!(names(&lists["popular"]), names(&lists["newArrivals"]));
        shop.stop().await;
    })
    .await;
}
