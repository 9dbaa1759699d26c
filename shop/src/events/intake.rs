//! Events that clients send: checked one by one, known again by their ids, and written together
//! with whatever others send at the same moment (group commit): whoever has the turn writes what
//! waits, so that batches grow with the load and a lone event waits for nothing.

use super::{Attribution, Event, EventKind, Events, MOST_EVENTS, Person, append};
use crate::{
    Shop,
    db::begin_write,
    discovery::normalised,
    error::{Problem, ProblemCode, ShopError},
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    behaviour_seen,
    id::{ProductId, UserId, VisitorId},
};
use parking_lot::Mutex;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction,
    sea_query::{Expr, OnConflict, Query},
};
use std::{collections::HashSet, net::IpAddr, sync::Arc};
use tokio::sync::oneshot;
use uuid::Uuid;

/// The oldest that is taken: younger than ids are forgotten, with time to spare.
const OLDEST: TimeDelta = TimeDelta::hours(48);
/// How far a client's clock may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// The longest look.
const LONGEST_DWELL_MS: i32 = 24 * 3_600 * 1_000;
/// Ids asked for at once; SQLite takes 32,766 values in one statement.
const IDS_PER_STATEMENT: usize = 1_000;

/// Who tells of events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Who {
    /// The user, if one is logged in.
    pub user: Option<UserId>,
    /// The visitor, if they have been here before.
    pub visitor: Option<VisitorId>,
    /// Whether they said that they want no part in it, or are no person.
    pub refuses: bool,
    /// Where from, for limits.
    pub address: Option<IpAddr>,
}

/// Something that a client tells of.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What the client calls it, so that it counts once however often it is sent.
    pub id: Uuid,
    /// What.
    pub kind: EventKind,
    /// When; now unless it is said.
    pub happened_at: Option<DateTime<Utc>>,
    /// The product, for all but searches.
    pub product: Option<ProductId>,
    /// For how long it was looked at.
    pub dwell_ms: Option<i32>,
    /// What was searched for.
    pub query: Option<String>,
    /// Where the product was found.
    pub attribution: Option<Attribution>,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Events that count now.
    pub recorded: usize,
    /// Events that had come before.
    pub repeated: usize,
    /// Why others do not count, by their place in the batch.
    pub problems: Vec<Problem>,
    /// Who the visitor is; none for users, and for those who want no part in it.
    pub visitor: Option<VisitorId>,
    /// Whether events of theirs are recorded at all.
    pub is_tracked: bool,
}

/// Batches that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct Intake {
    waiting: Mutex<Vec<Waiting>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug)]
struct Waiting {
    events: Vec<(Uuid, Event)>,
    done: oneshot::Sender<Result<usize, Failure>>,
}

/// Why a group was not written; told to each of them.
#[derive(Clone, Debug)]
enum Failure {
    Busy,
    Internal(String),
}

impl Events<'_> {
    /// Records what somebody did. Those events that will do count, whatever the others are.
    ///
    /// # Errors
    /// `Invalid` for a batch of more than [`MOST_EVENTS`], `RateLimited`, `Busy`, `Internal`.
    pub async fn record(&self, who: &Who, batch: Vec<NewEvent>) -> Result<Recorded, ShopError> {
        if batch.len() > MOST_EVENTS {
            let message = format!("at most {MOST_EVENTS} at once");
            return Err(ShopError::problem("events", ProblemCode::TooLong, message));
        }
        self.pace(who.address, batch.len())?;
        if who.refuses || self.wants_no_part(self.shop.db(), who.user).await? {
            return Ok(Recorded::default());
        }
        let visitor = who.visitor.unwrap_or_else(VisitorId::generate);
        let person = who.user.map_or_else(|| visitor.into(), Person::from);
        let (events, problems) = self.checked(person, batch).await?;
        let sent = events.len();
        let recorded = if sent == 0 { 0 } else { self.written(events).await? };
        Ok(Recorded {
            recorded,
            repeated: sent - recorded,
            problems,
            visitor: who.user.is_none().then_some(visitor),
            is_tracked: true,
        })
    }

    /// Those that will do, and what is wrong with the others.
    async fn checked(
        &self,
        person: Person,
        batch: Vec<NewEvent>,
    ) -> Result<(Vec<(Uuid, Event)>, Vec<Problem>), ShopError> {
        let mut ids: Vec<ProductId> = batch.iter().filter_map(|event| event.product).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = self.shop.catalog().products(&ids).await?;
        let known: HashSet<ProductId> = ids
            .into_iter()
            .zip(rows)
            .filter_map(|(id, row)| row.map(|_| id))
            .collect();
        let now = self.shop.now();
        let (mut events, mut problems) = (Vec::with_capacity(batch.len()), Vec::new());
        for (place, event) in batch.into_iter().enumerate() {
            let id = event.id;
            match check(event, person, now, &known) {
                Ok(event) => events.push((id, event)),
                Err((field, code, message)) => {
                    problems.push(Problem::new(&format!("events.{place}.{field}"), code, message));
                }
            }
        }
        Ok((events, problems))
    }

    /// Waits until these are written, by whoever has the turn; tells how many had not come before.
    async fn written(&self, events: Vec<(Uuid, Event)>) -> Result<usize, ShopError> {
        let intake = &self.shop.event_parts().intake;
        let (done, outcome) = oneshot::channel();
        intake.waiting.lock().push(Waiting { events, done });
        let turn = Arc::clone(&intake.turn).lock_owned().await;
        let group = std::mem::take(&mut *intake.waiting.lock());
        if !group.is_empty() {
            let shop = self.shop.clone();
            // Others wait for it too: it goes on when this caller leaves.
            let written = tokio::spawn(async move {
                write(&shop, group).await;
                drop(turn);
            });
            written.await.map_err(ShopError::internal)?;
        }
        match outcome.await.map_err(|_| ShopError::Busy)? {
            Ok(fresh) => Ok(fresh),
            Err(Failure::Busy) => Err(ShopError::Busy),
            Err(Failure::Internal(message)) => Err(ShopError::Internal(message)),
        }
    }
}

/// Writes a group in one transaction and tells everybody what came of theirs.
async fn write(shop: &Shop, group: Vec<Waiting>) {
    let (batches, replies): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.events, one.done)).unzip();
    let outcome = match write_all(shop, batches).await {
        Ok(counts) => counts.into_iter().map(Ok).collect(),
        Err(error) => {
            let failure = match error {
                ShopError::Busy => Failure::Busy,
                error => Failure::Internal(error.to_string()),
            };
            vec![Err(failure); replies.len()]
        }
    };
    for (reply, outcome) in replies.into_iter().zip(outcome) {
        // Who left does not want to know.
        let _ = reply.send(outcome);
    }
}

/// How many of each batch had not come before.
async fn write_all(shop: &Shop, batches: Vec<Vec<(Uuid, Event)>>) -> Result<Vec<usize>, ShopError> {
    let now = shop.now();
    let tx = begin_write(shop.db()).await?;
    let ids = batches.iter().flatten().map(|(id, _)| *id).collect();
    let mut unseen = remember(&tx, now, ids).await?;
    let mut counts = Vec::with_capacity(batches.len());
    let mut fresh = Vec::new();
    for batch in batches {
        let before = fresh.len();
        // Taken out, so that one that two batches hold counts once.
        fresh.extend(
            batch
                .into_iter()
                .filter_map(|(id, event)| unseen.remove(&id).then_some(event)),
        );
        counts.push(fresh.len() - before);
    }
    append(&tx, shop.event_parts(), now, &fresh).await?;
    tx.commit().await?;
    shop.outbox().wake();
    Ok(counts)
}

/// Those ids that are new; they are known from now on.
async fn remember(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    mut ids: Vec<Uuid>,
) -> Result<HashSet<Uuid>, ShopError> {
    use behaviour_seen::{Column, Entity};
    // In one order everywhere, so that two processes never wait for each other.
    ids.sort_unstable();
    ids.dedup();
    let mut unseen = HashSet::with_capacity(ids.len());
    for ids in ids.chunks(IDS_PER_STATEMENT) {
        let mut insert = Query::insert();
        insert.into_table(Entity).columns([Column::Id, Column::ReceivedAt]);
        for id in ids {
            insert.values_panic([Expr::val(*id), Expr::val(now)]);
        }
        insert.on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned());
        insert.returning_col(Column::Id);
        for row in tx.query_all(&insert).await? {
            unseen.insert(row.try_get("", "id")?);
        }
    }
    Ok(unseen)
}

type Refusal = (&'static str, ProblemCode, String);

/// An event as it is kept, if it can have happened.
fn check(event: NewEvent, person: Person, now: DateTime<Utc>, known: &HashSet<ProductId>) -> Result<Event, Refusal> {
    let NewEvent {
        kind,
        happened_at,
        product,
        dwell_ms,
        query,
        attribution,
        ..
    } = event;
    let is_search = match kind {
        EventKind::Search => true,
        EventKind::View
        | EventKind::Click
        | EventKind::AddToCart
        | EventKind::RemoveFromCart
        | EventKind::Impression => false,
        EventKind::Purchase | EventKind::Review | EventKind::LogIn | EventKind::OptOut => {
            let message = "the shop tells of this itself: purchases come from orders, reviews from reviews";
            return Err(("kind", ProblemCode::Invalid, message.into()));
        }
    };
    let happened_at = happened_at.unwrap_or(now);
    if !(now - OLDEST..=now + AHEAD).contains(&happened_at) {
        let message = "must lie within the last 48 hours; leave it out where the clock may be wrong";
        return Err(("happenedAt", ProblemCode::OutOfRange, message.into()));
    }
    if dwell_ms.is_some() && kind != EventKind::View {
        return Err(("dwellMs", ProblemCode::Invalid, "only views take time".into()));
    }
    if dwell_ms.is_some_and(|dwell| !(0..=LONGEST_DWELL_MS).contains(&dwell)) {
        return Err(("dwellMs", ProblemCode::OutOfRange, format!("0 to {LONGEST_DWELL_MS}")));
    }
    let mut kept = Event::new(person, kind, happened_at.min(now).timestamp_millis());
    if is_search {
        let query = query.as_deref().and_then(normalised);
        kept.query = Some(query.ok_or(("query", ProblemCode::Required, "what was searched for".into()))?);
        if product.is_some() {
            let message = "a search is about no product; choosing one is a click";
            return Err(("productId", ProblemCode::Invalid, message.into()));
        }
        return Ok(kept);
    }
    if query.is_some() {
        return Err(("query", ProblemCode::Invalid, "only searches have one".into()));
    }
    let product = product.ok_or(("productId", ProblemCode::Required, "which product".into()))?;
    if !known.contains(&product) {
        return Err(("productId", ProblemCode::NotFound, "there is no such product".into()));
    }
    kept.subject = Some(product.0);
    kept.dwell_ms = dwell_ms;
    kept.attribution = attribution;
    Ok(kept)
}

const _: () = assert!(OLDEST.num_hours() < 72, "older events would be counted again");
