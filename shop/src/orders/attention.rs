//! Money that somebody has to look after, as the database finds it: parts of statements that
//! both databases take, each a `FROM` clause with its conditions.

use crate::Shop;
use entities::order;
use sea_orm::sea_query::Expr;

/// Refunds that failed and were not begun again since; `r`.
pub(super) const FAILED_REFUND: &str = "refund r WHERE r.status = 'FAILED' AND NOT EXISTS \
    (SELECT 1 FROM refund n WHERE n.payment_id = r.payment_id AND n.created_at >= r.updated_at AND n.status <> 'FAILED')";

/// Payments of another amount than was asked that did not go back; `p`.
pub(super) const MISMATCHED: &str = "payment p WHERE p.status = 'MISMATCHED' AND p.refunded_amount < p.amount";

/// Refunds that no provider makes; `r`.
pub(super) fn refund_by_hand(shop: &Shop) -> String {
    let machines = shop.payment_providers().iter().filter(|provider| !provider.is_manual());
    // Codes are names of ours, without a quote in them.
    let codes: Vec<String> = machines.map(|provider| format!("'{}'", provider.code())).collect();
    let among = match codes.is_empty() {
        true => String::new(),
        false => format!("AND p.provider NOT IN ({})", codes.join(", ")),
    };
    format!("refund r JOIN payment p ON p.id = r.payment_id WHERE r.status IN ('PENDING', 'SENT') {among}")
}

/// Whether an order has any of them.
pub(super) fn needed(shop: &Shop) -> Expr {
    let table = sea_orm::EntityName::table_name(&order::Entity);
    Expr::cust(format!(
        "(EXISTS (SELECT 1 FROM {FAILED_REFUND} AND r.order_id = {table}.id) \
         OR EXISTS (SELECT 1 FROM {} AND r.order_id = {table}.id) \
         OR EXISTS (SELECT 1 FROM {MISMATCHED} AND p.order_id = {table}.id))",
        refund_by_hand(shop)
    ))
}
