//! When what happened: the script as deeds in the order of time, each a while before the first
//! start. The same script and the same start give the same deeds.

use super::script::{Account, Fate, PlannedOrder, Script, Way};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// When coupons were issued, days before the first start.
const ISSUED: f64 = 70.0;

/// Something that happened. Numbers are places in the script.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    /// Somebody opened an account.
    Join(String),
    /// A coupon was issued.
    Issue(usize),
    /// An order was placed.
    Place(usize),
    /// Its customer paid at once.
    Pay(usize),
    /// Its customer said that they would transfer the money.
    Promise(usize),
    /// The money of a transfer came.
    Receive(usize),
    /// Nobody had paid it in time.
    Lapse(usize),
    /// It was cancelled.
    Cancel(usize),
    /// It was sent.
    Send(usize),
    /// It arrived.
    Deliver(usize),
    /// Money went back.
    GiveBack(usize),
    /// A review was written.
    Review(usize),
    /// Staff turned it down.
    Refuse(usize),
    /// Somebody found it helpful.
    Vote(usize, String),
}

impl Deed {
    /// Whether it is about an order.
    pub(super) fn is_of_order(&self) -> bool {
        !matches!(
            self,
            Self::Join(_) | Self::Issue(_) | Self::Review(_) | Self::Refuse(_) | Self::Vote(..)
        )
    }
}

/// A deed and its time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) at: DateTime<Utc>,
    pub(super) deed: Deed,
}

/// What deeds are planned by.
pub(super) struct Plan<'a> {
    pub(super) script: &'a Script,
    /// The first start.
    pub(super) start: DateTime<Utc>,
    /// Since when the shop has had products, by SKU.
    pub(super) since: HashMap<&'a str, DateTime<Utc>>,
    /// Whether orders may be paid without money; else all are paid by transfer.
    pub(super) has_test_payments: bool,
}

/// A number of days.
fn days(count: f64) -> TimeDelta {
    TimeDelta::seconds((count * 86_400.0) as i64)
}

/// A number within 0 and 1 that belongs to a name.
fn share(name: &str) -> f64 {
    let digest = Sha256::digest(name);
    let number = digest
        .iter()
        .take(4)
        .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    f64::from(number) / f64::from(u32::MAX)
}

/// A number within these that belongs to a name.
fn within(name: &str, least: f64, most: f64) -> f64 {
    least + (most - least) * share(name)
}

impl Plan<'_> {
    /// Everything, earliest first.
    pub(super) fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (key, person) in &self.script.people {
            if person.account == Account::StandIn {
                push(&mut events, self.joined(key), Deed::Join(key.clone()));
            }
        }
        for place in 0..self.script.coupons.len() {
            push(&mut events, self.start - days(ISSUED), Deed::Issue(place));
        }
        let mut delivered = HashMap::new();
        for (place, order) in self.script.orders.iter().enumerate() {
            let arrived = self.order(&mut events, place, order);
            for (sku, _) in arrived.iter().flat_map(|_| order.lines().filter_map(Result::ok)) {
                delivered.insert((order.by.as_str(), sku), arrived);
            }
        }
        for place in 0..self.script.reviews.len() {
            let (sku, review) = &self.script.reviews[place];
            let arrived = delivered.get(&(review.by.as_str(), sku.as_str())).copied().flatten();
            self.review(&mut events, place, arrived);
        }
        events.sort_by_key(|event| event.at);
        events
    }

    /// How an order goes; when it arrived, if it did.
    fn order(&self, events: &mut Vec<Event>, place: usize, order: &PlannedOrder) -> Option<DateTime<Utc>> {
        let jitter = |what: &str, least, most| days(within(&format!("{what} {place}"), least, most));
        let placed = self.start - days(order.ago) + jitter("place", -0.04, 0.04);
        push(events, placed, Deed::Place(place));
        let way = if self.has_test_payments { order.pay } else { Way::Manual };
        let mut paid = placed + TimeDelta::seconds(40);
        if way == Way::Manual {
            push(events, paid, Deed::Promise(place));
        }
        match (order.fate, way) {
            (Fate::Awaited, _) => return None,
            (Fate::Lapsed, _) => {
                let hold = super::commerce::MANUAL_HOLD + TimeDelta::minutes(1);
                push(events, placed + hold, Deed::Lapse(place));
                return None;
            }
            (Fate::Withdrawn, _) => {
                push(events, placed + jitter("withdraw", 0.3, 0.9), Deed::Cancel(place));
                return None;
            }
            (_, Way::Test) => push(events, paid, Deed::Pay(place)),
            (_, Way::Manual) => {
                paid += jitter("receive", 0.1, 0.2) * if order.ago > 5.0 { 10 } else { 1 };
                push(events, paid, Deed::Receive(place));
            }
        }
        let sent = paid + jitter("send", 0.4, 1.4);
        let arrived = sent + jitter("deliver", 1.2, 3.0);
        let back = arrived + jitter("give back", 2.0, 5.0);
        match order.fate {
            Fate::Cancelled => push(events, paid + jitter("cancel", 0.1, 0.4), Deed::Cancel(place)),
            Fate::Sent => push(events, sent, Deed::Send(place)),
            Fate::Delivered | Fate::Returned | Fate::PartReturned | Fate::Allowed => {
                push(events, sent, Deed::Send(place));
                push(events, arrived, Deed::Deliver(place));
                if order.fate != Fate::Delivered {
                    push(events, back, Deed::GiveBack(place));
                }
                return Some(arrived);
            }
            Fate::Paid | Fate::Awaited | Fate::Lapsed | Fate::Withdrawn => {}
        }
        None
    }

    fn review(&self, events: &mut Vec<Event>, place: usize, arrived: Option<DateTime<Utc>>) {
        let (sku, review) = &self.script.reviews[place];
        let name = format!("{sku} {}", review.by);
        let written = if review.held {
            self.start - days(within(&name, 0.1, 1.5))
        } else if review.refused.is_some() {
            self.start - days(within(&name, 4.0, 8.0))
        } else if let Some(arrived) = arrived {
            self.between(arrived, self.start, within(&name, 0.45, 0.9))
        } else {
            let since = self.since.get(sku.as_str()).copied().unwrap_or(self.start);
            // A catalogue may be younger than the clock of this machine says.
            let earliest = since.max(self.joined(&review.by)).min(self.start - days(2.0));
            self.between(earliest, self.start, within(&name, 0.05, 0.95))
        };
        push(events, written, Deed::Review(place));
        if review.refused.is_some() {
            push(events, written + days(0.5), Deed::Refuse(place));
        }
        let mut voters: Vec<&String> = self.voters(&review.by).collect();
        voters.sort_by(|one, other| share(&format!("{name} {one}")).total_cmp(&share(&format!("{name} {other}"))));
        for voter in voters.into_iter().take(review.helpful) {
            let from = written.max(self.joined(voter));
            let at = self.between(from, self.start, within(&format!("{voter} {name}"), 0.02, 0.7));
            push(events, at, Deed::Vote(place, voter.clone()));
        }
    }

    fn voters(&self, author: &str) -> impl Iterator<Item = &String> {
        let people = self.script.people.iter();
        people
            .filter(move |(key, person)| person.account == Account::StandIn && *key != author)
            .map(|(key, _)| key)
    }

    fn joined(&self, key: &str) -> DateTime<Utc> {
        let joined = self.script.people.get(key).map_or(0, |person| person.joined);
        self.start - TimeDelta::days(joined.into())
    }

    fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>, part: f64) -> DateTime<Utc> {
        from + TimeDelta::seconds(((until - from).num_seconds() as f64 * part) as i64)
    }
}

fn push(events: &mut Vec<Event>, at: DateTime<Utc>, deed: Deed) {
    events.push(Event { at, deed });
}
