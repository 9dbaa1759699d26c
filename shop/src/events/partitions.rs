//! Months of the log. PostgreSQL keeps each in a table of its own, made when it is first written
//! to or an hour or more ahead, and dropped whole when it is too old; SQLite deletes rows.

use super::Events;
use crate::{
    db::{Turn, begin_write, take_turn},
    error::ShopError,
};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use entities::{behaviour_batch, behaviour_event, behaviour_seen};
use parking_lot::Mutex;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, Statement};
use std::collections::BTreeSet;

/// An event that comes again later than this is counted again; none is taken that is older.
pub(super) const REMEMBERED: Days = Days::new(3);

/// Months that are known to have a table.
#[derive(Debug, Default)]
pub(super) struct Partitions(Mutex<BTreeSet<NaiveDate>>);

impl Partitions {
    /// Makes the table of a month and of the next one, unless they are there.
    pub(super) async fn ensure(&self, tx: &DatabaseTransaction, at: DateTime<Utc>) -> Result<(), ShopError> {
        if tx.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let Some(month) = at.date_naive().with_day(1) else {
            return Ok(());
        };
        if self.0.lock().contains(&month) {
            return Ok(());
        }
        take_turn(tx, Turn::Partitions).await?;
        // One that another transaction made and takes back is made again by the next that wants it.
        let mut is_there = true;
        for begin in [Some(month), month.checked_add_months(Months::new(1))] {
            let Some((begin, end)) = begin.and_then(|begin| Some((begin, begin.checked_add_months(Months::new(1))?)))
            else {
                continue;
            };
            is_there &= exists(tx, &name(begin)).await?;
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS {} PARTITION OF behaviour_event \
                 FOR VALUES FROM ('{begin} 00:00:00+00') TO ('{end} 00:00:00+00')",
                name(begin)
            );
            tx.execute_unprepared(&sql).await?;
        }
        if is_there {
            // Made by a transaction that has ended.
            self.0.lock().insert(month);
        }
        Ok(())
    }
}

fn name(month: NaiveDate) -> String {
    format!("behaviour_event_{}", month.format("%Y_%m"))
}

async fn exists(tx: &DatabaseTransaction, table: &str) -> Result<bool, ShopError> {
    let sql = "SELECT to_regclass($1) IS NOT NULL AS is_there";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [table.into()]);
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| ShopError::internal("one row was asked for"))?;
    Ok(row.try_get("", "is_there")?)
}

impl Events<'_> {
    /// Makes the tables of this month and the next, and forgets what was kept long enough.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn tidy(&self) -> Result<(), ShopError> {
        let (now, shop) = (self.shop.now(), self.shop);
        let tx = begin_write(shop.db()).await?;
        shop.event_parts().partitions.ensure(&tx, now).await?;
        tx.commit().await?;
        let seen = behaviour_seen::Entity::delete_many();
        seen.filter(behaviour_seen::Column::ReceivedAt.lt(now - REMEMBERED))
            .exec(shop.db())
            .await?;
        // Whole months alone, so that no batch is known of which some events are gone.
        let end = (now - Days::new(u64::from(shop.event_settings().keep_days))).date_naive();
        let Some(end) = end.with_day(1).and_then(|day| day.and_hms_opt(0, 0, 0)) else {
            return Ok(());
        };
        let end = end.and_utc();
        if shop.db().get_database_backend() == DbBackend::Postgres {
            self.drop_months_before(end).await?;
        } else {
            let events = behaviour_event::Entity::delete_many();
            events
                .filter(behaviour_event::Column::ReceivedAt.lt(end))
                .exec(shop.db())
                .await?;
        }
        let batches = behaviour_batch::Entity::delete_many();
        batches
            .filter(behaviour_batch::Column::ReceivedAt.lt(end))
            .exec(shop.db())
            .await?;
        Ok(())
    }

    /// Drops the tables of months that ended before.
    async fn drop_months_before(&self, end: DateTime<Utc>) -> Result<(), ShopError> {
        let sql = "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
                   WHERE i.inhparent = 'behaviour_event'::regclass";
        let rows = self
            .shop
            .db()
            .query_all_raw(Statement::from_string(DbBackend::Postgres, sql));
        for row in rows.await? {
            let table: String = row.try_get("", "name")?;
            let month = table
                .strip_prefix("behaviour_event_")
                .map(|month| format!("{month}_01"));
            let month = month.and_then(|month| NaiveDate::parse_from_str(&month, "%Y_%m_%d").ok());
            let next = month.and_then(|month| month.checked_add_months(Months::new(1)));
            if next.is_some_and(|next| next <= end.date_naive()) {
                // Its name was read back as a month, so it is one that `name` makes.
                let sql = format!("DROP TABLE IF EXISTS {table}");
                self.shop.db().execute_unprepared(&sql).await?;
                tracing::info!(table, "events of a month are forgotten");
            }
        }
        Ok(())
    }
}
