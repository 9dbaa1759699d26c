//! Slows guessing: tries are counted per account and address, and per address alone. The
//! first few are free; from then on each one that is let in makes the next wait, twice as
//! long as the one before it did, up to a quarter of an hour.
//!
//! An account is never locked as such (anybody could lock anybody out). Counters live in
//! the memory of this process, bounded; behind N nodes an attacker gets N times the tries.

use crate::pace::network;
use moka::future::Cache;
use parking_lot::Mutex;
use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// A counter that nobody touched for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Counters kept: some 10 MiB at most, and only under attack.
const MOST_COUNTERS: u64 = 100_000;

/// What is tried. Each is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    /// Showing a password: a log-in, or what asks for the password again.
    LogIn,
    /// Opening an account.
    Register,
    /// Showing a refresh token.
    Refresh,
    /// Showing a token that was mailed.
    MailToken,
    /// Asking for a mail.
    Mail,
}

/// How many tries are free, and what the next one waits.
#[derive(Clone, Copy)]
struct Budget {
    free: u32,
    first_wait: Duration,
}

impl Deed {
    /// For one account from one address. Ten mistakes are human, three mails are plenty.
    fn per_account(self) -> Budget {
        let (free, first_wait_s) = if self == Self::Mail { (3, 60) } else { (10, 30) };
        Budget {
            free,
            first_wait: Duration::from_secs(first_wait_s),
        }
    }

    /// From one address over all accounts; an office behind one address fits.
    fn per_address(self) -> Budget {
        let free = match self {
            Self::Mail => 20,
            Self::Register => 50,
            Self::LogIn | Self::Refresh | Self::MailToken => 100,
        };
        Budget {
            free,
            first_wait: Duration::from_secs(5),
        }
    }
}

/// Tries so far, and when the next may come.
#[derive(Default)]
struct Counter {
    tries: u32,
    until: Option<Instant>,
}

/// The counters of this process.
#[derive(Clone)]
pub(super) struct Throttle {
    counters: Cache<u64, Arc<Mutex<Counter>>>,
    hasher: RandomState,
}

/// Too many tries; the next may come after this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait(pub(super) Duration);

/// A try under way: it counts as failed until it is said to have succeeded.
pub(super) struct Attempt {
    account_key: Option<u64>,
    address: Option<(Arc<Mutex<Counter>>, Option<Instant>)>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        let counters = Cache::builder()
            .max_capacity(MOST_COUNTERS)
            .time_to_idle(FORGOTTEN)
            .build();
        Self {
            counters,
            hasher: RandomState::new(),
        }
    }

    /// Takes one try from the budget *before* the secret is looked at, so that parallel
    /// guesses cannot all slip through. An unknown address is counted per account alone.
    pub(super) async fn begin(
        &self,
        deed: Deed,
        account: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Attempt, Wait> {
        let address = address.map(network);
        let now = Instant::now();
        let mut attempt = Attempt {
            account_key: account.map(|account| self.hasher.hash_one((deed, address, account))),
            address: None,
        };
        if let Some(key) = attempt.account_key {
            let counter = self.counter(key).await;
            take(&counter, deed.per_account(), now)?;
        }
        if let Some(address) = address {
            let counter = self.counter(self.hasher.hash_one((deed, address))).await;
            let until = take(&counter, deed.per_address(), now)?;
            attempt.address = Some((counter, until));
        }
        Ok(attempt)
    }

    /// The try was the owner's: forget their mistakes.
    pub(super) async fn succeeded(&self, attempt: Attempt) {
        if let Some(key) = attempt.account_key {
            self.counters.invalidate(&key).await;
        }
        if let Some((counter, until)) = attempt.address {
            let mut counter = counter.lock();
            counter.tries = counter.tries.saturating_sub(1);
            // The wait that another try made meanwhile stays.
            if counter.until == until {
                counter.until = None;
            }
        }
    }

    async fn counter(&self, key: u64) -> Arc<Mutex<Counter>> {
        let fresh = async { Arc::new(Mutex::default()) };
        self.counters.get_with(key, fresh).await
    }
}

/// Counts a try that may be made now; tells the wait that it makes for the next.
fn take(counter: &Mutex<Counter>, budget: Budget, now: Instant) -> Result<Option<Instant>, Wait> {
    let mut counter = counter.lock();
    if let Some(left) = counter.until.and_then(|until| until.checked_duration_since(now))
        && !left.is_zero()
    {
        // Told in whole seconds, so rounded up: who waits that long is let in.
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        return Err(Wait(Duration::from_secs(seconds)));
    }
    counter.tries = counter.tries.saturating_add(1);
    counter.until = counter
        .tries
        .checked_sub(budget.free)
        .map(|over| now + wait(budget, over));
    Ok(counter.until)
}

fn wait(budget: Budget, over: u32) -> Duration {
    let doubled = 2_u32.checked_pow(over).unwrap_or(u32::MAX);
    budget.first_wait.saturating_mul(doubled).min(LONGEST_WAIT)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const HOME: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const AWAY: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));
    const ADA: Option<&str> = Some("ada@example.com");

    async fn tries(throttle: &Throttle, deed: Deed, account: Option<&str>, address: Option<IpAddr>) -> u32 {
        let mut made = 0;
        while throttle.begin(deed, account, address).await.is_ok() {
            made += 1;
            assert!(made < 1_000, "nothing is throttled");
        }
        made
    }

    #[tokio::test]
    async fn the_eleventh_guess_waits_but_the_owner_elsewhere_does_not() {
        let throttle = Throttle::new();
        assert_eq!(tries(&throttle, Deed::LogIn, ADA, HOME).await, 10);
        let Err(Wait(wait)) = throttle.begin(Deed::LogIn, ADA, HOME).await else {
            panic!("the eleventh guess was let in")
        };
        assert!(
            wait > Duration::from_secs(20) && wait <= Duration::from_secs(30),
            "{wait:?}"
        );
        assert!(throttle.begin(Deed::LogIn, ADA, AWAY).await.is_ok());
        assert!(throttle.begin(Deed::LogIn, ADA, None).await.is_ok());
        assert!(
            throttle.begin(Deed::Mail, ADA, HOME).await.is_ok(),
            "deeds are counted apart"
        );
    }

    #[test]
    fn every_further_try_waits_twice_as_long_up_to_a_quarter_of_an_hour() {
        let counter = Mutex::default();
        let budget = Deed::LogIn.per_account();
        let mut now = Instant::now();
        for _ in 0..9 {
            assert_eq!(take(&counter, budget, now), Ok(None));
        }
        let mut waits = Vec::new();
        for _ in 0..8 {
            let until = take(&counter, budget, now).unwrap().unwrap();
            let Err(Wait(wait)) = take(&counter, budget, now) else {
                panic!("a try was let in before its time")
            };
            waits.push(wait.as_secs());
            now = until;
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[tokio::test]
    async fn a_success_forgives_earlier_mistakes() {
        let throttle = Throttle::new();
        for _ in 0..9 {
            throttle.begin(Deed::LogIn, ADA, HOME).await.ok().unwrap();
        }
        let last = throttle.begin(Deed::LogIn, ADA, HOME).await.ok().unwrap();
        throttle.succeeded(last).await;
        assert_eq!(tries(&throttle, Deed::LogIn, ADA, HOME).await, 10);
    }

    #[tokio::test]
    async fn one_address_cannot_try_many_accounts_and_successes_do_not_count() {
        let throttle = Throttle::new();
        for _ in 0..200 {
            let own = throttle.begin(Deed::LogIn, Some("own@example.com"), HOME).await;
            throttle.succeeded(own.ok().unwrap()).await;
        }
        for number in 0..100 {
            let account = format!("user{number}@example.com");
            assert!(throttle.begin(Deed::LogIn, Some(&account), HOME).await.is_ok());
        }
        assert!(throttle.begin(Deed::LogIn, ADA, HOME).await.is_err());
        assert!(throttle.begin(Deed::LogIn, ADA, AWAY).await.is_ok());
    }

    #[tokio::test]
    async fn a_whole_ipv6_network_is_one_address() {
        let throttle = Throttle::new();
        let address = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        assert_eq!(tries(&throttle, Deed::Mail, ADA, address("2001:db8:1:2::1")).await, 3);
        assert_eq!(
            tries(&throttle, Deed::Mail, ADA, address("2001:db8:1:2:ffff::9")).await,
            0
        );
        assert_eq!(tries(&throttle, Deed::Mail, ADA, address("2001:db8:1:3::1")).await, 3);
        assert_eq!(
            tries(&throttle, Deed::LogIn, ADA, address("::ffff:192.0.2.1")).await,
            10
        );
        assert_eq!(tries(&throttle, Deed::LogIn, ADA, HOME).await, 0);
    }
}
