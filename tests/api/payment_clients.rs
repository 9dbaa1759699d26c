//! The clients of payment providers do what the providers' documents describe.

use shop::{
    Currency,
    money::Money,
    payments::{NextStep, ProviderError, ProviderRefundState, ProviderState, WebhookError},
};
use support::stand_ins::{
    Clients, new_payment, new_refund,
    paypal::CaptureOutcome,
    stripe::{Confirmation, PUBLISHABLE_KEY},
};

fn captured(state: &ProviderState) -> (String, Money) {
    match state {
        ProviderState::Captured { capture, amount } => (capture.clone(), *amount),
        other => panic!("not captured: {other:?}"),
    }
}

fn is_declined<T>(result: &Result<T, ProviderError>) -> bool {
    matches!(result, Err(ProviderError::Declined { .. }))
}

#[tokio::test]
async fn paypal_takes_a_payment_and_gives_it_back_in_parts() {
    let clients = Clients::start().await;
    let (paypal, server) = (&clients.paypal, &clients.paypal_server);
    let new = new_payment(8990, Currency::USD);
    let created = paypal.create(&new).await.unwrap();
    let NextStep::Redirect { url } = &created.next else {
        panic!("{:?}", created.next)
    };
    assert!(
        url.starts_with("https://www.sandbox.paypal.com/checkoutnow?token="),
        "{url}"
    );
    assert_eq!(
        paypal.create(&new).await.unwrap(),
        created,
        "the same id is the same payment"
    );
    let reference = &created.reference;
    let before = paypal.look_up(reference).await.unwrap();
    assert_eq!((before.payment, before.state), (Some(new.id), ProviderState::Pending));
    for shown in [None, Some("APPROVED")] {
        server.with(|desk| desk.shown_once = shown);
        let early = paypal.capture(new.id, reference).await.unwrap();
        assert_eq!(early.state, ProviderState::Pending);
    }
    server.with(|desk| desk.approve(reference));
    assert_eq!(paypal.look_up(reference).await.unwrap().state, ProviderState::Approved);
    let taken = paypal.capture(new.id, reference).await.unwrap();
    let (capture, amount) = captured(&taken.state);
    assert_eq!((amount, taken.payment), (new.amount, Some(new.id)));
    assert_eq!(paypal.capture(new.id, reference).await.unwrap(), taken);
    assert_eq!(paypal.look_up(reference).await.unwrap(), taken);
    server.with(|desk| desk.shown_once = Some("APPROVED"));
    assert_eq!(
        paypal.capture(new.id, reference).await.unwrap(),
        taken,
        "somebody was faster"
    );

    let part = new_refund(reference, &capture, 4000, Currency::USD);
    let refund = paypal.refund(&part).await.unwrap();
    assert_eq!(
        (refund.amount, &refund.state),
        (part.amount, &ProviderRefundState::Done)
    );
    assert_eq!(
        paypal.refund(&part).await.unwrap(),
        refund,
        "the same id is the same refund"
    );
    let too_much = new_refund(reference, &capture, 5000, Currency::USD);
    assert!(is_declined(&paypal.refund(&too_much).await));
    paypal
        .refund(&new_refund(reference, &capture, 4990, Currency::USD))
        .await
        .unwrap();
    assert_eq!(server.with(|desk| desk.counts()), (1, 1, 2));
    assert_eq!(server.calls().iter().filter(|call| call.contains("oauth2")).count(), 1);
    paypal.cancel("GONE").await.unwrap();
    clients.content();
}

#[tokio::test]
async fn paypal_tells_a_pending_and_a_declined_capture_apart() {
    let clients = Clients::start().await;
    let (paypal, server) = (&clients.paypal, &clients.paypal_server);
    let new = new_payment(500, Currency::EUR);
    let reference = paypal.create(&new).await.unwrap().reference;
    server.with(|desk| {
        desk.approve(&reference);
        desk.outcome = CaptureOutcome::InstrumentDeclined;
    });
    assert!(is_declined(&paypal.capture(new.id, &reference).await));
    server.with(|desk| desk.outcome = CaptureOutcome::Pending);
    let taken = paypal.capture(new.id, &reference).await.unwrap();
    assert_eq!(taken.state, ProviderState::Processing);
    server.with(|desk| desk.finish(&reference, "DECLINED"));
    let failed = paypal.look_up(&reference).await.unwrap().state;
    assert!(matches!(failed, ProviderState::Failed { .. }), "{failed:?}");
    server.with(|desk| desk.finish(&reference, "REFUNDED"));
    captured(&paypal.look_up(&reference).await.unwrap().state);
    clients.content();
}

#[tokio::test]
async fn stripe_takes_a_payment_and_gives_it_back_in_parts() {
    let clients = Clients::start().await;
    let (stripe, server) = (&clients.stripe, &clients.stripe_server);
    let new = new_payment(8990, Currency::USD);
    let created = stripe.create(&new).await.unwrap();
    let NextStep::Confirm {
        client_secret,
        publishable_key,
    } = &created.next
    else {
        panic!("{:?}", created.next)
    };
    assert!(client_secret.starts_with(&created.reference) && publishable_key == PUBLISHABLE_KEY);
    assert_eq!(
        stripe.create(&new).await.unwrap(),
        created,
        "the same id is the same payment"
    );
    let reference = &created.reference;
    let metadata = server.with(|desk| desk.object(reference)["metadata"].clone());
    assert_eq!(metadata["order_number"], "MS-1042 & more");
    for (confirmation, state) in [
        (Confirmation::Decline, ProviderState::Pending),
        (Confirmation::Process, ProviderState::Processing),
    ] {
        server.with(|desk| desk.confirm(reference, confirmation));
        assert_eq!(stripe.capture(new.id, reference).await.unwrap().state, state);
    }
    server.with(|desk| desk.confirm(reference, Confirmation::Succeed));
    let taken = stripe.capture(new.id, reference).await.unwrap();
    assert_eq!((&taken.reference, taken.payment), (reference, Some(new.id)));
    let (charge, amount) = captured(&taken.state);
    assert_eq!(amount, new.amount);
    assert!(
        is_declined(&stripe.cancel(reference).await),
        "taken money is not cancelled"
    );

    let part = new_refund(reference, &charge, 4000, Currency::USD);
    let refund = stripe.refund(&part).await.unwrap();
    assert_eq!(
        (refund.amount, &refund.state),
        (part.amount, &ProviderRefundState::Done)
    );
    assert_eq!(
        stripe.refund(&part).await.unwrap(),
        refund,
        "the same id is the same refund"
    );
    assert!(is_declined(
        &stripe
            .refund(&new_refund(reference, &charge, 5000, Currency::USD))
            .await
    ));
    stripe
        .refund(&new_refund(reference, &charge, 4990, Currency::USD))
        .await
        .unwrap();
    assert!(is_declined(
        &stripe.refund(&new_refund(reference, &charge, 1, Currency::USD)).await
    ));
    assert_eq!(server.with(|desk| desk.counts()), (1, 2));
    clients.content();
}

#[tokio::test]
async fn stripe_captures_what_waits_for_it_and_cancels_what_was_not_taken() {
    let clients = Clients::start().await;
    let (stripe, server) = (&clients.stripe, &clients.stripe_server);
    let new = new_payment(700, Currency::USD);
    let reference = stripe.create(&new).await.unwrap().reference;
    server.with(|desk| desk.confirm(&reference, Confirmation::Authorise));
    assert_eq!(stripe.look_up(&reference).await.unwrap().state, ProviderState::Approved);
    captured(&stripe.capture(new.id, &reference).await.unwrap().state);

    let other = new_payment(700, Currency::USD);
    let declined = stripe.create(&other).await.unwrap().reference;
    server.with(|desk| {
        desk.confirm(&declined, Confirmation::Authorise);
        desk.decline_captures = true;
    });
    assert!(is_declined(&stripe.capture(other.id, &declined).await));
    stripe.cancel(&declined).await.unwrap();
    stripe.cancel(&declined).await.unwrap();
    let failed = stripe.look_up(&declined).await.unwrap().state;
    assert!(matches!(failed, ProviderState::Failed { .. }), "{failed:?}");
    assert_eq!(stripe.cancel("pi_unknown").await, Err(ProviderError::Unknown));
    clients.content();
}

#[tokio::test]
async fn a_reference_of_another_payment_or_of_another_form_opens_nothing() {
    let clients = Clients::start().await;
    for provider in [&clients.paypal, &clients.stripe] {
        let (mine, other) = (new_payment(700, Currency::USD), new_payment(700, Currency::USD));
        let reference = provider.create(&mine).await.unwrap().reference;
        if provider.code() == "paypal" {
            clients.paypal_server.with(|desk| desk.approve(&reference));
        }
        let wrong = provider.capture(other.id, &reference).await;
        assert!(matches!(wrong, Err(ProviderError::Refused { .. })), "{wrong:?}");
        assert_eq!(
            clients.paypal_server.with(|desk| desk.counts().1),
            0,
            "no money is taken for it"
        );
        let before = (clients.paypal_server.calls().len(), clients.stripe_server.calls().len());
        for odd in ["", "../v1/balance", "a/b", "a?b=c", "ü", &"x".repeat(200)] {
            assert_eq!(provider.look_up(odd).await, Err(ProviderError::Unknown), "{odd}");
            assert_eq!(
                provider.capture(mine.id, odd).await,
                Err(ProviderError::Unknown),
                "{odd}"
            );
        }
        let after = (clients.paypal_server.calls().len(), clients.stripe_server.calls().len());
        assert_eq!(before, after, "nothing was asked");
        assert_eq!(provider.look_up("NOBODY").await, Err(ProviderError::Unknown));
    }
}

#[tokio::test]
async fn a_refund_is_found_by_the_providers_id_or_by_ours() {
    let clients = Clients::start().await;
    for provider in [&clients.paypal, &clients.stripe] {
        let new = new_payment(700, Currency::USD);
        let reference = provider.create(&new).await.unwrap().reference;
        if provider.code() == "paypal" {
            clients.paypal_server.with(|desk| desk.approve(&reference));
        } else {
            clients
                .stripe_server
                .with(|desk| desk.confirm(&reference, Confirmation::Succeed));
        }
        let (capture, _) = captured(&provider.capture(new.id, &reference).await.unwrap().state);
        // More than Stripe's stand-in shows on one page.
        let mut asked = Vec::new();
        for amount in 1..=5 {
            let refund = new_refund(&reference, &capture, amount, Currency::USD);
            let begun = provider.refund(&refund).await.unwrap();
            asked.push((refund, begun));
        }
        for (refund, begun) in &asked {
            for name in [None, Some(begun.reference.as_str())] {
                let found = provider.look_up_refund(refund, name).await.unwrap();
                assert_eq!(found.as_ref(), Some(begun), "{} {name:?}", provider.code());
            }
        }
        let (refund, begun) = &asked[0];
        let (pending, failed) = ("PENDING", "FAILED");
        for (status, state) in [(pending, "Pending"), (failed, "Failed")] {
            clients.paypal_server.with(|desk| {
                if provider.code() == "paypal" {
                    desk.end_refund(&begun.reference, status);
                }
            });
            clients.stripe_server.with(|desk| {
                if provider.code() == "stripe" {
                    desk.end_refund(&begun.reference, &status.to_lowercase());
                }
            });
            let found = provider.look_up_refund(refund, None).await.unwrap().unwrap();
            assert!(format!("{:?}", found.state).starts_with(state), "{found:?}");
        }
        let stranger = new_refund(&reference, &capture, 1, Currency::USD);
        assert_eq!(provider.look_up_refund(&stranger, None).await, Ok(None));
        assert_eq!(provider.look_up_refund(&stranger, Some("NOBODY")).await, Ok(None));
        let nowhere = new_refund("NOBODY", "NOBODY", 1, Currency::USD);
        let blind = provider.look_up_refund(&nowhere, None).await;
        assert!(matches!(blind, Err(ProviderError::Refused { .. })), "{blind:?}");
    }
    clients.content();
}

#[tokio::test]
async fn amounts_are_written_as_each_provider_wants_them() {
    let clients = Clients::start().await;
    for (amount, currency) in [(8990, Currency::USD), (1200, Currency::JPY), (120_000, Currency::HUF)] {
        let new = new_payment(amount, currency);
        let reference = clients.paypal.create(&new).await.unwrap().reference;
        clients.paypal_server.with(|desk| desk.approve(&reference));
        let taken = clients.paypal.capture(new.id, &reference).await.unwrap();
        assert_eq!(captured(&taken.state).1, new.amount);
    }
    for (amount, currency, counted) in [
        (8990, Currency::USD, 8990),
        (1200, Currency::JPY, 1200),
        (5120, Currency::KWD, 5120),
        (12, Currency::ISK, 1200),
    ] {
        let new = new_payment(amount, currency);
        let reference = clients.stripe.create(&new).await.unwrap().reference;
        let sent = clients.stripe_server.with(|desk| {
            desk.confirm(&reference, Confirmation::Succeed);
            desk.object(&reference)
        });
        assert_eq!(
            (&sent["amount"], &sent["currency"]),
            (&counted.into(), &currency.code().to_lowercase().into())
        );
        let taken = clients.stripe.capture(new.id, &reference).await.unwrap();
        assert_eq!(captured(&taken.state).1, new.amount);
    }
    for (provider, amount, currency) in [
        (&clients.paypal, 5120, Currency::KWD),
        (&clients.paypal, 120_050, Currency::HUF),
        (&clients.stripe, 5124, Currency::KWD),
    ] {
        let refused = provider.create(&new_payment(amount, currency)).await;
        assert!(matches!(refused, Err(ProviderError::Refused { .. })), "{refused:?}");
    }
    let tiny = clients.stripe.create(&new_payment(0, Currency::USD)).await;
    assert!(is_declined(&tiny), "{tiny:?}");
    clients.content();
}

#[tokio::test]
async fn a_manual_payment_tells_how_to_pay_and_waits_for_staff() {
    let clients = Clients::start().await;
    let manual = clients.named("manual");
    let new = new_payment(8990, Currency::USD);
    let created = manual.create(&new).await.unwrap();
    let NextStep::Instructions { text } = &created.next else {
        panic!("{:?}", created.next)
    };
    assert_eq!(text, "Transfer 89.90 USD and name order MS-1042 & more");
    assert!(manual.is_manual() && !clients.paypal.is_manual());
    assert_eq!(
        manual.look_up(&created.reference).await.unwrap().state,
        ProviderState::Pending
    );
    assert!(is_declined(&manual.capture(new.id, &created.reference).await));
    let refund = new_refund(&created.reference, "by hand", 8990, Currency::USD);
    let begun = manual.refund(&refund).await.unwrap();
    assert_eq!(begun.state, ProviderRefundState::Pending);
    assert_eq!(manual.look_up_refund(&refund, None).await.unwrap(), Some(begun));
    let message = manual.verify_webhook(&Default::default(), b"{}").await;
    assert_eq!(message, Err(WebhookError::Unsupported));
}

#[tokio::test]
async fn test_payments_come_to_what_the_settings_say_and_are_not_offered_by_real_shops() {
    use web::config::TestOutcome;
    for (outcome, fits) in [
        (TestOutcome::Complete, "captured"),
        (TestOutcome::Decline, "failed"),
        (TestOutcome::Process, "processing"),
    ] {
        let clients = Clients::start_with(|config| config.payments.test.outcome = outcome).await;
        let test = clients.named("test");
        let new = new_payment(8990, Currency::USD);
        let created = test.create(&new).await.unwrap();
        assert_eq!(created.next, NextStep::Complete);
        let state = match test.look_up(&created.reference).await.unwrap().state {
            ProviderState::Captured { amount, .. } if amount == new.amount => "captured",
            ProviderState::Failed { .. } => "failed",
            ProviderState::Processing => "processing",
            other => panic!("{other:?}"),
        };
        assert_eq!(state, fits);
        let taken = test.capture(new.id, &created.reference).await;
        assert_eq!(is_declined(&taken), outcome == TestOutcome::Decline);
    }
    let mut config = web::config::Config::default();
    config.shop.demo = false;
    let offered = web::payments::providers(&config, &(support::HandClock::new() as _)).unwrap();
    assert!(offered.is_empty(), "{offered:?}");
}
