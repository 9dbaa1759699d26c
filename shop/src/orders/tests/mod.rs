//! Orders from the cart to their end, on both databases, with the books audited.

#![expect(clippy::unwrap_used, reason = "tests")]

mod refunds;

use super::{OrderStatus, RefundLine, RefundOrder, state::Step};
use crate::{
    ShopError, Viewer,
    catalog::ProductStatus,
    error::ProblemCode,
    idempotency::IdempotencyKey,
    orders::{OrderKey, OrderView, PaymentState},
    testing::{Market, problems},
    viewer::Staff,
};
use chrono::TimeDelta;
use entities::id::{OrderId, UserId};
use std::collections::HashSet;

fn admin(market: &Market) -> super::AdminOrders<'_> {
    super::AdminOrders::new(&market.shop, Some(UserId::generate()))
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

#[tokio::test]
async fn an_order_goes_from_cart_to_customer() {
    for market in &Market::each().await {
        let (mug, pot) = (
            market.product("MUG", 1_250, 5).await,
            market.product("POT", 4_000, 3).await,
        );
        let cart = market.guest_with(&[(mug, 2), (pot, 1)]).await;
        let order = market.place(cart, "k").await.unwrap();
        assert_eq!(order.order.status, OrderStatus::PendingPayment);
        assert_eq!((order.order.subtotal_amount, order.order.tax_amount), (6_500, 975));
        assert_eq!((order.order.shipping_amount, order.order.total_amount), (1_000, 8_475));
        assert_eq!((market.stock(mug).await, market.stock(pot).await), ((5, 2), (3, 1)));
        assert!(market.shop.carts().find(cart).await.unwrap().unwrap().lines.is_empty());

        let paid = market.pay(order.order.id).await.unwrap();
        assert_eq!(
            (paid.order.status, paid.payment_state()),
            (OrderStatus::Paid, PaymentState::Paid)
        );
        assert_eq!((market.stock(mug).await, market.stock(pot).await), ((3, 0), (2, 0)));
        market.audit().await;
        let sent = admin(market).fulfil(order.order.id, " 1Z 999 ").await.unwrap();
        assert_eq!(
            (sent.order.status, &*sent.order.tracking),
            (OrderStatus::Fulfilled, "1Z 999")
        );
        let there = admin(market).deliver(order.order.id).await.unwrap();
        assert_eq!(there.order.status, OrderStatus::Delivered);
        market.audit().await;
        assert_eq!(market.bank.balance(), (8_475, 0));
    }
}

#[tokio::test]
async fn a_key_gives_one_order_however_often_and_at_once() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 100).await;
        let cart = market.guest_with(&[(mug, 3)]).await;
        let quote = market.shop.carts().find(cart).await.unwrap().unwrap().fingerprint;
        let place = super::PlaceOrder {
            quote,
            address: None,
            visitor: None,
        };
        let (orders, same) = (market.shop.orders(), key("same"));
        let tries = (0..8).map(|_| orders.place(&Viewer::Guest, cart, &place, &same));
        let made = futures::future::join_all(tries).await;
        let ids: HashSet<OrderId> = made.into_iter().map(|order| order.unwrap().order.id).collect();
        assert_eq!(ids.len(), 1);
        assert_eq!(market.stock(mug).await, (100, 3));
        let other = super::PlaceOrder {
            quote: "other".into(),
            address: None,
            visitor: None,
        };
        let refused = orders.place(&Viewer::Guest, cart, &other, &same).await;
        assert_eq!(
            problems(refused),
            [("idempotencyKey".to_owned(), ProblemCode::KeyReused)]
        );
        market.audit().await;
    }
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_and_nothing_is_placed() {
    for market in &Market::each().await {
        let (mug, pot) = (
            market.product("MUG", 1_000, 2).await,
            market.product("POT", 1_000, 2).await,
        );
        let cart = market.guest_with(&[(mug, 2), (pot, 1)]).await;
        let seen = market.shop.carts().find(cart).await.unwrap().unwrap().fingerprint;
        // Another price: the old quote holds no longer, the new one does.
        let staff = Staff::operator(&market.shop);
        let dearer = crate::catalog::VariantPatch {
            price: crate::catalog::Patch::Set(1_100),
            ..Default::default()
        };
        staff.catalog().variant_update(mug, dearer).await.unwrap();
        let place = super::PlaceOrder {
            quote: seen,
            address: None,
            visitor: None,
        };
        let refused = market
            .shop
            .orders()
            .place(&Viewer::Guest, cart, &place, &key("a"))
            .await;
        assert_eq!(problems(refused), [("quote".to_owned(), ProblemCode::QuoteChanged)]);
        // Somebody else takes a piece; the other product is withdrawn.
        let other = market.order(&[(mug, 1)]).await;
        let product = market.shop.carts().find(cart).await.unwrap().unwrap().lines[1].product;
        let status = ProductStatus::Archived;
        staff.catalog().product_set_status(product, status).await.unwrap();
        let mut found = problems(market.place(cart, "b").await);
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let short = ProblemCode::InsufficientStock { available: 1 };
        let expected = [
            ("cart.lines.0.quantity".to_owned(), short),
            ("cart.lines.1".to_owned(), ProblemCode::Unavailable),
        ];
        assert_eq!(found, expected);
        assert_eq!(market.stock(mug).await, (2, 1));
        drop(other);
        // Nobody said where it goes.
        let bare = crate::cart::CartKey::default();
        let line = crate::cart::LineQuantity {
            variant: mug,
            quantity: 1,
        };
        let bare = market.key(market.shop.carts().add(bare, &[line]).await.unwrap().id);
        let missing: Vec<String> = problems(market.place(bare, "c").await)
            .into_iter()
            .map(|p| p.0)
            .collect();
        assert_eq!(missing, ["cart.email", "cart.shippingAddress"]);
        let empty = market.guest().await;
        assert_eq!(problems(market.place(empty, "d").await)[0].1, ProblemCode::Required);
        market.audit().await;
    }
}

#[tokio::test]
async fn sixty_four_buyers_of_ten_pieces_make_ten_orders() {
    for market in &Market::each().await {
        for round in 0..3 {
            let mug = market.product(&format!("MUG-{round}"), 1_000, 10).await;
            let buyers =
                futures::future::join_all((0..64).map(|_| async { market.guest_with(&[(mug, 1)]).await })).await;
            let orders = futures::future::join_all(buyers.iter().map(|cart| market.place(*cart, "k"))).await;
            let placed = orders.iter().filter(|order| order.is_ok()).count();
            for refused in orders.into_iter().filter(Result::is_err) {
                assert!(matches!(
                    problems(refused)[0].1,
                    ProblemCode::InsufficientStock { available: 0 }
                ));
            }
            assert_eq!((placed, market.stock(mug).await), (10, (10, 10)));
        }
        market.audit().await;
        market.clock.forward(TimeDelta::minutes(31));
        while market.shop.payments().upkeep(20).await.unwrap().has_more {}
        market.audit().await;
        let all = admin(market)
            .list(&super::OrderFilter::default(), 0, 100)
            .await
            .unwrap();
        assert!(
            all.orders
                .iter()
                .all(|view| view.order.status == OrderStatus::Cancelled)
        );
    }
}

#[tokio::test]
async fn orders_of_the_same_products_in_any_order_do_not_wait_for_each_other_for_ever() {
    for market in &Market::each().await {
        let mut variants = Vec::new();
        for place in 0..4 {
            variants.push(market.product(&format!("P{place}"), 100, 1_000).await);
        }
        let mut carts = Vec::new();
        for buyer in 0..24_usize {
            let mut lines: Vec<_> = variants.iter().map(|id| (*id, 1)).collect();
            lines.rotate_left(buyer % 4);
            carts.push(market.guest_with(&lines).await);
        }
        let orders = futures::future::join_all(carts.iter().map(|cart| market.place(*cart, "k"))).await;
        let ids: Vec<OrderId> = orders.into_iter().map(|order| order.unwrap().order.id).collect();
        // Half is paid and half given up, at once.
        let ends = ids.iter().enumerate().map(|(place, id)| async move {
            if place % 2 == 0 {
                market.pay(*id).await.map(drop)
            } else {
                admin(market).cancel(*id, "").await.map(drop)
            }
        });
        for end in futures::future::join_all(ends).await {
            end.unwrap();
        }
        for id in &variants {
            assert_eq!(market.stock(*id).await, (988, 0));
        }
        market.audit().await;
    }
}

#[tokio::test]
async fn only_legal_moves_move_an_order() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 50).await;
        let waiting = market.order(&[(mug, 1)]).await.order.id;
        assert_eq!(
            problems(admin(market).fulfil(waiting, "").await)[0].1,
            ProblemCode::IllegalState
        );
        assert_eq!(
            problems(admin(market).deliver(waiting).await)[0].1,
            ProblemCode::IllegalState
        );
        let nothing = admin(market).refund(waiting, &RefundOrder::default(), &key("r")).await;
        assert_eq!(problems(nothing)[0].1, ProblemCode::IllegalState);
        admin(market).mark_paid(waiting, "seen on the account").await.unwrap();
        assert_eq!(
            problems(admin(market).mark_paid(waiting, "").await)[0].1,
            ProblemCode::IllegalState
        );
        admin(market).fulfil(waiting, "").await.unwrap();
        assert_eq!(
            problems(admin(market).cancel(waiting, "").await)[0].1,
            ProblemCode::IllegalState
        );
        let back = admin(market)
            .refund(waiting, &RefundOrder::default(), &key("r"))
            .await
            .unwrap();
        assert_eq!(
            back.order.status,
            OrderStatus::Fulfilled,
            "somebody has to give it back"
        );
        let back = admin(market).refund_done(back.refunds[0].id, "").await.unwrap();
        assert_eq!(back.order.status, OrderStatus::Refunded);
        assert!(
            Step::ALL
                .iter()
                .all(|step| super::state::after(OrderStatus::Refunded, *step).is_none())
        );
        market.audit().await;
    }
}

#[tokio::test]
async fn an_order_is_seen_by_its_token_and_by_nobody_else() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let (one, two) = (market.order(&[(mug, 1)]).await, market.order(&[(mug, 1)]).await);
        let orders = market.shop.orders();
        let (token, other) = (orders.access_token(one.order.id), orders.access_token(two.order.id));
        let by_number = OrderKey::Number(one.order.number.to_lowercase());
        assert!(orders.find(&Viewer::Guest, &by_number, Some(&token)).await.is_ok());
        for wrong in [None, Some(&*other), Some("nonsense")] {
            let refused = orders.find(&Viewer::Guest, &by_number, wrong).await;
            assert!(matches!(refused, Err(ShopError::NotFound)), "{wrong:?}");
            let refused = orders.cancel(&Viewer::Guest, one.order.id, wrong, "").await;
            assert!(matches!(refused, Err(ShopError::NotFound)), "{wrong:?}");
        }
    }
}

#[tokio::test]
async fn what_is_free_is_paid_when_it_is_placed() {
    for market in &Market::each().await {
        let gift = market.product("GIFT", 0, 5).await;
        let mut settings = market.shop.commerce().clone();
        settings.shipping.flat = 0;
        let deps = crate::ShopDeps {
            db: market.database.db.clone(),
            media: crate::media::MediaStore::in_memory(),
            currency: entities::Currency::USD,
            reviews: crate::reviews::ReviewSettings::default(),
            accounts: crate::testing::account_settings(TimeDelta::minutes(15)),
            commerce: settings,
            payments: Vec::new(),
            events: crate::events::EventSettings::default(),
            clock: market.clock.clone(),
        };
        let free = crate::Shop::open(deps).await.unwrap();
        let cart = market.guest_with(&[(gift, 2)]).await;
        let quote = free.carts().find(cart).await.unwrap().unwrap().fingerprint;
        let place = super::PlaceOrder {
            quote,
            address: None,
            visitor: None,
        };
        let order = free
            .orders()
            .place(&Viewer::Guest, cart, &place, &key("k"))
            .await
            .unwrap();
        assert_eq!((order.order.status, order.order.total_amount), (OrderStatus::Paid, 0));
        assert_eq!(market.stock(gift).await, (3, 0));
        admin(market).cancel(order.order.id, "").await.unwrap();
        assert_eq!(market.stock(gift).await, (5, 0));
        market.audit().await;
    }
}

#[tokio::test]
async fn a_product_with_promised_pieces_is_archived_and_not_deleted() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let order = market.order(&[(mug, 1)]).await;
        let product = order.lines[0].product_id;
        let staff = Staff::operator(&market.shop);
        let refused = staff.catalog().product_delete(product).await;
        assert_eq!(problems(refused), [("id".to_owned(), ProblemCode::InUse)]);
        let archived = staff
            .catalog()
            .product_set_status(product, ProductStatus::Archived)
            .await;
        assert_eq!(archived.unwrap().product.status, ProductStatus::Archived);
        admin(market).cancel(order.order.id, "").await.unwrap();
        staff.catalog().product_delete(product).await.unwrap();
    }
}
