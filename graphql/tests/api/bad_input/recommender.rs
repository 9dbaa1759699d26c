//! Steering of the recommender among inputs that will not do.

use super::row::{Row, missing, no, out_of_range, required, sent, too_many};
use serde_json::json;

pub(super) fn rows() -> Vec<Row> {
    let reembed = sent("admin", "recommenderReembed");
    let defaults = sent("admin", "recommenderDefaultsSet");
    let mut rows = vec![
        reembed.told(json!({}), [required("")]),
        reembed.told(
            json!({ "categoryIds": [no("cat")], "brandIds": [no("brand")] }),
            [missing("categoryIds.0"), missing("brandIds.0")],
        ),
        reembed.refused(json!({ "categoryIds": too_many(json!(no("cat"))) })),
        reembed.refused(json!({ "brandIds": too_many(json!(no("brand"))) })),
        defaults.told(json!({ "textWeight": 1.01 }), [out_of_range("textWeight")]),
        defaults.told(
            json!({ "textWeight": -0.1, "mode": "RAW" }),
            [out_of_range("textWeight")],
        ),
        defaults.refused(json!({ "mode": "MEAN" })),
    ];
    for mutation in ["deadLettersRetry", "deadLettersDiscard"] {
        let sent = sent("admin", mutation);
        rows.push(sent.told(json!({ "ids": [] }), [required("ids")]));
        rows.push(sent.refused(json!({ "ids": too_many(json!(no("letter"))) })));
    }
    rows
}
