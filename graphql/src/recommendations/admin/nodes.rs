//! The processes of the shop.

use super::figures::{FreshnessStage, RecommenderCache, stages};
use crate::{ids::Id, scalars::DateTime};
use async_graphql::{Enum, SimpleObject};
use shop::{
    id::NodeId,
    pipeline::{Node, NodeRole},
};

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "NodeRole")]
pub enum RecommenderNodeRole {
    /// Everything.
    All,
    /// Answers requests.
    Api,
    /// Embeds.
    Worker,
}

/// A process of the shop, as it last told of itself.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommenderNode {
    /// Names this run of the process.
    pub id: Id<NodeId>,
    /// What it does.
    pub role: RecommenderNodeRole,
    /// The machine it runs on.
    pub host: String,
    /// When it started.
    pub started_at: DateTime,
    /// When it last told of itself.
    pub seen_at: DateTime,
    /// Whether it does what its role asks.
    pub is_ready: bool,
    /// What is missing, failing, or failed last.
    pub problems: Vec<String>,
    /// Changes that were published and not yet applied when it told; null for a worker.
    pub lag: Option<u64>,
    /// Names the state of its index; null for a worker.
    pub generation: Option<String>,
    /// Products in its index.
    pub items: u64,
    /// Bytes of its vectors, their copies and the graph.
    pub index_bytes: u64,
    /// How long changes took until they showed on it.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    pub freshness: Vec<FreshnessStage>,
    /// Its cache of recommendations.
    pub cache: RecommenderCache,
}

impl RecommenderNode {
    /// `position`: that of the last published change.
    pub(super) fn new(node: Node, position: i64) -> Self {
        let (report, seen_at) = (node.report, node.seen_at);
        let figures = report.figures;
        let serves = report.role != NodeRole::Worker;
        let lag = u64::try_from(position - report.position).unwrap_or_default();
        Self {
            id: Id(NodeId(report.id)),
            role: report.role.into(),
            host: report.host,
            started_at: DateTime(report.started_at),
            seen_at: DateTime(seen_at),
            is_ready: figures.ready,
            problems: figures.problems,
            lag: serves.then_some(lag),
            generation: serves.then_some(figures.index.generation),
            items: figures.index.items,
            index_bytes: figures.index.bytes,
            freshness: stages(&figures.freshness),
            cache: figures.cache.into(),
        }
    }
}
