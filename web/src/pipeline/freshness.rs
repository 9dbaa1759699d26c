//! How long changes take from their commit until they show, over the last minutes: the
//! freshness that the shop promises, measured on every change and on every node.

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Upper bounds of the buckets, in milliseconds; one more holds what is above them all.
pub const BOUNDS_MS: [u64; 14] = [1, 2, 5, 10, 20, 50, 100, 200, 350, 500, 750, 1_000, 2_000, 5_000];
const BUCKETS: usize = BOUNDS_MS.len() + 1;
/// What 99 of 100 changes shall stay below.
pub const OBJECTIVE: Duration = Duration::from_secs(1);
/// Changes are counted over this many slots …
const SLOTS: usize = 10;
/// … of this length.
const SLOT: Duration = Duration::from_secs(30);

/// A part of a change's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Commit until its new vectors are stored.
    Embedded,
    /// Commit until its new vectors answer on this node.
    Indexed,
    /// Commit until this node shows it.
    Visible,
}

const STAGES: usize = 3;

/// Counts of one stage, by bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// One count a bucket of [`BOUNDS_MS`], and one above.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// All of them.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The upper bound of the bucket that this share of the counts reaches into, in
    /// milliseconds; `None` without counts, infinity above the last bound.
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let wanted = (self.count() as f64 * share).ceil();
        let mut sum = 0;
        let place = self.counts.iter().position(|count| {
            sum += count;
            *count > 0 && sum as f64 >= wanted
        })?;
        Some(BOUNDS_MS.get(place).map_or(f64::INFINITY, |bound| *bound as f64))
    }

    /// Adds another node's counts.
    pub fn add(&mut self, other: &Self) {
        self.counts.resize(BUCKETS, 0);
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
    }
}

/// Histograms of the last minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshnessReport {
    /// Commit until new vectors are stored.
    pub embedded: Histogram,
    /// Commit until new vectors answer.
    pub indexed: Histogram,
    /// Commit until shown.
    pub visible: Histogram,
}

/// Counts the changes of one node. Cheap to record into.
#[derive(Debug, Default)]
pub struct Freshness {
    slots: Mutex<VecDeque<Slot>>,
}

#[derive(Debug)]
struct Slot {
    began: Instant,
    counts: [[u64; BUCKETS]; STAGES],
}

impl Freshness {
    /// A change that was made then has come so far now. A clock that is behind counts as no time.
    pub fn record(&self, stage: Stage, made: DateTime<Utc>, now: DateTime<Utc>) {
        let took = (now - made).num_milliseconds();
        let took = u64::try_from(took).unwrap_or_default();
        let bucket = BOUNDS_MS.partition_point(|bound| *bound < took);
        let mut slots = self.slots.lock();
        let fresh = slots.back().is_none_or(|slot| slot.began.elapsed() >= SLOT);
        if fresh {
            slots.push_back(Slot {
                began: Instant::now(),
                counts: [[0; BUCKETS]; STAGES],
            });
        }
        slots.retain(|slot| slot.began.elapsed() < SLOT * SLOTS as u32);
        if let Some(slot) = slots.back_mut() {
            slot.counts[stage as usize][bucket] += 1;
        }
    }

    /// The last minutes.
    #[must_use]
    pub fn report(&self) -> FreshnessReport {
        let slots = self.slots.lock();
        let sum = |stage: Stage| {
            let mut counts = vec![0; BUCKETS];
            let recent = slots.iter().filter(|slot| slot.began.elapsed() < SLOT * SLOTS as u32);
            for slot in recent {
                for (sum, count) in counts.iter_mut().zip(slot.counts[stage as usize]) {
                    *sum += count;
                }
            }
            Histogram { counts }
        };
        FreshnessReport {
            embedded: sum(Stage::Embedded),
            indexed: sum(Stage::Indexed),
            visible: sum(Stage::Visible),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_quantile_is_the_bound_of_the_bucket_it_falls_into() {
        let freshness = Freshness::default();
        let made = Utc::now();
        for ms in [3, 3, 3, 40] {
            freshness.record(Stage::Visible, made, made + TimeDelta::milliseconds(ms));
        }
        let visible = freshness.report().visible;
        assert_eq!(visible.count(), 4);
        assert!((visible.quantile_ms(0.5).unwrap() - 5.0).abs() < f64::EPSILON);
        assert!((visible.quantile_ms(0.99).unwrap() - 50.0).abs() < f64::EPSILON);
        assert_eq!(freshness.report().indexed.quantile_ms(0.5), None);
    }

    #[test]
    fn what_takes_longer_than_every_bound_is_beyond_them_and_a_clock_behind_counts_as_no_time() {
        let freshness = Freshness::default();
        let made = Utc::now();
        freshness.record(Stage::Embedded, made, made + TimeDelta::seconds(60));
        assert_eq!(freshness.report().embedded.quantile_ms(0.99), Some(f64::INFINITY));
        freshness.record(Stage::Indexed, made, made - TimeDelta::seconds(60));
        assert_eq!(freshness.report().indexed.quantile_ms(0.99), Some(1.0));
    }

    #[test]
    fn nodes_add_up() {
        let mut sum = Histogram::default();
        let freshness = Freshness::default();
        let made = Utc::now();
        freshness.record(Stage::Visible, made, made);
        sum.add(&freshness.report().visible);
        sum.add(&freshness.report().visible);
        assert_eq!(sum.count(), 2);
    }
}
