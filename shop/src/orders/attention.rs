//! Money that somebody has to look after, as the database finds it: parts of statements that
//! both databases take, each a `FROM` clause with its conditions.

use crate::Shop;
use chrono::TimeDelta;
use entities::order;
use sea_orm::sea_query::Expr;

/// How long a provider may leave a refund open before somebody is asked to look.
pub(crate) const STUCK: TimeDelta = TimeDelta::days(7);

/// Refunds that failed, and were neither made good by later ones nor taken care of; `r`.
pub(super) const FAILED_REFUND: &str = "refund r WHERE r.status = 'FAILED' AND r.acknowledged_at IS NULL \
    AND r.amount > coalesce((SELECT sum(n.amount) FROM refund n WHERE n.payment_id = r.payment_id \
    AND n.created_at > r.updated_at AND n.status <> 'FAILED'), 0)";

/// Payments of another amount than was asked that did not go back; `p`.
pub(super) const MISMATCHED: &str = "payment p WHERE p.status = 'MISMATCHED' AND p.refunded_amount < p.amount";

/// Refunds that no provider makes, or that one leaves open for too long; `r`.
pub(super) fn refund_by_hand(shop: &Shop) -> String {
    let machines = shop.payment_providers().iter().filter(|provider| !provider.is_manual());
    // Codes are names of ours, without a quote in them.
    let codes: Vec<String> = machines.map(|provider| format!("'{}'", provider.code())).collect();
    let is_by_hand = match codes.is_empty() {
        true => "TRUE".to_owned(),
        false => format!("p.provider NOT IN ({})", codes.join(", ")),
    };
    // As SQLite writes an instant down; PostgreSQL reads it.
    let since = (shop.now() - STUCK).to_rfc3339();
    format!(
        "refund r JOIN payment p ON p.id = r.payment_id \
         WHERE r.status IN ('PENDING', 'SENT') AND ({is_by_hand} OR r.created_at < '{since}')"
    )
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
