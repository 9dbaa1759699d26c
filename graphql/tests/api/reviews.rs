//! Reviews: what the API shows to whom, what it refuses, what it costs.

use crate::support::TestShop;
use serde_json::{Value, json};
use shop::{Role, Viewer};

const WRITE: &str = "mutation($input: ReviewWriteInput!) { reviewWrite(input: $input) {
    review { id rating title status isEdited isVerified product { rating ratingCount } author { name } }
    userErrors { __typename code path } } }";

/// A customer of this name.
async fn customer(shop: &TestShop, name: &str) -> Viewer {
    shop.viewer_called(name, Role::Customer).await
}

async fn write(shop: &TestShop, viewer: Viewer, product: &str, rating: i32) -> Value {
    let input = json!({ "productId": product, "rating": rating, "title": "A chair", "body": "It stands." });
    let answer = shop.run(viewer, WRITE, json!({ "input": input })).await;
    let payload = &answer["data"]["reviewWrite"];
    assert_eq!(payload["userErrors"], json!([]), "{answer}");
    payload["review"].clone()
}

#[tokio::test]
async fn a_review_is_written_shown_edited_and_deleted() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let chair = shop.product(staff, "Chair", "CHAIR").await;
    let (ada, ben) = (customer(&shop, "Ada Lovelace").await, customer(&shop, "Ben").await);
    let written = write(&shop, ada, &chair, 2).await;
    let product = json!({ "rating": 2.0, "ratingCount": 1 });
    let expected = json!({ "id": written["id"], "rating": 2, "title": "A chair", "status": "PUBLISHED",
        "isEdited": false, "isVerified": false, "product": product, "author": { "name": "Ada L." } });
    assert_eq!(written, expected);
    write(&shop, ben, &chair, 5).await;
    let edited = write(&shop, ada, &chair, 4).await;
    assert_eq!((&edited["id"], &edited["isEdited"]), (&written["id"], &json!(true)));
    assert_eq!(edited["product"], json!({ "rating": 4.5, "ratingCount": 2 }));

    let page = format!(
        "{{ product(by: {{id: \"{chair}\"}}) {{ viewerReview {{ rating }}
            reviewSummary {{ average count histogram {{ rating count }} }}
            reviews(sort: RATING_HIGH) {{ totalCount nodes {{ rating status viewerVote author {{ name }} }} }} }} }}"
    );
    let seen = shop.ask(ada, &page).await["data"]["product"].clone();
    assert_eq!(seen["viewerReview"], json!({ "rating": 4 }));
    let histogram: Vec<_> = [(5, 1), (4, 1), (3, 0), (2, 0), (1, 0)]
        .map(|(rating, count)| json!({ "rating": rating, "count": count }))
        .into();
    assert_eq!(
        seen["reviewSummary"],
        json!({ "average": 4.5, "count": 2, "histogram": histogram })
    );
    let nodes = json!([
        { "rating": 5, "status": null, "viewerVote": null, "author": { "name": "Ben" } },
        { "rating": 4, "status": "PUBLISHED", "viewerVote": null, "author": { "name": "Ada L." } },
    ]);
    assert_eq!(seen["reviews"], json!({ "totalCount": 2, "nodes": nodes }));

    let delete = format!(
        "mutation {{ reviewDelete(input: {{id: {}}}) {{ deletedId product {{ ratingCount }} userErrors {{ code path }} }} }}",
        written["id"]
    );
    let foreign = &shop.ask(ben, &delete).await["data"]["reviewDelete"];
    assert_eq!(
        foreign["userErrors"],
        json!([{ "code": "NOT_FOUND", "path": ["input", "id"] }])
    );
    let deleted = &shop.ask(ada, &delete).await["data"]["reviewDelete"];
    let expected = json!({ "deletedId": written["id"], "product": { "ratingCount": 1 }, "userErrors": [] });
    assert_eq!(deleted, &expected);
}

#[tokio::test]
async fn a_page_that_cannot_be_meant_is_refused_before_it_is_read() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let chair = shop.product(staff, "Chair", "CHAIR").await;
    for arguments in [
        "(where: {rating: 0})",
        "(where: {rating: 6})",
        "(first: 0)",
        "(first: 101)",
        "(offset: 10001)",
        "(first: 1, last: 1)",
        "(after: \"forged\")",
    ] {
        let query = format!("{{ product(by: {{id: \"{chair}\"}}) {{ reviews{arguments} {{ nodes {{ id }} }} }} }}");
        let answer = shop.ask(Viewer::Guest, &query).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{arguments}: {answer}"
        );
    }
}

#[tokio::test]
async fn pages_follow_their_cursors_which_open_no_other_list() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let (chair, stool) = (
        shop.product(staff, "Chair", "CHAIR").await,
        shop.product(staff, "Stool", "STOOL").await,
    );
    for (name, rating) in [("A", 1), ("B", 2), ("C", 3), ("D", 2), ("E", 2)] {
        let viewer = customer(&shop, name).await;
        write(&shop, viewer, &chair, rating).await;
    }
    let page = async |product: &str, arguments: &str| {
        let query = format!(
            "{{ product(by: {{id: \"{product}\"}}) {{ reviews({arguments}) {{
                pageInfo {{ hasNextPage hasPreviousPage endCursor }} edges {{ cursor node {{ author {{ name }} }} }} }} }} }}"
        );
        shop.ask(Viewer::Guest, &query).await
    };
    let names = |answer: &Value| {
        let edges = answer["data"]["product"]["reviews"]["edges"].as_array().unwrap();
        edges
            .iter()
            .map(|edge| edge["node"]["author"]["name"].as_str().unwrap())
            .collect::<String>()
    };
    for (sort, whole) in [
        ("NEWEST", "EDCBA"),
        ("HELPFUL", "EDCBA"),
        ("RATING_HIGH", "CEDBA"),
        ("RATING_LOW", "AEDBC"),
    ] {
        let (mut seen, mut after) = (String::new(), Value::Null);
        loop {
            let answer = page(&chair, &format!("sort: {sort}, first: 2, after: {after}")).await;
            let info = answer["data"]["product"]["reviews"]["pageInfo"].clone();
            assert_eq!(info["hasPreviousPage"], json!(!seen.is_empty()));
            seen += &names(&answer);
            after = info["endCursor"].clone();
            if info["hasNextPage"] == json!(false) {
                break;
            }
        }
        assert_eq!(seen, whole, "{sort}");
        let last = page(&chair, &format!("sort: {sort}, last: 2")).await;
        assert_eq!(names(&last), whole[3..], "{sort}");
        let numbered = page(&chair, &format!("sort: {sort}, first: 2, offset: 1")).await;
        assert_eq!(names(&numbered), whole[1..3], "{sort}");
    }
    let first = page(&chair, "sort: NEWEST, first: 1").await;
    let cursor = first["data"]["product"]["reviews"]["edges"][0]["cursor"].clone();
    for (product, sort) in [(&chair, "HELPFUL"), (&chair, "RATING_LOW"), (&stool, "NEWEST")] {
        let answer = page(product, &format!("sort: {sort}, after: {cursor}")).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{sort}: {answer}"
        );
    }
}

#[tokio::test]
async fn what_staff_keep_back_is_seen_by_its_author_and_staff_alone() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let chair = shop.product(staff, "Chair", "CHAIR").await;
    let (ada, ben) = (customer(&shop, "Ada").await, customer(&shop, "Ben").await);
    let review = write(&shop, ada, &chair, 1).await["id"].as_str().unwrap().to_owned();
    let node = format!("{{ node(id: \"{review}\") {{ id ... on Review {{ rating product {{ name }} }} }} }}");
    let found = json!({ "id": review, "rating": 1, "product": { "name": "Chair" } });
    assert_eq!(shop.ask(Viewer::Guest, &node).await["data"]["node"], found);
    let reject = format!(
        "mutation {{ reviewReject(input: {{id: \"{review}\", note: \"Spam.\"}}) {{ review {{ status moderationNote }} }} }}"
    );
    let rejected = shop.ask(staff, &reject).await;
    let told = json!({ "status": "REJECTED", "moderationNote": "Spam." });
    assert_eq!(rejected["data"]["reviewReject"]["review"], told, "{rejected}");

    let page = format!(
        "{{ product(by: {{id: \"{chair}\"}}) {{ ratingCount reviewSummary {{ average count }}
            reviews {{ totalCount nodes {{ id }} }} viewerReview {{ status moderationNote }} }} }}"
    );
    for (viewer, own) in [(Viewer::Guest, json!(null)), (ben, json!(null)), (ada, told)] {
        let seen = shop.ask(viewer, &page).await["data"]["product"].clone();
        let expected = json!({ "ratingCount": 0, "reviewSummary": { "average": null, "count": 0 },
            "reviews": { "totalCount": 0, "nodes": [] }, "viewerReview": own });
        assert_eq!(seen, expected);
    }
    assert_eq!(shop.ask(ada, &node).await["data"]["node"], json!(null));
    let queue = "{ adminReviews(where: {status: REJECTED, text: \"STANDS\"}) { totalCount hasNextPage nodes { id status author { name } product { name } } } }";
    let queue = shop.ask(staff, queue).await["data"]["adminReviews"].clone();
    let node_of =
        json!({ "id": review, "status": "REJECTED", "author": { "name": "Ada" }, "product": { "name": "Chair" } });
    assert_eq!(
        queue,
        json!({ "totalCount": 1, "hasNextPage": false, "nodes": [node_of] })
    );

    let publish = format!(
        "mutation {{ reviewPublish(input: {{id: \"{review}\"}}) {{ review {{ product {{ ratingCount }} }} }} }}"
    );
    let published = shop.ask(staff, &publish).await;
    assert_eq!(
        published["data"]["reviewPublish"]["review"]["product"]["ratingCount"],
        1
    );
    // With its product a review leaves the public too.
    let hide = format!("mutation {{ productUnpublish(input: {{id: \"{chair}\"}}) {{ userErrors {{ code }} }} }}");
    shop.ask(staff, &hide).await;
    assert_eq!(shop.ask(Viewer::Guest, &node).await["data"]["node"], json!(null));
}

#[tokio::test]
async fn votes_are_counted_and_shown_to_who_gave_them() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let chair = shop.product(staff, "Chair", "CHAIR").await;
    let (ada, ben) = (customer(&shop, "Ada").await, customer(&shop, "Ben").await);
    let review = write(&shop, ada, &chair, 1).await["id"].as_str().unwrap().to_owned();
    for (vote, count) in [("true", 1), ("true", 1), ("false", 0), ("true", 1), ("null", 0)] {
        let operation = format!(
            "mutation {{ reviewVote(input: {{id: \"{review}\", isHelpful: {vote}}}) {{ review {{ helpfulCount viewerVote }} userErrors {{ code }} }} }}"
        );
        let answer = shop.ask(ben, &operation).await;
        let expected = json!({ "helpfulCount": count, "viewerVote": serde_json::from_str::<Value>(vote).unwrap() });
        assert_eq!(answer["data"]["reviewVote"]["review"], expected, "{answer}");
    }
}

#[tokio::test]
async fn reviews_of_a_list_of_products_cost_a_constant_number_of_statements() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let writers = [customer(&shop, "Ada").await, customer(&shop, "Ben").await];
    for n in 0..8 {
        let id = shop.product(staff, &format!("Chair {n}"), &format!("CHAIR-{n}")).await;
        for viewer in writers {
            write(&shop, viewer, &id, 4).await;
        }
    }
    let statements = async |query: &str| {
        shop.ask(writers[0], query).await;
        let before = shop.shop.statements().count();
        let answer = shop.ask(writers[0], query).await;
        assert_eq!(answer["errors"], json!(null), "{answer}");
        shop.shop.statements().count() - before
    };
    let parts =
        "reviewSummary { average count histogram { rating count } } viewerReview { rating viewerVote author { name } }";
    let list = async |first: u32| {
        statements(&format!(
            "{{ products(first: {first}) {{ nodes {{ name {parts} }} }} }}"
        ))
        .await
    };
    assert_eq!(list(2).await, list(8).await);
    assert!(list(8).await <= 4, "summaries, own reviews, authors, votes");
    let queue = "{ adminReviews(first: 16) { nodes { rating viewerVote author { name } product { name } } } }";
    let before = shop.shop.statements().count();
    shop.ask(staff, queue).await;
    assert!(
        shop.shop.statements().count() - before <= 6,
        "who asks, page, count, authors, votes"
    );
}
