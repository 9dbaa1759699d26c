//! What the shop knows without being told: what was paid for, and what was reviewed.

use super::{Event, EventKind, Person, append};
use crate::{Shop, error::ShopError};
use chrono::{DateTime, Utc};
use entities::{
    id::{ProductId, UserId},
    order, order_line,
};
use sea_orm::DatabaseTransaction;

/// An order was paid: one event a line, all of one basket. Whose it is nobody knows where a guest
/// has no visitor id: what goes with what is learned all the same.
///
/// # Errors
/// `Internal` when the database fails.
pub(crate) async fn bought(
    shop: &Shop,
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    order: &order::Model,
    lines: &[order_line::Model],
) -> Result<(), ShopError> {
    if shop.events().wants_no_part(tx, order.user_id).await? {
        return Ok(());
    }
    let person = match (order.user_id, order.visitor_id) {
        (Some(user), _) => user.into(),
        (None, Some(visitor)) => visitor.into(),
        (None, None) => Person(order.id.0),
    };
    let events: Vec<Event> = lines
        .iter()
        .map(|line| Event {
            subject: Some(line.product_id.0),
            quantity: Some(line.quantity),
            amount: Some(line.total_amount),
            basket: Some(order.id.0),
            ..Event::new(person, EventKind::Purchase, now.timestamp_millis())
        })
        .collect();
    append(tx, shop.event_parts(), now, &events).await
}

/// A product was reviewed by a user.
///
/// # Errors
/// `Internal` when the database fails.
pub(crate) async fn reviewed(
    shop: &Shop,
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    (user, product): (UserId, ProductId),
    rating: i32,
) -> Result<(), ShopError> {
    if shop.events().wants_no_part(tx, Some(user)).await? {
        return Ok(());
    }
    let event = Event {
        subject: Some(product.0),
        quantity: Some(rating),
        ..Event::new(user.into(), EventKind::Review, now.timestamp_millis())
    };
    append(tx, shop.event_parts(), now, &[event]).await
}
