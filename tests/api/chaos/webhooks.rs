//! A flood of messages about payments: genuine, repeated, stale, forged, altered, in any order.

use super::{books::Books, dose};
use chrono::{TimeDelta, Utc};
use futures::{StreamExt, stream};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::json;
use std::sync::Arc;
use support::{
    NewProduct, Options, Shopper, TestShop, each_database,
    stand_ins::{
        Message, StandIn,
        stripe::{Confirmation, PUBLISHABLE_KEY, SECRET_KEY, WEBHOOK_SECRET},
    },
};
use web::config::StripeConfig;

/// A message, and whether it is to be believed.
struct Delivery {
    message: Message,
    is_genuine: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn only_genuine_messages_pay_orders_and_each_once() {
    each_database(async |database| {
        let stripe = Arc::new(StandIn::stripe().await);
        let base = stripe.address.clone();
        let options = Options::on(database).models(None).configure(move |config| {
            config.payments.stripe = Some(StripeConfig {
                secret_key: SECRET_KEY.into(),
                publishable_key: PUBLISHABLE_KEY.into(),
                webhook_secrets: vec![WEBHOOK_SECRET.into()],
                base_url: base.clone(),
            });
        });
        let shop = TestShop::start(options).await;
        let new = NewProduct {
            stock: 10_000,
            ..NewProduct::named("Steel kettle")
        };
        let kettle = shop.staff().await.create(new).await;
        let ada = Shopper::enter(shop.guest()).await;
        let (orders, deliveries) = (dose(24, 200), dose(600, 10_000));
        let mut paid = Vec::new();
        let mut objects = Vec::new();
        for number in 0..orders {
            let order = ada.order(&kettle.variant, 1).await;
            let begun = ada.begin_payment(&order, "stripe", &format!("k-{number}")).await;
            let secret = begun["next"]["clientSecret"].as_str().unwrap();
            let intent = secret.split("_secret").next().unwrap().to_owned();
            let is_paid = number % 2 == 0;
            let what = if is_paid {
                Confirmation::Succeed
            } else {
                Confirmation::Decline
            };
            stripe.with(|desk| desk.confirm(&intent, what));
            paid.push((order["id"].as_str().unwrap().to_owned(), is_paid));
            objects.push((intent, is_paid));
        }
        let mut random = StdRng::seed_from_u64(20);
        let mut flood = Vec::new();
        while flood.len() < deliveries {
            let (intent, is_paid) = &objects[flood.len() % objects.len()];
            flood.extend(messages(&stripe, intent, *is_paid, &mut random));
        }
        flood.shuffle(&mut random);
        let client = shop.guest();
        let outcomes = stream::iter(flood).map(|delivery| {
            let request = delivery.message.onto(client.post("/webhooks/stripe"));
            async move { (delivery.is_genuine, request.send().await.unwrap().status().as_u16()) }
        });
        let outcomes: Vec<(bool, u16)> = outcomes.buffer_unordered(16).collect().await;
        for (is_genuine, status) in outcomes {
            assert_eq!(status, if is_genuine { 200 } else { 400 });
        }
        for (id, is_paid) in paid {
            let token = shop.app.shop.orders().access_token(id.parse().unwrap());
            let order = shop.guest().find_order(json!({ "id": id }), Some(&token)).await;
            assert_eq!(order["status"] == "PAID", is_paid, "{order}");
        }
        Books::open(shop.place()).await.audit().await;
        shop.stop().await;
    })
    .await;
}

/// One genuine message about a payment, and some that are not.
fn messages(
    stripe: &StandIn<support::stand_ins::stripe::Stripe>,
    intent: &str,
    is_paid: bool,
    random: &mut StdRng,
) -> Vec<Delivery> {
    let now = Utc::now();
    let kind = if is_paid {
        "payment_intent.succeeded"
    } else {
        "payment_intent.payment_failed"
    };
    stripe.with(|desk| {
        let object = desk.object(intent);
        // What a forger would like to have happened.
        let mut wish = object.clone();
        wish["status"] = "succeeded".into();
        wish["amount_received"] = wish["amount"].clone();
        wish["latest_charge"] = "ch_forged".into();
        let genuine = desk.message(kind, &object, &[WEBHOOK_SECRET], now);
        let copy = Message {
            headers: genuine.headers.clone(),
            body: genuine.body.clone(),
        };
        let mut found = vec![
            Delivery {
                message: genuine,
                is_genuine: true,
            },
            Delivery {
                message: copy,
                is_genuine: true,
            },
        ];
        let mut forged = |message: Message| {
            found.push(Delivery {
                message,
                is_genuine: false,
            })
        };
        forged(desk.message("payment_intent.succeeded", &wish, &["whsec_guessed"], now));
        forged(desk.message("payment_intent.succeeded", &wish, &[], now));
        let stale = now - TimeDelta::minutes(random.random_range(6..600));
        forged(desk.message("payment_intent.succeeded", &object, &[WEBHOOK_SECRET], stale));
        // A true signature over other words.
        let truth = desk.message(kind, &object, &[WEBHOOK_SECRET], now);
        let lie = desk.message("payment_intent.succeeded", &wish, &[WEBHOOK_SECRET], now);
        forged(Message {
            headers: truth.headers,
            body: lie.body,
        });
        let mut damaged = desk.message(kind, &object, &[WEBHOOK_SECRET], now);
        let at = random.random_range(0..damaged.body.len());
        damaged.body[at] ^= 1;
        forged(damaged);
        found
    })
}
