//! Products among inputs that will not do.

use super::{
    catalogue,
    row::{Row, in_use, invalid, long, missing, no, out_of_range, required, sent, taken, too_long, too_many},
};
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Row> {
    [
        create(),
        references(),
        attributes(),
        variants(),
        prices(),
        options(),
        update(),
        by_id(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A new product, but for these members.
fn stool(members: Value) -> Value {
    super::row::but(json!({ "name": "Stool", "variants": [{ "sku": "STOOL" }] }), members)
}

/// A new product of these variants.
fn of(variants: Value) -> Value {
    stool(json!({ "variants": variants }))
}

fn create() -> Vec<Row> {
    let create = sent("staff", "productCreate");
    let everything = json!({ "name": "", "description": long(20_001), "slug": "Not A Slug", "externalId": long(129),
        "variants": [] });
    let told = [
        required("name"),
        too_long("description"),
        invalid("slug"),
        too_long("externalId"),
        required("variants"),
    ];
    vec![
        create.told(everything, told),
        create.told(stool(json!({ "name": long(201) })), [too_long("name")]),
        create.told(stool(json!({ "name": "a\u{1}b" })), [invalid("name")]),
        create.told(stool(json!({ "description": "a\u{0}b" })), [invalid("description")]),
        create.told(stool(json!({ "slug": "" })), [invalid("slug")]),
        create.told(stool(json!({ "slug": long(81) })), [invalid("slug")]),
        create.told(stool(json!({ "externalId": " " })), [required("externalId")]),
    ]
}

fn references() -> Vec<Row> {
    let create = sent("staff", "productCreate");
    let nowhere = json!({ "categoryId": no("cat"), "brandId": no("brand") });
    vec![
        create.told(stool(json!({ "slug": "chair" })), [taken("slug")]),
        create.told(stool(json!({ "externalId": "ext-chair" })), [taken("externalId")]),
        create.told(stool(nowhere), [missing("categoryId"), missing("brandId")]),
    ]
}

fn attributes() -> Vec<Row> {
    let create = sent("staff", "productCreate");
    let with = |attributes: Value| stool(json!({ "attributes": attributes }));
    let fine = json!({ "key": "seats", "label": "Seats", "number": 1 });
    let bad = json!({ "key": "Seats!", "label": "", "text": "" });
    let long_one = json!({ "key": long(65), "label": long(101), "text": long(501) });
    let both = json!({ "key": "seats", "label": "Seats", "number": 1, "isTrue": true });
    let neither = json!({ "key": "seats", "label": "Seats" });
    vec![
        create.told(
            with(json!([fine, bad])),
            [
                invalid("attributes.1.key"),
                required("attributes.1.label"),
                required("attributes.1.text"),
            ],
        ),
        create.told(
            with(json!([long_one])),
            [
                invalid("attributes.0.key"),
                too_long("attributes.0.label"),
                too_long("attributes.0.text"),
            ],
        ),
        create.told(
            with(json!([fine, both, neither])),
            [invalid("attributes.1"), invalid("attributes.2")],
        ),
        create.refused(with(too_many(fine))),
    ]
}

fn variants() -> Vec<Row> {
    let create = sent("staff", "productCreate");
    let bad =
        json!({ "sku": "", "title": long(201), "price": "-0.01", "compareAtPrice": "10000000000.01", "stock": -1 });
    let told = [
        required("variants.1.sku"),
        out_of_range("variants.1.price"),
        out_of_range("variants.1.compareAtPrice"),
        out_of_range("variants.1.stock"),
        too_long("variants.1.title"),
    ];
    vec![
        create.told(of(json!([{ "sku": "A" }, bad])), told),
        create.told(of(json!([{ "sku": "A B" }])), [invalid("variants.0.sku")]),
        create.told(of(json!([{ "sku": long(65) }])), [too_long("variants.0.sku")]),
        create.told(
            of(json!([{ "sku": "A", "stock": 10_000_001 }])),
            [out_of_range("variants.0.stock")],
        ),
        create.told(of(json!([{ "sku": "A" }, { "sku": " A" }])), [taken("variants.1.sku")]),
        create.told(
            of(json!([{ "sku": "A" }, { "sku": "CHAIR" }])),
            [taken("variants.1.sku")],
        ),
        create.refused(of(too_many(json!({ "sku": "A" })))),
        create.refused(of(json!([{ "sku": "A", "price": "1e3" }]))),
        create.refused(of(json!([{ "sku": "A", "price": 0.1 }]))),
    ]
}

fn prices() -> Vec<Row> {
    let create = sent("staff", "productCreate");
    let (fine, finer) = (
        json!({ "sku": "A", "price": "1.50" }),
        json!({ "sku": "B", "price": "1.505" }),
    );
    let endless = json!({ "sku": "C", "compareAtPrice": "9223372036854775807" });
    let told = [invalid("variants.1.price"), invalid("variants.2.compareAtPrice")];
    vec![create.told(of(json!([fine, finer, endless])), told)]
}

fn options() -> Vec<Row> {
    let create = sent("staff", "productCreate");
    let with = |options: Value| of(json!([{ "sku": "A", "options": options }]));
    let size = json!({ "name": "Size", "value": "M" });
    let at = |part: &str| format!("variants.0.options.{part}");
    vec![
        create.told(
            with(json!([{ "name": "", "value": "" }, { "name": long(51), "value": long(101) }])),
            [
                required(&at("0.name")),
                required(&at("0.value")),
                too_long(&at("1.name")),
                too_long(&at("1.value")),
            ],
        ),
        create.told(
            with(json!([size, { "name": "SIZE", "value": "L" }])),
            [taken(&at("1.name"))],
        ),
        create.told(
            with(json!([size, size, size, size, size, size])),
            [too_long("variants.0.options")],
        ),
    ]
}

fn update() -> Vec<Row> {
    let update = sent("staff", "productUpdate");
    let chair = |members: Value| super::row::but(json!({ "id": "$chair" }), members);
    let attribute = json!({ "key": "seats", "label": "Seats", "number": 1 });
    let everything = json!({ "name": " ", "slug": "A", "description": long(20_001), "externalId": "",
        "attributes": [{ "key": "", "label": "L", "isTrue": true }] });
    let told = [
        required("name"),
        invalid("slug"),
        too_long("description"),
        invalid("attributes.0.key"),
        required("externalId"),
    ];
    let nowhere = json!({ "categoryId": no("cat"), "brandId": no("brand") });
    vec![
        update.unknown("prod"),
        update.told(chair(everything), told),
        update.told(chair(json!({ "slug": "set" })), [taken("slug")]),
        update.told(
            json!({ "id": "$set", "externalId": "ext-chair" }),
            [taken("externalId")],
        ),
        update.told(chair(nowhere), [missing("categoryId"), missing("brandId")]),
        update.told(
            chair(json!({ "attributes": [{ "key": "seats", "label": "Seats" }] })),
            [invalid("attributes.0")],
        ),
        update.refused(chair(json!({ "attributes": too_many(attribute) }))),
    ]
}

fn by_id() -> Vec<Row> {
    let mut rows: Vec<Row> = ["productPublish", "productUnpublish", "productArchive", "productDelete"]
        .map(|mutation| sent("staff", mutation).unknown("prod"))
        .into();
    let reindex = sent("staff", "productReindex");
    rows.extend([
        sent("staff", "productDelete").told(json!({ "id": "$set" }), [in_use("id")]),
        reindex.told(json!({ "ids": ["$chair", no("prod")] }), [missing("ids.1")]),
        reindex.refused(json!({ "ids": too_many(json!("$chair")) })),
    ]);
    rows
}

#[tokio::test]
async fn a_bad_product_is_told_what_is_wrong_with_it() {
    catalogue::stage().await.play(rows()).await;
}
