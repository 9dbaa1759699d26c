//! Figures of the pipeline, over all processes of the shop.

use async_graphql::{ComplexObject, Enum, SimpleObject};
use shop::pipeline::{
    Alert, BOUNDS_MS, CacheFigures, FreshnessReport, Histogram, LaneFigures, OBJECTIVE, TaskCounts, WINDOW,
};
use std::time::Duration;

use crate::cost;

/// Products that wait for their vectors.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct EmbeddingQueue {
    /// With somebody waiting: products that were made or changed.
    pub interactive: u64,
    /// With nobody waiting: imports, other models.
    pub bulk: u64,
    /// Failed, and waiting for another attempt.
    pub failed: u64,
}

impl From<TaskCounts> for EmbeddingQueue {
    fn from(counts: TaskCounts) -> Self {
        Self {
            interactive: counts.interactive,
            bulk: counts.bulk,
            failed: counts.failed,
        }
    }
}

/// What the embedding workers do, all of them together.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct EmbeddingThroughput {
    /// Text encoders ready or at work.
    pub text_workers: u64,
    /// Image encoders ready or at work.
    pub image_workers: u64,
    /// Texts embedded per second over the last minute.
    pub texts_per_second: f64,
    /// Images embedded per second over the last minute.
    pub images_per_second: f64,
    /// Texts embedded since the processes started.
    pub texts: u64,
    /// Images embedded since the processes started.
    pub images: u64,
}

impl EmbeddingThroughput {
    pub(super) const fn new(text: &LaneFigures, image: &LaneFigures) -> Self {
        Self {
            text_workers: text.workers,
            image_workers: image.workers,
            texts_per_second: text.per_second,
            images_per_second: image.per_second,
            texts: text.embedded,
            images: image.embedded,
        }
    }
}

/// What caches of recommendations did since their processes started.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RecommenderCache {
    /// Answered from the cache.
    pub hits: u64,
    /// Of the hits, those past their freshness, computed anew behind the answer.
    pub stale: u64,
    /// Computed, because nothing usable was there.
    pub misses: u64,
    /// Computed without asking the store, because it had failed a moment ago.
    pub bypassed: u64,
    /// Failures of the store.
    pub errors: u64,
    /// Share of the answers that came from the cache, 0 to 1.
    pub hit_rate: f64,
}

impl From<CacheFigures> for RecommenderCache {
    fn from(figures: CacheFigures) -> Self {
        Self {
            hits: figures.hits,
            stale: figures.stale,
            misses: figures.misses,
            bypassed: figures.bypassed,
            errors: figures.errors,
            hit_rate: figures.hit_rate(),
        }
    }
}

/// Whether the promise of freshness is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Alert")]
pub enum FreshnessAlert {
    /// It is.
    Ok,
    /// More than half of the changes that may be late were.
    AtRisk,
    /// Too many changes were late on a node, or one has waited for longer than the objective.
    Breached,
}

/// How long changes take until they show.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct RecommenderFreshness {
    /// What 99 of 100 changes shall stay below, in milliseconds.
    pub objective_ms: u64,
    /// The time that is counted, in seconds.
    pub window_seconds: u64,
    /// Whether the objective is met, on every node.
    pub alert: FreshnessAlert,
    /// How long the oldest change has waited that some node does not show yet, in
    /// milliseconds; null when nothing waits.
    pub waiting_ms: Option<u64>,
    #[graphql(skip)]
    pub(super) report: FreshnessReport,
}

#[ComplexObject]
impl RecommenderFreshness {
    /// The stages of a change's way, over all nodes.
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn stages(&self) -> Vec<FreshnessStage> {
        stages(&self.report)
    }
}

impl RecommenderFreshness {
    pub(super) fn new(report: FreshnessReport, alert: Alert, waiting: Option<Duration>) -> Self {
        Self {
            objective_ms: whole_ms(OBJECTIVE),
            window_seconds: WINDOW.as_secs(),
            alert: alert.into(),
            waiting_ms: waiting.map(whole_ms),
            report,
        }
    }
}

pub(super) fn stages(report: &FreshnessReport) -> Vec<FreshnessStage> {
    [
        (FreshnessStageName::Embedded, &report.embedded),
        (FreshnessStageName::Indexed, &report.indexed),
        (FreshnessStageName::Visible, &report.visible),
        (FreshnessStageName::Learned, &report.learned),
    ]
    .map(|(stage, histogram)| FreshnessStage {
        stage,
        histogram: histogram.clone(),
    })
    .into()
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A part of a change's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum FreshnessStageName {
    /// Commit until its new vectors are stored.
    Embedded,
    /// Commit until its new vectors answer.
    Indexed,
    /// Commit until it shows in lists.
    Visible,
    /// Of what people do: recorded until lists know of it.
    Learned,
}

/// How long changes took until one stage.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct FreshnessStage {
    /// Which stage.
    pub stage: FreshnessStageName,
    #[graphql(skip)]
    pub(super) histogram: Histogram,
}

#[ComplexObject]
impl FreshnessStage {
    /// Changes that were counted.
    async fn count(&self) -> u64 {
        self.histogram.count()
    }

    /// Half of them took no longer, in milliseconds: the bound of the bucket. Null without
    /// changes, and above the last bound.
    async fn p50_ms(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// 95 of 100 took no longer.
    async fn p95_ms(&self) -> Option<f64> {
        self.quantile(0.95)
    }

    /// 99 of 100 took no longer.
    async fn p99_ms(&self) -> Option<f64> {
        self.quantile(0.99)
    }

    /// Share of the changes that missed the objective, 0 to 1.
    async fn late(&self) -> f64 {
        self.histogram.late()
    }

    /// The histogram: cumulative counts by upper bound.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn buckets(&self) -> Vec<FreshnessBucket> {
        let bounds = BOUNDS_MS.iter().map(|bound| Some(*bound)).chain([None]);
        let sums = self.histogram.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        bounds
            .zip(sums)
            .map(|(up_to_ms, count)| FreshnessBucket { up_to_ms, count })
            .collect()
    }
}

impl FreshnessStage {
    fn quantile(&self, share: f64) -> Option<f64> {
        self.histogram.quantile_ms(share).filter(|bound| bound.is_finite())
    }
}

/// A bucket of a histogram.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct FreshnessBucket {
    /// Its upper bound, in milliseconds; null: no bound.
    pub up_to_ms: Option<u64>,
    /// Changes that took no longer.
    pub count: u64,
}
