//! How far orders, payments and refunds are, and what happened to them.

use async_graphql::Enum;
use shop::{
    orders::{self as domain},
    payments,
};

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::OrderStatus")]
pub enum OrderStatus {
    /// Placed, its stock reserved; the money is missing.
    PendingPayment,
    /// Paid; to be sent.
    Paid,
    /// On its way.
    Fulfilled,
    /// With the customer.
    Delivered,
    /// Given up before it was sent.
    Cancelled,
    /// All money went back.
    Refunded,
}

/// How far the money of an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::PaymentState")]
pub enum OrderPaymentStatus {
    /// It is missing.
    Pending,
    /// It is here.
    Paid,
    /// Some of it went back or is on its way back.
    PartiallyRefunded,
    /// All of it did.
    Refunded,
    /// It never came.
    Void,
}

/// How far an attempt to pay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "payments::PaymentStatus")]
pub enum PaymentStatus {
    /// The customer has to agree.
    Created,
    /// The provider works on it.
    Processing,
    /// The money is here.
    Captured,
    /// It came to nothing.
    Failed,
    /// It was given up, or came too late and goes back.
    Cancelled,
    /// The provider took another amount than was asked: somebody has to look.
    Mismatched,
}

/// How far money is on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::RefundStatus")]
pub enum RefundStatus {
    /// To be asked of the provider.
    Pending,
    /// The provider works on it, or somebody has to give it back by hand.
    Sent,
    /// The money went back.
    Done,
    /// It did not go back.
    Failed,
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::OrderEventKind")]
pub enum OrderEventKind {
    /// It was placed.
    Placed,
    /// A payment was begun.
    PaymentStarted,
    /// A payment came to nothing.
    PaymentFailed,
    /// A provider took another amount than was asked.
    PaymentMismatched,
    /// The money came.
    Paid,
    /// It was sent.
    Fulfilled,
    /// It arrived.
    Delivered,
    /// It was given up.
    Cancelled,
    /// It was not paid in time.
    Expired,
    /// Money is on its way back.
    RefundStarted,
    /// Money went back.
    Refunded,
    /// Money did not go back.
    RefundFailed,
    /// Pieces went back into stock.
    Restocked,
    /// An administrator wrote a note.
    Noted,
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Actor")]
pub enum OrderActor {
    /// The shop itself.
    System,
    /// A customer without an account.
    Guest,
    /// The owner of the order.
    Customer,
    /// Somebody who runs the shop.
    Staff,
    /// A payment provider.
    Provider,
}
