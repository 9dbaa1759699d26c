//! Refunds among silence, lost messages and second thoughts, with the books audited.

mod told;

use super::{admin, kinds, notice, view};
use crate::{
    ShopError,
    error::ProblemCode,
    idempotency::IdempotencyKey,
    orders::{AdminDashboard, OrderEventKind, OrderFilter, OrderStatus, OrderView, RefundOrder, RefundStatus},
    payments::{
        PaymentStatus, ProviderNews, ProviderPayment, ProviderRefund, ProviderRefundState, ProviderState, RefundPayment,
    },
    testing::{Market, problems},
};
use chrono::TimeDelta;
use entities::{Currency, id::OrderId, money::Money, refund};

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

/// A paid order of one mug.
async fn paid(market: &Market) -> OrderView {
    let mug = market
        .product(&format!("MUG-{}", uuid::Uuid::now_v7().simple()), 1_000, 50)
        .await;
    let order = market.order(&[(mug, 1)]).await.order;
    market.pay(order.id).await.unwrap()
}

async fn give_back(market: &Market, order: OrderId, name: &str) -> refund::Model {
    let begun = admin(market).refund(order, &RefundOrder::default(), &key(name)).await;
    begun.unwrap().refunds.pop().unwrap()
}

/// Orders that somebody has to look after.
async fn attention(market: &Market) -> Vec<OrderId> {
    let filter = OrderFilter {
        needs_attention: true,
        ..OrderFilter::default()
    };
    let page = admin(market).list(&filter, 0, 10).await.unwrap();
    let work = AdminDashboard::new(&market.shop).open_work().await.unwrap();
    let counted = work.failed_refunds + work.refunds_by_hand + work.mismatched_payments;
    assert_eq!(counted > 0, !page.orders.is_empty(), "{work:?}");
    page.orders.iter().map(|view| view.order.id).collect()
}

#[tokio::test]
async fn a_refund_is_asked_for_until_it_is_answered_and_given_once() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        market.pay(order.id).await.unwrap();
        market.bank.go_down(1);
        let key = IdempotencyKey::parse("r").unwrap();
        let begun = admin(market)
            .refund(order.id, &RefundOrder::default(), &key)
            .await
            .unwrap();
        assert_eq!(
            (begun.order.status, begun.refunds[0].status),
            (OrderStatus::Paid, RefundStatus::Pending)
        );
        market.bank.fall_silent(1);
        market.clock.forward(TimeDelta::minutes(1));
        market.shop.payments().upkeep(10).await.unwrap();
        assert_eq!(view(market, order.id).await.refunds[0].status, RefundStatus::Pending);
        market.clock.forward(TimeDelta::minutes(5));
        market.shop.payments().upkeep(10).await.unwrap();
        let end = view(market, order.id).await;
        assert_eq!(
            (end.order.status, end.refunds[0].status),
            (OrderStatus::Refunded, RefundStatus::Done)
        );
        assert_eq!(market.bank.balance(), (order.total_amount, order.total_amount));
        market.audit().await;
    }
}

#[tokio::test]
async fn a_refund_that_nobody_answered_for_a_day_is_looked_for_before_it_is_asked_for_again() {
    for market in &Market::each().await {
        let order = paid(market).await.order;
        market.bank.go_down(1);
        give_back(market, order.id, "unheard").await;
        let send = admin(market).fulfil(order.id, "").await;
        assert_eq!(problems(send)[0].1, ProblemCode::IllegalState, "its money goes back");
        market.bank.forget_keys();
        market.clock.forward(TimeDelta::hours(30));
        market.bank.go_down(1);
        market.shop.payments().upkeep(10).await.unwrap();
        assert_eq!(market.bank.balance().1, 0, "who cannot be asked is asked for nothing");
        market.bank.fall_silent(1);
        for _ in 0..3 {
            market.clock.forward(TimeDelta::hours(2));
            market.shop.payments().upkeep(10).await.unwrap();
        }
        let end = view(market, order.id).await;
        assert_eq!(
            (end.order.status, end.refunds[0].status),
            (OrderStatus::Refunded, RefundStatus::Done)
        );
        assert_eq!(market.bank.balance().1, order.total_amount, "it was done unheard, once");
        market.audit().await;
    }
}

#[tokio::test]
async fn a_refund_whose_message_was_lost_is_looked_up() {
    for market in &Market::each().await {
        market.bank.be_slow();
        for (name, outcome) in [
            ("done", ProviderRefundState::Done),
            (
                "failed",
                ProviderRefundState::Failed {
                    reason: "account closed".into(),
                },
            ),
        ] {
            let order = paid(market).await.order;
            let row = give_back(market, order.id, name).await;
            for _ in 0..2 {
                market.clock.forward(TimeDelta::hours(1));
                market.shop.payments().upkeep(10).await.unwrap();
                assert_eq!(view(market, order.id).await.refunds[0].status, RefundStatus::Sent);
            }
            market.bank.end_refund(row.id, outcome.clone());
            market.shop.payments().upkeep(10).await.unwrap();
            assert_eq!(
                view(market, order.id).await.refunds[0].status,
                RefundStatus::Sent,
                "not due"
            );
            market.clock.forward(TimeDelta::hours(1));
            market.shop.payments().upkeep(10).await.unwrap();
            let end = view(market, order.id).await;
            let is_done = outcome == ProviderRefundState::Done;
            let back = if is_done { order.total_amount } else { 0 };
            assert_eq!(end.order.refunded_amount, back);
            assert_eq!(end.order.status == OrderStatus::Refunded, is_done);
            assert_eq!(attention(market).await.contains(&order.id), !is_done);
        }
        market.audit().await;
    }
}

#[tokio::test]
async fn money_that_was_taken_by_hand_has_gone_back_when_somebody_says_so() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order.id;
        admin(market).mark_paid(order, "").await.unwrap();
        let cancelled = admin(market).cancel(order, "").await.unwrap();
        let row = &cancelled.refunds[0];
        assert_eq!(row.status, RefundStatus::Sent);
        market.clock.forward(TimeDelta::days(3));
        market.shop.payments().upkeep(10).await.unwrap();
        assert_eq!(view(market, order).await.refunds[0].status, RefundStatus::Sent);
        assert_eq!(attention(market).await, [order]);
        for _ in 0..2 {
            let end = admin(market).refund_done(row.id, "transfer 77").await.unwrap();
            assert_eq!(end.refunds[0].status, RefundStatus::Done);
            let told: Vec<_> = end
                .events
                .iter()
                .filter(|event| event.kind == OrderEventKind::Refunded)
                .collect();
            assert_eq!((told.len(), told[0].note.as_str()), (1, "transfer 77"));
        }
        assert_eq!(attention(market).await, []);
        market.bank.be_slow();
        let other = paid(market).await.order.id;
        let row = give_back(market, other, "r").await;
        let told = admin(market).refund_done(row.id, "").await;
        assert_eq!(
            problems(told),
            [("id".to_owned(), ProblemCode::IllegalState)],
            "the bank tells"
        );
        market.audit().await;
    }
}

#[tokio::test]
async fn a_payment_goes_back_whatever_became_of_its_order() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        let payment = market.start(order.id, "bank", "k").await.unwrap().payment;
        let nothing = admin(market)
            .refund_payment(payment.id, &RefundPayment::default(), &key("early"))
            .await;
        assert_eq!(problems(nothing)[0].1, ProblemCode::IllegalState);
        let odd = ProviderPayment {
            reference: payment.reference.unwrap(),
            payment: None,
            state: ProviderState::Captured {
                capture: "odd".to_owned(),
                amount: Money::new(9_000, Currency::JPY),
            },
        };
        let event = notice("odd", ProviderNews::Payment(odd));
        market.shop.payments().take_notice("bank", &event).await.unwrap();
        assert_eq!(attention(market).await, [order.id]);
        let part = |amount: &str| RefundPayment {
            amount: Some(amount.to_owned()),
            reason: "another amount".to_owned(),
        };
        for (amount, code) in [
            ("0", ProblemCode::OutOfRange),
            ("9001", ProblemCode::OutOfRange),
            ("1.5", ProblemCode::Invalid),
        ] {
            let refused = admin(market)
                .refund_payment(payment.id, &part(amount), &key("bad"))
                .await;
            assert_eq!(problems(refused), [("amount".to_owned(), code)], "{amount}");
        }
        for _ in 0..2 {
            admin(market)
                .refund_payment(payment.id, &part("4000"), &key("part"))
                .await
                .unwrap();
        }
        let other = admin(market)
            .refund_payment(payment.id, &part("5000"), &key("part"))
            .await;
        assert_eq!(problems(other), [("idempotencyKey".to_owned(), ProblemCode::KeyReused)]);
        let rest = RefundPayment::default();
        let end = admin(market)
            .refund_payment(payment.id, &rest, &key("rest"))
            .await
            .unwrap();
        let amounts: Vec<i64> = end.refunds.iter().map(|row| row.amount).collect();
        assert_eq!((amounts, end.order.refunded_amount), (vec![4_000, 5_000], 0));
        assert_eq!(
            (end.payments[0].status, end.payments[0].refunded_amount),
            (PaymentStatus::Mismatched, 9_000)
        );
        assert_eq!(end.order.status, OrderStatus::PendingPayment, "it may still be paid");
        assert_eq!(attention(market).await, []);
        let order = paid(market).await;
        let own = admin(market)
            .refund_payment(order.payments[0].id, &part("1.50"), &key("own"))
            .await;
        assert_eq!(
            problems(own),
            [("id".to_owned(), ProblemCode::IllegalState)],
            "that is a refund of the order"
        );
        market.audit().await;
    }
}

#[tokio::test]
async fn a_failed_refund_is_owed_until_it_is_made_good_or_taken_care_of() {
    for market in &Market::each().await {
        let order = paid(market).await;
        market.bank.decline_refunds(true);
        let row = give_back(market, order.order.id, "declined").await;
        assert_eq!(
            (row.status, attention(market).await),
            (RefundStatus::Failed, vec![order.order.id])
        );
        market.bank.decline_refunds(false);
        market.clock.forward(TimeDelta::minutes(1));
        let little = RefundOrder {
            amount: Some("1.00".to_owned()),
            ..RefundOrder::default()
        };
        admin(market)
            .refund(order.order.id, &little, &key("little"))
            .await
            .unwrap();
        assert_eq!(
            attention(market).await,
            [order.order.id],
            "a little does not make it good"
        );
        // More than is left by now: it is seen, and nothing is counted.
        let seen = admin(market).refund_done(row.id, "paid in cash").await.unwrap();
        assert_eq!(
            (seen.order.refunded_amount, seen.refunds[0].status),
            (100, RefundStatus::Failed)
        );
        assert_eq!(attention(market).await, []);
        market.audit().await;

        let order = paid(market).await;
        market.bank.decline_refunds(true);
        let row = give_back(market, order.order.id, "declined").await;
        for _ in 0..2 {
            let end = admin(market).refund_done(row.id, "paid in cash").await.unwrap();
            assert_eq!(
                (end.order.status, end.refunds[0].status),
                (OrderStatus::Refunded, RefundStatus::Done)
            );
        }
        assert_eq!(attention(market).await, []);
        market.audit().await;
    }
}

#[tokio::test]
async fn what_a_provider_leaves_open_for_a_week_is_looked_at() {
    for market in &Market::each().await {
        market.bank.be_slow();
        let order = paid(market).await.order.id;
        let row = give_back(market, order, "slow").await;
        market.clock.forward(TimeDelta::days(6));
        assert_eq!(attention(market).await, []);
        market.clock.forward(TimeDelta::days(2));
        assert_eq!(attention(market).await, [order]);
        let end = admin(market).refund_done(row.id, "").await.unwrap();
        assert_eq!(end.order.status, OrderStatus::Refunded);
        assert_eq!(attention(market).await, []);
        market.audit().await;
    }
}

#[tokio::test]
async fn an_order_whose_money_is_back_is_refunded_whatever_else_is_open() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        let late = market.start(order.id, "bank", "late").await.unwrap().payment;
        market.pay(order.id).await.unwrap();
        market.bank.be_slow();
        let twice = market.bank.capture_by_itself(late.reference.as_deref().unwrap());
        let event = notice("twice", ProviderNews::Payment(twice));
        market.shop.payments().take_notice("bank", &event).await.unwrap();
        let open = give_back(market, order.id, "all").await;
        market.bank.end_refund(open.id, ProviderRefundState::Done);
        market.clock.forward(TimeDelta::hours(1));
        market.shop.payments().upkeep(10).await.unwrap();
        let end = view(market, order.id).await;
        let states: Vec<RefundStatus> = end.refunds.iter().map(|row| row.status).collect();
        assert_eq!(
            states,
            [RefundStatus::Sent, RefundStatus::Done],
            "one is of the second payment"
        );
        assert_eq!(end.order.status, OrderStatus::Refunded);
        market.audit().await;
    }
}
