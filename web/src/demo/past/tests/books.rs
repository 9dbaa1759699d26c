//! Every book of a shop held against every other.

use crate::demo::tests::Fixture;
use entities::{
    coupon,
    id::VariantId,
    order, order_event, order_line,
    payment::{self, PaymentStatus},
    refund::{self, RefundStatus},
    stock_movement, variant,
};
use sea_orm::EntityTrait;
use shop::orders::OrderStatus;
use std::collections::HashMap;

/// Asserts that they agree.
pub(super) async fn balance(demo: &Fixture) {
    let db = &demo.db.connection;
    let orders = order::Entity::find().all(db).await.unwrap();
    let lines = order_line::Entity::find().all(db).await.unwrap();
    let mut promised: HashMap<VariantId, i32> = HashMap::new();
    for order in &orders {
        let own = lines.iter().filter(|line| line.order_id == order.id);
        let goods: i64 = own.clone().map(|line| line.total_amount).sum();
        assert_eq!(goods + order.shipping_amount, order.total_amount, "{order:?}");
        if order.status == OrderStatus::PendingPayment {
            own.for_each(|line| *promised.entry(line.variant_id).or_default() += line.quantity);
        }
    }
    money(demo, &orders).await;
    steps(demo, &orders).await;
    let movements = stock_movement::Entity::find().all(db).await.unwrap();
    for row in variant::Entity::find().all(db).await.unwrap() {
        let own = movements.iter().filter(|movement| movement.variant_id == row.id);
        let on_hand: i32 = own.clone().map(|movement| movement.on_hand_delta).sum();
        let reserved: i32 = own.map(|movement| movement.reserved_delta).sum();
        assert_eq!(
            (row.stock_on_hand, row.stock_reserved),
            (on_hand, reserved),
            "{}",
            row.sku
        );
        assert_eq!(
            row.stock_reserved,
            promised.get(&row.id).copied().unwrap_or(0),
            "{}",
            row.sku
        );
        assert!(
            row.stock_on_hand >= row.stock_reserved && row.stock_reserved >= 0,
            "{}",
            row.sku
        );
    }
    for coupon in coupon::Entity::find().all(db).await.unwrap() {
        let uses = orders.iter().filter(|order| {
            let is_kept = order.status != OrderStatus::Cancelled;
            order.coupon_id == Some(coupon.id) && is_kept
        });
        assert_eq!(
            usize::try_from(coupon.used_count).unwrap(),
            uses.count(),
            "{}",
            coupon.code
        );
    }
}

async fn money(demo: &Fixture, orders: &[order::Model]) {
    let db = &demo.db.connection;
    let payments = payment::Entity::find().all(db).await.unwrap();
    let refunds = refund::Entity::find().all(db).await.unwrap();
    assert!(refunds.iter().all(|refund| refund.status == RefundStatus::Done));
    for order in orders {
        let captured = payments
            .iter()
            .filter(|payment| payment.order_id == order.id && payment.status == PaymentStatus::Captured);
        let captured: Vec<_> = captured.collect();
        assert_eq!(captured.len(), usize::from(order.paid_at.is_some()), "{order:?}");
        assert!(captured.iter().all(|payment| payment.amount == order.total_amount));
        let back = refunds.iter().filter(|refund| refund.order_id == order.id);
        assert_eq!(back.map(|refund| refund.amount).sum::<i64>(), order.refunded_amount);
        assert_eq!(
            captured.iter().map(|payment| payment.refunded_amount).sum::<i64>(),
            order.refunded_amount
        );
    }
}

async fn steps(demo: &Fixture, orders: &[order::Model]) {
    let mut events = order_event::Entity::find().all(&demo.db.connection).await.unwrap();
    events.sort_by_key(|event| event.id);
    let now = demo.shop.now();
    for order in orders {
        let own: Vec<_> = events.iter().filter(|event| event.order_id == order.id).collect();
        assert!(own.windows(2).all(|pair| pair[0].created_at <= pair[1].created_at));
        assert!(
            own.iter()
                .all(|event| (order.placed_at..now).contains(&event.created_at))
        );
        let moves: Vec<_> = own
            .iter()
            .filter_map(|event| Some((event.from_status?, event.to_status?)))
            .collect();
        assert!(moves.windows(2).all(|pair| pair[0].1 == pair[1].0), "{moves:?}");
        let last = moves.last().map_or(OrderStatus::PendingPayment, |(_, to)| *to);
        assert_eq!(last, order.status);
    }
}
