//! What shoppers and administrators send about orders.

use crate::{error::ApiError, ids::Id, page::at_most, scalars::Decimal};
use async_graphql::{InputObject, OneofObject};
use shop::{
    id::{OrderId, OrderLineId, PaymentId, RefundId},
    orders::{OrderKey, RefundLine, RefundOrder},
    payments::{RefundPayment, StartPayment},
};
use std::net::IpAddr;

/// Which order.
#[derive(Clone, Debug, OneofObject)]
pub enum OrderBy {
    /// By its id.
    Id(Id<OrderId>),
    /// By the number that people use, however it is typed.
    Number(String),
}

impl From<OrderBy> for OrderKey {
    fn from(by: OrderBy) -> Self {
        match by {
            OrderBy::Id(id) => Self::Id(id.0),
            OrderBy::Number(number) => Self::Number(number),
        }
    }
}

/// What a customer agrees to.
#[derive(Clone, Debug, InputObject)]
pub struct OrderPlaceInput {
    /// The cart's `quote` as they saw it; placing is refused when it is another one by now.
    pub quote: String,
}

/// An order to be given up.
#[derive(Clone, InputObject)]
pub struct OrderCancelInput {
    /// Which.
    pub id: Id<OrderId>,
    /// Why.
    #[graphql(default)]
    pub reason: String,
    /// Opens a guest's order.
    #[graphql(secret)]
    pub token: Option<String>,
}

/// How somebody wants to pay an order.
#[derive(Clone, InputObject)]
pub struct PaymentCreateInput {
    /// Which order.
    pub order_id: Id<OrderId>,
    /// One of `paymentMethods`, such as `paypal`.
    pub provider: String,
    /// Where the browser comes back to when they have agreed.
    pub return_url: Option<String>,
    /// Where it comes back to when they have not.
    pub cancel_url: Option<String>,
    /// Opens a guest's order.
    #[graphql(secret)]
    pub token: Option<String>,
}

impl PaymentCreateInput {
    pub(super) fn wanted(&self, address: Option<IpAddr>) -> StartPayment {
        StartPayment {
            provider: self.provider.clone(),
            return_url: self.return_url.clone(),
            cancel_url: self.cancel_url.clone(),
            address,
        }
    }
}

/// A payment that its customer has agreed to.
#[derive(Clone, InputObject)]
pub struct PaymentCompleteInput {
    /// Which.
    pub id: Id<PaymentId>,
    /// Opens a guest's order.
    #[graphql(secret)]
    pub token: Option<String>,
}

/// Which order.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct OrderIdInput {
    /// Which.
    pub id: Id<OrderId>,
}

/// A parcel that is on its way.
#[derive(Clone, Debug, InputObject)]
pub struct OrderFulfilInput {
    /// Which order.
    pub id: Id<OrderId>,
    /// How it is followed: a number or an address.
    #[graphql(default)]
    pub tracking: String,
}

/// Money that came by hand.
#[derive(Clone, Debug, InputObject)]
pub struct OrderMarkPaidInput {
    /// Which order.
    pub id: Id<OrderId>,
    /// What is said about it, such as the bank's reference.
    #[graphql(default)]
    pub note: String,
}

/// A note for administrators.
#[derive(Clone, Debug, InputObject)]
pub struct OrderNoteAddInput {
    /// Which order.
    pub id: Id<OrderId>,
    /// The note.
    pub note: String,
}

/// So many pieces of a line.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct OrderRefundLineInput {
    /// `line_…`
    pub id: Id<OrderLineId>,
    /// How many of its pieces.
    pub quantity: i32,
}

/// What goes back. With neither lines nor an amount: everything that is left.
#[derive(Clone, Debug, InputObject)]
pub struct OrderRefundInput {
    /// Which order.
    pub id: Id<OrderId>,
    /// Pieces, for what they were sold; at most 100 lines.
    #[graphql(default)]
    pub lines: Vec<OrderRefundLineInput>,
    /// Shipping, with lines or alone; it goes back once.
    #[graphql(default)]
    pub shipping: bool,
    /// An amount in the order's currency, instead of lines.
    pub amount: Option<Decimal>,
    /// Whether the pieces go back into stock.
    #[graphql(default = true)]
    pub restock: bool,
    /// Why.
    #[graphql(default)]
    pub reason: String,
}

impl OrderRefundInput {
    pub(super) fn parse(self) -> Result<RefundOrder, ApiError> {
        at_most("lines", &self.lines, 100)?;
        let line = |line: &OrderRefundLineInput| RefundLine {
            line: line.id.0,
            quantity: line.quantity,
        };
        Ok(RefundOrder {
            lines: self.lines.iter().map(line).collect(),
            shipping: self.shipping,
            amount: self.amount.map(|amount| amount.to_string()),
            restock: self.restock,
            reason: self.reason,
        })
    }
}

/// What goes back of a payment that did not pay its order.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentRefundInput {
    /// Which payment.
    pub id: Id<PaymentId>,
    /// How much, in the payment's currency; everything that is left without one.
    pub amount: Option<Decimal>,
    /// Why.
    #[graphql(default)]
    pub reason: String,
}

impl PaymentRefundInput {
    pub(super) fn parse(self) -> RefundPayment {
        RefundPayment {
            amount: self.amount.map(|amount| amount.to_string()),
            reason: self.reason,
        }
    }
}

/// Money that went back by hand.
#[derive(Clone, Debug, InputObject)]
pub struct RefundMarkDoneInput {
    /// Which refund.
    pub id: Id<RefundId>,
    /// What is said about it, such as the bank's reference.
    #[graphql(default)]
    pub note: String,
}
