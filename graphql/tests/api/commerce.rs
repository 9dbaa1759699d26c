//! Coupons, shipping, taxes and figures over the schema.

use crate::support::TestShop;
use serde_json::{Value, json};
use shop::{Role, Viewer};

/// A change that must succeed; gives what is shown of its payload.
async fn changed(shop: &TestShop, viewer: Viewer, field: &str, shown: &str, input: Value) -> Value {
    let kind = format!(
        "{}{}Input",
        field[..1].to_uppercase(),
        field[1..].replace("Delete", "Id")
    );
    let operation = format!(
        "mutation($input: {kind}!) {{ {field}(input: $input) {{ {shown} userErrors {{ __typename code path message }} }} }}"
    );
    let answer = shop.run(viewer, &operation, json!({ "input": input })).await;
    let payload = &answer["data"][field];
    assert_eq!(payload["userErrors"], json!([]), "{answer}");
    payload.clone()
}

fn id_of(payload: &Value, thing: &str) -> String {
    payload[thing]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn coupons_are_issued_listed_changed_and_deleted() {
    let shop = TestShop::open().await;
    let admin = shop.viewer(Role::Admin).await;
    let shown = "coupon { id code kind percent amount { amount } minimum { amount currencyCode } startsAt usageLimit usedCount isActive }";
    let new = json!({ "code": "spring", "kind": "PERCENT", "percent": "12.5", "minimum": "20", "usageLimit": 9,
        "startsAt": "2026-02-01T00:00:00Z" });
    let made = changed(&shop, admin, "couponCreate", shown, new).await;
    let id = id_of(&made, "coupon");
    let expected = json!({ "id": id, "code": "SPRING", "kind": "PERCENT", "percent": "12.50", "amount": null,
        "minimum": { "amount": "20.00", "currencyCode": "USD" }, "startsAt": "2026-02-01T00:00:00.000Z",
        "usageLimit": 9, "usedCount": 0, "isActive": true });
    assert_eq!(made["coupon"], expected);
    let patch = json!({ "id": id, "kind": "FIXED", "amount": "5", "usageLimit": null, "isActive": false });
    let after = changed(&shop, admin, "couponUpdate", shown, patch).await;
    let expected = json!({ "id": id, "code": "SPRING", "kind": "FIXED", "percent": null, "amount": { "amount": "5.00" },
        "minimum": { "amount": "20.00", "currencyCode": "USD" }, "startsAt": "2026-02-01T00:00:00.000Z",
        "usageLimit": null, "usedCount": 0, "isActive": false });
    assert_eq!(after["coupon"], expected);
    let ship = json!({ "code": "SHIP", "kind": "FREE_SHIPPING" });
    changed(&shop, admin, "couponCreate", "coupon { id }", ship).await;
    let list = "{ coupons(first: 1) { totalCount hasNextPage nodes { code } }
        off: coupons(where: {isActive: false}) { nodes { code } } some: coupons(where: {text: \"spr\"}) { totalCount } }";
    let answer = shop.ask(admin, list).await;
    let expected = json!({ "coupons": { "totalCount": 2, "hasNextPage": true, "nodes": [{ "code": "SHIP" }] },
        "off": { "nodes": [{ "code": "SPRING" }] }, "some": { "totalCount": 1 } });
    assert_eq!(answer["data"], expected, "{answer}");
    let gone = changed(&shop, admin, "couponDelete", "deletedId", json!({ "id": id })).await;
    assert_eq!(gone["deletedId"], json!(id));
    let answer = shop.ask(admin, &format!("{{ coupon(id: \"{id}\") {{ code }} }}")).await;
    assert_eq!(answer["data"], json!({ "coupon": null }), "{answer}");
}

#[tokio::test]
async fn zones_rates_and_taxes_are_kept_and_shown() {
    let shop = TestShop::open().await;
    let admin = shop.viewer(Role::Admin).await;
    let zone = json!({ "name": "Islands", "countries": ["gb"] });
    let zone = changed(&shop, admin, "shippingZoneCreate", "zone { id }", zone).await;
    let zone = id_of(&zone, "zone");
    let rate = json!({ "zoneId": zone, "name": "Parcel", "price": "7.00", "freeOver": "50" });
    let rate = changed(&shop, admin, "shippingRateCreate", "rate { id isActive }", rate).await;
    let rate = id_of(&rate, "rate");
    let patch = json!({ "id": rate, "price": "6.5", "minDays": 2, "maxDays": 4, "isActive": false });
    changed(&shop, admin, "shippingRateUpdate", "rate { id }", patch).await;
    let patch = json!({ "id": zone, "countries": ["GB", "IE"], "position": 3 });
    changed(&shop, admin, "shippingZoneUpdate", "zone { id }", patch).await;
    let category = json!({ "name": "Books" });
    let books = changed(&shop, admin, "categoryCreate", "category { id }", category).await;
    let tax = json!({ "country": "gb", "categoryId": id_of(&books, "category"), "percent": "0" });
    changed(&shop, admin, "taxRateSet", "taxRate { id }", tax.clone()).await;
    let tax = changed(&shop, admin, "taxRateSet", "taxRate { id }", tax).await;
    let shown = "{ shippingZones { name countries position rates { name price { amount } freeOver { amount } minDays maxDays isActive } }
        taxRates { country percent category { name } } }";
    let answer = shop.ask(admin, shown).await;
    let expected = json!({
        "shippingZones": [{ "name": "Islands", "countries": ["GB", "IE"], "position": 3, "rates": [{
            "name": "Parcel", "price": { "amount": "6.50" }, "freeOver": { "amount": "50.00" }, "minDays": 2, "maxDays": 4,
            "isActive": false }] }],
        "taxRates": [{ "country": "GB", "percent": "0.00", "category": { "name": "Books" } }],
    });
    assert_eq!(answer["data"], expected, "{answer}");
    for (field, id) in [
        ("taxRateDelete", id_of(&tax, "taxRate")),
        ("shippingRateDelete", rate),
        ("shippingZoneDelete", zone),
    ] {
        let gone = changed(&shop, admin, field, "deletedId", json!({ "id": id })).await;
        assert_eq!(gone["deletedId"], json!(id));
    }
}

#[tokio::test]
async fn a_product_is_archived_and_the_dashboard_shows_what_runs_out() {
    let shop = TestShop::open().await;
    let admin = shop.viewer(Role::Admin).await;
    let lamp = shop.product(admin, "Lamp", "LAMP").await;
    let dashboard = "{ dashboard(from: \"2026-01-01T00:00:00Z\", before: \"2026-01-03T00:00:00Z\") { from
        sales { amount } orders averageOrder { amount } refunds { amount } unitsSold newCustomers
        series { start sales { amount } orders } months: series(by: MONTH) { start }
        topProducts(by: UNITS, first: 5) { name product { id } } lowStock { sku available product { name } }
        openWork { ordersToFulfil ordersAwaitingPayment failedRefunds refundsByHand mismatchedPayments } } }";
    let answer = shop.ask(admin, dashboard).await;
    let none = json!({ "amount": "0.00" });
    let expected = json!({ "from": "2026-01-01T00:00:00.000Z", "sales": none, "orders": 0, "averageOrder": none,
        "refunds": none, "unitsSold": 0, "newCustomers": 0,
        "series": [{ "start": "2026-01-01T00:00:00.000Z", "sales": none, "orders": 0 },
            { "start": "2026-01-02T00:00:00.000Z", "sales": none, "orders": 0 }],
        "months": [{ "start": "2026-01-01T00:00:00.000Z" }], "topProducts": [],
        "lowStock": [{ "sku": "LAMP", "available": 5, "product": { "name": "Lamp" } }],
        "openWork": { "ordersToFulfil": 0, "ordersAwaitingPayment": 0, "failedRefunds": 0, "refundsByHand": 0, "mismatchedPayments": 0 } });
    assert_eq!(answer["data"]["dashboard"], expected, "{answer}");
    let archive = format!(
        "mutation {{ productArchive(input: {{id: \"{lamp}\"}}) {{ product {{ status }} userErrors {{ code }} }} }}"
    );
    let archived = shop.ask(admin, &archive).await;
    let expected = json!({ "product": { "status": "ARCHIVED" }, "userErrors": [] });
    assert_eq!(archived["data"]["productArchive"], expected, "{archived}");
    let answer = shop.ask(admin, dashboard).await;
    assert_eq!(answer["data"]["dashboard"]["lowStock"], json!([]));
    for (arguments, part) in [
        (
            "from: \"2026-01-02T00:00:00Z\", before: \"2026-01-02T00:00:00Z\"",
            "orders",
        ),
        (
            "from: \"2026-01-01T00:00:00Z\", before: \"2027-02-06T00:00:00Z\"",
            "orders",
        ),
        (
            "from: \"2026-01-01T00:00:00Z\", before: \"2026-01-02T00:00:00Z\"",
            "topProducts(first: 51) { name }",
        ),
        (
            "from: \"2026-01-01T00:00:00Z\", before: \"2026-01-02T00:00:00Z\"",
            "lowStock(threshold: -1) { sku }",
        ),
    ] {
        let answer = shop
            .ask(admin, &format!("{{ dashboard({arguments}) {{ {part} }} }}"))
            .await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{part}: {answer}"
        );
    }
}
