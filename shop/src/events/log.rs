//! Writing the log, and reading it again in the order of the change stream.

use super::{Event, EventParts, Events, Person};
use crate::{error::ShopError, outbox};
use chrono::{DateTime, SubsecRound, Utc};
use entities::{behaviour_batch, behaviour_event};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Events that one outbox row carries: some 50 KB.
const PER_BATCH: usize = 500;
/// SQLite takes 32,766 values in one statement.
const ROWS_PER_STATEMENT: usize = 1_000;
/// Batches read at once.
const PAGE: u64 = 200;
/// Times are kept as precisely as every database keeps them: events are found by them.
const MICROSECONDS: u16 = 6;

/// Appends events inside the caller's transaction. Call [`outbox::Outbox::wake`] after the commit.
pub(crate) async fn append(
    tx: &DatabaseTransaction,
    parts: &EventParts,
    now: DateTime<Utc>,
    events: &[Event],
) -> Result<(), ShopError> {
    let now = now.trunc_subsecs(MICROSECONDS);
    if events.is_empty() {
        return Ok(());
    }
    parts.partitions.ensure(tx, now).await?;
    for batch in events.chunks(PER_BATCH) {
        let id = outbox::append_events(tx, now, batch).await?;
        let row = behaviour_batch::ActiveModel {
            id: Set(id),
            position: Set(None),
            received_at: Set(now),
        };
        behaviour_batch::Entity::insert(row).exec_without_returning(tx).await?;
        for (rows, first) in batch.chunks(ROWS_PER_STATEMENT).zip((0..).step_by(ROWS_PER_STATEMENT)) {
            let rows = rows
                .iter()
                .zip(first..)
                .map(|(event, place)| row_of(event, id, place, now));
            let rows: Vec<_> = rows.collect::<Result<_, ShopError>>()?;
            behaviour_event::Entity::insert_many(rows)
                .exec_without_returning(tx)
                .await?;
        }
    }
    Ok(())
}

fn row_of(
    event: &Event,
    batch: i64,
    place: i32,
    received_at: DateTime<Utc>,
) -> Result<behaviour_event::ActiveModel, ShopError> {
    let attribution = event.attribution.as_ref().map(serde_json::to_value).transpose();
    let happened_at = DateTime::from_timestamp_millis(event.at_ms);
    Ok(behaviour_event::ActiveModel {
        received_at: Set(received_at),
        batch: Set(batch),
        place: Set(place),
        happened_at: Set(happened_at.ok_or_else(|| ShopError::internal("an event of no time"))?),
        kind: Set(event.kind),
        person: Set(event.person.0),
        subject: Set(event.subject),
        dwell_ms: Set(event.dwell_ms),
        quantity: Set(event.quantity),
        amount: Set(event.amount),
        basket: Set(event.basket),
        query: Set(event.query.clone()),
        attribution: Set(attribution.map_err(ShopError::internal)?),
    })
}

pub(super) fn event_of(row: behaviour_event::Model) -> Event {
    Event {
        person: Person(row.person),
        at_ms: row.happened_at.timestamp_millis(),
        kind: row.kind,
        subject: row.subject,
        dwell_ms: row.dwell_ms,
        quantity: row.quantity,
        amount: row.amount,
        basket: row.basket,
        query: row.query,
        // What an older or newer version of the program wrote otherwise is not needed to learn.
        attribution: row.attribution.and_then(|value| serde_json::from_value(value).ok()),
    }
}

/// Some of the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPage {
    /// In the order of the change stream.
    pub events: Vec<Event>,
    /// Position of the last batch of these; none when there are no more.
    pub position: Option<i64>,
}

impl Events<'_> {
    /// What was published after one position up to another one, some batches at a time.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn published(&self, after: i64, up_to: i64) -> Result<LogPage, ShopError> {
        use behaviour_batch::Column::Position;
        let batches = behaviour_batch::Entity::find()
            .filter(Position.gt(after))
            .filter(Position.lte(up_to))
            .order_by_asc(Position)
            .limit(PAGE)
            .all(self.shop.db())
            .await?;
        Ok(LogPage {
            events: self.events_of(&batches).await?,
            position: batches.last().and_then(|batch| batch.position),
        })
    }

    /// What was recorded after a batch, some batches at a time in the order they were begun, whether it was
    /// published yet or not; and the last of these batches, if there was any. 0 stands before all.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn recorded(&self, after: i64) -> Result<(Vec<Event>, Option<i64>), ShopError> {
        use behaviour_batch::Column::Id;
        let batches = behaviour_batch::Entity::find()
            .filter(Id.gt(after))
            .order_by_asc(Id)
            .limit(PAGE)
            .all(self.shop.db())
            .await?;
        Ok((self.events_of(&batches).await?, batches.last().map(|batch| batch.id)))
    }

    /// The events of these batches, in their order.
    async fn events_of(&self, batches: &[behaviour_batch::Model]) -> Result<Vec<Event>, ShopError> {
        let times = batches.iter().map(|batch| batch.received_at);
        let (Some(first), Some(last)) = (times.clone().min(), times.max()) else {
            return Ok(Vec::new());
        };
        let place_of: HashMap<i64, usize> = batches.iter().map(|batch| batch.id).zip(0..).collect();
        let mut rows = behaviour_event::Entity::find()
            .filter(behaviour_event::Column::ReceivedAt.between(first, last))
            .filter(behaviour_event::Column::Batch.is_in(place_of.keys().copied()))
            .all(self.shop.db())
            .await?;
        rows.sort_by_key(|row| (place_of.get(&row.batch).copied(), row.place));
        Ok(rows.into_iter().map(event_of).collect())
    }

    /// The latest of what a person did, oldest first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn latest(&self, person: Person, limit: u64) -> Result<Vec<Event>, ShopError> {
        let mut rows = behaviour_event::Entity::find()
            .filter(behaviour_event::Column::Person.eq(person.0))
            .order_by_desc(behaviour_event::Column::ReceivedAt)
            .order_by_desc(behaviour_event::Column::Batch)
            .order_by_desc(behaviour_event::Column::Place)
            .limit(limit)
            .all(self.shop.db())
            .await?;
        rows.reverse();
        Ok(rows.into_iter().map(event_of).collect())
    }
}
