//! The work of the embedding workers: one row a product, taken under a lease. Any number of
//! workers share it; a product is with one of them at a time, so that an older content never
//! overwrites a newer one's vector, and what a dead one held is taken by another when its
//! lease ends.

use crate::{db::begin_write, error::ShopError};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{embedding_task as task, id::ProductId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, LockBehavior, LockType, OnConflict, SimpleExpr},
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::Notify;
use uuid::Uuid;

/// Rows written by one statement; SQLite takes 32,766 values in one.
const ROWS_PER_STATEMENT: usize = 1_000;
/// Pauses after failures in a row; the last one repeats.
const PAUSES: [TimeDelta; 6] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(1),
    TimeDelta::minutes(10),
    TimeDelta::hours(1),
    TimeDelta::hours(6),
    TimeDelta::hours(24),
];
/// Longest reason kept.
const LONGEST_REASON: usize = 500;

/// A product whose vectors shall be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The product.
    pub product: ProductId,
    /// Nobody waits for it.
    pub is_bulk: bool,
    /// Whatever its stored vectors say.
    pub is_forced: bool,
    /// When the change was made that asks for it.
    pub at: DateTime<Utc>,
}

/// A product that a worker has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// The product.
    pub product: ProductId,
    /// Nobody waits for it.
    pub is_bulk: bool,
    /// Whatever its stored vectors say.
    pub is_forced: bool,
    /// Failures in a row so far.
    pub attempts: i32,
    /// When the change was made that asked for it.
    pub at: DateTime<Utc>,
    revision: i64,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskCounts {
    /// Due or under way, with somebody waiting.
    pub interactive: u64,
    /// Due or under way, nobody waiting.
    pub bulk: u64,
    /// Failed, and waiting for another attempt.
    pub failed: u64,
    /// When the oldest change was made that somebody waits for.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// The tasks of one shop.
#[derive(Clone, Debug)]
pub struct EmbeddingTasks {
    pub(super) db: DatabaseConnection,
    pub(super) news: Arc<Notify>,
}

impl EmbeddingTasks {
    pub(super) fn new(db: DatabaseConnection) -> Self {
        Self {
            db,
            news: Arc::default(),
        }
    }

    /// Returns when this process wrote tasks since the last wait.
    pub async fn woken(&self) {
        self.news.notified().await;
    }

    /// Has products looked at; of one that waits already the more urgent and the more thorough
    /// wish counts, and its earlier failures are forgotten.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn want(&self, wanted: &[Wanted], now: DateTime<Utc>) -> Result<(), ShopError> {
        let mut rows: BTreeMap<ProductId, Wanted> = BTreeMap::new();
        for one in wanted {
            let row = rows.entry(one.product).or_insert(*one);
            row.is_bulk &= one.is_bulk;
            row.is_forced |= one.is_forced;
            row.at = Ord::min(row.at, one.at);
        }
        let rows: Vec<_> = rows.into_values().map(|wanted| row(&wanted, now)).collect();
        for rows in rows.chunks(ROWS_PER_STATEMENT) {
            task::Entity::insert_many(rows.to_vec())
                .on_conflict(merge(now))
                .exec_without_returning(&self.db)
                .await?;
        }
        if !rows.is_empty() {
            self.news.notify_one();
        }
        Ok(())
    }

    /// Has products looked at of which nothing is known; one that waits already stays as it is.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn want_unasked(&self, wanted: &[Wanted], now: DateTime<Utc>) -> Result<(), ShopError> {
        let rows: Vec<_> = wanted.iter().map(|wanted| row(wanted, now)).collect();
        for rows in rows.chunks(ROWS_PER_STATEMENT) {
            let keep = OnConflict::column(task::Column::ProductId).do_nothing().to_owned();
            task::Entity::insert_many(rows.to_vec())
                .on_conflict(keep)
                .exec_without_returning(&self.db)
                .await?;
        }
        Ok(())
    }

    /// Takes up to `most` products whose time has come, those that somebody waits for first.
    /// Each must be [done](Self::done), [failed](Self::failed) or [renewed](Self::renew) before
    /// its lease ends.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn claim(
        &self,
        worker: Uuid,
        most: u64,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Vec<Task>, ShopError> {
        // Nothing to do is the usual case and costs one read.
        if task::Entity::find()
            .filter(free(now))
            .limit(1)
            .one(&self.db)
            .await?
            .is_none()
        {
            return Ok(Vec::new());
        }
        let tx = begin_write(&self.db).await?;
        let mut due = task::Entity::find()
            .filter(free(now))
            .order_by_asc(task::Column::IsBulk)
            .order_by_asc(task::Column::NotBefore)
            .order_by_asc(task::Column::ProductId)
            .limit(most);
        QuerySelect::query(&mut due).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let rows = due.all(&tx).await?;
        task::Entity::update_many()
            .col_expr(task::Column::LeasedBy, Expr::value(worker))
            .col_expr(task::Column::LeasedUntil, Expr::value(now + lease))
            .filter(task::Column::ProductId.is_in(rows.iter().map(|row| row.product_id)))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(rows.iter().map(taken).collect())
    }

    /// Keeps what a worker holds from the others for longer.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn renew(&self, worker: Uuid, lease: TimeDelta, now: DateTime<Utc>) -> Result<(), ShopError> {
        task::Entity::update_many()
            .col_expr(task::Column::LeasedUntil, Expr::value(now + lease))
            .filter(task::Column::LeasedBy.eq(worker))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Gives back whatever a worker holds, for one that stops.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn release(&self, worker: Uuid) -> Result<(), ShopError> {
        let update = unleased(task::Entity::update_many());
        update.filter(task::Column::LeasedBy.eq(worker)).exec(&self.db).await?;
        Ok(())
    }

    /// These are done. One that was asked for again meanwhile is given back instead.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn done(&self, tasks: &[Task]) -> Result<(), ShopError> {
        for tasks in tasks.chunks(ROWS_PER_STATEMENT / 2) {
            let same = tasks.iter().fold(Condition::any(), |any, task| any.add(is(task)));
            task::Entity::delete_many().filter(same).exec(&self.db).await?;
            let products = tasks.iter().map(|task| task.product);
            let again = unleased(task::Entity::update_many())
                .filter(task::Column::ProductId.is_in(products))
                .exec(&self.db)
                .await?;
            if again.rows_affected > 0 {
                self.news.notify_one();
            }
        }
        Ok(())
    }

    /// These could not be tried: they are free again.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn give_back(&self, tasks: &[Task]) -> Result<(), ShopError> {
        for tasks in tasks.chunks(ROWS_PER_STATEMENT) {
            unleased(task::Entity::update_many())
                .filter(task::Column::ProductId.is_in(tasks.iter().map(|task| task.product)))
                .exec(&self.db)
                .await?;
        }
        self.news.notify_one();
        Ok(())
    }

    /// This one failed: it is tried again after a pause that grows with each failure in a row.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn failed(&self, task: &Task, reason: &str, now: DateTime<Utc>) -> Result<(), ShopError> {
        let place = usize::try_from(task.attempts).unwrap_or_default();
        let pause = PAUSES[place.min(PAUSES.len() - 1)];
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        unleased(task::Entity::update_many())
            .col_expr(task::Column::Attempts, Expr::value(task.attempts.saturating_add(1)))
            .col_expr(task::Column::NotBefore, Expr::value(now + pause))
            .col_expr(task::Column::Failure, Expr::value(reason))
            .col_expr(task::Column::IsBulk, Expr::value(true))
            .filter(is(task))
            .exec(&self.db)
            .await?;
        // One that was asked for again meanwhile is due at once.
        unleased(task::Entity::update_many())
            .filter(task::Column::ProductId.eq(task.product))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// How much there is to do.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn counts(&self) -> Result<TaskCounts, ShopError> {
        let rows: Vec<(bool, bool, i64, DateTime<Utc>)> = task::Entity::find()
            .select_only()
            .column(task::Column::IsBulk)
            .column_as(task::Column::Failure.is_not_null(), "has_failed")
            .column_as(task::Column::ProductId.count(), "tasks")
            .column_as(task::Column::RequestedAt.min(), "oldest")
            .group_by(task::Column::IsBulk)
            .group_by(task::Column::Failure.is_not_null())
            .into_tuple()
            .all(&self.db)
            .await?;
        let mut counts = TaskCounts::default();
        for (is_bulk, has_failed, tasks, oldest) in rows {
            let count = match (has_failed, is_bulk) {
                (true, _) => &mut counts.failed,
                (false, true) => &mut counts.bulk,
                (false, false) => &mut counts.interactive,
            };
            *count += u64::try_from(tasks).unwrap_or_default();
            if !is_bulk && !has_failed {
                counts.waiting_since = Some(oldest);
            }
        }
        Ok(counts)
    }
}

fn row(wanted: &Wanted, now: DateTime<Utc>) -> task::ActiveModel {
    task::ActiveModel {
        product_id: Set(wanted.product),
        is_bulk: Set(wanted.is_bulk),
        is_forced: Set(wanted.is_forced),
        revision: Set(1),
        attempts: Set(0),
        not_before: Set(now),
        leased_by: Set(None),
        leased_until: Set(None),
        failure: Set(None),
        requested_at: Set(wanted.at),
    }
}

/// A wish that meets one for the same product. The lease stays: its holder learns from the
/// revision that it must look again.
fn merge(now: DateTime<Utc>) -> OnConflict {
    let old = |column: task::Column| Expr::col((task::Entity, column));
    let new = |column: task::Column| Expr::col((Alias::new("excluded"), column));
    OnConflict::column(task::Column::ProductId)
        .value(task::Column::Revision, old(task::Column::Revision).add(1))
        .value(
            task::Column::IsBulk,
            old(task::Column::IsBulk).and(new(task::Column::IsBulk)),
        )
        .value(
            task::Column::IsForced,
            old(task::Column::IsForced).or(new(task::Column::IsForced)),
        )
        .value(task::Column::Attempts, Expr::value(0))
        .value(task::Column::NotBefore, Expr::value(now))
        .value(
            task::Column::Failure,
            SimpleExpr::from(Expr::value(Option::<String>::None)),
        )
        .value(task::Column::RequestedAt, new(task::Column::RequestedAt))
        .to_owned()
}

/// Due, and with nobody.
fn free(now: DateTime<Utc>) -> Condition {
    let alone = Condition::any()
        .add(task::Column::LeasedUntil.is_null())
        .add(task::Column::LeasedUntil.lt(now));
    Condition::all().add(task::Column::NotBefore.lte(now)).add(alone)
}

/// This task, unless it was asked for again.
fn is(task: &Task) -> Condition {
    Condition::all()
        .add(task::Column::ProductId.eq(task.product))
        .add(task::Column::Revision.eq(task.revision))
}

fn unleased(update: sea_orm::UpdateMany<task::Entity>) -> sea_orm::UpdateMany<task::Entity> {
    update
        .col_expr(task::Column::LeasedBy, Expr::value(Option::<Uuid>::None))
        .col_expr(task::Column::LeasedUntil, Expr::value(Option::<DateTime<Utc>>::None))
}

fn taken(row: &task::Model) -> Task {
    Task {
        product: row.product_id,
        is_bulk: row.is_bulk,
        is_forced: row.is_forced,
        attempts: row.attempts,
        at: row.requested_at,
        revision: row.revision,
    }
}
