//! Parts of an order that go back.

use super::*;

#[tokio::test]
async fn money_and_pieces_go_back_once() {
    for market in &Market::each().await {
        let (mug, pot) = (
            market.product("MUG", 333, 9).await,
            market.product("POT", 1_000, 9).await,
        );
        let order = market.order(&[(mug, 3), (pot, 1)]).await;
        let id = order.order.id;
        market.pay(id).await.unwrap();
        let line = |view: &OrderView, place: usize| view.lines[place].id;
        let wanted = RefundOrder {
            lines: vec![RefundLine {
                line: line(&order, 0),
                quantity: 1,
            }],
            restock: true,
            ..RefundOrder::default()
        };
        for _ in 0..3 {
            admin(market).refund(id, &wanted, &key("one")).await.unwrap();
        }
        let total = order.lines[0].total_amount;
        let view = admin(market).find(&OrderKey::Id(id)).await.unwrap();
        assert_eq!(view.order.refunded_amount, crate::pricing::part_of_line(total, 3, 0, 1));
        assert_eq!(
            (view.payment_state(), view.order.status),
            (PaymentState::PartiallyRefunded, OrderStatus::Paid)
        );
        assert_eq!(market.stock(mug).await, (7, 0));
        // More pieces than are left, a foreign line, an amount beyond what was paid.
        let too_many = RefundOrder {
            lines: vec![
                RefundLine {
                    line: line(&order, 0),
                    quantity: 3,
                },
                RefundLine {
                    line: entities::id::OrderLineId::generate(),
                    quantity: 1,
                },
            ],
            ..RefundOrder::default()
        };
        let found = problems(admin(market).refund(id, &too_many, &key("x")).await);
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["lines.0.quantity", "lines.1.id"]);
        let beyond = RefundOrder {
            amount: Some(view.money(view.order.total_amount).to_string()),
            ..RefundOrder::default()
        };
        assert_eq!(
            problems(admin(market).refund(id, &beyond, &key("y")).await)[0].0,
            "amount"
        );
        // Two who give everything up at once.
        let ends =
            futures::future::join_all((0..4).map(|_| async { admin(market).cancel(id, "changed my mind").await }))
                .await;
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
        let end = admin(market).find(&OrderKey::Id(id)).await.unwrap();
        assert_eq!(
            (end.order.status, end.payment_state()),
            (OrderStatus::Cancelled, PaymentState::Refunded)
        );
        assert_eq!((market.stock(mug).await, market.stock(pot).await), ((9, 0), (9, 0)));
        assert_eq!(market.bank.balance(), (end.order.total_amount, end.order.total_amount));
        market.audit().await;
    }
}

#[tokio::test]
async fn shipping_goes_back_once_with_lines_or_alone() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 9).await;
        let order = market.order(&[(mug, 2)]).await;
        let id = order.order.id;
        market.pay(id).await.unwrap();
        let shipping = RefundOrder {
            shipping: true,
            restock: true,
            ..RefundOrder::default()
        };
        let part = admin(market).refund(id, &shipping, &key("a")).await.unwrap();
        assert_eq!(part.order.refunded_amount, order.order.shipping_amount);
        assert_eq!(market.stock(mug).await, (7, 0), "no piece came back");
        let again = admin(market).refund(id, &shipping, &key("b")).await;
        assert_eq!(problems(again)[0].0, "shipping");
        let both = RefundOrder {
            amount: Some("0.01".to_owned()),
            ..shipping.clone()
        };
        assert_eq!(
            problems(admin(market).refund(id, &both, &key("c")).await)[0].0,
            "shipping"
        );
        let rest = admin(market)
            .refund(id, &RefundOrder::default(), &key("d"))
            .await
            .unwrap();
        assert_eq!(rest.order.status, OrderStatus::Refunded);
        market.audit().await;
    }
}
