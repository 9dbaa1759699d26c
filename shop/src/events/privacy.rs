//! Who a visitor turned out to be, and what people may ask of what is known about them: that
//! nothing is recorded, to see it all, and to have it erased.

use super::{Event, EventKind, Events, Person, append, log::event_of};
use crate::{
    accounts::Profile,
    db::begin_write,
    error::ShopError,
    experiments,
    outbox::{self, Change},
    viewer::CustomerCap,
};
use chrono::{DateTime, Utc};
use entities::{
    behaviour_event,
    id::{UserId, VisitorId},
    user_account, visitor,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

/// Something that one did oneself.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnEvent {
    /// Where it stands in the log: after this one the next page begins.
    pub place: (DateTime<Utc>, i64, i32),
    /// What.
    pub event: Event,
}

impl Events<'_> {
    /// A visitor logged in: what they did is the user's from now on. Once for each visitor; a user
    /// who wants no part in it takes nothing over.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn link(&self, visitor: VisitorId, user: UserId) -> Result<(), ShopError> {
        let (now, tx) = (self.shop.now(), begin_write(self.shop.db()).await?);
        if self.wants_no_part(&tx, Some(user)).await? {
            return Ok(());
        }
        let row = visitor::ActiveModel {
            id: Set(visitor),
            user_id: Set(user),
            linked_at: Set(now),
        };
        let first_of_all = OnConflict::column(visitor::Column::Id).do_nothing().to_owned();
        let insert = visitor::Entity::insert(row).on_conflict(first_of_all);
        if insert.exec_without_returning(&tx).await? == 0 {
            return Ok(());
        }
        let event = Event {
            subject: Some(user.0),
            ..Event::new(visitor.into(), EventKind::LogIn, now.timestamp_millis())
        };
        append(&tx, self.shop.event_parts(), now, &[event]).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(())
    }

    /// Whether anything that a user does is recorded. Who wants no part in it is not recommended
    /// anything for what they did before, either.
    ///
    /// # Errors
    /// `Unauthenticated`, `Internal`.
    pub async fn set_do_not_track(&self, customer: &CustomerCap, is_refused: bool) -> Result<Profile, ShopError> {
        let user = customer.user();
        self.shop.accounts().current_role(user).await?;
        let (now, tx) = (self.shop.now(), begin_write(self.shop.db()).await?);
        let row = user_account::Entity::find_by_id(user.id).one(&tx).await?;
        let row = row.ok_or(ShopError::Unauthenticated)?;
        if row.do_not_track == is_refused {
            return Ok(row.into());
        }
        let mut row = row.into_active_model();
        row.do_not_track = Set(is_refused);
        row.updated_at = Set(now);
        let row = row.update(&tx).await?;
        if is_refused {
            experiments::forget(&tx, &[user.id.into()]).await?;
            let event = Event::new(user.id.into(), EventKind::OptOut, now.timestamp_millis());
            append(&tx, self.shop.event_parts(), now, &[event]).await?;
        }
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(row.into())
    }

    /// What is known of whoever asks, latest first, some of it at a time; what they did as visitors
    /// before they logged in is part of it.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn own(
        &self,
        customer: &CustomerCap,
        before: Option<(DateTime<Utc>, i64, i32)>,
        limit: u64,
    ) -> Result<Vec<OwnEvent>, ShopError> {
        use behaviour_event::Column::{Batch, Person, Place, ReceivedAt};
        let whose = persons(self.shop.db(), customer.user().id).await?;
        let mut found = behaviour_event::Entity::find().filter(Person.is_in(whose));
        if let Some((at, batch, place)) = before {
            let earlier = ReceivedAt
                .lt(at)
                .or(ReceivedAt.eq(at).and(Batch.lt(batch)))
                .or(ReceivedAt.eq(at).and(Batch.eq(batch)).and(Place.lt(place)));
            found = found.filter(earlier);
        }
        let rows = found
            .order_by_desc(ReceivedAt)
            .order_by_desc(Batch)
            .order_by_desc(Place)
            .limit(limit)
            .all(self.shop.db())
            .await?;
        let own = rows.into_iter().map(|row| OwnEvent {
            place: (row.received_at, row.batch, row.place),
            event: event_of(row),
        });
        Ok(own.collect())
    }

    /// Erases all that is known of whoever asks. Tells how many events that were.
    ///
    /// # Errors
    /// `Unauthenticated`, `Internal`.
    pub async fn erase(&self, customer: &CustomerCap) -> Result<u64, ShopError> {
        let user = customer.user();
        self.shop.accounts().current_role(user).await?;
        let tx = begin_write(self.shop.db()).await?;
        let erased = erase(&tx, self.shop.now(), user.id).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(erased)
    }

    /// Whether a user wants nothing recorded.
    pub(super) async fn wants_no_part(
        &self,
        tx: &impl ConnectionTrait,
        user: Option<UserId>,
    ) -> Result<bool, ShopError> {
        let Some(user) = user else { return Ok(false) };
        let row: Option<bool> = user_account::Entity::find_by_id(user)
            .select_only()
            .column(user_account::Column::DoNotTrack)
            .into_tuple()
            .one(tx)
            .await?;
        Ok(row.unwrap_or(true))
    }
}

/// Erases what is known of a user inside the caller's transaction.
pub(crate) async fn erase(tx: &impl ConnectionTrait, now: DateTime<Utc>, user: UserId) -> Result<u64, ShopError> {
    let whose = persons(tx, user).await?;
    let gone = behaviour_event::Entity::delete_many()
        .filter(behaviour_event::Column::Person.is_in(whose.iter().copied()))
        .exec(tx)
        .await?;
    let people: Vec<Person> = whose.iter().copied().map(Person).collect();
    experiments::forget(tx, &people).await?;
    let links = visitor::Entity::delete_many().filter(visitor::Column::UserId.eq(user));
    links.exec(tx).await?;
    let forgotten = whose.into_iter().map(|person| Change::Forgotten(Person(person)));
    outbox::append(tx, now, forgotten).await?;
    Ok(gone.rows_affected)
}

/// A user, and the visitors that they were.
async fn persons(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<Uuid>, ShopError> {
    let visitors: Vec<VisitorId> = visitor::Entity::find()
        .select_only()
        .column(visitor::Column::Id)
        .filter(visitor::Column::UserId.eq(user))
        .into_tuple()
        .all(db)
        .await?;
    Ok(visitors.into_iter().map(|id| id.0).chain([user.0]).collect())
}
