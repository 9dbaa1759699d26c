//! Events that a consumer could not take however often it tried. They are kept until an
//! administrator has them tried again or drops them; what comes after them goes on.

use crate::{
    db::begin_write,
    error::ShopError,
    outbox::{self, Change, Outbox, Published},
};
use chrono::{DateTime, Utc};
use entities::{dead_letter, id::DeadLetterId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::OnConflict,
};

/// Longest reason kept.
const LONGEST_REASON: usize = 1_000;

/// An event that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Identity.
    pub id: DeadLetterId,
    /// Who gave it up.
    pub consumer: String,
    /// The event.
    pub event: Published,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed last.
    pub reason: String,
    /// When it was given up.
    pub failed_at: DateTime<Utc>,
}

/// The given-up events of one shop.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    db: DatabaseConnection,
    outbox: Outbox,
}

impl DeadLetters {
    pub(super) fn new(db: DatabaseConnection, outbox: Outbox) -> Self {
        Self { db, outbox }
    }

    /// Gives an event up. Of one that a consumer gave up before, the newer reason stays.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn park(
        &self,
        consumer: &str,
        event: &Published,
        attempts: u32,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ShopError> {
        let row = dead_letter::ActiveModel {
            id: Set(DeadLetterId::generate()),
            consumer: Set(consumer.to_owned()),
            event_id: Set(event.id),
            position: Set(event.position),
            topic: Set(event.topic.clone()),
            aggregate_id: Set(event.aggregate),
            payload: Set(event.payload.clone()),
            attempts: Set(i32::try_from(attempts).unwrap_or(i32::MAX)),
            reason: Set(reason.chars().take(LONGEST_REASON).collect()),
            happened_at: Set(event.at),
            failed_at: Set(now),
        };
        let replace = OnConflict::columns([dead_letter::Column::Consumer, dead_letter::Column::EventId])
            .update_columns([
                dead_letter::Column::Attempts,
                dead_letter::Column::Reason,
                dead_letter::Column::FailedAt,
            ])
            .to_owned();
        dead_letter::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    /// How many there are.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn count(&self) -> Result<u64, ShopError> {
        Ok(dead_letter::Entity::find().count(&self.db).await?)
    }

    /// Given-up events, the newest first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn page(&self, offset: u64, limit: u64) -> Result<Vec<DeadLetter>, ShopError> {
        let page = dead_letter::Entity::find()
            .order_by_desc(dead_letter::Column::FailedAt)
            .order_by_desc(dead_letter::Column::Id)
            .offset(offset)
            .limit(limit);
        Ok(page.all(&self.db).await?.into_iter().map(read).collect())
    }

    /// Sends the changes of these events once more, as new events that every consumer sees, and
    /// takes them off the list. Tells how many there were.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub(super) async fn retry(&self, ids: &[DeadLetterId], now: DateTime<Utc>) -> Result<u64, ShopError> {
        let tx = begin_write(&self.db).await?;
        let rows = dead_letter::Entity::find()
            .filter(dead_letter::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(dead_letter::Column::Position)
            .all(&tx)
            .await?;
        let count = rows.len() as u64;
        let changes: Vec<Change> = rows.into_iter().filter_map(|row| read(row).event.change()).collect();
        outbox::append(&tx, now, changes).await?;
        dead_letter::Entity::delete_many()
            .filter(dead_letter::Column::Id.is_in(ids.iter().copied()))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(count)
    }

    /// Takes these events off the list for good. Tells how many there were.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub(super) async fn discard(&self, ids: &[DeadLetterId]) -> Result<u64, ShopError> {
        let gone = dead_letter::Entity::delete_many()
            .filter(dead_letter::Column::Id.is_in(ids.iter().copied()))
            .exec(&self.db)
            .await?;
        Ok(gone.rows_affected)
    }
}

fn read(row: dead_letter::Model) -> DeadLetter {
    DeadLetter {
        id: row.id,
        consumer: row.consumer,
        attempts: row.attempts.unsigned_abs(),
        reason: row.reason,
        failed_at: row.failed_at,
        event: Published {
            position: row.position,
            id: row.event_id,
            at: row.happened_at,
            topic: row.topic,
            aggregate: row.aggregate_id,
            payload: row.payload,
        },
    }
}
