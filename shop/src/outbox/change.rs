//! What can change, and how it is written into the outbox.

use crate::{
    error::ShopError,
    events::{Event, Person},
};
use chrono::{DateTime, Utc};
use entities::{
    id::{BrandId, CategoryId, OrderId, ProductId},
    outbox,
};
use sea_orm::ActiveValue::{NotSet, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// Topic of what people did.
pub(super) const EVENTS: &str = "behaviour.recorded";

/// What of a product changed: its topic, so that a follower can pass over what it has no use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// Its own row: name, text, attributes, category, brand, publication.
    Product,
    /// The same and more, by an import: many at once, and nobody waits for one.
    Imported,
    /// Its variants.
    Variants,
    /// Prices of its variants alone.
    Price,
    /// Its stock.
    Stock,
    /// Its pictures.
    Media,
    /// Its reviews, and with them its rating.
    Reviews,
}

impl Aspect {
    pub(super) const ALL: [Self; 7] = [
        Self::Product,
        Self::Imported,
        Self::Variants,
        Self::Price,
        Self::Stock,
        Self::Media,
        Self::Reviews,
    ];

    const fn topic(self) -> &'static str {
        match self {
            Self::Product => "product.changed",
            Self::Imported => "product.imported",
            Self::Variants => "variant.changed",
            Self::Price => "price.changed",
            Self::Stock => "stock.changed",
            Self::Media => "media.changed",
            Self::Reviews => "review.changed",
        }
    }

    /// Whether text or picture, and with them the vectors, may have changed.
    #[must_use]
    pub const fn touches_content(self) -> bool {
        matches!(self, Self::Product | Self::Imported | Self::Media)
    }
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Something of a product.
    Product(ProductId, Aspect),
    /// A product is gone.
    ProductDeleted {
        /// Which.
        id: ProductId,
        /// The version after its last one.
        version: i64,
    },
    /// A product has new stored vectors.
    Embedded {
        /// Which.
        product: ProductId,
        /// When the change was made that they follow.
        asked_at: Option<DateTime<Utc>>,
    },
    /// A product shall be embedded and indexed anew.
    Reindex(ProductId),
    /// A category.
    Category(CategoryId),
    /// A brand.
    Brand(BrandId),
    /// An order, its payments or refunds.
    Order(OrderId),
    /// The recommender's settings or which models' vectors serve.
    Recommender,
    /// Every index shall be folded into a new main generation.
    Rebuild,
    /// What staff say about search: synonyms, rules, weights.
    Search,
    /// What staff say about recommendations: rules, experiments.
    Steering,
    /// People did something; [`Published::events`] tells what.
    Events,
    /// What was known of somebody is forgotten.
    Forgotten(Person),
}

impl Change {
    pub(super) fn row(self, now: DateTime<Utc>) -> outbox::ActiveModel {
        let (topic, aggregate, payload) = match self {
            Self::Product(id, aspect) => (aspect.topic(), id.0, json!({})),
            Self::ProductDeleted { id, version } => ("product.deleted", id.0, json!({ "version": version })),
            Self::Embedded { product, asked_at } => ("product.embedded", product.0, json!({ "askedAt": asked_at })),
            Self::Reindex(id) => ("product.reindex", id.0, json!({})),
            Self::Category(id) => ("category.changed", id.0, json!({})),
            Self::Brand(id) => ("brand.changed", id.0, json!({})),
            Self::Order(id) => ("order.changed", id.0, json!({})),
            Self::Recommender => ("recommender.changed", Uuid::nil(), json!({})),
            Self::Rebuild => ("recommender.rebuild", Uuid::nil(), json!({})),
            Self::Search => ("search.changed", Uuid::nil(), json!({})),
            Self::Steering => ("recommendations.steered", Uuid::nil(), json!({})),
            Self::Events => (EVENTS, Uuid::nil(), json!({ "events": [] })),
            Self::Forgotten(person) => ("behaviour.forgotten", person.0, json!({})),
        };
        outbox::ActiveModel {
            id: NotSet,
            topic: Set(topic.to_owned()),
            aggregate_id: Set(aggregate),
            payload: Set(payload),
            created_at: Set(now),
            position: Set(None),
        }
    }

    /// Reads what [`Self::row`] wrote; `None` for what a newer version of the program writes.
    fn of(topic: &str, id: Uuid, payload: &serde_json::Value) -> Option<Self> {
        if let Some(aspect) = Aspect::ALL.into_iter().find(|aspect| aspect.topic() == topic) {
            return Some(Self::Product(ProductId(id), aspect));
        }
        Some(match topic {
            "product.deleted" => Self::ProductDeleted {
                id: ProductId(id),
                version: payload.get("version")?.as_i64()?,
            },
            "product.embedded" => Self::Embedded {
                product: ProductId(id),
                asked_at: serde_json::from_value(payload.get("askedAt").cloned().unwrap_or_default())
                    .unwrap_or_default(),
            },
            "product.reindex" => Self::Reindex(ProductId(id)),
            "category.changed" => Self::Category(CategoryId(id)),
            "brand.changed" => Self::Brand(BrandId(id)),
            "order.changed" => Self::Order(OrderId(id)),
            "recommender.changed" => Self::Recommender,
            "recommender.rebuild" => Self::Rebuild,
            "search.changed" => Self::Search,
            "recommendations.steered" => Self::Steering,
            EVENTS => Self::Events,
            "behaviour.forgotten" => Self::Forgotten(Person(id)),
            _ => return None,
        })
    }
}

/// A published change, as it is stored and as brokers carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its place in the order of publication: what followers resume from.
    pub position: i64,
    /// Identity of the event, the same however often it is delivered.
    pub id: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// What kind of change.
    pub topic: String,
    /// Of what.
    pub aggregate: Uuid,
    /// Details.
    pub payload: serde_json::Value,
}

impl Published {
    /// What changed; `None` for a topic that a newer version writes.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        Change::of(&self.topic, self.aggregate, &self.payload)
    }

    /// What people did, where that is what it is about.
    ///
    /// # Errors
    /// `Internal` for what no version of this program wrote.
    pub fn events(&self) -> Result<Vec<Event>, ShopError> {
        if self.topic != EVENTS {
            return Ok(Vec::new());
        }
        let events = self
            .payload
            .get("events")
            .ok_or_else(|| ShopError::internal("events without any"))?;
        Vec::<Event>::deserialize(events).map_err(ShopError::internal)
    }

    /// Whose doing it tells of; nobody's where it is about something else.
    pub fn people(&self) -> impl Iterator<Item = Person> {
        let events = self.events().unwrap_or_default().into_iter();
        let forgotten = match self.change() {
            Some(Change::Forgotten(person)) => Some(person),
            _ => None,
        };
        events.map(|event| event.person).chain(forgotten)
    }

    /// How many events of people it carries.
    #[must_use]
    pub fn carried(&self) -> usize {
        let events = self.payload.get("events").and_then(serde_json::Value::as_array);
        events.map_or(0, Vec::len)
    }

    /// What tells it from any other that may get its position where a backup or a fail-over
    /// replaces the history: the microsecond it was written in.
    #[must_use]
    pub fn mark(&self) -> i64 {
        self.at.timestamp_micros()
    }

    pub(super) fn new(row: outbox::Model, position: i64) -> Self {
        Self {
            position,
            id: row.id,
            at: row.created_at,
            topic: row.topic,
            aggregate: row.aggregate_id,
            payload: row.payload,
        }
    }
}
