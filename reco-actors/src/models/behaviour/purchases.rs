//! What people buy again and when: a mixture cure model of the time between two purchases (Boag,
//! 1949; Farewell, 1982). Somebody who bought an item buys it again with a probability, and if so
//! after a time whose logarithm is normal; both are learned per item, shrunk to all items', and the
//! interval per person shrunk to the item's. What is long overdue was given up.

use crate::ItemId;
use foldhash::HashMap;
use serde::{Deserialize, Serialize};

const DAY_MS: f64 = 24.0 * 60.0 * 60_000.0;
/// What is bought again sooner, in days, belongs to the same errand.
const SAME_ERRAND: f64 = 0.25;
/// Gaps of others that weigh as much as an item's own, or a person's own.
const SHRINK: f64 = 2.0;
/// Before anything is known: one in ten buys again, after a month, within a factor of e.
const PRIOR: Gaps = Gaps {
    firsts: 9.0,
    repeats: 1.0,
    log_days: 3.4,
    log_days_squared: 3.4 * 3.4 + 1.0,
};

/// Something that somebody bought, once or several times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owned {
    /// The item.
    pub item: ItemId,
    /// How often.
    pub times: u32,
    /// When last, milliseconds of the Unix epoch.
    pub last_ms: i64,
    /// Times between two purchases that are known.
    pub gaps: u32,
    /// The logarithms of these in days, added up.
    pub log_days: f64,
}

impl Owned {
    /// Bought once.
    #[must_use]
    pub const fn once(item: ItemId, at_ms: i64) -> Self {
        Self {
            item,
            times: 1,
            last_ms: at_ms,
            gaps: 0,
            log_days: 0.0,
        }
    }

    /// As one person's who was known as two.
    pub(super) fn merge(&mut self, other: &Self) {
        self.times += other.times;
        self.last_ms = self.last_ms.max(other.last_ms);
        self.gaps += other.gaps;
        self.log_days += other.log_days;
    }
}

/// What is known of an item, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Gaps {
    /// People who bought it.
    firsts: f64,
    /// Purchases by those who had bought it before.
    repeats: f64,
    log_days: f64,
    log_days_squared: f64,
}

impl Gaps {
    fn add(&mut self, log_days: f64) {
        self.repeats += 1.0;
        self.log_days += log_days;
        self.log_days_squared += log_days * log_days;
    }

    /// Probability that a purchase is followed by another one, as much of it `whole`'s as that knows.
    fn again(&self, whole: f64) -> f64 {
        (self.repeats + SHRINK * whole) / (self.firsts + self.repeats + SHRINK)
    }
}

/// The model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Purchases {
    items: HashMap<ItemId, Gaps>,
    all: Gaps,
}

/// The same, by id.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredPurchases {
    items: Vec<([u8; 16], Gaps)>,
    all: Gaps,
}

impl Default for Purchases {
    fn default() -> Self {
        Self {
            items: HashMap::default(),
            all: PRIOR,
        }
    }
}

impl Purchases {
    /// Learns from a purchase by somebody who owns these.
    pub(super) fn learn(&mut self, owned: &mut Vec<Owned>, item: ItemId, at_ms: i64) {
        let known = self.items.entry(item).or_default();
        let Some(own) = owned.iter_mut().find(|own| own.item == item) else {
            known.firsts += 1.0;
            self.all.firsts += 1.0;
            owned.push(Owned::once(item, at_ms));
            return;
        };
        let days = (at_ms - own.last_ms) as f64 / DAY_MS;
        if days < SAME_ERRAND {
            return;
        }
        let log_days = days.ln();
        known.add(log_days);
        self.all.add(log_days);
        own.times += 1;
        own.last_ms = at_ms;
        own.gaps += 1;
        own.log_days += log_days;
    }

    /// How likely somebody buys something again today: purchases by day.
    pub(super) fn due(&self, own: &Owned, at_ms: i64) -> f32 {
        let item = self.items.get(&own.item).copied().unwrap_or_default();
        let all = self.all;
        let usual = all.log_days / all.repeats;
        let spread = (all.log_days_squared / all.repeats - usual * usual).max(0.01).sqrt();
        let of_item = (item.log_days + SHRINK * usual) / (item.repeats + SHRINK);
        let interval = (own.log_days + SHRINK * of_item) / (f64::from(own.gaps) + SHRINK);
        let again = item.again(all.repeats / (all.firsts + all.repeats));
        let again = (f64::from(own.gaps) + SHRINK * again) / (f64::from(own.gaps) + SHRINK);
        let days = ((at_ms - own.last_ms) as f64 / DAY_MS).max(SAME_ERRAND);
        let place = (days.ln() - interval) / spread;
        let density = (-0.5 * place * place).exp() / (days * spread * (2.0 * std::f64::consts::PI).sqrt());
        let left = survival(place);
        (again * density / (1.0 - again + again * left).max(1e-9)) as f32
    }

    pub(super) fn stored(&self) -> StoredPurchases {
        let mut items: Vec<_> = self.items.iter().map(|(id, gaps)| (id.0.into_bytes(), *gaps)).collect();
        items.sort_unstable_by_key(|(id, _)| *id);
        StoredPurchases { items, all: self.all }
    }

    pub(super) fn restored(stored: StoredPurchases) -> Self {
        let items = stored.items.into_iter();
        Self {
            items: items
                .map(|(id, gaps)| (ItemId(uuid::Uuid::from_bytes(id)), gaps))
                .collect(),
            all: stored.all,
        }
    }
}

/// How much of the standard normal distribution lies above: Abramowitz and Stegun, 26.2.17, within
/// 7.5e-8.
fn survival(place: f64) -> f64 {
    const COEFFICIENTS: [f64; 5] = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let t = 1.0 / (1.0 + 0.231_641_9 * place.abs());
    let sum = COEFFICIENTS.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    let above = (-0.5 * place * place).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum;
    if place >= 0.0 { above } else { 1.0 - above }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60_000;

    fn id(number: u128) -> ItemId {
        ItemId(uuid::Uuid::from_u128(number))
    }

    fn bought(model: &mut Purchases, item: u128, days: &[i64]) -> Owned {
        let mut owned = Vec::new();
        for day in days {
            model.learn(&mut owned, id(item), day * DAY);
        }
        owned[0]
    }

    #[test]
    fn the_tail_of_the_normal_distribution_is_right() {
        for (place, above) in [(0.0, 0.5), (1.0, 0.158_655), (-1.0, 0.841_345), (3.0, 0.001_350)] {
            assert!((survival(place) - above).abs() < 1e-6, "{place}");
        }
    }

    #[test]
    fn what_is_bought_weekly_is_due_in_a_week_and_given_up_when_long_overdue() {
        let mut model = Purchases::default();
        let milk = bought(&mut model, 1, &[0, 7, 14, 21, 28, 35]);
        assert_eq!((milk.times, milk.gaps), (6, 5));
        let mug = bought(&mut model, 2, &[35]);
        let due = |day: i64| model.due(&milk, (35 + day) * DAY);
        assert!(due(7) > due(1), "{} {}", due(7), due(1));
        assert!(due(7) > 3.0 * due(90), "{} {}", due(7), due(90));
        assert!(due(7) > 3.0 * model.due(&mug, 42 * DAY));
    }

    #[test]
    fn what_many_buy_again_is_due_for_who_bought_it_once() {
        let mut model = Purchases::default();
        for _ in 0..20 {
            bought(&mut model, 1, &[0, 10, 20]);
            bought(&mut model, 2, &[0]);
        }
        let (milk, mug) = (Owned::once(id(1), 0), Owned::once(id(2), 0));
        assert!(model.due(&milk, 10 * DAY) > 5.0 * model.due(&mug, 10 * DAY));
    }

    #[test]
    fn a_second_order_of_an_errand_is_no_repeat_and_all_is_kept() {
        let mut model = Purchases::default();
        let mut owned = Vec::new();
        for at_ms in [0, 3_600_000, 2 * DAY] {
            model.learn(&mut owned, id(1), at_ms);
        }
        assert_eq!((owned[0].times, owned[0].gaps), (2, 1));
        assert_eq!(Purchases::restored(model.stored()), model);
    }
}
