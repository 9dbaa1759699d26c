//! What the clients of payment providers make of silence, failures and refusals.

use chrono::TimeDelta;
use shop::{
    Currency,
    payments::{PaymentProvider, ProviderError, ProviderState},
};
use std::{sync::Arc, time::Instant};
use support::{
    Logs,
    stand_ins::{
        Clients, Fault, new_payment, new_refund,
        paypal::{self, CaptureOutcome},
        stripe::{self, Confirmation},
    },
};

fn is_unavailable<T>(result: &Result<T, ProviderError>) -> bool {
    matches!(result, Err(ProviderError::Unavailable { .. }))
}

fn is_refused<T>(result: &Result<T, ProviderError>) -> bool {
    matches!(result, Err(ProviderError::Refused { .. }))
}

fn calls(clients: &Clients, call: &str) -> usize {
    let (paypal, stripe) = (clients.paypal_server.calls(), clients.stripe_server.calls());
    paypal
        .iter()
        .chain(&stripe)
        .filter(|made| made.as_str() == call)
        .count()
}

fn fail(clients: &Clients, provider: &Arc<dyn PaymentProvider>, faults: &[Fault]) {
    let faults = faults.iter().copied();
    match provider.code() {
        "paypal" => clients.paypal_server.fail_next(faults),
        _ => clients.stripe_server.fail_next(faults),
    }
}

#[tokio::test]
async fn one_failure_is_repeated_and_a_second_is_told() {
    let clients = Clients::start().await;
    for (provider, call) in [
        (&clients.paypal, "POST /v2/checkout/orders"),
        (&clients.stripe, "POST /v1/payment_intents"),
    ] {
        for fault in [Fault::ServerError, Fault::TooMany(0), Fault::TooMany(1)] {
            fail(&clients, provider, &[fault]);
            provider.create(&new_payment(900, Currency::USD)).await.unwrap();
        }
        assert_eq!(calls(&clients, call), 6);
        fail(&clients, provider, &[Fault::ServerError, Fault::ServerError]);
        assert!(is_unavailable(&provider.create(&new_payment(900, Currency::USD)).await));
        fail(&clients, provider, &[Fault::TooMany(60)]);
        let begun = Instant::now();
        assert!(is_unavailable(&provider.create(&new_payment(900, Currency::USD)).await));
        assert!(begun.elapsed().as_millis() < 1000, "a long pause is the caller's");
        assert_eq!(calls(&clients, call), 9);
    }
    clients.content();
}

#[tokio::test]
async fn after_silence_the_same_key_charges_once_and_a_look_tells_the_truth() {
    let clients = Clients::start().await;
    for provider in [&clients.paypal, &clients.stripe] {
        let new = new_payment(900, Currency::USD);
        fail(&clients, provider, &[Fault::HangAfterWork]);
        assert!(is_unavailable(&provider.create(&new).await));
        let reference = provider.create(&new).await.unwrap().reference;
        clients.paypal_server.with(|desk| {
            if provider.code() == "paypal" {
                desk.approve(&reference);
            }
        });
        clients.stripe_server.with(|desk| {
            if provider.code() == "stripe" {
                desk.confirm(&reference, Confirmation::Authorise);
            }
        });
        // The look before the capture is answered, the capture is not.
        let looked = provider.look_up(&reference).await.unwrap();
        assert_eq!(looked.state, ProviderState::Approved);
        silence_capture(&clients, provider, &reference, new.id).await;
        let ProviderState::Captured { capture, .. } = provider.look_up(&reference).await.unwrap().state else {
            panic!("the money was taken")
        };
        let again = provider.capture(new.id, &reference).await.unwrap();
        assert!(matches!(again.state, ProviderState::Captured { .. }));

        let refund = new_refund(&reference, &capture, 900, Currency::USD);
        fail(&clients, provider, &[Fault::HangAfterWork]);
        assert!(is_unavailable(&provider.refund(&refund).await));
        provider.refund(&refund).await.unwrap();
    }
    assert_eq!(clients.paypal_server.with(|desk| desk.counts()), (1, 1, 1));
    assert_eq!(clients.stripe_server.with(|desk| desk.counts()), (1, 1));
    clients.content();
}

/// The fault lies behind one call that goes well.
async fn silence_capture(
    clients: &Clients,
    provider: &Arc<dyn PaymentProvider>,
    reference: &str,
    payment: shop::id::PaymentId,
) {
    fail(clients, provider, &[Fault::None, Fault::HangAfterWork]);
    assert!(is_unavailable(&provider.capture(payment, reference).await));
}

#[tokio::test]
async fn answers_that_are_none_are_refused_within_bounds() {
    let clients = Clients::start().await;
    for provider in [&clients.paypal, &clients.stripe] {
        fail(&clients, provider, &[Fault::Garbage]);
        assert!(is_refused(&provider.look_up("SOME_ID").await));
        fail(&clients, provider, &[Fault::Endless]);
        assert!(is_unavailable(&provider.look_up("SOME_ID").await));
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_unavailable() {
    let clients = Clients::start_with(|config| {
        // Nobody listens on the discard port.
        config.payments.stripe.as_mut().unwrap().base_url = "http://127.0.0.1:9".into();
        config.payments.paypal.as_mut().unwrap().base_url = Some("http://127.0.0.1:9".into());
    })
    .await;
    for provider in [&clients.paypal, &clients.stripe] {
        assert!(is_unavailable(&provider.create(&new_payment(900, Currency::USD)).await));
        assert!(is_unavailable(&provider.look_up("SOME_ID").await));
    }
}

#[tokio::test]
async fn wrong_keys_are_refused_and_named_in_no_error() {
    let clients = Clients::start_with(|config| {
        config.payments.stripe.as_mut().unwrap().secret_key = "sk_test_wrong_never_shown".into();
        config.payments.paypal.as_mut().unwrap().client_secret = "wrong-never-shown".into();
    })
    .await;
    for provider in [&clients.paypal, &clients.stripe] {
        let refused = provider.create(&new_payment(900, Currency::USD)).await;
        assert!(is_refused(&refused), "{refused:?}");
        let told = format!("{refused:?} {}", refused.as_ref().unwrap_err());
        assert!(!told.contains("never_shown") && !told.contains("never-shown"), "{told}");
    }
}

#[tokio::test]
async fn paypals_token_is_shared_and_renewed_before_its_end_and_when_refused() {
    let clients = Clients::start().await;
    let token = "POST /v1/oauth2/token";
    let create = || async { clients.paypal.create(&new_payment(900, Currency::USD)).await.unwrap() };
    futures_join(&create).await;
    assert_eq!(calls(&clients, token), 1, "many at once fetch one");
    clients.clock.turn(TimeDelta::seconds(32_400 - 61));
    create().await;
    assert_eq!(calls(&clients, token), 1);
    clients.clock.turn(TimeDelta::seconds(2));
    create().await;
    assert_eq!(calls(&clients, token), 2, "renewed a minute before its end");
    clients.paypal_server.with(paypal::Paypal::expire_tokens);
    create().await;
    assert_eq!(calls(&clients, token), 3, "renewed when refused");
    clients.content();
}

async fn futures_join<F: Future>(work: &impl Fn() -> F) {
    tokio::join!(work(), work(), work(), work());
}

#[tokio::test]
async fn nothing_secret_or_personal_is_logged_shown_or_told() {
    let logs = Logs::capture();
    let clients = Clients::start().await;
    let mut told = format!("{:?} {:?}", clients.config, clients.all);
    for provider in [&clients.paypal, &clients.stripe] {
        let new = new_payment(900, Currency::USD);
        let created = provider.create(&new).await.unwrap();
        told += &format!("{created:?}");
        let paypal = provider.code() == "paypal";
        clients.paypal_server.with(|desk| {
            desk.outcome = CaptureOutcome::InstrumentDeclined;
            if paypal {
                desk.approve(&created.reference);
            }
        });
        told += &format!("{:?}", provider.capture(new.id, &created.reference).await);
        for result in [provider.look_up("NOBODY").await, provider.look_up("../x").await] {
            told += &format!("{result:?}");
        }
        let refund = new_refund(&created.reference, "NOBODY", 900, Currency::USD);
        told += &format!("{:?}", provider.refund(&refund).await);
        fail(&clients, provider, &[Fault::Garbage]);
        told += &format!("{:?}", provider.look_up("NOBODY").await);
    }
    told += &logs.text();
    assert!(
        told.contains("hyper") || told.contains("reqwest"),
        "the clients log what they do"
    );
    let secrets = [
        paypal::CLIENT_SECRET,
        "A21AA-token",
        stripe::SECRET_KEY,
        stripe::WEBHOOK_SECRET,
        "_secret_never_shown",
        "buyer@example.com",
    ];
    for secret in secrets {
        assert!(!told.contains(secret), "{secret} is told");
    }
}
