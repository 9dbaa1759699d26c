//! What a process does, and what it tells the others of itself.

use crate::pipeline::Freshness;
use chrono::Utc;
use clap::ValueEnum;
use reco_actors::{
    cache::CachedRecommender,
    system::{EngineStatus, LaneStatus, RecoHandle},
};
use shop::{
    Shop,
    pipeline::{CacheFigures, IndexFigures, LaneFigures, NodeFigures, NodeReport, NodeRole},
};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often a process reports itself.
const EVERY: Duration = Duration::from_secs(2);
/// Reports over which throughput is taken: a minute.
const RATE_OVER: usize = 30;
/// Reports between two clearings of processes that died long ago.
const SWEEP_EVERY: u32 = 300;

/// What a process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything.
    #[default]
    All,
    /// Answers requests, embeds shoppers' questions alone and does without models.
    Api,
    /// Embeds, and answers nothing but its health.
    Worker,
}

impl Role {
    /// Whether it answers requests from an index of its own.
    #[must_use]
    pub const fn serves(self) -> bool {
        matches!(self, Self::All | Self::Api)
    }

    /// Whether it embeds.
    #[must_use]
    pub const fn embeds(self) -> bool {
        matches!(self, Self::All | Self::Worker)
    }

    const fn stored(self) -> NodeRole {
        match self {
            Self::All => NodeRole::All,
            Self::Api => NodeRole::Api,
            Self::Worker => NodeRole::Worker,
        }
    }
}

/// Tells the other processes how this one is doing.
pub(crate) struct Reporter {
    pub(crate) shop: Shop,
    pub(crate) engine: RecoHandle,
    pub(crate) recommender: Arc<CachedRecommender>,
    pub(crate) freshness: Arc<Freshness>,
    pub(crate) node: Uuid,
    pub(crate) role: Role,
}

impl Reporter {
    /// Reports until told to stop, then says good-bye.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let started_at = Utc::now();
        let mut round = 0_u32;
        let mut rates = [Rate::default(), Rate::default()];
        loop {
            let status = self.engine.status();
            let report = NodeReport {
                id: self.node,
                role: self.role.stored(),
                host: host(),
                position: status.position,
                figures: self.figures(status, &mut rates),
                started_at,
            };
            let nodes = &self.shop.pipeline().nodes;
            let mut outcome = nodes.report(report, self.shop.now()).await;
            if round.is_multiple_of(SWEEP_EVERY) && outcome.is_ok() {
                outcome = nodes.sweep(self.shop.now()).await;
            }
            if let Err(error) = outcome {
                tracing::warn!(%error, "this process cannot report itself");
            }
            round = round.wrapping_add(1);
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        if let Err(error) = self.shop.pipeline().nodes.leave(self.node).await {
            tracing::warn!(%error, "this process is listed for a while yet");
        }
    }

    fn figures(&self, status: EngineStatus, [text, image]: &mut [Rate; 2]) -> NodeFigures {
        let cache = self.recommender.counters();
        let index = IndexFigures {
            generation: status.generation,
            items: status.items as u64,
            text_vectors: status.text_vectors as u64,
            image_vectors: status.image_vectors as u64,
            bytes: status.index.bytes as u64,
            applied_at: status.applied_at,
        };
        let mut problems = Vec::new();
        if self.role.serves() {
            problems.extend(status.degraded);
        }
        problems.extend(status.last_error);
        problems.extend(
            [&status.text, &status.image]
                .into_iter()
                .filter_map(|lane| lane.last_error.clone()),
        );
        problems.dedup();
        NodeFigures {
            ready: status.ready,
            problems,
            freshness: self.freshness.report(),
            cache: CacheFigures {
                hits: cache.hits + cache.remote,
                stale: cache.stale,
                misses: cache.misses + cache.outdated,
                bypassed: cache.bypassed,
                errors: cache.errors,
            },
            index: if self.role.serves() {
                index
            } else {
                IndexFigures::default()
            },
            text: text.lane(&status.text),
            image: image.lane(&status.image),
        }
    }
}

/// What a counter grew by per second over the last minute.
#[derive(Default)]
struct Rate {
    seen: VecDeque<(Instant, u64)>,
}

impl Rate {
    fn lane(&mut self, lane: &LaneStatus) -> LaneFigures {
        LaneFigures {
            workers: lane.workers_alive as u64,
            queued: lane.queued as u64,
            embedded: lane.embedded,
            per_second: self.after(lane.embedded, Instant::now()),
        }
    }

    fn after(&mut self, count: u64, now: Instant) -> f64 {
        self.seen.push_back((now, count));
        if self.seen.len() > RATE_OVER + 1 {
            self.seen.pop_front();
        }
        let Some((first, before)) = self.seen.front() else {
            return 0.0;
        };
        let took = (now - *first).as_secs_f64();
        // An exchange of encoders begins at 0 again.
        let grown = count.saturating_sub(*before) as f64;
        if took > 0.0 { grown / took } else { 0.0 }
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    match name.trim() {
        "" => "unknown".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throughput_is_what_came_over_the_last_minute() {
        let mut rate = Rate::default();
        let start = Instant::now();
        let at = |report: u64| start + EVERY * u32::try_from(report).unwrap_or_default();
        assert!(rate.after(100, start).abs() < f64::EPSILON);
        for report in 1..=60 {
            rate.after(100 + 10 * report.min(45), at(report));
        }
        // Half of the last minute was busy at five a second, the other half idle.
        assert!((rate.after(550, at(61)) - 2.333).abs() < 0.01);
        assert!(rate.after(0, at(62)).abs() < f64::EPSILON);
    }
}
