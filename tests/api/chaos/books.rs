//! The books of a shop, held against each other by SQL, beside the shop itself.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use support::Place;

/// What must never be found, and what it is.
const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        "stock below nothing, or more promised than there is",
        "SELECT count(*) FROM variant WHERE stock_reserved < 0 OR stock_on_hand < stock_reserved",
    ),
    (
        "pieces promised that no order waits for, or the other way round",
        "SELECT count(*) FROM variant v WHERE v.stock_reserved <> (SELECT COALESCE(SUM(l.quantity), 0) FROM order_line l \
         JOIN shop_order o ON o.id = l.order_id WHERE l.variant_id = v.id AND o.status = 'PENDING_PAYMENT')",
    ),
    (
        "stock that its ledger does not explain",
        "SELECT count(*) FROM variant v WHERE v.stock_on_hand <> (SELECT COALESCE(SUM(m.on_hand_delta), 0) FROM \
         stock_movement m WHERE m.variant_id = v.id) OR v.stock_reserved <> (SELECT COALESCE(SUM(m.reserved_delta), 0) \
         FROM stock_movement m WHERE m.variant_id = v.id)",
    ),
    (
        "a line whose pieces were not reserved exactly once",
        "SELECT count(*) FROM order_line l WHERE 1 <> (SELECT count(*) FROM stock_movement m WHERE m.order_id = l.order_id \
         AND m.variant_id = l.variant_id AND m.kind = 'RESERVED' AND m.reserved_delta = l.quantity)",
    ),
    (
        "a line of a paid order whose pieces were not sold exactly once",
        "SELECT count(*) FROM order_line l JOIN shop_order o ON o.id = l.order_id WHERE o.paid_at IS NOT NULL AND 1 <> \
         (SELECT count(*) FROM stock_movement m WHERE m.order_id = l.order_id AND m.variant_id = l.variant_id AND m.kind = 'SOLD')",
    ),
    (
        "a paid order without exactly one payment of its total",
        "SELECT count(*) FROM shop_order o WHERE o.paid_at IS NOT NULL AND o.total_amount > 0 AND 1 <> (SELECT count(*) \
         FROM payment p WHERE p.order_id = o.id AND p.status = 'CAPTURED' AND p.amount = o.total_amount)",
    ),
    (
        "money taken for an order that is not paid",
        "SELECT count(*) FROM payment p JOIN shop_order o ON o.id = p.order_id WHERE p.status = 'CAPTURED' AND o.paid_at IS NULL",
    ),
    (
        "an order whose lines and shipping are not its total",
        "SELECT count(*) FROM shop_order o WHERE o.total_amount <> o.shipping_amount + (SELECT SUM(l.total_amount) FROM \
         order_line l WHERE l.order_id = o.id)",
    ),
    (
        "an order without lines or without the event of its placing",
        "SELECT count(*) FROM shop_order o WHERE NOT EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id) OR 1 <> \
         (SELECT count(*) FROM order_event e WHERE e.order_id = o.id AND e.kind = 'PLACED')",
    ),
    (
        "an order that was paid twice",
        "SELECT count(*) FROM shop_order o WHERE 1 < (SELECT count(*) FROM order_event e WHERE e.order_id = o.id AND e.kind = 'PAID')",
    ),
    (
        "a key without its order",
        "SELECT count(*) FROM idempotency i WHERE i.scope LIKE 'order.place:%' AND NOT EXISTS (SELECT 1 FROM shop_order o \
         WHERE o.id = i.result_id)",
    ),
];

/// A look into the books.
pub(super) struct Books(DatabaseConnection);

impl Books {
    pub(super) async fn open(place: &Place) -> Self {
        Self(place.connect().await)
    }

    /// The number that a query counts.
    pub(super) async fn count(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let row = self.0.query_one_raw(statement).await.unwrap().unwrap();
        let found: Result<i64, _> = row.try_get_by_index(0);
        found.unwrap_or_else(|_| row.try_get_by_index::<i32>(0).unwrap().into())
    }

    pub(super) async fn execute(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.unwrap();
    }

    /// Nothing contradicts anything.
    pub(super) async fn audit(&self) {
        for (what, sql) in CONTRADICTIONS {
            assert_eq!(self.count(sql).await, 0, "{what}");
        }
    }
}
