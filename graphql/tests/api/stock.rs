//! Stock by difference, and its ledger.

use crate::support::TestShop;
use serde_json::json;
use shop::Role;

const ADJUST: &str =
    "mutation($input: StockAdjustInput!, $key: String!) { stockAdjust(input: $input, idempotencyKey: $key) {
    stockOnHand stockReserved variant { sku isAvailable } product { isAvailable }
    userErrors { __typename code path } } }";

/// A variant's id by its product.
async fn variant(shop: &TestShop, product: &str) -> String {
    let query = format!("{{ product(by: {{id: \"{product}\"}}) {{ variants {{ id }} }} }}");
    let answer = shop.ask(shop::Viewer::Guest, &query).await;
    answer["data"]["product"]["variants"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn staff_move_pieces_once_a_key_and_read_the_ledger() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let chair = shop.product(staff, "Chair", "CHAIR").await;
    let id = variant(&shop, &chair).await;
    let adjust = async |delta: i32, key: &str| {
        let input = json!({ "variantId": id, "delta": delta, "kind": "RECEIVED", "note": "From the kiln." });
        shop.run(staff, ADJUST, json!({ "input": input, "key": key })).await
    };
    for _ in 0..2 {
        let answer = adjust(3, "one").await;
        let expected = json!({ "stockOnHand": 8, "stockReserved": 0, "variant": { "sku": "CHAIR", "isAvailable": true },
            "product": { "isAvailable": true }, "userErrors": [] });
        assert_eq!(answer["data"]["stockAdjust"], expected, "{answer}");
    }
    let again = adjust(4, "one").await;
    let conflict = &again["data"]["stockAdjust"]["userErrors"][0];
    assert_eq!(
        (&conflict["__typename"], &conflict["code"]),
        (&json!("ConflictError"), &json!("CONFLICT"))
    );

    let set = format!("mutation {{ variantStockSet(input: {{id: \"{id}\", stock: 2}}) {{ userErrors {{ code }} }} }}");
    shop.ask(staff, &set).await;
    for by in [
        format!("{{variantId: \"{id}\"}}"),
        format!("{{productId: \"{chair}\"}}"),
    ] {
        let query = format!(
            "{{ stockMovements(by: {by}, first: 2) {{ totalCount hasNextPage nodes {{ kind onHandDelta reservedDelta note actorId variantId orderId }} }} }}"
        );
        let ledger = shop.ask(staff, &query).await["data"]["stockMovements"].clone();
        assert_eq!(
            (&ledger["totalCount"], &ledger["hasNextPage"]),
            (&json!(3), &json!(true)),
            "{ledger}"
        );
        let actor = staff.user().unwrap().id.to_string();
        let row = |kind: &str, delta: i32, note: &str| {
            json!({ "kind": kind, "onHandDelta": delta, "reservedDelta": 0, "note": note, "actorId": actor,
                "variantId": id, "orderId": null })
        };
        let expected = json!([row("ADJUSTED", -6, ""), row("RECEIVED", 3, "From the kiln.")]);
        assert_eq!(ledger["nodes"], expected);
    }
}
