//! Messages of payment providers: only proven ones are taken, over real HTTP.

use axum::Router;
use chrono::{TimeDelta, Utc};
use parking_lot::Mutex;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use shop::{
    Currency, ShopError,
    clock::Clock,
    payments::{ProviderNews, ProviderState, WebhookError, WebhookHeaders, WebhookNotice},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use support::stand_ins::{
    Clients, Fault, Message, new_payment, new_refund,
    paypal::CaptureOutcome,
    stripe::{Confirmation, WEBHOOK_SECRET},
};
use tokio::net::TcpListener;
use web::{
    http::webhooks::{self, Webhooks},
    payments::{
        sink::NoticeSink,
        test::{SIGNATURE_HEADER, sign},
    },
};

/// Keeps what it is given, unless the database is away.
#[derive(Default)]
struct Kept {
    notices: Mutex<Vec<(&'static str, WebhookNotice)>>,
    is_away: AtomicBool,
}

#[async_trait::async_trait]
impl NoticeSink for Kept {
    async fn take(&self, provider: &'static str, notice: WebhookNotice) -> Result<(), ShopError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(ShopError::internal("away"));
        }
        self.notices.lock().push((provider, notice));
        Ok(())
    }
}

/// The clients behind the shop's route.
struct Desk {
    clients: Clients,
    kept: Arc<Kept>,
    address: String,
}

impl Desk {
    async fn open(clients: Clients) -> Self {
        let kept = Arc::new(Kept::default());
        let app: Router = webhooks::router(Webhooks::new(clients.all.clone(), kept.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { clients, kept, address }
    }

    async fn send(&self, provider: &str, message: &Message) -> u16 {
        let request = reqwest::Client::new().post(format!("{}/webhooks/{provider}", self.address));
        message.onto(request).send().await.unwrap().status().as_u16()
    }

    /// The news of what was taken last.
    fn last(&self) -> Option<ProviderNews> {
        self.kept.notices.lock().last().unwrap().1.news.clone()
    }

    fn count(&self) -> usize {
        self.kept.notices.lock().len()
    }

    fn test_message(&self, body: &Value) -> Message {
        let body = body.to_string().into_bytes();
        let key = web::payments::test_webhook_key(&self.clients.config);
        Message {
            headers: vec![(SIGNATURE_HEADER.into(), sign(&key, &body, self.clients.clock.now()))],
            body,
        }
    }
}

fn state(news: Option<ProviderNews>) -> ProviderState {
    match news {
        Some(ProviderNews::Payment(payment)) if payment.payment.is_some() => payment.state,
        other => panic!("no news of our payment: {other:?}"),
    }
}

#[tokio::test]
async fn paypals_messages_tell_every_step_of_a_payment() {
    let desk = Desk::open(Clients::start().await).await;
    let (paypal, server) = (&desk.clients.paypal, &desk.clients.paypal_server);
    let new = new_payment(8990, Currency::USD);
    let reference = paypal.create(&new).await.unwrap().reference;
    let approved = server.with(|desk| {
        desk.approve(&reference);
        desk.outcome = CaptureOutcome::Pending;
        desk.approved_message(&reference, Utc::now())
    });
    assert_eq!(desk.send("paypal", &approved).await, 200);
    assert_eq!(state(desk.last()), ProviderState::Approved);
    paypal.capture(new.id, &reference).await.unwrap();
    for status in ["PENDING", "DECLINED", "COMPLETED"] {
        let message = server.with(|desk| {
            desk.finish(&reference, status);
            desk.capture_message(&reference, Utc::now())
        });
        assert_eq!(desk.send("paypal", &message).await, 200);
        match (status, state(desk.last())) {
            ("PENDING", ProviderState::Processing) | ("DECLINED", ProviderState::Failed { .. }) => {}
            ("COMPLETED", ProviderState::Captured { amount, .. }) if amount == new.amount => {}
            (_, other) => panic!("{status}: {other:?}"),
        }
    }
    let looked = paypal.look_up(&reference).await.unwrap();
    assert_eq!(
        desk.last(),
        Some(ProviderNews::Payment(looked.clone())),
        "message and look agree"
    );
    let ProviderState::Captured { capture, .. } = looked.state else {
        panic!("captured")
    };
    let wish = new_refund(&reference, &capture, 990, Currency::USD);
    let refund = paypal.refund(&wish).await.unwrap();
    let message = server.with(|desk| desk.refund_message(&refund.reference, Utc::now()));
    assert_eq!(desk.send("paypal", &message).await, 200);
    let news = ProviderNews::Refund {
        capture,
        refund: Some(wish.id),
        news: refund,
    };
    assert_eq!(desk.last(), Some(news));
    let other = server.with(|desk| desk.message("CUSTOMER.DISPUTE.CREATED", "dispute", &json!({}), Utc::now()));
    assert_eq!(desk.send("paypal", &other).await, 200);
    assert_eq!(desk.last(), None);
    let again = (desk.send("paypal", &approved).await, desk.count());
    assert_eq!(again, (200, 7), "a duplicate is proven again and left to the domain");
    desk.clients.content();
}

#[tokio::test]
async fn messages_that_are_not_paypals_are_not_taken() {
    let desk = Desk::open(Clients::start().await).await;
    let server = &desk.clients.paypal_server;
    let reference = desk
        .clients
        .paypal
        .create(&new_payment(900, Currency::USD))
        .await
        .unwrap()
        .reference;
    let sent = |at| server.with(|desk| desk.approved_message(&reference, at));
    let good = sent(Utc::now());
    let asked = || server.calls().iter().filter(|call| call.contains("verify")).count();
    let mut changed = good.clone();
    let place = changed.body.len() - 3;
    changed.body.insert(place, b' ');
    for forged in [changed, good.clone().with("paypal-transmission-sig", "other")] {
        assert_eq!(desk.send("paypal", &forged).await, 400);
    }
    assert_eq!(asked(), 2);
    let mut no_json = good.clone();
    no_json.body.pop();
    let mut double = good.clone();
    double.headers.push(double.headers[0].clone());
    let mut bare = good.clone();
    bare.headers.clear();
    let unproven = [
        no_json,
        double,
        bare,
        good.clone().with("paypal-cert-url", "https://example.com/cert"),
        good.clone().with("paypal-transmission-time", "yesterday"),
        sent(Utc::now() - TimeDelta::days(4)),
        sent(Utc::now() + TimeDelta::hours(1)),
    ];
    for message in &unproven {
        assert_eq!(desk.send("paypal", message).await, 400, "{message:?}");
    }
    assert_eq!(asked(), 2, "PayPal is not even asked");
    server.fail_next([Fault::ServerError, Fault::ServerError]);
    assert_eq!(desk.send("paypal", &good).await, 503, "PayPal shall send it again");
    assert_eq!(
        (desk.count(), desk.send("paypal", &good).await, desk.count()),
        (0, 200, 1)
    );
    desk.clients.content();
}

#[tokio::test]
async fn stripes_messages_tell_every_step_of_a_payment() {
    let desk = Desk::open(Clients::start().await).await;
    let (stripe, server) = (&desk.clients.stripe, &desk.clients.stripe_server);
    let new = new_payment(8990, Currency::USD);
    let reference = stripe.create(&new).await.unwrap().reference;
    let secrets = [WEBHOOK_SECRET];
    for (confirmation, kind) in [
        (Confirmation::Process, "payment_intent.processing"),
        (Confirmation::Decline, "payment_intent.payment_failed"),
        (Confirmation::Succeed, "payment_intent.succeeded"),
    ] {
        let message = server.with(|desk| {
            desk.confirm(&reference, confirmation);
            let object = desk.object(&reference);
            desk.message(kind, &object, &secrets, Utc::now())
        });
        assert_eq!(desk.send("stripe", &message).await, 200);
        let looked = stripe.look_up(&reference).await.unwrap();
        assert_eq!(
            desk.last(),
            Some(ProviderNews::Payment(looked)),
            "message and look agree"
        );
    }
    let ProviderState::Captured { capture, .. } = state(desk.last()) else {
        panic!("captured")
    };
    let wish = new_refund(&reference, &capture, 990, Currency::USD);
    let refund = stripe.refund(&wish).await.unwrap();
    let object = server.with(|desk| desk.object(&refund.reference));
    let news = ProviderNews::Refund {
        capture: capture.clone(),
        refund: Some(wish.id),
        news: refund,
    };
    for (kind, object, news) in [
        ("refund.created", object.clone(), Some(news.clone())),
        ("refund.updated", object.clone(), Some(news.clone())),
        (
            "charge.refunded",
            json!({"id": capture, "refunds": {"data": [object]}}),
            Some(news),
        ),
        ("charge.refunded", json!({"id": capture}), None),
        ("customer.created", json!({"id": "cus_1"}), None),
    ] {
        let message = server.with(|desk| desk.message(kind, &object, &secrets, Utc::now()));
        assert_eq!(desk.send("stripe", &message).await, 200);
        assert_eq!(desk.last(), news, "{kind}");
    }
    let odd = server.with(|desk| desk.message("payment_intent.succeeded", &json!({"id": 1}), &secrets, Utc::now()));
    assert_eq!(desk.send("stripe", &odd).await, 400);
    desk.clients.content();
}

#[tokio::test]
async fn stripes_signature_must_hold_be_fresh_and_may_be_one_of_several() {
    const NEXT: &str = "whsec_the_next_secret";
    let clients = Clients::start_with(|config| {
        let stripe = config.payments.stripe.as_mut().unwrap();
        stripe.webhook_secrets = vec![WEBHOOK_SECRET.into(), NEXT.into()];
    });
    let desk = Desk::open(clients.await).await;
    let server = &desk.clients.stripe_server;
    let object = json!({"id": "cus_1"});
    let message = |secrets: &[&str], age| {
        let at = desk.clients.clock.now() - TimeDelta::seconds(age);
        server.with(|desk| desk.message("customer.created", &object, secrets, at))
    };
    for secrets in [&[WEBHOOK_SECRET][..], &[NEXT], &["whsec_another_shop", NEXT]] {
        assert_eq!(desk.send("stripe", &message(secrets, 0)).await, 200, "{secrets:?}");
    }
    let good = message(&[NEXT], 290);
    assert_eq!(desk.send("stripe", &good).await, 200);
    let taken = desk.count();
    let mut changed = good.clone();
    changed.body.push(b'\n');
    let mut bare = good.clone();
    bare.headers.clear();
    let refused = [
        changed,
        bare,
        message(&["whsec_another_shop"], 0),
        message(&[], 0),
        message(&[NEXT], 310),
        message(&[NEXT], -310),
        good.with("stripe-signature", "t=1,v1=00"),
    ];
    for message in &refused {
        assert_eq!(desk.send("stripe", message).await, 400, "{message:?}");
    }
    assert_eq!(desk.count(), taken);
}

#[tokio::test]
async fn statuses_tell_a_provider_what_to_send_again() {
    let desk = Desk::open(Clients::start().await).await;
    let new = new_payment(8990, Currency::USD);
    let reference = desk.clients.named("test").create(&new).await.unwrap().reference;
    let body = json!({"event_id": "evt_1", "kind": "payment.captured",
        "payment": {"reference": reference, "state": "captured"}});
    let good = desk.test_message(&body);
    assert_eq!(desk.send("test", &good).await, 200);
    assert!(matches!(state(desk.last()), ProviderState::Captured { amount, .. } if amount == new.amount));
    assert_eq!(
        desk.send("test", &good.clone().with(SIGNATURE_HEADER, "t=1,v1=00"))
            .await,
        400
    );
    assert_eq!(
        desk.send("test", &desk.test_message(&json!({"event_id": "evt_2"})))
            .await,
        400
    );
    assert_eq!(desk.send("nobody", &good).await, 404);
    assert_eq!(desk.send("manual", &good).await, 404, "it sends none");
    let large = Message {
        body: vec![b' '; 256 * 1024 + 1],
        ..good.clone()
    };
    assert_eq!(desk.send("test", &large).await, 413);
    desk.kept.is_away.store(true, Ordering::Relaxed);
    assert_eq!(desk.send("test", &good).await, 503);
    assert_eq!(desk.count(), 1);
}

/// Headers that may pass every check but the last: well-formed, or all of one odd value.
fn some_headers(odd: &str, is_formed: bool, clients: &Clients) -> WebhookHeaders {
    let time = clients.clock.now();
    let formed = [
        ("stripe-signature", format!("t={},v1={odd}", time.timestamp())),
        (SIGNATURE_HEADER, format!("t={},v1={odd}", time.timestamp())),
        ("paypal-transmission-id", "69cd13f0".into()),
        ("paypal-transmission-time", time.to_rfc3339()),
        (
            "paypal-cert-url",
            "https://api.paypal.com/v1/notifications/certs/CERT-1".into(),
        ),
        ("paypal-auth-algo", "SHA256withRSA".into()),
        ("paypal-transmission-sig", odd.chars().take(40).collect()),
    ];
    let value = |formed: String| if is_formed { formed } else { odd.to_owned() };
    WebhookHeaders(formed.map(|(name, formed)| (name.to_owned(), value(formed))).to_vec())
}

#[test]
fn no_bytes_pass_for_a_message() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let clients = runtime.block_on(Clients::start());
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let body = prop_oneof![
        bytes,
        ".{0,80}".prop_map(|text| json!({"id": text}).to_string().into_bytes())
    ];
    let odd = prop_oneof![".{0,80}", "[0-9a-f]{64}", "t=[0-9]{0,12},v1=[0-9a-f]{0,64}"];
    let mut runner = TestRunner::new(ProptestConfig::with_cases(300));
    let held = runner.run(&(body, odd, any::<bool>()), |(body, odd, is_formed)| {
        runtime.block_on(async {
            let headers = some_headers(&odd, is_formed, &clients);
            for provider in &clients.all {
                let verdict = provider.verify_webhook(&headers, &body).await;
                let fits = matches!(verdict, Err(WebhookError::Forged(_) | WebhookError::Unsupported));
                prop_assert!(fits, "{provider:?} {verdict:?}");
            }
            Ok(())
        })
    });
    held.unwrap();
    let asked = clients.paypal_server.calls();
    assert!(asked.iter().any(|call| call.contains("verify")), "PayPal was asked too");
}
