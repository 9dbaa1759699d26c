//! Orders: placing, paying, sending, giving up, giving back.
//!
//! Every change of an order locks its row first, then the products whose stock it moves in
//! the order of their ids, then a coupon; and leaves an event that says who did it, and an
//! outbox row. No provider is called while a lock is held.

mod admin;
mod attention;
mod change;
mod dashboard;
mod letters;
mod number;
mod place;
mod refunds;
pub mod state;
mod steps;
#[cfg(test)]
mod tests;
mod view;

pub use admin::{AdminOrders, OrderFilter, OrderPage};
pub(crate) use attention::STUCK;
pub(crate) use change::{By, Change};
pub use dashboard::{
    AdminDashboard, Figures, LowStock, OpenWork, Period, Ranking, SeriesPoint, SeriesStep, TopProduct,
};
pub use entities::{
    order::OrderStatus,
    order_event::{Actor, Model as OrderEvent, OrderEventKind},
    order_line::Model as OrderLine,
    refund::{Model as Refund, RefundStatus},
};
pub(crate) use letters::Letters;
pub use number::parse as parse_number;
pub use place::PlaceOrder;
pub(crate) use refunds::{
    Ending, asked_amount, done as refund_done, in_currency_of, owed_back, refund_payment, settle as settle_refund,
    take_back,
};
pub use refunds::{RefundLine, RefundOrder};
pub(crate) use steps::expire;
pub(crate) use view::has_bought;
pub use view::{OrderKey, OrderView, PaymentState};

use crate::Shop;

/// Orders, as their owners see and place them.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'a> {
    pub(super) shop: &'a Shop,
}

impl<'a> Orders<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }
}
