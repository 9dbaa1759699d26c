//! How long changes take from their commit until they show, over the last minutes: the
//! freshness that the shop promises, measured on every change and on every node.

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, histogram::Histogram as Total},
    registry::{Registry, Unit},
};
use shop::pipeline::{BOUNDS_MS, BUCKETS, FreshnessReport, Histogram, WINDOW};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Changes are counted over this many slots.
const SLOTS: u32 = 10;
/// The length of one.
const SLOT: Duration = Duration::from_secs(WINDOW.as_secs() / SLOTS as u64);

/// A part of a change's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Commit until its new vectors are stored.
    Embedded,
    /// Commit until its new vectors answer on this node.
    Indexed,
    /// Commit until this node shows it.
    Visible,
    /// What somebody did is recorded until this node's lists know of it.
    Learned,
}

const STAGES: usize = 4;

impl Stage {
    const fn label(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Indexed => "indexed",
            Self::Visible => "visible",
            Self::Learned => "learned",
        }
    }
}

/// Counts the changes of one node. Cheap to record into.
#[derive(Debug)]
pub struct Freshness {
    slots: Mutex<VecDeque<Slot>>,
    /// Since the process started, in seconds, for those who scrape.
    totals: Family<StageLabel, Total, fn() -> Total>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabel {
    stage: &'static str,
}

impl Default for Freshness {
    fn default() -> Self {
        let totals = || Total::new(BOUNDS_MS.iter().map(|bound| *bound as f64 / 1e3));
        Self {
            slots: Mutex::default(),
            totals: Family::new_with_constructor(totals),
        }
    }
}

#[derive(Debug)]
struct Slot {
    began: Instant,
    counts: [[u64; BUCKETS]; STAGES],
}

impl Freshness {
    /// Has those who scrape see the histograms.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "Time from the commit of a change until its vectors are stored, answer, or it shows; of events, until lists know of them";
        registry.register_with_unit("change_freshness", help, Unit::Seconds, self.totals.clone());
    }

    /// A change that was made then has come so far now. A clock that is behind counts as no time.
    pub fn record(&self, stage: Stage, made: DateTime<Utc>, now: DateTime<Utc>) {
        let took = (now - made).num_milliseconds();
        let took = u64::try_from(took).unwrap_or_default();
        let total = self.totals.get_or_create(&StageLabel { stage: stage.label() });
        total.observe(took as f64 / 1e3);
        let bucket = BOUNDS_MS.partition_point(|bound| *bound < took);
        let mut slots = self.slots.lock();
        let fresh = slots.back().is_none_or(|slot| slot.began.elapsed() >= SLOT);
        if fresh {
            slots.push_back(Slot {
                began: Instant::now(),
                counts: [[0; BUCKETS]; STAGES],
            });
        }
        slots.retain(|slot| slot.began.elapsed() < WINDOW);
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
            let recent = slots.iter().filter(|slot| slot.began.elapsed() < WINDOW);
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
            learned: sum(Stage::Learned),
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
