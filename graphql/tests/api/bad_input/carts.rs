//! Carts and kept addresses among inputs that will not do.

use super::{
    catalogue::product,
    row::{
        Row, Sent, Told, but, in_use, invalid, long, missing, no, out_of_range, required, sent, short, told, too_long,
        too_many,
    },
    stage::{Stage, address},
};
use serde_json::{Value, json};
use shop::Role;

pub(super) fn rows() -> Vec<Row> {
    [lines_added(), lines_set(), coupons(), details(), addresses()]
        .into_iter()
        .flatten()
        .collect()
}

fn lines(lines: &[(&str, i32)]) -> Value {
    let line = |(id, quantity): &(&str, i32)| json!({ "variantId": id, "quantity": quantity });
    json!({ "lines": lines.iter().map(line).collect::<Vec<_>>() })
}

/// What is the same whether pieces are added or set.
fn any_lines(put: Sent) -> Vec<Row> {
    let nothing = no("var");
    vec![
        put.told(lines(&[]), [required("lines")]),
        put.told(
            lines(&[("$seat", 1), ("$seat", -1), ("$seat", 1_000)]),
            [out_of_range("lines.1.quantity"), out_of_range("lines.2.quantity")],
        ),
        put.told(lines(&[("$seat", 6)]), [short("lines.0.quantity", 5)]),
        put.told(lines(&[("$seat", 1), (&nothing, 1)]), [missing("lines.1.variantId")]),
        // A draft, and one without a price.
        put.told(lines(&[("$hidden", 1)]), [missing("lines.0.variantId")]),
        put.told(lines(&[("$priceless", 1)]), [missing("lines.0.variantId")]),
        put.refused(json!({ "lines": too_many(json!({ "variantId": "$seat", "quantity": 1 })) })),
        put.refused(lines(&[("$chair", 1)])),
        put.refused(json!({ "lines": [{ "variantId": "$seat", "quantity": "one" }] })),
        put.refused(json!({ "lines": [{ "variantId": "$seat", "quantity": 3_000_000_000_u64 }] })),
    ]
}

fn lines_added() -> Vec<Row> {
    let add = sent("customer", "cartLinesAdd");
    let mut rows = any_lines(add);
    rows.extend([
        add.told(lines(&[("$seat", 0)]), [out_of_range("lines.0.quantity")]),
        // One is in already; and what is named twice counts twice.
        add.told(lines(&[("$seat", 5)]), [short("lines.0.quantity", 5)]),
        add.told(lines(&[("$seat", 2), ("$seat", 3)]), [short("lines.0.quantity", 5)]),
        sent("guest", "cartLinesAdd").told(lines(&[("$seat", 6)]), [short("lines.0.quantity", 5)]),
        sent("hoarder", "cartLinesAdd").told(lines(&[("$seat", 1)]), [too_long("lines")]),
    ]);
    rows
}

fn lines_set() -> Vec<Row> {
    let remove = sent("customer", "cartLinesRemove");
    let mut rows = any_lines(sent("customer", "cartLinesSet"));
    rows.extend([
        sent("hoarder", "cartLinesSet").told(lines(&[("$seat", 1)]), [too_long("lines")]),
        // Variants that are not in are no error, so that taking them out may be repeated.
        remove.refused(json!({ "variantIds": too_many(json!("$seat")) })),
        remove.refused(json!({ "variantIds": ["$chair"] })),
    ]);
    rows
}

fn coupons() -> Vec<Row> {
    let apply = |code: &str, expected| {
        let told = told("CouponError", expected, "code");
        sent("customer", "cartCouponApply").told(json!({ "code": code }), [told])
    };
    vec![
        apply("", "COUPON_UNKNOWN"),
        apply("NOPE", "COUPON_UNKNOWN"),
        apply(&long(10_000), "COUPON_UNKNOWN"),
        apply("withdrawn", "COUPON_UNKNOWN"),
        apply("early", "COUPON_EXPIRED"),
        apply("late", "COUPON_EXPIRED"),
        apply("once", "COUPON_EXHAUSTED"),
        // An order used it.
        sent("admin", "couponDelete").told(json!({ "id": "$once" }), [in_use("id")]),
    ]
}

/// An address without what it must have, with too much of what it may have.
fn bad_address() -> Value {
    json!({ "name": "", "company": long(101), "line1": " ", "line2": long(201), "city": "a\nb", "region": long(101),
        "postalCode": long(21), "country": "Wonderland", "phone": long(41) })
}

fn of_bad_address(path: &str) -> Vec<Told> {
    let at = |part: &str| format!("{path}.{part}");
    vec![
        invalid(&at("country")),
        too_long(&at("company")),
        too_long(&at("line2")),
        too_long(&at("region")),
        too_long(&at("phone")),
        too_long(&at("postalCode")),
        required(&at("name")),
        required(&at("line1")),
        invalid(&at("city")),
    ]
}

fn details() -> Vec<Row> {
    let set = sent("customer", "cartDetailsSet");
    let both = json!({ "shippingAddress": bad_address(), "billingAddress": bad_address(), "email": "nobody" });
    let mut told = of_bad_address("shippingAddress");
    told.extend(of_bad_address("billingAddress"));
    told.push(invalid("email"));
    let endless = format!("{}@example.com", long(65));
    vec![
        set.told(both, told),
        set.told(json!({ "email": "" }), [invalid("email")]),
        set.told(json!({ "email": endless }), [invalid("email")]),
        set.told(
            json!({ "email": "a@example.com\r\nBcc: b@example.com" }),
            [invalid("email")],
        ),
        set.told(json!({ "shippingMethodId": no("rate") }), [missing("shippingMethodId")]),
    ]
}

fn addresses() -> Vec<Row> {
    let (create, update) = (sent("customer", "addressCreate"), sent("customer", "addressUpdate"));
    let bad = json!({ "address": bad_address() });
    let stranger = json!({ "id": "$home" });
    vec![
        create.told(bad.clone(), of_bad_address("address")),
        create.told(
            json!({ "address": but(address(), json!({ "name": long(101), "line1": long(201), "city": long(101) })) }),
            [
                too_long("address.name"),
                too_long("address.line1"),
                too_long("address.city"),
            ],
        ),
        sent("hoarder", "addressCreate").told(json!({ "address": address() }), [too_long("address")]),
        update.told(but(bad, json!({ "id": "$home" })), of_bad_address("address")),
        update.unknown("addr"),
        sent("customer", "addressDelete").unknown("addr"),
        sent("hoarder", "addressUpdate").told(stranger.clone(), [missing("id")]),
        sent("hoarder", "addressDelete").told(stranger, [missing("id")]),
    ]
}

/// Their cart and their address book are full.
async fn hoarder(stage: &mut Stage) {
    let hoarder = stage.shop.viewer_called("hoarder", Role::Customer).await;
    stage.enter("hoarder", hoarder);
    let many: Vec<Value> = (0..100)
        .map(|n| json!({ "sku": format!("MANY-{n}"), "price": "1.00", "stock": 1 }))
        .collect();
    let many = json!({ "name": "Many", "publish": true, "variants": many });
    let many = stage
        .make("admin", "productCreate", "product { variants { id } }", many)
        .await;
    let variants = many["product"]["variants"].as_array().unwrap();
    let each = |variant: &Value| json!({ "variantId": variant["id"], "quantity": 1 });
    let lines: Vec<Value> = variants.iter().map(each).collect();
    stage
        .make("hoarder", "cartLinesAdd", "cart { id }", json!({ "lines": lines }))
        .await;
    for _ in 0..50 {
        stage
            .make(
                "hoarder",
                "addressCreate",
                "address { id }",
                json!({ "address": address() }),
            )
            .await;
    }
}

/// A coupon for each reason not to take one; the last is the one that is called by a name.
async fn coupons_of(stage: &mut Stage) {
    for coupon in [
        json!({ "code": "WITHDRAWN", "isActive": false }),
        json!({ "code": "EARLY", "startsAt": "2999-01-01T00:00:00Z" }),
        json!({ "code": "LATE", "endsAt": "2020-01-01T00:00:00Z" }),
        json!({ "code": "ONCE", "usageLimit": 1 }),
    ] {
        let input = but(json!({ "kind": "FREE_SHIPPING" }), coupon);
        stage.create("once", "couponCreate", "coupon", input).await;
    }
    stage
        .make("staff", "cartLinesAdd", "cart { id }", lines(&[("$other", 1)]))
        .await;
    stage
        .make("staff", "cartCouponApply", "cart { id }", json!({ "code": "ONCE" }))
        .await;
    stage.order("staff", &[("other", 1)]).await;
}

async fn stage() -> Stage {
    let mut stage = Stage::open().await;
    for (name, variant, input) in [
        (
            "chair",
            "seat",
            json!({ "publish": true, "variants": [{ "sku": "CHAIR", "price": "19.90", "stock": 5 }] }),
        ),
        (
            "lamp",
            "other",
            json!({ "publish": true, "variants": [{ "sku": "LAMP", "price": "9.90", "stock": 5 }] }),
        ),
        (
            "draft",
            "hidden",
            json!({ "variants": [{ "sku": "DRAFT", "price": "9.90", "stock": 5 }] }),
        ),
        (
            "gift",
            "priceless",
            json!({ "publish": true, "variants": [{ "sku": "GIFT", "stock": 5 }] }),
        ),
    ] {
        product(&mut stage, name, &[variant], but(json!({ "name": name }), input)).await;
    }
    stage
        .make("customer", "cartLinesAdd", "cart { id }", lines(&[("$seat", 1)]))
        .await;
    let home = json!({ "address": address() });
    let home = stage.make("customer", "addressCreate", "address { id }", home).await;
    stage.call("home", home["address"]["id"].as_str().unwrap());
    coupons_of(&mut stage).await;
    hoarder(&mut stage).await;
    stage
}

#[tokio::test]
async fn a_bad_cart_or_address_is_told_what_is_wrong_with_it_and_stays_as_it_was() {
    let stage = stage().await;
    let cart = async || {
        stage
            .ask(
                "customer",
                "{ cart { quote totalQuantity coupon { code } } }",
                Value::Null,
            )
            .await
    };
    let before = cart().await;
    stage.play(rows()).await;
    assert_eq!(cart().await, before);
    assert_eq!(before["totalQuantity"], 1);
}
