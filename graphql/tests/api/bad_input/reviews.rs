//! Reviews among inputs that will not do.

use super::{
    catalogue::product,
    row::{Row, but, invalid, long, missing, no, out_of_range, required, sent, too_long},
    stage::Stage,
};
use serde_json::{Value, json};
use shop::Role;

pub(super) fn rows() -> Vec<Row> {
    [written(), kept(), moderated()].into_iter().flatten().collect()
}

fn written() -> Vec<Row> {
    let write = sent("customer", "reviewWrite");
    let of = |members: Value| {
        but(
            json!({ "productId": "$chair", "rating": 3, "title": "T", "body": "B" }),
            members,
        )
    };
    let everything = json!({ "rating": 0, "title": long(151), "body": "  " });
    vec![
        write.told(
            of(everything),
            [out_of_range("rating"), too_long("title"), required("body")],
        ),
        write.told(of(json!({ "rating": 6 })), [out_of_range("rating")]),
        write.told(of(json!({ "rating": i32::MIN })), [out_of_range("rating")]),
        write.told(of(json!({ "title": "a\u{1}b" })), [invalid("title")]),
        write.told(of(json!({ "title": "a\nb" })), [invalid("title")]),
        write.told(of(json!({ "body": long(5_001) })), [too_long("body")]),
        write.told(of(json!({ "body": "a\u{0}b" })), [invalid("body")]),
        write.told(of(json!({ "productId": no("prod") })), [missing("productId")]),
        write.told(of(json!({ "productId": "$draft" })), [missing("productId")]),
        write.refused(of(json!({ "rating": 4.5 }))),
    ]
}

fn kept() -> Vec<Row> {
    let vote = sent("customer", "reviewVote");
    vec![
        sent("customer", "reviewDelete").unknown("rev"),
        sent("other", "reviewDelete").told(json!({ "id": "$review" }), [missing("id")]),
        vote.told(json!({ "id": no("rev"), "isHelpful": true }), [missing("id")]),
        vote.told(json!({ "id": "$review", "isHelpful": true }), [invalid("id")]),
        vote.told(json!({ "id": "$review", "isHelpful": null }), [invalid("id")]),
        vote.told(json!({ "id": "$review" }), [required("isHelpful")]),
        sent("other", "reviewVote").told(json!({ "id": "$rejected", "isHelpful": true }), [missing("id")]),
    ]
}

fn moderated() -> Vec<Row> {
    let reject = sent("staff", "reviewReject");
    let of = |note: String| json!({ "id": "$review", "note": note });
    vec![
        sent("staff", "reviewPublish").unknown("rev"),
        reject.told(json!({ "id": no("rev"), "note": "Spam." }), [missing("id")]),
        reject.told(of(" ".to_owned()), [required("note")]),
        reject.told(of("a\u{0}b".to_owned()), [invalid("note")]),
        reject.told(of(long(501)), [too_long("note")]),
    ]
}

#[tokio::test]
async fn a_bad_review_is_told_what_is_wrong_with_it() {
    let mut stage = Stage::open().await;
    for (name, publish) in [("chair", true), ("lamp", true), ("draft", false)] {
        let input = json!({ "name": name, "publish": publish, "variants": [{ "sku": name }] });
        product(&mut stage, name, &[], input).await;
    }
    let other = stage.shop.viewer_called("other", Role::Customer).await;
    stage.enter("other", other);
    for (name, product) in [("review", "$chair"), ("rejected", "$lamp")] {
        let input = json!({ "productId": product, "rating": 4, "body": "It stands." });
        let written = stage.make("customer", "reviewWrite", "review { id }", input).await;
        stage.call(name, written["review"]["id"].as_str().unwrap());
    }
    let reject = json!({ "id": "$rejected", "note": "Spam." });
    stage.make("staff", "reviewReject", "review { id }", reject).await;
    stage.play(rows()).await;
}
