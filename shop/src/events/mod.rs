//! What people do in the shop: the event log that recommendations learn from.
//!
//! Events come from clients (`intake`) and from the shop itself: what was paid and reviewed is
//! written in the transaction of the payment and the review, never told by a client. Each batch
//! leaves an outbox row that carries it, and takes that row's place in the change stream, so
//! that whoever reads the log afterwards learns in the order of those who followed.
//!
//! A person is a user, or a visitor with a signed id of their own; a visitor who logs in becomes
//! that user. Whoever wants no part in it leaves no event, and what was known of them is dropped.

mod intake;
mod log;
mod partitions;
mod privacy;
mod shopped;

#[cfg(test)]
mod tests;

pub use entities::behaviour_event::EventKind;
pub use intake::{NewEvent, Recorded, Who};
pub use log::LogPage;
pub use privacy::OwnEvent;

pub(crate) use log::append;
pub(crate) use privacy::erase;
pub(crate) use shopped::{bought, reviewed};

use crate::{Shop, seal::Purpose};
use entities::id::{ProductId, UserId, VisitorId};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

/// Events of one batch at most.
pub const MOST_EVENTS: usize = 100;

/// Whose doing something is: a user's or a visitor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Person(pub Uuid);

impl From<UserId> for Person {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

impl From<VisitorId> for Person {
    fn from(id: VisitorId) -> Self {
        Self(id.0)
    }
}

/// The list that something was found in, as the shop made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribution {
    /// That very list.
    pub list: Uuid,
    /// What kind of list.
    pub kind: String,
    /// The place in it, from 1.
    pub position: u16,
    /// What made it.
    pub model: String,
    /// Arm of an experiment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arm: Option<String>,
    /// How probable it was that this stood there.
    pub propensity: f32,
}

/// Something that happened, as it is announced and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Whose doing.
    #[serde(rename = "p")]
    pub person: Person,
    /// When, milliseconds of the Unix epoch.
    #[serde(rename = "t")]
    pub at_ms: i64,
    /// What.
    #[serde(rename = "k")]
    pub kind: EventKind,
    /// The product; of a log-in the user.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<Uuid>,
    /// How long it was looked at.
    #[serde(rename = "d", skip_serializing_if = "Option::is_none", default)]
    pub dwell_ms: Option<i32>,
    /// How many pieces; of a review its rating.
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<i32>,
    /// What was paid for them, minor units.
    #[serde(rename = "a", skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<i64>,
    /// The order they were bought with.
    #[serde(rename = "b", skip_serializing_if = "Option::is_none", default)]
    pub basket: Option<Uuid>,
    /// What was searched for, normalised.
    #[serde(rename = "q", skip_serializing_if = "Option::is_none", default)]
    pub query: Option<String>,
    /// Where it was found.
    #[serde(rename = "l", skip_serializing_if = "Option::is_none", default)]
    pub attribution: Option<Attribution>,
}

impl Event {
    /// Something and nothing more about it.
    pub(crate) fn new(person: Person, kind: EventKind, at_ms: i64) -> Self {
        Self {
            person,
            at_ms,
            kind,
            subject: None,
            dwell_ms: None,
            quantity: None,
            amount: None,
            basket: None,
            query: None,
            attribution: None,
        }
    }

    /// The product that it is about.
    #[must_use]
    pub fn product(&self) -> Option<ProductId> {
        self.subject.filter(|_| self.kind != EventKind::LogIn).map(ProductId)
    }
}

/// How events are taken in and for how long they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSettings {
    /// Events of one address in an hour, a third of them at once; 0: any number.
    pub per_address_hour: u32,
    /// Days that events are kept.
    pub keep_days: u16,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            per_address_hour: 36_000,
            keep_days: 400,
        }
    }
}

/// The event log of one shop.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a> {
    shop: &'a Shop,
}

impl<'a> Events<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// The visitor that a token stands for; one that is none of ours is no token.
    #[must_use]
    pub fn visitor(&self, token: &str) -> Option<VisitorId> {
        self.shop.sealer().open(Purpose::Visitor, token).map(VisitorId)
    }

    /// The token that stands for a visitor.
    #[must_use]
    pub fn token(&self, visitor: VisitorId) -> String {
        self.shop.sealer().seal(Purpose::Visitor, visitor.0)
    }

    fn pace(&self, address: Option<IpAddr>, events: usize) -> Result<(), crate::ShopError> {
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        self.shop.paces().events.take_many(address, events)
    }
}

/// What the log keeps beside the database.
#[derive(Debug, Default)]
pub(crate) struct EventParts {
    intake: Arc<intake::Intake>,
    partitions: partitions::Partitions,
}
