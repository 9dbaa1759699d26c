//! The transactional outbox: every change of the catalogue and of orders leaves a row here in the same
//! transaction. The relay gives rows their position, without gaps, and whoever follows the
//! shop reads them by position. At least once, never lost.
//!
//! Whatever is committed later than a published change gets a later position, and the
//! changes of one product are published in the order of their commits: each of them locks
//! the product before it leaves its row here.

mod change;

#[cfg(test)]
mod tests;

pub use change::{Aspect, Change, Published};

use crate::{
    db::{Turn, begin_write, take_turn},
    error::ShopError,
    events::Event,
};
use chrono::{DateTime, Utc};
use entities::{behaviour_batch, outbox};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{CaseStatement, Expr},
};
use serde_json::json;
use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};
use tokio::sync::Notify;

/// Rows written by one statement at most; SQLite takes 32,766 values in one.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Appends changes inside the caller's transaction. Call [`Outbox::wake`] after the commit.
pub(crate) async fn append(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    changes: impl IntoIterator<Item = Change>,
) -> Result<(), ShopError> {
    let rows: Vec<_> = changes.into_iter().map(|change| change.row(now)).collect();
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        outbox::Entity::insert_many(rows.to_vec())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Announces events inside the caller's transaction; gives the id of the row that carries them.
pub(crate) async fn append_events(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    events: &[Event],
) -> Result<i64, ShopError> {
    let mut row = Change::Events.row(now);
    row.payload = Set(json!({ "events": events }));
    Ok(outbox::Entity::insert(row).exec(tx).await?.last_insert_id)
}

/// The outbox of one shop.
#[derive(Clone, Debug)]
pub struct Outbox {
    db: DatabaseConnection,
    signal: Arc<Notify>,
}

impl Outbox {
    pub(crate) fn new(db: DatabaseConnection) -> Self {
        Self {
            db,
            signal: Arc::new(Notify::new()),
        }
    }

    /// Tells the relay of this process that something was committed.
    pub fn wake(&self) {
        self.signal.notify_one();
    }

    /// Waits until [`Self::wake`] was called since the last wait.
    pub async fn woken(&self) {
        self.signal.notified().await;
    }

    /// Gives up to `limit` committed rows their positions and returns them in order. Any
    /// number of relays may run: they take turns.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn publish(&self, limit: u64) -> Result<Vec<Published>, ShopError> {
        let unpublished = outbox::Entity::find()
            .filter(outbox::Column::Position.is_null())
            .order_by_asc(outbox::Column::Id)
            .limit(limit);
        // Nothing to do is the usual case and costs one read, no lock.
        if unpublished.clone().limit(1).one(&self.db).await?.is_none() {
            return Ok(Vec::new());
        }
        let tx = begin_write(&self.db).await?;
        take_turn(&tx, Turn::Publishing).await?;
        let rows = unpublished.all(&tx).await?;
        let mut position = last(&tx).await?;
        let mut published = Vec::with_capacity(rows.len());
        for row in rows {
            position += 1;
            published.push(Published::new(row, position));
        }
        if !published.is_empty() {
            outbox::Entity::update_many()
                .col_expr(outbox::Column::Position, places(outbox::Column::Id, &published))
                .filter(outbox::Column::Id.is_in(published.iter().map(|event| event.id)))
                .filter(outbox::Column::Position.is_null())
                .exec(&tx)
                .await?;
            place_events(&tx, &published).await?;
        }
        tx.commit().await?;
        Ok(published)
    }

    /// Published changes after a position, in order. Positions have no gaps: a first one
    /// that is not the next tells a follower that it slept past a [`Self::prune`], see
    /// [`Self::has_missed`].
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn after(&self, position: i64, limit: u64) -> Result<Vec<Published>, ShopError> {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::Position.gt(position))
            .order_by_asc(outbox::Column::Position)
            .limit(limit)
            .all(&self.db)
            .await?;
        let published = rows.into_iter().filter_map(|row| {
            let position = row.position?;
            Some(Published::new(row, position))
        });
        Ok(published.collect())
    }

    /// The change at a position; `None` when it was pruned or is yet to come.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn at(&self, position: i64) -> Result<Option<Published>, ShopError> {
        let row = outbox::Entity::find()
            .filter(outbox::Column::Position.eq(position))
            .one(&self.db)
            .await?;
        Ok(row.map(|row| Published::new(row, position)))
    }

    /// Marks of the changes of a range of positions that are there, see [`Published::mark`].
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn marks(&self, positions: RangeInclusive<i64>) -> Result<BTreeMap<i64, i64>, ShopError> {
        let (first, last) = positions.into_inner();
        let rows: Vec<(i64, DateTime<Utc>)> = outbox::Entity::find()
            .select_only()
            .columns([outbox::Column::Position, outbox::Column::CreatedAt])
            .filter(outbox::Column::Position.between(first, last))
            .into_tuple()
            .all(&self.db)
            .await?;
        let marked = rows.into_iter().map(|(position, at)| (position, at.timestamp_micros()));
        Ok(marked.collect())
    }

    /// The last position given.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn last_position(&self) -> Result<i64, ShopError> {
        last(&self.db).await
    }

    /// Whether changes between a follower's position and what [`Self::after`] gave for it
    /// were pruned, so that it must read the shop anew. The last change is never pruned:
    /// whoever missed some learns it from the next read.
    #[must_use]
    pub fn has_missed(position: i64, next: &[Published]) -> bool {
        next.first().is_some_and(|first| first.position > position + 1)
    }

    /// The first position that is still there; none before anything was published.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn oldest_position(&self) -> Result<Option<i64>, ShopError> {
        let oldest: Option<Option<i64>> = outbox::Entity::find()
            .select_only()
            .column_as(outbox::Column::Position.min(), "position")
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(oldest.flatten())
    }

    /// Deletes published rows up to a position, except the last one, which holds the place.
    /// Give the lowest position of all followers; one that is behind it notices.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn prune(&self, up_to: i64) -> Result<u64, ShopError> {
        let keep = self.last_position().await?;
        let old = outbox::Column::Position
            .lte(up_to)
            .and(outbox::Column::Position.lt(keep));
        Ok(outbox::Entity::delete_many()
            .filter(old)
            .exec(&self.db)
            .await?
            .rows_affected)
    }

    /// When the oldest change was made that is committed but not published.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn oldest_unpublished(&self) -> Result<Option<DateTime<Utc>>, ShopError> {
        let row = outbox::Entity::find()
            .filter(outbox::Column::Position.is_null())
            .order_by_asc(outbox::Column::Id)
            .limit(1)
            .one(&self.db)
            .await?;
        Ok(row.map(|row| row.created_at))
    }

    /// Changes committed but not published.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn lag(&self) -> Result<u64, ShopError> {
        use sea_orm::PaginatorTrait;
        Ok(outbox::Entity::find()
            .filter(outbox::Column::Position.is_null())
            .count(&self.db)
            .await?)
    }
}

/// The position of each, by the column that holds its id.
fn places<'a>(id: impl ColumnTrait, published: impl IntoIterator<Item = &'a Published>) -> Expr {
    let case =
        |case: CaseStatement, event: &Published| case.case(Expr::col(id).eq(event.id), Expr::val(event.position));
    published.into_iter().fold(CaseStatement::new(), case).into()
}

/// The log of events has the order of the changes that announced them.
async fn place_events(tx: &DatabaseTransaction, published: &[Published]) -> Result<(), ShopError> {
    use behaviour_batch::Column::{Id, Position};
    let events: Vec<&Published> = published
        .iter()
        .filter(|event| event.change() == Some(Change::Events))
        .collect();
    if events.is_empty() {
        return Ok(());
    }
    behaviour_batch::Entity::update_many()
        .col_expr(Position, places(Id, events.iter().copied()))
        .filter(Id.is_in(events.iter().map(|event| event.id)))
        .exec(tx)
        .await?;
    Ok(())
}

async fn last(db: &impl ConnectionTrait) -> Result<i64, ShopError> {
    let last: Option<Option<i64>> = outbox::Entity::find()
        .select_only()
        .column_as(outbox::Column::Position.max(), "position")
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}
