//! What customers are told about their orders beside the answers: letters, and to wait.

use crate::checkout::{code, with_manual};
use serde_json::Value;
use support::{NewProduct, Options, Shopper, TestShop, each_database};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_places_many_orders_has_to_wait() {
    let options = Options::on(support::DatabaseKind::Sqlite).configure(|config| config.orders.per_address_hour = 6);
    let shop = TestShop::start(options).await;
    let staff = shop.staff().await;
    let kettle = staff.create(NewProduct::named("Steel kettle")).await;
    let ada = Shopper::enter(shop.guest()).await;
    for _ in 0..2 {
        ada.order(&kettle.variant, 1).await;
    }
    let cart = ada.add(&kettle.variant, 1).await;
    let answer = ada.try_place(cart["cart"]["quote"].as_str().unwrap(), "k").await;
    assert_eq!(code(&answer), "RATE_LIMITED");
    let wait = answer["errors"][0]["extensions"]["retryAfter"].as_i64().unwrap();
    assert!((590..=600).contains(&wait), "{answer}");
    assert_eq!(ada.cart().await["totalQuantity"], 1, "nothing is lost");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_told_by_mail_what_becomes_of_their_orders() {
    each_database(async |database| {
        let shop = TestShop::start(with_manual(Options::on(database))).await;
        let (staff, admin) = (shop.staff().await, shop.admin().await);
        let kettle = staff.create(NewProduct::named("Steel kettle")).await;
        let ada = Shopper::enter(shop.guest()).await;
        let order = ada.order(&kettle.variant, 1).await;
        let number = order["number"].as_str().unwrap();
        ada.begin_payment(&order, "manual", "k").await;
        ada.begin_payment(&order, "manual", "k").await;
        let id = order["id"].as_str().unwrap();
        for step in ["orderMarkPaid", "orderFulfil", "orderDeliver"] {
            admin.by_id(step, id).await;
        }
        let refund = format!(
            "mutation {{ orderRefund(input: {{id: \"{id}\"}}, idempotencyKey: \"k\") {{ order {{ refunds {{ id }} }} userErrors {{ code }} }} }}"
        );
        let begun = admin.change(&refund, Value::Null).await;
        admin.by_id("refundMarkDone", begun["order"]["refunds"][0]["id"].as_str().unwrap()).await;
        let told = [
            "How to pay your order",
            "Thank you for your order",
            "Your order is on its way",
            "Money is on its way to you",
        ];
        support::eventually("every letter is sent, once", support::PATIENCE, async || {
            let mails: Vec<String> = shop
                .mails()
                .into_iter()
                .filter(|mail| mail.contains("To: ada@example.com"))
                .collect();
            let about = |subject: &&str| {
                mails
                    .iter()
                    .filter(|mail| mail.contains(*subject) && mail.contains(number))
                    .count()
            };
            let counts: Vec<usize> = told.iter().map(about).collect();
            if counts == [1, 1, 1, 1] {
                Ok(())
            } else {
                Err((counts, mails))
            }
        })
        .await;
        shop.stop().await;
    })
    .await;
}
