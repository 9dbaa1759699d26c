//! Coupons, shipping and taxes among inputs that will not do.

use super::{
    row::{Row, but, invalid, long, missing, no, out_of_range, required, sent, taken, too_long},
    stage::Stage,
};
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = [new_coupons(), coupons(), zones(), new_rates(), rates(), taxes()]
        .into_iter()
        .flatten()
        .collect();
    for (mutation, prefix) in [
        ("couponUpdate", "coup"),
        ("couponDelete", "coup"),
        ("shippingZoneUpdate", "zone"),
        ("shippingZoneDelete", "zone"),
        ("shippingRateUpdate", "rate"),
        ("shippingRateDelete", "rate"),
        ("taxRateDelete", "tax"),
    ] {
        rows.push(sent("admin", mutation).unknown(prefix));
    }
    rows
}

fn new_coupons() -> Vec<Row> {
    let create = sent("admin", "couponCreate");
    let percent = |members: Value| but(json!({ "code": "FINE", "kind": "PERCENT", "percent": "10" }), members);
    let everything = json!({ "code": "a b", "kind": "PERCENT", "amount": "1", "minimum": "-1", "usageLimit": 0,
        "customerLimit": 0, "startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z" });
    let wrong = [
        invalid("code"),
        required("percent"),
        invalid("amount"),
        out_of_range("minimum"),
        out_of_range("endsAt"),
        out_of_range("usageLimit"),
        out_of_range("customerLimit"),
    ];
    vec![
        create.told(everything, wrong),
        create.told(percent(json!({ "code": "spring" })), [taken("code")]),
        create.told(percent(json!({ "code": " " })), [required("code")]),
        create.told(percent(json!({ "code": "AB" })), [invalid("code")]),
        create.told(percent(json!({ "code": long(41) })), [too_long("code")]),
        create.told(
            percent(json!({ "percent": "10.005", "minimum": "0.001" })),
            [invalid("percent"), invalid("minimum")],
        ),
        create.told(percent(json!({ "percent": "0" })), [out_of_range("percent")]),
        create.told(percent(json!({ "percent": "100.01" })), [out_of_range("percent")]),
        create.told(json!({ "code": "FINE", "kind": "FIXED" }), [required("amount")]),
        create.told(
            json!({ "code": "FINE", "kind": "FIXED", "amount": "0" }),
            [out_of_range("amount")],
        ),
        create.told(
            json!({ "code": "FINE", "kind": "FREE_SHIPPING", "percent": "1", "amount": "1" }),
            [invalid("percent"), invalid("amount")],
        ),
        create.refused(percent(json!({ "endsAt": "tomorrow" }))),
    ]
}

fn coupons() -> Vec<Row> {
    let update = sent("admin", "couponUpdate");
    let spring = |members: Value| but(json!({ "id": "$spring" }), members);
    vec![
        update.told(
            spring(json!({ "kind": "FIXED", "percent": "5", "amount": "0.00", "code": "" })),
            [required("code"), invalid("percent"), out_of_range("amount")],
        ),
        update.told(spring(json!({ "percent": null })), [required("percent")]),
        update.told(spring(json!({ "code": "autumn" })), [taken("code")]),
        update.told(
            spring(json!({ "endsAt": "2026-01-01T00:00:00Z" })),
            [out_of_range("endsAt")],
        ),
    ]
}

fn zones() -> Vec<Row> {
    let (create, update) = (sent("admin", "shippingZoneCreate"), sent("admin", "shippingZoneUpdate"));
    vec![
        create.told(
            json!({ "name": "", "countries": ["DE", "XX", "GB"] }),
            [required("name"), invalid("countries.1"), taken("countries.2")],
        ),
        create.told(
            json!({ "name": "Twice", "countries": ["DE", "de"] }),
            [taken("countries.1")],
        ),
        create.told(
            json!({ "name": "All", "countries": vec!["DE"; 251] }),
            [too_long("countries")],
        ),
        update.told(
            json!({ "id": "$others", "name": long(101), "countries": ["GB"] }),
            [too_long("name"), taken("countries.0")],
        ),
        update.told(json!({ "id": "$others", "name": "a\u{7}" }), [invalid("name")]),
    ]
}

fn new_rates() -> Vec<Row> {
    let create = sent("admin", "shippingRateCreate");
    let slow = |members: Value| but(json!({ "zoneId": "$islands", "name": "Slow", "price": "1" }), members);
    let everything = json!({ "zoneId": no("zone"), "name": "", "price": "-1", "freeOver": "1.005", "minDays": 3,
        "maxDays": 2 });
    let wrong = [
        required("name"),
        out_of_range("price"),
        invalid("freeOver"),
        out_of_range("maxDays"),
        missing("zoneId"),
    ];
    vec![
        create.told(everything, wrong),
        create.told(
            slow(json!({ "minDays": 366 })),
            [out_of_range("minDays"), required("maxDays")],
        ),
        create.told(slow(json!({ "minDays": -1, "maxDays": 1 })), [out_of_range("minDays")]),
        create.told(slow(json!({ "name": long(101) })), [too_long("name")]),
    ]
}

fn rates() -> Vec<Row> {
    let update = sent("admin", "shippingRateUpdate");
    let parcel = |members: Value| but(json!({ "id": "$parcel" }), members);
    vec![
        update.told(
            parcel(json!({ "price": "99999999999", "minDays": null })),
            [out_of_range("price"), required("minDays")],
        ),
        update.told(
            parcel(json!({ "name": " ", "price": "0.001", "freeOver": "-1" })),
            [required("name"), invalid("price"), out_of_range("freeOver")],
        ),
        update.told(parcel(json!({ "maxDays": 0 })), [out_of_range("maxDays")]),
    ]
}

fn taxes() -> Vec<Row> {
    let set = sent("admin", "taxRateSet");
    vec![
        set.told(
            json!({ "country": "Germany", "categoryId": no("cat"), "percent": "100.01" }),
            [invalid("country"), out_of_range("percent"), missing("categoryId")],
        ),
        set.told(json!({ "percent": "19.125" }), [invalid("percent")]),
        set.told(json!({ "percent": "-1" }), [out_of_range("percent")]),
        set.told(json!({ "country": "", "percent": "1" }), [invalid("country")]),
        set.refused(json!({ "percent": "many" })),
    ]
}

#[tokio::test]
async fn bad_terms_are_told_what_is_wrong_with_them() {
    let mut stage = Stage::open().await;
    let islands = json!({ "name": "Islands", "countries": ["GB", "IE"] });
    stage.create("islands", "shippingZoneCreate", "zone", islands).await;
    let others = json!({ "name": "Others", "countries": [] });
    stage.create("others", "shippingZoneCreate", "zone", others).await;
    let parcel = json!({ "zoneId": "$islands", "name": "Parcel", "price": "7.00", "minDays": 1, "maxDays": 3 });
    stage.create("parcel", "shippingRateCreate", "rate", parcel).await;
    let spring = json!({ "code": "SPRING", "kind": "PERCENT", "percent": "12.5", "startsAt": "2026-02-01T00:00:00Z" });
    stage.create("spring", "couponCreate", "coupon", spring).await;
    let autumn = json!({ "code": "AUTUMN", "kind": "FREE_SHIPPING" });
    stage.create("autumn", "couponCreate", "coupon", autumn).await;
    stage.play(rows()).await;
}
