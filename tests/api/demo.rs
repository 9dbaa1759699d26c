//! The demo shop as somebody finds it who opens it for the first time.

use indicatif::{MultiProgress, ProgressDrawTarget};
use serde_json::{Value, json};
use support::{Client, Options, PATIENCE, Shopper, TestShop, each_database, eventually};
use web::demo::Seeder;

/// Pixels of a picture's side; nobody looks at them here.
const SIDE: u32 = 16;

async fn log_in(guest: &Client, email: &str) -> Client {
    let user = web::demo::users().iter().find(|user| user.email == email).unwrap();
    guest.log_in(user.email, user.password).await
}

async fn coupon(shopper: &Shopper, code: &str) -> Value {
    let apply = "mutation($input: CartCouponApplyInput!) { cartCouponApply(input: $input) { cart { coupon { code isApplied } discount { amount } } userErrors { code } } }";
    let answer = shopper.client.data(apply, json!({ "input": { "code": code } })).await;
    answer["cartCouponApply"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_shop_has_ratings_coupons_and_two_months_of_sales() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let progress = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let seeder = Seeder::new(&shop.app.shop, &progress).with_picture_side(SIDE);
        let lived = seeder.ensure().await.unwrap().lived;
        assert!(lived.orders >= 40 && lived.reviews >= 150, "{lived:?}");
        let guest = shop.guest();
        let kettles = "{ products(first: 1, query: \"whistling hob\") { nodes { id variants { id } ratingCount \
            reviews(first: 10) { totalCount nodes { rating author { name } isVerified helpfulCount } } } } }";
        let found = eventually("the shop lists what was sown", PATIENCE, async || {
            let data = guest.data(kettles, Value::Null).await;
            let found = &data["products"]["nodes"][0];
            if found.is_null() { Err(data) } else { Ok(found.clone()) }
        });
        let found = found.await;
        assert_eq!(found["reviews"]["totalCount"], 3, "{found}");

        let shopper = Shopper::enter(guest.clone()).await;
        let variant = found["variants"][0]["id"].as_str().unwrap();
        assert_eq!(shopper.add(variant, 1).await["userErrors"], json!([]));
        assert_eq!(coupon(&shopper, "welcome10").await["cart"]["discount"]["amount"], "6.40");
        assert_eq!(coupon(&shopper, "FIVE").await["cart"]["discount"]["amount"], "5.00");
        assert_eq!(coupon(&shopper, "SHIPFREE").await["cart"]["coupon"]["isApplied"], true);
        assert_eq!(coupon(&shopper, "SUMMER25").await["userErrors"][0]["code"], "COUPON_EXPIRED");

        let ada = log_in(&guest, "ada@example.com").await;
        let orders = ada.data("{ orders { totalCount } }", Value::Null).await;
        assert_eq!(orders["orders"]["totalCount"], 3);
        let admin = log_in(&guest, "admin@example.com").await;
        let now = shop.app.shop.now();
        let period = json!({ "from": now - chrono::TimeDelta::days(60), "before": now });
        let figures = "query($from: DateTime!, $before: DateTime!) { dashboard(from: $from, before: $before) { orders sales { amount } } }";
        let figures = admin.data(figures, period).await["dashboard"].clone();
        assert!(figures["orders"].as_i64().unwrap() > 40, "{figures}");
        assert_eq!(seeder.ensure().await.unwrap().lived, Default::default());
        shop.stop().await;
    })
    .await;
}
