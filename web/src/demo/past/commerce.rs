//! The shop as it was: at a time that is set, quiet, and with the demo's ways to pay.

use crate::{config::TestOutcome, payments::test::TestProvider};
use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use shop::{
    Replay, Shop,
    checkout::CommerceSettings,
    clock::Clock,
    payments::PaymentProvider,
    reviews::{Moderation, ReviewSettings},
};
use std::sync::Arc;

/// How long orders waited for a transfer, whatever the settings say by now.
pub(super) const MANUAL_HOLD: TimeDelta = TimeDelta::days(7);
/// How long they waited otherwise.
const HOLD: TimeDelta = TimeDelta::minutes(30);

/// A clock that is set by hand.
#[derive(Debug)]
pub(super) struct Hands(Mutex<DateTime<Utc>>);

impl Hands {
    /// A clock that stands here.
    pub(super) fn at(time: DateTime<Utc>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(time)))
    }

    /// Sets it.
    pub(super) fn set(&self, time: DateTime<Utc>) {
        *self.0.lock() = time;
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

/// Whether a shop takes payments without money.
pub(super) fn has_test_payments(shop: &Shop) -> bool {
    shop.payments().provider("test").is_some()
}

/// Whether orders can be paid at all.
pub(super) fn takes_payments(shop: &Shop) -> bool {
    shop.payment_providers().iter().any(|provider| provider.is_manual())
}

/// The shop by another clock. Nobody is mailed: what it does was known long ago.
pub(super) fn as_it_was(shop: &Shop, clock: &Arc<Hands>, moderation: Moderation) -> Shop {
    let manual = shop.payment_providers().iter().filter(|provider| provider.is_manual());
    let mut payments: Vec<Arc<dyn PaymentProvider>> = manual.cloned().collect();
    if has_test_payments(shop) {
        // The shop's own may be set to decline; no messages come, so it needs no key.
        let complete = TestProvider::new(TestOutcome::Complete, Vec::new(), clock.clone());
        payments.push(Arc::new(complete));
    }
    shop.replay(Replay {
        clock: clock.clone(),
        reviews: ReviewSettings { moderation },
        commerce: CommerceSettings {
            hold: HOLD,
            manual_hold: MANUAL_HOLD,
            are_orders_mailed: false,
            ..shop.commerce().clone()
        },
        payments,
    })
}
