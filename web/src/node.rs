//! What a process does, and what it tells the others of itself.

use crate::pipeline::Freshness;
use chrono::Utc;
use clap::ValueEnum;
use reco_actors::{cache::CachedRecommender, system::RecoHandle};
use serde_json::json;
use shop::{
    Shop,
    pipeline::{NodeReport, NodeRole},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often a process reports itself.
const EVERY: Duration = Duration::from_secs(2);
/// Reports between two clearings of processes that died long ago.
const SWEEP_EVERY: u32 = 300;

/// What a process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything.
    #[default]
    All,
    /// Answers requests, embeds nothing and needs no models.
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
        loop {
            let report = NodeReport {
                id: self.node,
                role: self.role.stored(),
                host: host(),
                position: self.engine.status().position,
                status: self.status(),
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

    fn status(&self) -> serde_json::Value {
        let cache = self.recommender.counters();
        json!({
            "freshness": self.freshness.report(),
            "cache": { "hits": cache.hits, "misses": cache.misses, "errors": cache.errors, "bypassed": cache.bypassed },
        })
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    match name.trim() {
        "" => "unknown".to_owned(),
        name => name.to_owned(),
    }
}
