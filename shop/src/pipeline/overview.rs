//! How the whole pipeline is doing, read in one go.

use super::{Alert, Pipeline, TaskCounts, nodes::Node, settings::RecommenderSettings};
use crate::error::ShopError;
use chrono::{DateTime, Utc};
use entities::node::NodeRole;
use std::time::Duration;

/// How the pipeline is doing.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// Processes that are alive, the oldest first.
    pub nodes: Vec<Node>,
    /// Work of the embedding workers.
    pub queue: TaskCounts,
    /// Events that were given up.
    pub dead_letters: u64,
    /// Changes committed but not published.
    pub unpublished: u64,
    /// Position of the last published change.
    pub position: i64,
    /// How long the oldest change has waited that a node has yet to show, or an embedding worker
    /// to embed for somebody.
    pub waiting: Option<Duration>,
    /// What administrators changed.
    pub settings: RecommenderSettings,
}

impl Overview {
    /// Whether the promise of freshness is kept.
    #[must_use]
    pub fn alert(&self) -> Alert {
        let reports = self.nodes.iter().map(|node| &node.report.figures.freshness);
        Alert::of(reports, self.waiting)
    }
}

impl Pipeline {
    /// How everything is doing now.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn overview(&self, now: DateTime<Utc>) -> Result<Overview, ShopError> {
        let nodes = self.nodes.alive(now).await?;
        let queue = self.tasks.counts().await?;
        let settings = self.settings().await?;
        let position = self.outbox.last_position().await?;
        let unpublished = self.outbox.oldest_unpublished().await?;
        // Workers that rest on purpose, or are not wanted at all, keep nobody waiting unawares.
        let is_embedding = !settings.is_paused && self.generations.serving().await?.is_some();
        let unembedded = queue.waiting_since.filter(|_| is_embedding);
        let waits = [
            self.unshown(&nodes, position).await?,
            unpublished.map(|at| between(at, now)),
            unembedded.map(|at| between(at, now)),
        ];
        Ok(Overview {
            dead_letters: self.dead_letters.count().await?,
            unpublished: self.outbox.lag().await?,
            waiting: waits.into_iter().flatten().max(),
            nodes,
            queue,
            position,
            settings,
        })
    }

    /// How long the next change had waited for the node that is furthest behind, when that node
    /// last told where it was.
    async fn unshown(&self, nodes: &[Node], position: i64) -> Result<Option<Duration>, ShopError> {
        let serving = nodes.iter().filter(|node| node.report.role != NodeRole::Worker);
        let Some(behind) = serving.min_by_key(|node| node.report.position) else {
            return Ok(None);
        };
        if behind.report.position >= position {
            return Ok(None);
        }
        let next = self.outbox.after(behind.report.position, 1).await?;
        Ok(next.first().map(|event| between(event.at, behind.seen_at)))
    }
}

/// A clock that is behind counts as no time.
fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
    (to - from).to_std().unwrap_or_default()
}
