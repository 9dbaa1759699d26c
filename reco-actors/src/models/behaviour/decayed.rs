//! Counts that fade by half-life (forward decay: Cormode et al., ICDE 2009): new ones weigh more
//! instead of old ones less, so that nothing is touched but what is counted.

use crate::ItemId;
use foldhash::HashMap;

/// After so many half-lives all are scaled back, by an exact power of two.
const HALF_LIVES: f64 = 500.0;

/// Fading counts of items.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decayed {
    half_life_ms: f64,
    counts: HashMap<ItemId, f64>,
    /// When a count of 1 is 1.
    landmark: Option<i64>,
}

/// The same, by id.
pub(super) type StoredCounts = (Option<i64>, Vec<([u8; 16], f64)>);

impl Decayed {
    pub(super) fn new(half_life_ms: f64) -> Self {
        Self {
            half_life_ms,
            counts: HashMap::default(),
            landmark: None,
        }
    }

    pub(super) fn add(&mut self, item: ItemId, amount: f64, at_ms: i64) {
        let mut landmark = *self.landmark.get_or_insert(at_ms);
        let lives = |landmark: i64| (at_ms - landmark) as f64 / self.half_life_ms;
        while lives(landmark) > HALF_LIVES {
            landmark += (HALF_LIVES * self.half_life_ms) as i64;
            let scale = (-HALF_LIVES).exp2();
            self.counts.values_mut().for_each(|count| *count *= scale);
            // What has faded altogether need not be kept.
            self.counts.retain(|_, count| *count > f64::MIN_POSITIVE);
        }
        self.landmark = Some(landmark);
        *self.counts.entry(item).or_default() += amount * lives(landmark).exp2();
    }

    /// How much is left at a time, in no order.
    pub(super) fn at(&self, at_ms: i64) -> impl Iterator<Item = (ItemId, f64)> {
        let landmark = self.landmark.unwrap_or(at_ms);
        let faded = (-((at_ms - landmark) as f64) / self.half_life_ms).exp2();
        self.counts.iter().map(move |(item, count)| (*item, count * faded))
    }

    pub(super) fn stored(&self) -> StoredCounts {
        let mut counts: Vec<_> = self
            .counts
            .iter()
            .map(|(item, count)| (item.0.into_bytes(), *count))
            .collect();
        counts.sort_unstable_by_key(|(item, _)| *item);
        (self.landmark, counts)
    }

    pub(super) fn restored(half_life_ms: f64, (landmark, counts): StoredCounts) -> Self {
        let counts = counts
            .into_iter()
            .map(|(item, count)| (ItemId(uuid::Uuid::from_bytes(item)), count));
        Self {
            half_life_ms,
            counts: counts.collect(),
            landmark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> ItemId {
        ItemId(uuid::Uuid::from_u128(number))
    }

    fn left(counts: &Decayed, number: u128, at_ms: i64) -> f64 {
        counts
            .at(at_ms)
            .find(|(item, _)| *item == id(number))
            .map_or(0.0, |(_, left)| left)
    }

    #[test]
    fn counts_halve_with_each_half_life_however_long() {
        let mut counts = Decayed::new(10.0);
        counts.add(id(1), 4.0, 1_000);
        counts.add(id(2), 1.0, 1_010);
        assert_eq!((left(&counts, 1, 1_010), left(&counts, 2, 1_010)), (2.0, 1.0));
        assert_eq!(left(&counts, 1, 1_020), 1.0);
        // One that was late counts what would be left of it.
        counts.add(id(2), 1.0, 1_000);
        assert_eq!(left(&counts, 2, 1_010), 1.5);
        counts.add(id(3), 1.0, 100_000);
        assert_eq!(left(&counts, 3, 100_000), 1.0);
        assert!(left(&counts, 1, 100_000) < 1e-300);
        let again = Decayed::restored(10.0, counts.stored());
        assert_eq!(again, counts);
    }
}
