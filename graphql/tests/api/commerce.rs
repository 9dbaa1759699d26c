//! Coupons, shipping, taxes and figures over the schema.

use crate::support::TestShop;
use serde_json::{Value, json};
use shop::{Role, Viewer};

/// A mutation, the type of its input, what its payload shows, an input that will not do, and
/// the errors: type, code, path below `input`.
type Refusal = (
    &'static str,
    &'static str,
    Value,
    Vec<(&'static str, &'static str, String)>,
);

const NO: &str = "00000000000000000000000000000001";

async fn change(shop: &TestShop, viewer: Viewer, field: &str, shown: &str, input: Value) -> Value {
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
    assert!(payload.is_object(), "{answer}");
    payload.clone()
}

/// As [`change`], and it must succeed.
async fn changed(shop: &TestShop, viewer: Viewer, field: &str, shown: &str, input: Value) -> Value {
    let payload = change(shop, viewer, field, shown, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload
}

fn refusals(zone: &str, other_zone: &str, rate: &str, coupon: &str) -> Vec<Refusal> {
    let one = |kind, code, path: &str| vec![(kind, code, path.to_owned())];
    let nothing = || one("NotFoundError", "NOT_FOUND", "id");
    let input = |code, path: &str| ("InputError", code, path.to_owned());
    let nowhere = |prefix: &str| json!({ "id": format!("{prefix}_{NO}") });
    vec![
        (
            "couponCreate",
            "coupon { id }",
            json!({ "code": "a b", "kind": "PERCENT", "amount": "1", "minimum": "-1", "usageLimit": 0, "customerLimit": 0,
                "startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z" }),
            vec![
                input("INVALID", "code"),
                input("REQUIRED", "percent"),
                input("INVALID", "amount"),
                input("OUT_OF_RANGE", "minimum"),
                input("OUT_OF_RANGE", "endsAt"),
                input("OUT_OF_RANGE", "usageLimit"),
                input("OUT_OF_RANGE", "customerLimit"),
            ],
        ),
        (
            "couponCreate",
            "coupon { id }",
            json!({ "code": "spring", "kind": "PERCENT", "percent": "10" }),
            one("ConflictError", "TAKEN", "code"),
        ),
        (
            "couponCreate",
            "coupon { id }",
            json!({ "code": "FINE", "kind": "PERCENT", "percent": "10.005", "minimum": "0.001" }),
            vec![input("INVALID", "percent"), input("INVALID", "minimum")],
        ),
        (
            "couponUpdate",
            "coupon { id }",
            json!({ "id": coupon, "kind": "FIXED", "percent": "5", "amount": "0.00", "code": "" }),
            vec![
                input("REQUIRED", "code"),
                input("INVALID", "percent"),
                input("OUT_OF_RANGE", "amount"),
            ],
        ),
        ("couponUpdate", "coupon { id }", nowhere("coup"), nothing()),
        ("couponDelete", "deletedId", nowhere("coup"), nothing()),
        (
            "shippingZoneCreate",
            "zone { id }",
            json!({ "name": "", "countries": ["DE", "XX", "GB"] }),
            vec![
                input("REQUIRED", "name"),
                input("INVALID", "countries.1"),
                ("ConflictError", "TAKEN", "countries.2".to_owned()),
            ],
        ),
        (
            "shippingZoneUpdate",
            "zone { id }",
            json!({ "id": other_zone, "name": "x".repeat(101), "countries": ["GB"] }),
            vec![
                input("TOO_LONG", "name"),
                ("ConflictError", "TAKEN", "countries.0".to_owned()),
            ],
        ),
        ("shippingZoneUpdate", "zone { id }", nowhere("zone"), nothing()),
        ("shippingZoneDelete", "deletedId", nowhere("zone"), nothing()),
        (
            "shippingRateCreate",
            "rate { id }",
            json!({ "zoneId": format!("zone_{NO}"), "name": "", "price": "-1", "freeOver": "1.005", "minDays": 3, "maxDays": 2 }),
            vec![
                input("REQUIRED", "name"),
                input("OUT_OF_RANGE", "price"),
                input("INVALID", "freeOver"),
                input("OUT_OF_RANGE", "maxDays"),
                ("NotFoundError", "NOT_FOUND", "zoneId".to_owned()),
            ],
        ),
        (
            "shippingRateCreate",
            "rate { id }",
            json!({ "zoneId": zone, "name": "Slow", "price": "1", "minDays": 366 }),
            vec![input("OUT_OF_RANGE", "minDays"), input("REQUIRED", "maxDays")],
        ),
        (
            "shippingRateUpdate",
            "rate { id }",
            json!({ "id": rate, "price": "99999999999", "minDays": null }),
            vec![input("OUT_OF_RANGE", "price"), input("REQUIRED", "minDays")],
        ),
        ("shippingRateUpdate", "rate { id }", nowhere("rate"), nothing()),
        ("shippingRateDelete", "deletedId", nowhere("rate"), nothing()),
        (
            "taxRateSet",
            "taxRate { id }",
            json!({ "country": "Germany", "categoryId": format!("cat_{NO}"), "percent": "100.01" }),
            vec![
                input("INVALID", "country"),
                input("OUT_OF_RANGE", "percent"),
                ("NotFoundError", "NOT_FOUND", "categoryId".to_owned()),
            ],
        ),
        (
            "taxRateSet",
            "taxRate { id }",
            json!({ "percent": "19.125" }),
            one("InputError", "INVALID", "percent"),
        ),
        ("taxRateDelete", "deletedId", nowhere("tax"), nothing()),
    ]
}

fn id_of(payload: &Value, thing: &str) -> String {
    payload[thing]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn bad_input_of_every_mutation_comes_as_typed_user_errors_with_their_places() {
    let shop = TestShop::open().await;
    let admin = shop.viewer(Role::Admin).await;
    let zone = async |name: &str, countries: Value| {
        let input = json!({ "name": name, "countries": countries });
        id_of(
            &changed(&shop, admin, "shippingZoneCreate", "zone { id }", input).await,
            "zone",
        )
    };
    let (islands, others) = (
        zone("Islands", json!(["GB", "IE"])).await,
        zone("Others", json!([])).await,
    );
    let rate = json!({ "zoneId": islands, "name": "Parcel", "price": "7.00", "minDays": 1, "maxDays": 3 });
    let rate = changed(&shop, admin, "shippingRateCreate", "rate { id }", rate).await;
    let coupon = json!({ "code": "SPRING", "kind": "PERCENT", "percent": "12.5" });
    let coupon = changed(&shop, admin, "couponCreate", "coupon { id }", coupon).await;
    for (field, shown, input, expected) in refusals(&islands, &others, &id_of(&rate, "rate"), &id_of(&coupon, "coupon"))
    {
        let told = input.to_string();
        let payload = change(&shop, admin, field, shown, input).await;
        let mut errors = payload["userErrors"].clone();
        for error in errors.as_array_mut().unwrap() {
            assert!(!error["message"].as_str().unwrap().is_empty());
            error.as_object_mut().unwrap().remove("message");
        }
        let expected = expected.into_iter().map(|(kind, code, path)| {
            let path: Vec<&str> = std::iter::once("input").chain(path.split('.')).collect();
            json!({ "__typename": kind, "code": code, "path": path })
        });
        assert_eq!(errors, Value::from_iter(expected), "{field} {told}");
        let thing = shown.split(' ').next().unwrap();
        assert_eq!(payload[thing], json!(null), "{field} {told}");
    }
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
    let nowhere = archive.replace(&lamp, &format!("prod_{NO}"));
    let refused = shop.ask(admin, &nowhere).await;
    assert_eq!(refused["data"]["productArchive"]["userErrors"][0]["code"], "NOT_FOUND");
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
