//! Payments among time-outs, repetitions, delays and lies, with the books audited.

#![expect(clippy::unwrap_used, reason = "tests")]

mod refunds;

use super::{PaymentStatus, ProviderNews, ProviderPayment, ProviderState, WebhookNotice};
use crate::{
    ShopError, Viewer,
    error::ProblemCode,
    idempotency::IdempotencyKey,
    orders::{AdminOrders, OrderEventKind, OrderKey, OrderStatus, OrderView, PaymentState, RefundStatus},
    testing::{Market, problems},
};
use chrono::TimeDelta;
use entities::{
    Currency,
    id::{OrderId, PaymentId},
    money::Money,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

fn admin(market: &Market) -> AdminOrders<'_> {
    AdminOrders::new(&market.shop, None)
}

async fn view(market: &Market, id: OrderId) -> OrderView {
    admin(market).find(&OrderKey::Id(id)).await.unwrap()
}

async fn complete(market: &Market, order: OrderId, payment: PaymentId) -> Result<OrderView, ShopError> {
    let token = market.shop.orders().access_token(order);
    market
        .shop
        .payments()
        .complete(&Viewer::Guest, payment, Some(&token))
        .await
}

fn notice(event: &str, news: ProviderNews) -> WebhookNotice {
    WebhookNotice {
        event_id: event.to_owned(),
        kind: "something.happened".to_owned(),
        news: Some(news),
    }
}

fn kinds(view: &OrderView) -> Vec<OrderEventKind> {
    view.events.iter().map(|event| event.kind).collect()
}

#[tokio::test]
async fn an_answer_that_was_lost_costs_nothing_twice() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        market.bank.fall_silent(1);
        let lost = market.start(order.id, "bank", "k").await;
        assert!(matches!(lost, Err(ShopError::Busy)), "{lost:?}");
        let started = market.start(order.id, "bank", "k").await.unwrap();
        let again = market.start(order.id, "bank", "k").await.unwrap();
        assert_eq!(started.payment.id, again.payment.id);
        market.bank.fall_silent(1);
        let lost = complete(market, order.id, started.payment.id).await;
        assert!(matches!(lost, Err(ShopError::Busy)), "{lost:?}");
        assert_eq!(view(market, order.id).await.order.status, OrderStatus::PendingPayment);
        for _ in 0..3 {
            let paid = complete(market, order.id, started.payment.id).await.unwrap();
            assert_eq!(paid.order.status, OrderStatus::Paid);
        }
        assert_eq!(market.bank.balance(), (order.total_amount, 0));
        market.audit().await;
    }
}

#[tokio::test]
async fn money_for_an_order_that_was_given_up_goes_back() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 2)]).await.order;
        let started = market.start(order.id, "bank", "k").await.unwrap();
        admin(market).cancel(order.id, "").await.unwrap();
        assert_eq!(market.stock(mug).await, (5, 0));
        // The customer confirmed in their browser at the same moment.
        let reference = started.payment.reference.unwrap();
        let late = market.bank.capture_by_itself(&reference);
        let event = notice("e1", ProviderNews::Payment(late));
        for _ in 0..3 {
            market.shop.payments().take_notice("bank", &event).await.unwrap();
        }
        let end = view(market, order.id).await;
        assert_eq!(
            (end.order.status, end.payment_state()),
            (OrderStatus::Cancelled, PaymentState::Void)
        );
        assert_eq!((end.refunds.len(), end.refunds[0].status), (1, RefundStatus::Done));
        assert_eq!(market.bank.balance(), (order.total_amount, order.total_amount));
        market.audit().await;
    }
}

#[tokio::test]
async fn who_pays_twice_gets_one_of_it_back() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        let first = market.start(order.id, "bank", "a").await.unwrap().payment;
        let second = market.start(order.id, "bank", "b").await.unwrap().payment;
        assert_ne!(first.id, second.id);
        for (place, payment) in [&first, &second].into_iter().enumerate() {
            let news = market.bank.capture_by_itself(payment.reference.as_deref().unwrap());
            let event = notice(&format!("e{place}"), ProviderNews::Payment(news));
            market.shop.payments().take_notice("bank", &event).await.unwrap();
        }
        let end = view(market, order.id).await;
        assert_eq!(
            (end.order.status, end.payment_state()),
            (OrderStatus::Paid, PaymentState::Paid)
        );
        let states: Vec<PaymentStatus> = end.payments.iter().map(|row| row.status).collect();
        assert_eq!(states, [PaymentStatus::Captured, PaymentStatus::Cancelled]);
        assert_eq!(market.bank.balance(), (2 * order.total_amount, order.total_amount));
        market.audit().await;
    }
}

#[tokio::test]
async fn another_amount_or_currency_pays_nothing() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        for (place, (amount, currency)) in [(1, Currency::USD), (2_150, Currency::JPY)].into_iter().enumerate() {
            let order = market.order(&[(mug, 1)]).await.order;
            assert_eq!(order.total_amount, 2_150);
            let payment = market.start(order.id, "bank", "k").await.unwrap().payment;
            let news = ProviderPayment {
                reference: payment.reference.unwrap(),
                payment: None,
                state: ProviderState::Captured {
                    capture: format!("c{place}"),
                    amount: Money::new(amount, currency),
                },
            };
            let event = notice(&format!("e{place}"), ProviderNews::Payment(news));
            market.shop.payments().take_notice("bank", &event).await.unwrap();
            let end = view(market, order.id).await;
            assert_eq!(end.order.status, OrderStatus::PendingPayment);
            assert_eq!(end.payments[0].status, PaymentStatus::Mismatched);
            assert!(kinds(&end).contains(&OrderEventKind::PaymentMismatched));
        }
        market.audit().await;
    }
}

/// Every message of many payments, several times, in any order, among strangers' messages.
#[tokio::test]
async fn messages_in_any_order_and_number_pay_each_order_once() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 1_000).await;
        let mut random = StdRng::seed_from_u64(7);
        let (mut events, mut expected) = (Vec::new(), Vec::new());
        for number in 0..40 {
            let order = market.order(&[(mug, 1)]).await.order;
            let payment = market.start(order.id, "bank", "k").await.unwrap().payment;
            let reference = payment.reference.unwrap();
            let is_paid = number % 2 == 0;
            let mut states = vec![
                ProviderState::Pending,
                ProviderState::Approved,
                ProviderState::Processing,
            ];
            states.push(if is_paid {
                let ProviderPayment { state, .. } = market.bank.capture_by_itself(&reference);
                state
            } else {
                let failed = ProviderState::Failed {
                    reason: "declined".to_owned(),
                };
                market.bank.set(&reference, failed.clone());
                failed
            });
            for (place, state) in states.into_iter().enumerate() {
                let news = ProviderPayment {
                    reference: reference.clone(),
                    payment: Some(payment.id),
                    state,
                };
                events.push(notice(&format!("{number}-{place}"), ProviderNews::Payment(news)));
            }
            let stranger = ProviderPayment {
                reference: format!("foreign-{number}"),
                payment: Some(PaymentId::generate()),
                state: ProviderState::Captured {
                    capture: format!("foreign-{number}"),
                    amount: Money::new(2_150, Currency::USD),
                },
            };
            events.push(notice(&format!("x{number}"), ProviderNews::Payment(stranger)));
            expected.push((order.id, is_paid));
        }
        let copies: Vec<WebhookNotice> = events.iter().filter(|_| random.random_bool(0.5)).cloned().collect();
        events.extend(copies);
        events.shuffle(&mut random);
        for some in events.chunks(8) {
            let taken = some
                .iter()
                .map(|event| async { market.shop.payments().take_notice("bank", event).await });
            for outcome in futures::future::join_all(taken).await {
                outcome.unwrap();
            }
        }
        for (id, is_paid) in expected {
            let end = view(market, id).await;
            assert_eq!(end.order.status == OrderStatus::Paid, is_paid, "{:?}", kinds(&end));
        }
        market.audit().await;
    }
}

#[tokio::test]
async fn an_overdue_order_is_given_up_unless_its_money_is_here_or_coming() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 10).await;
        let mut orders = Vec::new();
        for _ in 0..5 {
            let order = market.order(&[(mug, 1)]).await.order.id;
            let reference = market
                .start(order, "bank", "k")
                .await
                .unwrap()
                .payment
                .reference
                .unwrap();
            orders.push((order, reference));
        }
        let by_hand = market.order(&[(mug, 1)]).await.order.id;
        market.start(by_hand, "manual", "k").await.unwrap();
        market.bank.capture_by_itself(&orders[0].1);
        market.bank.set(&orders[1].1, ProviderState::Processing);
        market.bank.set(&orders[2].1, ProviderState::Pending);
        let status = async |at: usize| view(market, orders[at].0).await.order.status;
        market.shop.payments().upkeep(10).await.unwrap();
        assert_eq!(status(0).await, OrderStatus::PendingPayment, "nothing is overdue yet");
        market.clock.forward(TimeDelta::minutes(31));
        market.shop.payments().upkeep(10).await.unwrap();
        assert_eq!(status(0).await, OrderStatus::Paid);
        assert_eq!(status(1).await, OrderStatus::PendingPayment);
        assert_eq!(status(2).await, OrderStatus::Cancelled);
        assert_eq!(view(market, by_hand).await.order.status, OrderStatus::PendingPayment);
        assert_eq!(
            status(3).await,
            OrderStatus::Paid,
            "its customer agreed and never came back"
        );
        assert_eq!(market.stock(mug).await, (7, 2));
        // Given up at the provider too: nobody can agree to it any more.
        let late = complete(market, orders[2].0, view(market, orders[2].0).await.payments[0].id).await;
        assert_eq!(late.unwrap().order.status, OrderStatus::Cancelled);
        market.clock.forward(TimeDelta::days(8));
        market
            .bank
            .set(&orders[1].1, ProviderState::Failed { reason: "no".into() });
        market.shop.payments().upkeep(10).await.unwrap();
        assert_eq!(
            (status(1).await, market.stock(mug).await),
            (OrderStatus::Cancelled, (7, 0))
        );
        market.audit().await;
    }
}

#[tokio::test]
async fn a_payment_is_begun_by_who_may_see_the_order_and_only_while_it_waits() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let (one, two) = (
            market.order(&[(mug, 1)]).await.order.id,
            market.order(&[(mug, 1)]).await.order.id,
        );
        let wanted = super::StartPayment {
            provider: "bank".into(),
            return_url: Some("javascript:alert(1)".into()),
            cancel_url: None,
            address: None,
        };
        let (payments, orders) = (market.shop.payments(), market.shop.orders());
        let key = IdempotencyKey::parse("k").unwrap();
        let token = orders.access_token(two);
        let foreign = payments.start(&Viewer::Guest, one, Some(&token), &wanted, &key).await;
        assert!(matches!(foreign, Err(ShopError::NotFound)));
        let token = orders.access_token(one);
        let bad = payments.start(&Viewer::Guest, one, Some(&token), &wanted, &key).await;
        assert_eq!(problems(bad), [("returnUrl".to_owned(), ProblemCode::Invalid)]);
        assert_eq!(problems(market.start(one, "gold", "k").await)[0].0, "provider");
        market.pay(one).await.unwrap();
        assert_eq!(
            problems(market.start(one, "bank", "k2").await)[0].1,
            ProblemCode::IllegalState
        );
        let started = market.start(two, "bank", "k").await.unwrap().payment.id;
        let stranger = payments.complete(&Viewer::Guest, started, Some(&token)).await;
        assert!(matches!(stranger, Err(ShopError::NotFound)));
    }
}

#[tokio::test]
async fn who_agrees_and_never_comes_back_has_paid() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        let payment = market.start(order.id, "bank", "k").await.unwrap().payment;
        let news = ProviderPayment {
            reference: payment.reference.unwrap(),
            payment: Some(payment.id),
            state: ProviderState::Approved,
        };
        let event = notice("e", ProviderNews::Payment(news));
        market.bank.go_down(1);
        let lost = market.shop.payments().take_notice("bank", &event).await;
        assert!(matches!(lost, Err(ShopError::Busy)), "it must come again: {lost:?}");
        market.shop.payments().take_notice("bank", &event).await.unwrap();
        assert_eq!(view(market, order.id).await.order.status, OrderStatus::Paid);
        market.audit().await;
    }
}

#[tokio::test]
async fn a_second_payment_at_the_provider_is_found_and_goes_back() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        let payment = market.start(order.id, "bank", "k").await.unwrap().payment;
        market.pay(order.id).await.unwrap();
        let stray = ProviderPayment {
            reference: "another-of-the-same".to_owned(),
            payment: Some(payment.id),
            state: ProviderState::Captured {
                capture: "another".to_owned(),
                amount: Money::new(order.total_amount, Currency::USD),
            },
        };
        for event in ["a", "b"] {
            let event = notice(event, ProviderNews::Payment(stray.clone()));
            market.shop.payments().take_notice("bank", &event).await.unwrap();
        }
        let end = view(market, order.id).await;
        assert_eq!((end.payments.len(), end.refunds.len()), (3, 1));
        assert_eq!(
            (end.refunds[0].amount, end.order.refunded_amount),
            (order.total_amount, 0)
        );
        market.audit().await;
    }
}

#[tokio::test]
async fn a_key_that_comes_late_begins_nothing_and_paying_by_hand_buys_no_time_twice() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        assert!(market.start(order.id, "manual", "k").await.unwrap().next.is_some());
        let until = view(market, order.id).await.order.reserved_until;
        market.clock.forward(TimeDelta::hours(21));
        assert!(market.start(order.id, "manual", "k").await.unwrap().next.is_none());
        market.start(order.id, "manual", "k2").await.unwrap();
        assert_eq!(view(market, order.id).await.order.reserved_until, until);
        for number in 0..18 {
            market.start(order.id, "bank", &format!("b{number}")).await.unwrap();
        }
        let many = market.start(order.id, "bank", "one-too-many").await;
        assert_eq!(problems(many), [("orderId".to_owned(), ProblemCode::TooLong)]);
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_asked_once_a_round_and_holds_up_nobody_else() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 10).await;
        for _ in 0..3 {
            let order = market.order(&[(mug, 1)]).await.order.id;
            market.start(order, "bank", "k").await.unwrap();
        }
        let free = market.order(&[(mug, 1)]).await.order.id;
        market.clock.forward(TimeDelta::minutes(31));
        market.bank.go_down(10);
        market.shop.payments().upkeep(10).await.unwrap();
        assert_eq!(market.bank.calls_to_fail(), 9, "one look for three payments");
        assert_eq!(view(market, free).await.order.status, OrderStatus::Cancelled);
        assert_eq!(market.stock(mug).await, (10, 3));
        market.audit().await;
    }
}
