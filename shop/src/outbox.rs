//! The transactional outbox: every change of the catalogue and of orders leaves a row here in the same
//! transaction. The relay gives rows their position, without gaps, and whoever follows the
//! shop reads them by position. At least once, never lost.
//!
//! Whatever is committed later than a published change gets a later position, and the
//! changes of one product are published in the order of their commits: each of them locks
//! the product before it leaves its row here.

#[cfg(test)]
mod tests;

use crate::{
    db::{Turn, begin_write, take_turn},
    error::ShopError,
};
use chrono::{DateTime, Utc};
use entities::{
    id::{BrandId, CategoryId, OrderId, ProductId},
    outbox,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{CaseStatement, Expr},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};
use tokio::sync::Notify;
use uuid::Uuid;

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
    const ALL: [Self; 7] = [
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
}

impl Change {
    fn row(self, now: DateTime<Utc>) -> outbox::ActiveModel {
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

    /// What tells it from any other that may get its position where a backup or a fail-over
    /// replaces the history: the microsecond it was written in.
    #[must_use]
    pub fn mark(&self) -> i64 {
        self.at.timestamp_micros()
    }

    fn new(row: outbox::Model, position: i64) -> Self {
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
        let mut places = CaseStatement::new();
        for row in rows {
            position += 1;
            places = places.case(Expr::col(outbox::Column::Id).eq(row.id), Expr::val(position));
            published.push(Published::new(row, position));
        }
        if !published.is_empty() {
            outbox::Entity::update_many()
                .col_expr(outbox::Column::Position, places.into())
                .filter(outbox::Column::Id.is_in(published.iter().map(|event| event.id)))
                .filter(outbox::Column::Position.is_null())
                .exec(&tx)
                .await?;
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

async fn last(db: &impl ConnectionTrait) -> Result<i64, ShopError> {
    let last: Option<Option<i64>> = outbox::Entity::find()
        .select_only()
        .column_as(outbox::Column::Position.max(), "position")
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}
