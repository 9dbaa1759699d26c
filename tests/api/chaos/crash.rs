//! A server that is killed in the middle of checkouts, again and again. Clients repeat what
//! got no answer, under the same keys; afterwards every book must agree with every other,
//! the provider's included.

use super::{books::Books, dose};
use crate::faults::{serve, staff_of};
use parking_lot::RwLock;
use rand::Rng;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::{
    Client, NewProduct, Place, address, each_database,
    stand_ins::{
        StandIn,
        stripe::{Confirmation, PUBLISHABLE_KEY, SECRET_KEY, Stripe, WEBHOOK_SECRET},
    },
};

const WORKERS: usize = 6;

/// Where the server is at the moment.
type Door = Arc<RwLock<Client>>;

/// One buyer after another.
struct Worker {
    door: Door,
    stripe: Arc<StandIn<Stripe>>,
    cart: String,
    variant: String,
}

impl Worker {
    /// Until there is an answer: the payload of the one mutation.
    async fn insist(&self, operation: &str, variables: &Value) -> Value {
        loop {
            let client = self.door.read().with_cart(self.cart.as_str());
            if let Some(answer) = client.try_run(operation, variables.clone()).await
                && answer["errors"].is_null()
            {
                return answer["data"].as_object().unwrap().values().next().unwrap().clone();
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// A whole checkout; the quote that was agreed to, and the order's id.
    async fn buy(&self, key: &str) -> (Value, String) {
        let set = "mutation($input: CartLinesSetInput!) { cartLinesSet(input: $input) { cart { quote } userErrors { code } } }";
        let lines = json!({ "input": { "lines": [{ "variantId": self.variant, "quantity": 1 }] } });
        let quote = self.insist(set, &lines).await["cart"]["quote"].clone();
        let order = self.place(&quote, key).await;
        let pay = "mutation($input: PaymentCreateInput!, $key: String!) { paymentCreate(input: $input, idempotencyKey: $key) \
                   { payment { id status } next { clientSecret } userErrors { code message } } }";
        let input = json!({ "orderId": order["id"], "provider": "stripe", "token": order["token"] });
        let begun = self.insist(pay, &json!({ "input": input, "key": key })).await;
        if let Some(secret) = begun["next"]["clientSecret"].as_str() {
            let intent = secret.split("_secret").next().unwrap();
            self.stripe.with(|desk| desk.confirm(intent, Confirmation::Succeed));
        }
        let complete = "mutation($input: PaymentCompleteInput!) { paymentComplete(input: $input) { order { status } userErrors { code message } } }";
        let input = json!({ "input": { "id": begun["payment"]["id"], "token": order["token"] } });
        let done = self.insist(complete, &input).await;
        assert_eq!(done["order"]["status"], "PAID", "{begun} {done}");
        (quote, order["id"].as_str().unwrap().to_owned())
    }

    async fn place(&self, quote: &Value, key: &str) -> Value {
        let place = "mutation($quote: String!, $key: String!) { orderPlace(input: {quote: $quote}, idempotencyKey: $key) \
                     { order { id token } userErrors { code message } } }";
        let placed = self.insist(place, &json!({ "quote": quote, "key": key })).await;
        assert!(placed["order"]["id"].is_string(), "{placed}");
        placed["order"].clone()
    }
}

fn settings(stripe: &StandIn<Stripe>) -> String {
    format!(
        "[payments.stripe]\nsecret_key = \"{SECRET_KEY}\"\npublishable_key = \"{PUBLISHABLE_KEY}\"\n\
         webhook_secrets = [\"{WEBHOOK_SECRET}\"]\nbase_url = \"{}\"\n",
        stripe.address
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn checkouts_among_kills_lose_no_order_no_money_and_no_stock() {
    each_database(async |database| {
        let place = Place::new(database).await;
        let stripe = Arc::new(StandIn::stripe().await);
        fs::write(place.directory().join("myshop.toml"), settings(&stripe)).unwrap();
        let (mut server, client) = serve(&place).await;
        let staff = staff_of(&place, &client).await;
        let wanted = dose(30, 500);
        let kettle = staff.create(NewProduct { stock: 10_000, ..NewProduct::named("Steel kettle") }).await;
        let details = "mutation($input: CartDetailsSetInput!) { cartDetailsSet(input: $input) { cart { token } userErrors { code } } }";
        let input = json!({ "input": { "email": "ada@example.com", "shippingAddress": address() } });
        let door: Door = Arc::new(RwLock::new(client.clone()));
        let (next, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let kills = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            let entered = client.change(details, input.clone()).await;
            let worker = Worker {
                door: Arc::clone(&door),
                stripe: Arc::clone(&stripe),
                cart: entered["cart"]["token"].as_str().unwrap().to_owned(),
                variant: kettle.variant.clone(),
            };
            let (next, kills) = (Arc::clone(&next), Arc::clone(&kills));
            workers.push(tokio::spawn(async move {
                let mut made = HashMap::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // However fast they are: some are made among kills.
                    if number >= wanted && kills.load(Ordering::Acquire) > 1 {
                        return (worker, made);
                    }
                    let key = format!("checkout-{number}");
                    made.insert(key.clone(), worker.buy(&key).await);
                }
            }));
        }
        let finished = tokio::spawn({
            let is_over = Arc::clone(&is_over);
            async move {
                let all = futures::future::join_all(workers).await;
                is_over.store(true, Ordering::Release);
                all
            }
        });
        while !is_over.load(Ordering::Acquire) {
            let pause = rand::rng().random_range(150..900);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            server.kill().await.unwrap();
            kills.fetch_add(1, Ordering::AcqRel);
            let (again, client) = serve(&place).await;
            server = again;
            *door.write() = client;
        }
        let books = Books::open(&place).await;
        let mut orders = Vec::new();
        for joined in finished.await.unwrap() {
            let (worker, made) = joined.unwrap();
            for (key, (quote, id)) in made {
                assert_eq!(worker.place(&quote, &key).await["id"], id.as_str(), "a key replayed");
                orders.push(id);
            }
        }
        let wanted = orders.len();
        orders.sort();
        orders.dedup();
        assert_eq!(orders.len(), wanted, "one order a checkout");
        assert_eq!(books.count("SELECT count(*) FROM shop_order").await, wanted as i64);
        assert_eq!(books.count("SELECT count(*) FROM shop_order WHERE status = 'PAID'").await, wanted as i64);
        assert_eq!(books.count("SELECT stock_on_hand FROM variant").await, 10_000 - wanted as i64);
        books.audit().await;
        let (intents, refunds) = stripe.with(|desk| desk.counts());
        assert_eq!((intents, refunds), (wanted, 0), "one charge an order");
        let complaints = stripe.with(|desk| desk.complaints.clone());
        assert!(complaints.is_empty(), "{complaints:?}");
        server.kill().await.unwrap();
    })
    .await;
}
