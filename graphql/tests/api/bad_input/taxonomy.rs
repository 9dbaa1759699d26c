//! Categories and brands among inputs that will not do.

use super::{
    catalogue,
    row::{Row, but, in_use, invalid, long, missing, no, required, sent, taken, too_long},
};
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = categories();
    for (create, update, id, prefix, other) in [
        ("categoryCreate", "categoryUpdate", "$corner", "cat", "room"),
        ("brandCreate", "brandUpdate", "$maker", "brand", "other"),
    ] {
        rows.extend(created(create, other));
        rows.extend(updated(update, id, other));
        rows.push(sent("staff", update).unknown(prefix));
    }
    rows.extend([
        sent("staff", "brandDelete").unknown("brand"),
        sent("staff", "brandDelete").told(json!({ "id": "$maker" }), [in_use("id")]),
    ]);
    rows
}

fn everything() -> Value {
    json!({ "name": "", "slug": "Not A Slug", "description": long(20_001) })
}

fn created(mutation: &'static str, other: &str) -> Vec<Row> {
    let create = sent("staff", mutation);
    let named = |members: Value| but(json!({ "name": "Name" }), members);
    let wrong = [required("name"), invalid("slug"), too_long("description")];
    vec![
        create.told(everything(), wrong),
        create.told(named(json!({ "name": long(201) })), [too_long("name")]),
        create.told(named(json!({ "name": "a\nb" })), [invalid("name")]),
        create.told(named(json!({ "slug": other })), [taken("slug")]),
        // Its slug would be made from its name.
        create.told(named(json!({ "name": other })), [taken("slug")]),
    ]
}

fn updated(mutation: &'static str, id: &str, other: &str) -> Vec<Row> {
    let update = sent("staff", mutation);
    let of = |members: Value| but(json!({ "id": id }), members);
    let wrong = [required("name"), invalid("slug"), too_long("description")];
    vec![
        update.told(of(everything()), wrong),
        update.told(of(json!({ "name": long(201) })), [too_long("name")]),
        update.told(of(json!({ "slug": "" })), [invalid("slug")]),
        update.told(of(json!({ "slug": other })), [taken("slug")]),
    ]
}

fn categories() -> Vec<Row> {
    let update = sent("staff", "categoryUpdate");
    let below = |id: &str, parent: &str| json!({ "id": id, "parentId": parent });
    let new = json!({ "name": "Shelf", "parentId": no("cat") });
    let delete = sent("staff", "categoryDelete");
    vec![
        sent("staff", "categoryCreate").told(new, [missing("parentId")]),
        update.told(below("$room", &no("cat")), [missing("parentId")]),
        update.told(below("$room", "$room"), [invalid("parentId")]),
        update.told(below("$room", "$corner"), [invalid("parentId")]),
        delete.unknown("cat"),
        // One holds a category, the other a product.
        delete.told(json!({ "id": "$room" }), [in_use("id")]),
        delete.told(json!({ "id": "$corner" }), [in_use("id")]),
    ]
}

#[tokio::test]
async fn a_bad_category_or_brand_is_told_what_is_wrong_with_it() {
    catalogue::stage().await.play(rows()).await;
}
