//! Variants and stock among inputs that will not do.

use super::{
    catalogue,
    row::{
        Row, bad_keys, but, in_use, invalid, long, missing, no, out_of_range, required, sent, short, taken, told,
        too_long,
    },
    stage::USED_KEY,
};
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Row> {
    [create(), update(), delete(), stock(), adjust()]
        .into_iter()
        .flatten()
        .collect()
}

fn create() -> Vec<Row> {
    let create = sent("staff", "variantCreate");
    let new = |members: Value| but(json!({ "productId": "$chair", "sku": "NEW" }), members);
    let everything = json!({ "sku": "", "title": long(201), "price": "-1", "compareAtPrice": "-1", "stock": -1,
        "options": [{ "name": "", "value": "M" }] });
    let wrong = [
        required("sku"),
        out_of_range("price"),
        out_of_range("compareAtPrice"),
        out_of_range("stock"),
        too_long("title"),
        required("options.0.name"),
    ];
    vec![
        create.told(new(everything), wrong),
        create.told(new(json!({ "productId": no("prod") })), [missing("productId")]),
        create.told(new(json!({ "sku": "SET-A" })), [taken("sku")]),
        create.told(new(json!({ "sku": "A B" })), [invalid("sku")]),
        create.told(new(json!({ "productId": "$many" })), [too_long("productId")]),
        create.told(
            new(json!({ "price": "1.005", "compareAtPrice": "1.005" })),
            [invalid("price"), invalid("compareAtPrice")],
        ),
    ]
}

fn update() -> Vec<Row> {
    let update = sent("staff", "variantUpdate");
    let seat = |members: Value| but(json!({ "id": "$seat" }), members);
    let size = json!({ "name": "Size", "value": "M" });
    let everything = json!({ "sku": long(65), "title": "a\u{1}", "options": [size, size], "price": "-0.01",
        "compareAtPrice": "-0.01" });
    let wrong = [
        too_long("sku"),
        invalid("title"),
        taken("options.1.name"),
        out_of_range("price"),
        out_of_range("compareAtPrice"),
    ];
    vec![
        update.unknown("var"),
        update.told(seat(everything), wrong),
        update.told(seat(json!({ "sku": " " })), [required("sku")]),
        update.told(seat(json!({ "sku": "SET-A" })), [taken("sku")]),
        update.told(seat(json!({ "options": vec![size; 6] })), [too_long("options")]),
        update.told(
            seat(json!({ "price": "0.001", "compareAtPrice": "92233720368547759" })),
            [invalid("price"), invalid("compareAtPrice")],
        ),
    ]
}

fn delete() -> Vec<Row> {
    let delete = sent("staff", "variantDelete");
    vec![
        delete.unknown("var"),
        delete.told(json!({ "id": "$seat" }), [in_use("id")]),
        delete.told(json!({ "id": "$promised" }), [in_use("id")]),
    ]
}

fn stock() -> Vec<Row> {
    let set = sent("staff", "variantStockSet");
    let of = |id: &str, stock: i32| json!({ "id": id, "stock": stock });
    vec![
        set.told(of(&no("var"), 1), [missing("id")]),
        set.told(of("$seat", -1), [out_of_range("stock")]),
        set.told(of("$seat", 10_000_001), [out_of_range("stock")]),
        set.told(of("$promised", 1), [out_of_range("stock")]),
    ]
}

fn adjust() -> Vec<Row> {
    let adjust = sent("staff", "stockAdjust");
    let with = |members: Value| but(json!({ "variantId": "$seat", "delta": 1, "kind": "ADJUSTED" }), members);
    let promised = json!({ "variantId": "$promised", "delta": -4 });
    let mut rows = bad_keys(adjust, &with(json!({})));
    rows.extend([
        adjust.told(with(json!({ "delta": 0 })), [out_of_range("delta")]),
        adjust.told(with(json!({ "delta": i32::MAX })), [out_of_range("delta")]),
        adjust.told(with(json!({ "delta": i32::MIN })), [out_of_range("delta")]),
        adjust.told(with(json!({ "delta": 10_000_000 })), [out_of_range("delta")]),
        adjust.told(
            with(json!({ "delta": -1, "kind": "RECEIVED" })),
            [out_of_range("delta")],
        ),
        adjust.told(with(json!({ "note": long(501) })), [too_long("note")]),
        adjust.told(
            with(json!({ "delta": 0, "note": "\u{0}" })),
            [out_of_range("delta"), invalid("note")],
        ),
        adjust.told(with(json!({ "variantId": no("var") })), [missing("variantId")]),
        adjust.told(with(json!({ "delta": -6 })), [short("delta", 5)]),
        adjust.told(with(promised), [short("delta", 3)]),
        adjust
            .told(with(json!({})), [told("ConflictError", "CONFLICT", "idempotencyKey")])
            .key(USED_KEY),
    ]);
    rows
}

#[tokio::test]
async fn a_bad_variant_or_stock_is_told_what_is_wrong_with_it() {
    let stage = catalogue::stage().await;
    let received = json!({ "variantId": "$free", "delta": 1, "kind": "RECEIVED" });
    stage.make("staff", "stockAdjust", "variant { id }", received).await;
    stage.play(rows()).await;
}
