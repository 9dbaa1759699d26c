//! The processes of the shop, as they report themselves.

use super::NodeFigures;
use crate::error::ShopError;
use chrono::{DateTime, TimeDelta, Utc};
use entities::node::{self, NodeRole};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, sea_query::OnConflict,
};
use uuid::Uuid;

/// A process that reported within this time is alive.
const ALIVE: TimeDelta = TimeDelta::seconds(10);
/// A process that did not report for this long is forgotten.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);

/// What a process says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeReport {
    /// Identity of this run of the process.
    pub id: Uuid,
    /// What it does.
    pub role: NodeRole,
    /// Where it runs.
    pub host: String,
    /// Changes up to here are in its index; 0 for one without an index.
    pub position: i64,
    /// Figures for administrators.
    pub figures: NodeFigures,
    /// When it started.
    pub started_at: DateTime<Utc>,
}

/// A process, as it last reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it said.
    pub report: NodeReport,
    /// When.
    pub seen_at: DateTime<Utc>,
}

/// The processes of one shop.
#[derive(Clone, Debug)]
pub struct Nodes {
    db: DatabaseConnection,
}

impl Nodes {
    pub(super) fn new(db: DatabaseConnection) -> Self {
        Self { db }
    }

    /// Reports a process.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn report(&self, report: NodeReport, now: DateTime<Utc>) -> Result<(), ShopError> {
        let row = node::ActiveModel {
            id: Set(report.id),
            role: Set(report.role),
            host: Set(report.host.chars().take(100).collect()),
            position: Set(report.position),
            status: Set(serde_json::to_value(report.figures).map_err(ShopError::internal)?),
            started_at: Set(report.started_at),
            seen_at: Set(now),
        };
        let replace = OnConflict::column(node::Column::Id)
            .update_columns([node::Column::Position, node::Column::Status, node::Column::SeenAt])
            .to_owned();
        node::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    /// Processes that are alive, the oldest first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn alive(&self, now: DateTime<Utc>) -> Result<Vec<Node>, ShopError> {
        let rows = node::Entity::find()
            .filter(node::Column::SeenAt.gt(now - ALIVE))
            .order_by_asc(node::Column::Id)
            .all(&self.db)
            .await?;
        let nodes = rows.into_iter().map(|row| Node {
            seen_at: row.seen_at,
            report: NodeReport {
                id: row.id,
                role: row.role,
                position: row.position,
                figures: figures(&row.host, row.status),
                host: row.host,
                started_at: row.started_at,
            },
        });
        Ok(nodes.collect())
    }

    /// A process says good-bye.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn leave(&self, id: Uuid) -> Result<(), ShopError> {
        node::Entity::delete_by_id(id).exec(&self.db).await?;
        Ok(())
    }

    /// Forgets processes that died long ago.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<(), ShopError> {
        node::Entity::delete_many()
            .filter(node::Column::SeenAt.lt(now - FORGOTTEN))
            .exec(&self.db)
            .await?;
        Ok(())
    }
}

/// What cannot be read at all counts as nothing told, so that one odd process hides no other.
fn figures(host: &str, status: serde_json::Value) -> NodeFigures {
    serde_json::from_value(status).unwrap_or_else(|error| {
        tracing::warn!(%error, host, "the figures of a process cannot be read");
        NodeFigures::default()
    })
}
