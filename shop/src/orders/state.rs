//! How an order moves: the only place that says which step is legal where.
//!
//! ```text
//! PENDING_PAYMENT ──pay──► PAID ──fulfil──► FULFILLED ──deliver──► DELIVERED
//!        │                  │                   │                      │
//!   cancel, expire       cancel               refund all            refund all
//!        ▼                  ▼                   ▼                      ▼
//!    CANCELLED          CANCELLED            REFUNDED               REFUNDED
//! ```
//!
//! Partial refunds leave the state as it is; the one that takes the last of the money is
//! `RefundAll`.

use super::OrderStatus::{self, Cancelled, Delivered, Fulfilled, Paid, PendingPayment, Refunded};

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The money came.
    Pay,
    /// It was sent.
    Fulfil,
    /// It arrived.
    Deliver,
    /// Somebody gave it up.
    Cancel,
    /// It was not paid in time.
    Expire,
    /// All money went back.
    RefundAll,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pay,
        Self::Fulfil,
        Self::Deliver,
        Self::Cancel,
        Self::Expire,
        Self::RefundAll,
    ];
}

/// Where a step leads; `None` when it is not legal there.
#[must_use]
pub const fn after(status: OrderStatus, step: Step) -> Option<OrderStatus> {
    match (status, step) {
        (PendingPayment, Step::Pay) => Some(Paid),
        (PendingPayment, Step::Cancel | Step::Expire) | (Paid, Step::Cancel) => Some(Cancelled),
        (Paid, Step::Fulfil) => Some(Fulfilled),
        (Fulfilled, Step::Deliver) => Some(Delivered),
        (Paid | Fulfilled | Delivered, Step::RefundAll) => Some(Refunded),
        _ => None,
    }
}

/// A status as people say it.
pub(super) const fn words(status: OrderStatus) -> &'static str {
    match status {
        PendingPayment => "not paid yet",
        Paid => "paid",
        Fulfilled => "sent already",
        Delivered => "delivered",
        Cancelled => "cancelled",
        Refunded => "refunded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FINAL: [OrderStatus; 2] = [Cancelled, Refunded];

    #[test]
    fn an_end_is_an_end() {
        for status in FINAL {
            assert!(Step::ALL.iter().all(|step| after(status, *step).is_none()));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_tried_nothing_is_sent_unpaid_or_paid_twice(steps in proptest::collection::vec(0..6_usize, 0..40)) {
            let (mut status, mut paid, mut seen) = (PendingPayment, 0, vec![PendingPayment]);
            for step in steps.into_iter().map(|place| Step::ALL[place]) {
                let Some(next) = after(status, step) else { continue };
                paid += i32::from(step == Step::Pay);
                prop_assert!(!seen.contains(&next), "{next:?} twice");
                prop_assert!(!matches!(next, Fulfilled | Delivered | Refunded) || paid == 1);
                prop_assert!(next != Delivered || seen.contains(&Fulfilled));
                seen.push(next);
                status = next;
            }
            prop_assert!(paid <= 1);
        }
    }
}
