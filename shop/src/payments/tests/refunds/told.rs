//! What the provider tells of refunds, of ours and of others.

use super::*;

#[tokio::test]
async fn money_that_was_given_back_at_the_provider_is_noted_once() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        let paid = market.pay(order.id).await.unwrap();
        let capture = paid.payments[0].capture.clone().unwrap();
        let told = |event: &str, reference: &str, amount| {
            let news = ProviderRefund {
                reference: reference.to_owned(),
                state: ProviderRefundState::Done,
                amount: Money::new(amount, Currency::USD),
            };
            let capture = capture.clone();
            notice(
                event,
                ProviderNews::Refund {
                    capture,
                    refund: None,
                    news,
                },
            )
        };
        for event in ["a", "b", "a"] {
            market
                .shop
                .payments()
                .take_notice("bank", &told(event, "their-1", 500))
                .await
                .unwrap();
        }
        let end = view(market, order.id).await;
        assert_eq!((end.order.refunded_amount, end.refunds.len()), (500, 1));
        market
            .shop
            .payments()
            .take_notice("bank", &told("c", "their-2", 99_999))
            .await
            .unwrap();
        market
            .shop
            .payments()
            .take_notice("bank", &told("d", "their-2", 99_999))
            .await
            .unwrap();
        let end = view(market, order.id).await;
        assert_eq!((end.order.refunded_amount, end.refunds.len()), (500, 2));
        let told = kinds(&end)
            .into_iter()
            .filter(|kind| *kind == OrderEventKind::PaymentMismatched);
        assert_eq!(told.count(), 1);
        assert_eq!(attention(market).await, [order.id], "somebody has to look");
        let seen = admin(market).refund_done(end.refunds[1].id, "lost").await.unwrap();
        assert_eq!(
            (seen.order.refunded_amount, seen.refunds[1].status),
            (500, RefundStatus::Failed)
        );
        assert_eq!(attention(market).await, []);
        market.audit().await;
    }
}

#[tokio::test]
async fn news_of_a_refund_waits_for_the_news_of_its_payment() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await.order;
        let payment = market.start(order.id, "bank", "k").await.unwrap().payment;
        let paid = market.bank.capture_by_itself(payment.reference.as_deref().unwrap());
        let ProviderState::Captured { capture, amount } = paid.state.clone() else {
            panic!("captured")
        };
        let news = ProviderRefund {
            reference: "their-refund".to_owned(),
            state: ProviderRefundState::Done,
            amount,
        };
        let back = ProviderNews::Refund {
            capture,
            refund: None,
            news,
        };
        let early = market
            .shop
            .payments()
            .take_notice("bank", &notice("r", back.clone()))
            .await;
        assert!(matches!(early, Err(ShopError::Busy)), "{early:?}");
        let event = notice("p", ProviderNews::Payment(paid));
        market.shop.payments().take_notice("bank", &event).await.unwrap();
        market
            .shop
            .payments()
            .take_notice("bank", &notice("r", back))
            .await
            .unwrap();
        assert_eq!(view(market, order.id).await.order.status, OrderStatus::Refunded);
        market.audit().await;
    }
}

#[tokio::test]
async fn money_that_came_back_after_it_was_given_back_is_owed_again() {
    for market in &Market::each().await {
        let order = paid(market).await;
        let capture = order.payments[0].capture.clone().unwrap();
        let row = give_back(market, order.order.id, "first").await;
        assert_eq!(row.status, RefundStatus::Done);
        assert_eq!(attention(market).await, []);
        let failed = ProviderRefundState::Failed {
            reason: "account closed".into(),
        };
        let news = market.bank.end_refund(row.id, failed);
        let late = ProviderRefund {
            state: ProviderRefundState::Done,
            ..news.clone()
        };
        for (event, news) in [("a", &news), ("b", &news), ("c", &late)] {
            let back = ProviderNews::Refund {
                capture: capture.clone(),
                refund: Some(row.id),
                news: news.clone(),
            };
            market
                .shop
                .payments()
                .take_notice("bank", &notice(event, back))
                .await
                .unwrap();
        }
        let open = view(market, order.order.id).await;
        assert_eq!(
            (open.order.status, open.order.refunded_amount, open.refunds[0].status),
            (OrderStatus::Refunded, 0, RefundStatus::Failed)
        );
        let told = kinds(&open)
            .into_iter()
            .filter(|kind| *kind == OrderEventKind::RefundFailed);
        assert_eq!(told.count(), 1);
        assert_eq!(attention(market).await, [order.order.id]);
        market.audit().await;
        market.clock.forward(TimeDelta::minutes(1));
        assert_eq!(
            give_back(market, order.order.id, "second").await.status,
            RefundStatus::Done
        );
        assert_eq!(attention(market).await, []);
        market.audit().await;
    }
}

#[tokio::test]
async fn a_refund_that_was_given_up_and_done_after_all_is_counted() {
    for market in &Market::each().await {
        let order = paid(market).await;
        market.bank.decline_refunds(true);
        let row = give_back(market, order.order.id, "declined").await;
        assert_eq!((row.status, row.reference), (RefundStatus::Failed, None));
        for event in ["a", "b"] {
            let news = ProviderRefund {
                reference: "theirs".to_owned(),
                state: ProviderRefundState::Done,
                amount: order.money(row.amount),
            };
            let back = ProviderNews::Refund {
                capture: order.payments[0].capture.clone().unwrap(),
                refund: Some(row.id),
                news,
            };
            market
                .shop
                .payments()
                .take_notice("bank", &notice(event, back))
                .await
                .unwrap();
        }
        let end = view(market, order.order.id).await;
        assert_eq!(
            (end.order.status, end.order.refunded_amount),
            (OrderStatus::Refunded, order.order.total_amount)
        );
        market.audit().await;
    }
}

#[tokio::test]
async fn news_that_may_be_of_a_refund_under_way_comes_again_until_that_is_known() {
    for market in &Market::each().await {
        let order = paid(market).await;
        market.bank.go_down(1);
        let key = key("ours");
        let part = RefundOrder {
            amount: Some("5.00".to_owned()),
            ..RefundOrder::default()
        };
        admin(market).refund(order.order.id, &part, &key).await.unwrap();
        let theirs = ProviderNews::Refund {
            capture: order.payments[0].capture.clone().unwrap(),
            refund: None,
            news: ProviderRefund {
                reference: "theirs".to_owned(),
                state: ProviderRefundState::Done,
                amount: order.money(500),
            },
        };
        let theirs = notice("e", theirs);
        let early = market.shop.payments().take_notice("bank", &theirs).await;
        assert!(matches!(early, Err(ShopError::Busy)), "{early:?}");
        market.clock.forward(TimeDelta::minutes(1));
        market.shop.payments().upkeep(10).await.unwrap();
        market.shop.payments().take_notice("bank", &theirs).await.unwrap();
        let end = view(market, order.order.id).await;
        assert_eq!(
            (end.refunds.len(), end.order.refunded_amount),
            (2, 1_000),
            "both are counted"
        );
        market.audit().await;
    }
}

#[tokio::test]
async fn money_that_went_back_by_hand_and_at_the_provider_is_looked_at() {
    for market in &Market::each().await {
        let order = paid(market).await;
        market.bank.decline_refunds(true);
        let row = give_back(market, order.order.id, "declined").await;
        admin(market).refund_done(row.id, "in cash").await.unwrap();
        assert_eq!(attention(market).await, []);
        let late = ProviderNews::Refund {
            capture: order.payments[0].capture.clone().unwrap(),
            refund: Some(row.id),
            news: ProviderRefund {
                reference: "theirs".to_owned(),
                state: ProviderRefundState::Done,
                amount: order.money(row.amount),
            },
        };
        market
            .shop
            .payments()
            .take_notice("bank", &notice("late", late))
            .await
            .unwrap();
        assert_eq!(attention(market).await, [order.order.id]);
        market.audit().await;
    }
}

#[tokio::test]
async fn money_that_went_back_in_another_currency_is_told_and_not_counted() {
    for market in &Market::each().await {
        let order = paid(market).await;
        let odd = ProviderNews::Refund {
            capture: order.payments[0].capture.clone().unwrap(),
            refund: None,
            news: ProviderRefund {
                reference: "theirs".to_owned(),
                state: ProviderRefundState::Done,
                amount: Money::new(5, Currency::JPY),
            },
        };
        market
            .shop
            .payments()
            .take_notice("bank", &notice("odd", odd))
            .await
            .unwrap();
        let end = view(market, order.order.id).await;
        assert_eq!((end.refunds.len(), end.order.refunded_amount), (0, 0));
        assert!(kinds(&end).contains(&OrderEventKind::PaymentMismatched));
        market.audit().await;
    }
}
