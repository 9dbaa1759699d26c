//! What a process tells of itself, as the others and administrators read it: how fresh its
//! answers are, how its index, its encoders and its cache do, and what last went wrong.
//!
//! Stored as JSON by processes of any version, so that everything here has a default.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Upper bounds of the buckets, in milliseconds; one more holds what is above them all.
pub const BOUNDS_MS: [u64; 15] = [1, 2, 5, 10, 20, 50, 100, 200, 350, 500, 750, 1_000, 1_500, 2_000, 5_000];
/// Buckets of a [`Histogram`].
pub const BUCKETS: usize = BOUNDS_MS.len() + 1;
/// What 99 of 100 changes shall stay below.
pub const OBJECTIVE: Duration = Duration::from_secs(1);
/// The time over which changes are counted.
pub const WINDOW: Duration = Duration::from_secs(300);
/// The share of changes that may miss the objective.
const BUDGET: f64 = 0.01;

/// Counts of one stage of a change's way, by bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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

    /// Share of the counts above the objective, 0 without counts.
    #[must_use]
    pub fn late(&self) -> f64 {
        let met = BOUNDS_MS.partition_point(|bound| u128::from(*bound) <= OBJECTIVE.as_millis());
        let late: u64 = self.counts.iter().skip(met).sum();
        late as f64 / self.count().max(1) as f64
    }

    /// Adds another node's counts.
    pub fn add(&mut self, other: &Self) {
        self.counts.resize(BUCKETS.max(other.counts.len()), 0);
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
    }
}

/// Histograms of the last [`WINDOW`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FreshnessReport {
    /// Commit until new vectors are stored.
    pub embedded: Histogram,
    /// Commit until new vectors answer.
    pub indexed: Histogram,
    /// Commit until shown.
    pub visible: Histogram,
    /// Events recorded until lists know of them.
    pub learned: Histogram,
}

impl FreshnessReport {
    /// Adds another node's counts.
    pub fn add(&mut self, other: &Self) {
        self.embedded.add(&other.embedded);
        self.indexed.add(&other.indexed);
        self.visible.add(&other.visible);
        self.learned.add(&other.learned);
    }
}

/// Whether the promise of freshness is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alert {
    /// It is.
    #[default]
    Ok,
    /// More than half of the changes that may be late were.
    AtRisk,
    /// Too many changes were late, or one has waited for longer than the objective.
    Breached,
}

impl Alert {
    /// Judged by every node for itself, since a customer is served by one of them, and by the
    /// change that has waited longest, since one that is stuck is never counted.
    #[must_use]
    pub fn of<'a>(nodes: impl Iterator<Item = &'a FreshnessReport>, waiting: Option<Duration>) -> Self {
        let late = nodes.fold(0.0_f64, |worst, node| {
            worst.max(node.visible.late()).max(node.indexed.late())
        });
        if late > BUDGET || waiting.is_some_and(|waiting| waiting > OBJECTIVE) {
            Self::Breached
        } else if late > BUDGET / 2.0 {
            Self::AtRisk
        } else {
            Self::Ok
        }
    }
}

/// What a cache of recommendations did since its process started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CacheFigures {
    /// Answered from the cache, or by another process's computation.
    pub hits: u64,
    /// Of the hits, those past their freshness, computed anew behind the answer.
    pub stale: u64,
    /// Computed, because nothing usable was there.
    pub misses: u64,
    /// Computed, because the store was resting after a failure.
    pub bypassed: u64,
    /// Failures of the store.
    pub errors: u64,
}

impl CacheFigures {
    /// Adds another node's counts.
    pub const fn add(&mut self, other: &Self) {
        self.hits += other.hits;
        self.stale += other.stale;
        self.misses += other.misses;
        self.bypassed += other.bypassed;
        self.errors += other.errors;
    }

    /// Share of the answers that came from the cache, 0 before the first.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        let asked = self.hits + self.misses + self.bypassed + self.errors;
        self.hits as f64 / asked.max(1) as f64
    }
}

/// The index of a process that serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexFigures {
    /// Names its state.
    pub generation: String,
    /// Products in the catalogue index.
    pub items: u64,
    /// Products with a text vector.
    pub text_vectors: u64,
    /// Products with an image vector of their own.
    pub image_vectors: u64,
    /// Bytes of vectors, their copies and the graph.
    pub bytes: u64,
    /// When changes were last applied.
    pub applied_at: Option<DateTime<Utc>>,
}

/// The encoders of one modality in one process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LaneFigures {
    /// Encoders ready or at work.
    pub workers: u64,
    /// Inputs waiting.
    pub queued: u64,
    /// Inputs embedded since the process started.
    pub embedded: u64,
    /// Inputs embedded per second over the last minute.
    pub per_second: f64,
}

impl LaneFigures {
    /// Adds another node's figures.
    pub fn add(&mut self, other: &Self) {
        self.workers += other.workers;
        self.queued += other.queued;
        self.embedded += other.embedded;
        self.per_second += other.per_second;
    }
}

/// What a process tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeFigures {
    /// Whether it does what its role asks.
    pub ready: bool,
    /// What is missing or failing, and what failed last.
    pub problems: Vec<String>,
    /// How fresh its answers are.
    pub freshness: FreshnessReport,
    /// Its cache.
    pub cache: CacheFigures,
    /// Its index; of a worker, empty.
    pub index: IndexFigures,
    /// Its text encoders.
    pub text: LaneFigures,
    /// Its image encoders.
    pub image: LaneFigures,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn with(fast: u64, slow: u64) -> FreshnessReport {
        let mut visible = Histogram {
            counts: vec![0; BUCKETS],
        };
        visible.counts[2] = fast;
        visible.counts[BUCKETS - 2] = slow;
        FreshnessReport {
            visible,
            ..FreshnessReport::default()
        }
    }

    #[test]
    fn one_late_change_in_a_hundred_is_allowed_and_more_raise_the_alarm() {
        let alert = |fast, slow| Alert::of([&with(fast, slow)].into_iter(), None);
        assert_eq!(alert(0, 0), Alert::Ok);
        assert_eq!(alert(1_000, 5), Alert::Ok);
        assert_eq!(alert(1_000, 8), Alert::AtRisk);
        assert_eq!(alert(980, 20), Alert::Breached);
    }

    #[test]
    fn one_late_node_among_many_raises_the_alarm() {
        let nodes = [with(1_000, 0), with(90, 10)];
        assert_eq!(Alert::of(nodes.iter(), None), Alert::Breached);
    }

    #[test]
    fn a_change_that_is_stuck_raises_the_alarm_though_nothing_is_counted() {
        let waiting = Some(OBJECTIVE + Duration::from_millis(1));
        assert_eq!(Alert::of([].into_iter(), waiting), Alert::Breached);
        assert_eq!(Alert::of([].into_iter(), Some(OBJECTIVE)), Alert::Ok);
    }

    #[test]
    fn what_took_exactly_the_objective_is_not_late() {
        let met = BOUNDS_MS.iter().position(|bound| *bound == 1_000).unwrap();
        let mut histogram = Histogram {
            counts: vec![0; BUCKETS],
        };
        histogram.counts[met] = 1;
        assert!(histogram.late().abs() < f64::EPSILON);
        histogram.counts[met + 1] = 1;
        assert!((histogram.late() - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn figures_of_another_version_are_read_as_far_as_they_go() {
        let old = serde_json::json!({ "cache": { "hits": 3, "elsewhere": 1 }, "freshness": {} });
        let figures: NodeFigures = serde_json::from_value(old).unwrap();
        assert_eq!(figures.cache.hits, 3);
        assert_eq!(figures.freshness, FreshnessReport::default());
    }
}
