//! Events among inputs that will not do.

use super::row::{Row, but, invalid, missing, no, out_of_range, required, sent, too_many};
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Row> {
    let record = sent("guest", "eventsRecord");
    let event = |members: Value| {
        let one = json!({ "id": "0197c9a6-0000-7000-8000-000000000001", "kind": "VIEW", "productId": "$chair" });
        json!({ "events": [but(one, members)] })
    };
    let search = |members: Value| {
        event(but(
            json!({ "kind": "SEARCH", "productId": null, "query": "lamp" }),
            members,
        ))
    };
    vec![
        record.told(event(json!({ "id": "7" })), [invalid("events.0.id")]),
        record.told(event(json!({ "kind": "PURCHASE" })), [invalid("events.0.kind")]),
        record.told(event(json!({ "kind": "LOG_IN" })), [invalid("events.0.kind")]),
        record.told(event(json!({ "productId": null })), [required("events.0.productId")]),
        record.told(
            event(json!({ "productId": no("prod") })),
            [missing("events.0.productId")],
        ),
        record.told(event(json!({ "dwellMs": -1 })), [out_of_range("events.0.dwellMs")]),
        record.told(
            event(json!({ "kind": "CLICK", "dwellMs": 1 })),
            [invalid("events.0.dwellMs")],
        ),
        record.told(
            event(json!({ "happenedAt": "2020-01-01T00:00:00Z" })),
            [out_of_range("events.0.happenedAt")],
        ),
        record.told(event(json!({ "query": "lamp" })), [invalid("events.0.query")]),
        record.told(event(json!({ "listId": "bXVn" })), [invalid("events.0.listId")]),
        record.told(search(json!({ "query": " " })), [required("events.0.query")]),
        record.told(
            search(json!({ "productId": "$chair" })),
            [invalid("events.0.productId")],
        ),
        record.refused(json!({ "events": too_many(json!({ "id": "7", "kind": "VIEW" })) })),
        sent("customer", "trackingUpdate").refused(json!({ "doNotTrack": "perhaps" })),
    ]
}
