//! Searches by a picture, clicks, synonyms, rules and weights among inputs that will not do.

use super::{
    catalogue,
    row::{Row, but, invalid, long, missing, no, out_of_range, required, sent, told, too_long, too_many},
};
use serde_json::{Value, json};
use shop::media::MAX_BYTES;

pub(super) fn rows() -> Vec<Row> {
    let search = || sent("guest", "searchByImage");
    let large = told("FileTooLargeError", "FILE_TOO_LARGE", "file").saying("maxBytes", MAX_BYTES);
    let mut rows = vec![
        search()
            .told(json!({}), [told("InputError", "UNSUPPORTED_MEDIA", "file")])
            .file("<svg/>"),
        search()
            .told(json!({}), [told("InputError", "UNSUPPORTED_MEDIA", "file")])
            .file(""),
        search().told(json!({}), [large]).file(vec![0; MAX_BYTES + 1]),
    ];
    rows.extend(["", "photo.jpg", "#__graphql_file__:7"].map(|file| search().refused(json!({ "file": file }))));
    rows.extend([0, 51].map(|first| search().refused(json!({ "first": first })).file("<svg/>")));
    rows.extend([clicks(), synonyms(), rules(), weights()].into_iter().flatten());
    rows
}

fn clicks() -> Vec<Row> {
    let click = sent("guest", "searchClick");
    let input = |members: Value| {
        but(
            json!({ "searchId": "$search", "productId": "$chair", "position": 1 }),
            members,
        )
    };
    vec![
        click.told(input(json!({ "searchId": "bXVn" })), [invalid("searchId")]),
        click.told(input(json!({ "searchId": "" })), [invalid("searchId")]),
        click.told(input(json!({ "position": 0 })), [out_of_range("position")]),
        click.told(input(json!({ "position": 10_101 })), [out_of_range("position")]),
        click.told(input(json!({ "productId": no("prod") })), [missing("productId")]),
    ]
}

fn synonyms() -> Vec<Row> {
    let create = sent("admin", "searchSynonymCreate");
    let update = sent("admin", "searchSynonymUpdate");
    let change = |members: Value| but(json!({ "id": "$synonym" }), members);
    vec![
        create.told(json!({ "terms": [] }), [required("terms")]),
        create.told(json!({ "terms": ["tv", " TV "] }), [required("terms")]),
        create.told(json!({ "terms": ["tv"], "source": "tv" }), [required("terms")]),
        create.told(
            json!({ "terms": ["a", " ", long(101)], "source": " " }),
            [required("terms.1"), too_long("terms.2"), required("source")],
        ),
        create.refused(json!({ "terms": too_many(json!("x")) })),
        update.told(
            change(json!({ "terms": ["only"], "source": null })),
            [required("terms")],
        ),
        update.told(change(json!({ "source": long(101) })), [too_long("source")]),
        update.refused(change(json!({ "terms": too_many(json!("x")) }))),
        update.unknown("syn"),
        sent("admin", "searchSynonymDelete").unknown("syn"),
    ]
}

fn rules() -> Vec<Row> {
    let create = sent("admin", "searchRuleCreate");
    let update = sent("admin", "searchRuleUpdate");
    let hide = |members: Value| {
        but(
            json!({ "name": "A rule", "action": "HIDE", "productIds": ["$chair"] }),
            members,
        )
    };
    let change = |members: Value| but(json!({ "id": "$rule" }), members);
    let everything = json!({ "name": " ", "action": "PIN", "strength": 1, "categoryIds": [no("cat")],
        "brandIds": [no("brand")], "startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z" });
    let wrong = [
        required("name"),
        invalid("strength"),
        required("queries"),
        required("productIds"),
        invalid("categoryIds"),
        invalid("brandIds"),
        out_of_range("endsAt"),
        missing("categoryIds.0"),
        missing("brandIds.0"),
    ];
    let mut rows = vec![
        create.told(everything, wrong),
        create.told(hide(json!({ "productIds": [] })), [required("productIds")]),
        create.told(
            hide(json!({ "productIds": ["$chair", no("prod")] })),
            [missing("productIds.1")],
        ),
        create.told(
            hide(json!({ "queries": [" ", long(201)] })),
            [required("queries.0"), too_long("queries.1")],
        ),
        create.told(
            hide(json!({ "queries": (0..51).map(|at| at.to_string()).collect::<Vec<_>>() })),
            [too_long("queries")],
        ),
        create.told(
            hide(json!({ "action": "BOOST", "strength": 0 })),
            [out_of_range("strength")],
        ),
        create.told(
            hide(json!({ "action": "BURY", "strength": 10.5 })),
            [out_of_range("strength")],
        ),
        create.told(hide(json!({ "name": long(101) })), [too_long("name")]),
        update.told(change(json!({ "action": "PIN", "queries": [] })), [required("queries")]),
        update.told(change(json!({ "productIds": [no("prod")] })), [missing("productIds.0")]),
        update.told(
            change(json!({ "categoryIds": [no("cat")] })),
            [missing("categoryIds.0")],
        ),
        update.told(change(json!({ "brandIds": [no("brand")] })), [missing("brandIds.0")]),
        update.told(change(json!({ "strength": 2 })), [invalid("strength")]),
        update.unknown("rule"),
        sent("admin", "searchRuleDelete").unknown("rule"),
    ];
    for (list, element) in [
        ("queries", json!("x")),
        ("productIds", json!(no("prod"))),
        ("categoryIds", json!(no("cat"))),
        ("brandIds", json!(no("brand"))),
    ] {
        rows.push(create.refused(hide(json!({ list: too_many(element.clone()) }))));
        rows.push(update.refused(change(json!({ list: too_many(element) }))));
    }
    rows
}

fn weights() -> Vec<Row> {
    let set = sent("admin", "searchFusionSet");
    vec![
        set.told(
            json!({ "words": -1, "coverage": 10.5 }),
            [out_of_range("words"), out_of_range("coverage")],
        ),
        set.told(
            json!({ "words": 0, "coverage": 0, "meaning": 0 }),
            [out_of_range("words")],
        ),
    ]
}

#[tokio::test]
async fn search_tells_what_is_wrong_and_where() {
    catalogue::stage().await.play(rows()).await;
}
