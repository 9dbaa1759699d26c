//! Reviews from outside, through the live pipeline.

use serde_json::{Value, json};
use support::{
    Client, DatabaseKind, NewProduct, Options, PASSWORD, PATIENCE, TestShop, each_database, eventually, names,
};
use web::config::ReviewModeration;

const WRITE: &str = "mutation($input: ReviewWriteInput!) { reviewWrite(input: $input) { review { id status product { rating ratingCount } } userErrors { code path } } }";

/// Somebody who came from outside and opened an account.
async fn register(shop: &TestShop, name: &str) -> Client {
    let register = "mutation($input: RegisterInput!) { register(input: $input) { accessToken userErrors { code } } }";
    let email = format!("{}@example.com", name.to_lowercase());
    let input = json!({ "email": email, "password": PASSWORD, "name": name });
    let payload = shop.guest().change(register, json!({ "input": input })).await;
    shop.guest().with_token(payload["accessToken"].as_str().unwrap())
}

async fn review(client: &Client, product: &str, rating: i32) -> Value {
    let input = json!({ "productId": product, "rating": rating, "body": "As described." });
    client.change(WRITE, json!({ "input": input })).await["review"].clone()
}

async fn best_first(guest: &Client, what: &str, expected: &[&str]) {
    let query = "{ products(sort: [{field: RATING, direction: DESC}]) { nodes { name rating } } }";
    eventually(what, PATIENCE, async || {
        let data = guest.data(query, Value::Null).await;
        if names(&data["products"]["nodes"]) == expected {
            Ok(())
        } else {
            Err(data)
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ratings_of_several_users_sort_the_list_and_follow_every_change() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let (staff, guest) = (shop.staff().await, shop.guest());
        let mut made = Vec::new();
        for name in ["Kettle", "Lamp", "Chair"] {
            made.push(staff.create(NewProduct::named(name)).await.id);
        }
        let [kettle, lamp, chair] = &made[..] else {
            panic!("three were made")
        };
        let (ada, ben) = (register(&shop, "Ada").await, register(&shop, "Ben").await);
        review(&ada, kettle, 2).await;
        review(&ada, lamp, 4).await;
        review(&ada, chair, 3).await;
        best_first(&guest, "one review each", &["Lamp", "Chair", "Kettle"]).await;

        // The second user of a product is heard as well.
        let second = review(&ben, kettle, 5).await;
        assert_eq!(second["product"], json!({ "rating": 3.5, "ratingCount": 2 }));
        best_first(&guest, "a second review", &["Lamp", "Kettle", "Chair"]).await;
        let edited = review(&ada, kettle, 5).await;
        best_first(&guest, "an edit", &["Kettle", "Lamp", "Chair"]).await;

        let reject = "mutation($input: ReviewRejectInput!) { reviewReject(input: $input) { userErrors { code } } }";
        for id in [&edited["id"], &second["id"]] {
            staff
                .change(reject, json!({ "input": { "id": id, "note": "Paid for." } }))
                .await;
        }
        best_first(&guest, "both kept back", &["Lamp", "Chair", "Kettle"]).await;
        let id = second["id"].as_str().unwrap();
        staff.by_id("reviewPublish", id).await;
        best_first(&guest, "one brought back", &["Kettle", "Lamp", "Chair"]).await;
        ben.by_id("reviewDelete", id).await;
        best_first(&guest, "deleted", &["Lamp", "Chair", "Kettle"]).await;

        staff.by_id("productDelete", lamp).await;
        let gone = ada
            .data(
                "query($id: ID!) { product(by: {id: $id}) { id } }",
                json!({ "id": lamp }),
            )
            .await;
        assert_eq!(gone["product"], Value::Null);
        let left = staff.data("{ adminReviews { totalCount } }", Value::Null).await;
        assert_eq!(left["adminReviews"]["totalCount"], 2, "of the kettle and the chair");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_looks_first_shows_a_review_after_it_did() {
    let options = Options::on(DatabaseKind::Sqlite).models(None);
    let options = options.configure(|config| config.reviews.moderation = ReviewModeration::Before);
    let shop = TestShop::start(options).await;
    let staff = shop.staff().await;
    let kettle = staff.create(NewProduct::named("Kettle")).await.id;
    let ada = register(&shop, "Ada").await;
    let waiting = review(&ada, &kettle, 5).await;
    assert_eq!(
        (&waiting["status"], &waiting["product"]["ratingCount"]),
        (&json!("PENDING"), &json!(0))
    );
    staff.by_id("reviewPublish", waiting["id"].as_str().unwrap()).await;
    let query = "query($id: ID!) { product(by: {id: $id}) { ratingCount reviews { nodes { rating } } } }";
    let seen = shop.guest().data(query, json!({ "id": kettle })).await;
    assert_eq!(
        seen["product"],
        json!({ "ratingCount": 1, "reviews": { "nodes": [{ "rating": 5 }] } })
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reviews_votes_or_decides_without_the_right_to() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let kettle = shop.staff().await.create(NewProduct::named("Kettle")).await.id;
    let (ada, guest) = (register(&shop, "Ada").await, shop.guest());
    let id = review(&ada, &kettle, 1).await["id"].as_str().unwrap().to_owned();
    let customer = [
        format!("reviewWrite(input: {{productId: \"{kettle}\", rating: 5, body: \"x\"}}) {{ review {{ id }} }}"),
        format!("reviewDelete(input: {{id: \"{id}\"}}) {{ deletedId }}"),
        format!("reviewVote(input: {{id: \"{id}\", isHelpful: true}}) {{ review {{ id }} }}"),
    ];
    let staff = [
        format!("reviewPublish(input: {{id: \"{id}\"}}) {{ review {{ id }} }}"),
        format!("reviewReject(input: {{id: \"{id}\", note: \"x\"}}) {{ review {{ id }} }}"),
    ];
    let code = async |client: &Client, field: &String| {
        let answer = client.run(&format!("mutation {{ {field} }}"), Value::Null).await;
        answer["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    for field in customer.iter().chain(&staff) {
        assert_eq!(code(&guest, field).await, "UNAUTHENTICATED", "{field}");
    }
    for field in &staff {
        assert_eq!(code(&ada, field).await, "FORBIDDEN", "{field}");
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Review { rating helpfulCount } } }";
    let seen = guest.data(query, json!({ "id": id })).await;
    assert_eq!(seen["node"], json!({ "rating": 1, "helpfulCount": 0 }));
    shop.stop().await;
}
