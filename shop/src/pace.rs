//! How fast one address may do what costs the shop something before it brings anything in:
//! an unpaid order holds stock, a payment asks a provider.
//!
//! A leaky bucket for each address, by the generic cell rate algorithm (ITU-T I.371): a
//! third of an hour's allowance at once, and the allowance with every hour. Buckets live in the
//! memory of this process, bounded; behind N nodes an address has N of them. Apart from the
//! throttling of accounts, since an order is no mistake: waits do not grow.

use crate::error::ShopError;
use moka::sync::Cache;
use parking_lot::Mutex;
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::{Duration, Instant},
};

/// Addresses that are remembered: some 10 MiB at most.
const MOST_ADDRESSES: u64 = 100_000;
const HOUR: Duration = Duration::from_secs(3600);

/// So many in an hour from one address.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Time that one of them takes; nothing is limited without one.
    interval: Option<Duration>,
    /// When the bucket of an address is empty again.
    empty_at: Cache<IpAddr, Arc<Mutex<Instant>>>,
}

impl Pace {
    /// So many in an hour; 0: any number.
    pub(crate) fn per_hour(most: u32) -> Self {
        Self {
            interval: HOUR.checked_div(most),
            empty_at: Cache::builder().max_capacity(MOST_ADDRESSES).time_to_idle(HOUR).build(),
        }
    }

    /// Counts one. What comes from nowhere, such as the command line, is not counted.
    ///
    /// # Errors
    /// `RateLimited` when it comes too early.
    pub(crate) fn take(&self, address: Option<IpAddr>) -> Result<(), ShopError> {
        self.take_at(address, 1, Instant::now())
    }

    /// Counts so many, all or none.
    ///
    /// # Errors
    /// `RateLimited` when they come too early.
    pub(crate) fn take_many(&self, address: Option<IpAddr>, count: u32) -> Result<(), ShopError> {
        self.take_at(address, count, Instant::now())
    }

    fn take_at(&self, address: Option<IpAddr>, count: u32, now: Instant) -> Result<(), ShopError> {
        let (Some(interval), Some(address)) = (self.interval, address) else {
            return Ok(());
        };
        let bucket = self.empty_at.get_with(network(address), || Arc::new(Mutex::new(now)));
        let mut empty_at = bucket.lock();
        let cost = interval * count;
        let level = empty_at.saturating_duration_since(now) + cost;
        // Even what is more than the bucket holds gets through when it is empty.
        if let Some(over) = level.checked_sub(cost.max(HOUR / 3))
            && !over.is_zero()
        {
            // Told in whole seconds, so rounded up: who waits that long is let in.
            let retry_after = Duration::from_secs(over.as_secs() + u64::from(over.subsec_nanos() > 0));
            return Err(ShopError::RateLimited { retry_after });
        }
        *empty_at = now + level;
        Ok(())
    }
}

/// What a shop limits.
#[derive(Debug)]
pub(crate) struct Paces {
    /// Placing orders.
    pub(crate) orders: Pace,
    /// Beginning payments: a customer may try several ways.
    pub(crate) payments: Pace,
    /// Telling what one does.
    pub(crate) events: Pace,
}

impl Paces {
    pub(crate) fn new(orders_per_hour: u32, events_per_hour: u32) -> Self {
        Self {
            orders: Pace::per_hour(orders_per_hour),
            payments: Pace::per_hour(orders_per_hour.saturating_mul(4)),
            events: Pace::per_hour(events_per_hour),
        }
    }
}

/// Whom an address stands for: of IPv6 everybody has a whole /64.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_third_comes_at_once_and_the_allowance_with_every_hour() {
        let (pace, begun) = (Pace::per_hour(180), Instant::now());
        let home = address("192.0.2.7");
        let let_in = |at: Duration| {
            (0..1_000)
                .take_while(|_| pace.take_at(home, 1, begun + at).is_ok())
                .count()
        };
        assert_eq!(let_in(Duration::ZERO), 60);
        let Err(ShopError::RateLimited { retry_after }) = pace.take_at(home, 1, begun) else {
            panic!("the bucket is full")
        };
        assert_eq!(retry_after, Duration::from_secs(20));
        assert!(pace.take_at(address("192.0.2.8"), 1, begun).is_ok(), "another address");
        assert!(pace.take_at(None, 1, begun).is_ok());
        assert_eq!(let_in(retry_after), 1);
        assert_eq!(let_in(HOUR / 2), 60);
    }

    #[test]
    fn neighbours_of_one_network_share_and_no_limit_is_none() {
        let (pace, now) = (Pace::per_hour(1), Instant::now());
        assert!(pace.take_at(address("2001:db8:1:2::1"), 1, now).is_ok());
        assert!(pace.take_at(address("2001:db8:1:2::ffff"), 1, now).is_err());
        assert!(pace.take_at(address("2001:db8:1:3::1"), 1, now).is_ok());
        let free = Pace::per_hour(0);
        assert!((0..1_000).all(|_| free.take_at(address("192.0.2.7"), 1, now).is_ok()));
    }
}
