//! Rules for lists and experiments among inputs that will not do.

use super::{
    catalogue,
    row::{Row, but, illegal, invalid, long, missing, no, out_of_range, required, sent, taken, too_long, too_many},
};
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = rules();
    rows.extend(experiments());
    rows
}

fn rules() -> Vec<Row> {
    let create = sent("admin", "recommendationRuleCreate");
    let update = sent("admin", "recommendationRuleUpdate");
    let block = |members: Value| {
        but(
            json!({ "name": "A rule", "action": "BLOCK", "productIds": ["$chair"] }),
            members,
        )
    };
    let change = |members: Value| but(json!({ "id": "$listRule" }), members);
    let everything = json!({ "name": " ", "action": "PIN", "strength": 1, "categoryIds": [no("cat")],
        "brandIds": [no("brand")], "withinCategoryIds": [no("cat")],
        "startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z" });
    let wrong = [
        required("name"),
        invalid("strength"),
        required("productIds"),
        invalid("categoryIds"),
        invalid("brandIds"),
        out_of_range("endsAt"),
        missing("categoryIds.0"),
        missing("brandIds.0"),
        missing("withinCategoryIds.0"),
    ];
    let mut rows = vec![
        create.told(everything, wrong),
        create.told(block(json!({ "productIds": [] })), [required("productIds")]),
        create.told(
            block(json!({ "productIds": ["$chair", no("prod")] })),
            [missing("productIds.1")],
        ),
        create.told(
            block(json!({ "action": "BOOST", "strength": 0 })),
            [out_of_range("strength")],
        ),
        create.told(block(json!({ "name": long(101) })), [too_long("name")]),
        update.told(change(json!({ "productIds": [no("prod")] })), [missing("productIds.0")]),
        update.told(
            change(json!({ "categoryIds": [no("cat")] })),
            [missing("categoryIds.0")],
        ),
        update.told(change(json!({ "brandIds": [no("brand")] })), [missing("brandIds.0")]),
        update.told(
            change(json!({ "withinCategoryIds": [no("cat")] })),
            [missing("withinCategoryIds.0")],
        ),
        update.told(change(json!({ "strength": 2 })), [invalid("strength")]),
        update.unknown("rrule"),
        sent("admin", "recommendationRuleDelete").unknown("rrule"),
    ];
    for (list, element) in [
        ("placements", json!("CART")),
        ("audiences", json!("GUESTS")),
        ("withinCategoryIds", json!(no("cat"))),
        ("productIds", json!(no("prod"))),
        ("categoryIds", json!(no("cat"))),
        ("brandIds", json!(no("brand"))),
    ] {
        rows.push(create.refused(block(json!({ list: too_many(element.clone()) }))));
        rows.push(update.refused(change(json!({ list: too_many(element) }))));
    }
    rows
}

fn experiments() -> Vec<Row> {
    let create = sent("admin", "experimentCreate");
    let update = sent("admin", "experimentUpdate");
    let arms = || json!([{ "name": "As it is" }, { "name": "Varied", "tuning": { "diversity": 0.5 } }]);
    let plan = |members: Value| {
        but(
            json!({ "name": "Try", "placements": ["CART"], "arms": arms() }),
            members,
        )
    };
    let arm = |tuning: Value| plan(json!({ "arms": [{ "name": "As it is" }, { "name": "B", "tuning": tuning }] }));
    let everything = json!({ "name": " ", "hypothesis": long(1001), "placements": [], "arms": [{ "name": "A", "weight": 0 }],
        "share": 0, "alpha": 0.5, "plannedPeople": 1, "design": "INTERLEAVED", "metric": "CONVERSION",
        "guardrails": { "latency": -1, "failures": 11, "revenue": -0.1 } });
    let wrong = [
        required("name"),
        too_long("hypothesis"),
        required("placements"),
        out_of_range("arms"),
        out_of_range("arms.0.weight"),
        out_of_range("share"),
        out_of_range("alpha"),
        out_of_range("plannedPeople"),
        out_of_range("guardrails.latency"),
        out_of_range("guardrails.failures"),
        out_of_range("guardrails.revenue"),
        invalid("metric"),
    ];
    let change = |members: Value| but(json!({ "id": "$draft" }), members);
    let of = |id: &str| json!({ "id": id });
    vec![
        create.told(everything, wrong),
        create.told(
            plan(json!({ "arms": [{ "name": "Same" }, { "name": "Same" }] })),
            [taken("arms.1.name")],
        ),
        create.told(
            arm(json!({ "textWeight": 0, "imageWeight": 0 })),
            [out_of_range("arms.1.tuning.textWeight")],
        ),
        create.told(
            arm(json!({ "textWeight": -1, "imageWeight": 1 })),
            [out_of_range("arms.1.tuning.textWeight")],
        ),
        create.told(arm(json!({ "textWeight": 1 })), [required("arms.1.tuning.imageWeight")]),
        create.told(
            arm(json!({ "maxPerCategory": 0 })),
            [out_of_range("arms.1.tuning.maxPerCategory")],
        ),
        create.told(plan(json!({ "exploration": 0.9 })), [out_of_range("exploration")]),
        create.told(
            arm(json!({ "diversity": 2 })),
            [out_of_range("arms.1.tuning.diversity")],
        ),
        create.told(
            arm(json!({ "behaviour": -0.5 })),
            [out_of_range("arms.1.tuning.behaviour")],
        ),
        create.told(
            arm(json!({ "newProductDelayMinutes": 43_201 })),
            [out_of_range("arms.1.tuning.newProductDelayMinutes")],
        ),
        create.refused(arm(json!({ "newProductDelayMinutes": -1 }))),
        create.refused(plan(json!({ "placements": too_many(json!("CART")) }))),
        create.refused(plan(json!({ "arms": too_many(json!({ "name": "A" })) }))),
        update.told(change(json!({ "name": "" })), [required("name")]),
        update.told(json!({ "id": "$running" }), [illegal("id")]),
        update.unknown("exp"),
        update.refused(change(json!({ "placements": too_many(json!("CART")) }))),
        update.refused(change(json!({ "arms": too_many(json!({ "name": "A" })) }))),
        sent("admin", "experimentStart").told(of("$running"), [illegal("id")]),
        sent("admin", "experimentStart").told(of("$draft"), [illegal("id")]),
        sent("admin", "experimentStart").unknown("exp"),
        sent("admin", "experimentStop").told(of("$draft"), [illegal("id")]),
        sent("admin", "experimentStop").unknown("exp"),
        sent("admin", "experimentDelete").told(of("$running"), [illegal("id")]),
        sent("admin", "experimentDelete").unknown("exp"),
    ]
}

#[tokio::test]
async fn steering_tells_what_is_wrong_and_where() {
    catalogue::stage().await.play(rows()).await;
}
