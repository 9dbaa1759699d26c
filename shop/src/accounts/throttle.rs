//! Slows the guessing of passwords: failed log-ins are counted per account and address,
//! and per address alone, in a window that starts with the first failure.
//!
//! An account is never locked as such (anybody could lock anybody out). Counters live in
//! the memory of this process, bounded; behind N nodes an attacker gets N times the tries.

use super::email::Email;
use moka::future::Cache;
use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// How long failures count.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Failures for one account from one address. Ten mistakes are human.
const PER_ACCOUNT: u32 = 10;
/// Failures from one address over all accounts; an office behind one address fits.
const PER_ADDRESS: u32 = 100;
/// Counters kept: some 10 MiB at most, and only under attack.
const MOST_COUNTERS: u64 = 100_000;

/// Counts failures since its first.
struct Counter {
    since: Instant,
    attempts: AtomicU32,
}

/// The counters of this process.
#[derive(Clone)]
pub(super) struct Throttle {
    counters: Cache<u64, Arc<Counter>>,
    hasher: RandomState,
}

/// Too many failures; the next attempt may come after this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait(pub(super) Duration);

/// An attempt under way: it counts as failed until it is said to have succeeded.
pub(super) struct Attempt {
    account_key: u64,
    address: Option<Arc<Counter>>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self::with_window(WINDOW)
    }

    fn with_window(window: Duration) -> Self {
        let counters = Cache::builder()
            .max_capacity(MOST_COUNTERS)
            .time_to_live(window)
            .build();
        Self {
            counters,
            hasher: RandomState::new(),
        }
    }

    /// Takes one attempt from the budget *before* the password is looked at, so that
    /// parallel guesses cannot all slip through.
    pub(super) async fn begin(&self, email: &Email, address: Option<IpAddr>) -> Result<Attempt, Wait> {
        let account_key = self.hasher.hash_one((address, email));
        let account = self.counter(account_key).await;
        take(&account, PER_ACCOUNT)?;
        let Some(address) = address else {
            return Ok(Attempt {
                account_key,
                address: None,
            });
        };
        let by_address = self.counter(self.hasher.hash_one(address)).await;
        take(&by_address, PER_ADDRESS)?;
        Ok(Attempt {
            account_key,
            address: Some(by_address),
        })
    }

    /// The attempt was the owner's: forget their mistakes.
    pub(super) async fn succeeded(&self, attempt: Attempt) {
        self.counters.invalidate(&attempt.account_key).await;
        if let Some(address) = attempt.address {
            address.attempts.fetch_sub(1, Ordering::Relaxed);
        }
    }

    async fn counter(&self, key: u64) -> Arc<Counter> {
        let fresh = async {
            Arc::new(Counter {
                since: Instant::now(),
                attempts: AtomicU32::new(0),
            })
        };
        self.counters.get_with(key, fresh).await
    }
}

fn take(counter: &Counter, most: u32) -> Result<(), Wait> {
    let below = |made: u32| (made < most).then_some(made + 1);
    match counter
        .attempts
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, below)
    {
        Ok(_) => Ok(()),
        Err(_) => Err(Wait(
            WINDOW
                .saturating_sub(counter.since.elapsed())
                .max(Duration::from_secs(1)),
        )),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const HOME: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const AWAY: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));

    fn ada() -> Email {
        "ada@example.com".parse().unwrap()
    }

    #[tokio::test]
    async fn the_eleventh_guess_waits_but_the_owner_elsewhere_does_not() {
        let throttle = Throttle::new();
        for _ in 0..PER_ACCOUNT {
            assert!(throttle.begin(&ada(), HOME).await.is_ok());
        }
        let Err(Wait(wait)) = throttle.begin(&ada(), HOME).await else {
            panic!("the eleventh guess was let in")
        };
        assert!(wait > WINDOW / 2 && wait <= WINDOW);
        assert!(throttle.begin(&ada(), AWAY).await.is_ok());
        assert!(throttle.begin(&ada(), None).await.is_ok());
    }

    #[tokio::test]
    async fn a_success_forgives_earlier_mistakes() {
        let throttle = Throttle::new();
        for _ in 0..PER_ACCOUNT - 1 {
            throttle.begin(&ada(), HOME).await.ok().unwrap();
        }
        let last = throttle.begin(&ada(), HOME).await.ok().unwrap();
        throttle.succeeded(last).await;
        assert!(throttle.begin(&ada(), HOME).await.is_ok());
    }

    #[tokio::test]
    async fn one_address_cannot_try_many_accounts() {
        let throttle = Throttle::new();
        for number in 0..PER_ADDRESS {
            let email = format!("user{number}@example.com").parse().unwrap();
            assert!(throttle.begin(&email, HOME).await.is_ok());
        }
        assert!(throttle.begin(&ada(), HOME).await.is_err());
        assert!(throttle.begin(&ada(), AWAY).await.is_ok());
    }

    #[tokio::test]
    async fn the_window_ends() {
        let throttle = Throttle::with_window(Duration::ZERO);
        for _ in 0..=PER_ACCOUNT {
            assert!(throttle.begin(&ada(), HOME).await.is_ok());
        }
    }
}
