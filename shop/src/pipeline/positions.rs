//! How far consumers are, whatever becomes of the broker: a flushed or exchanged one is
//! filled again from here.

use crate::error::ShopError;
use chrono::{DateTime, Utc};
use entities::consumer_position as position;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseConnection, EntityTrait, ExprTrait, QuerySelect,
    sea_query::{Alias, Expr, OnConflict},
};

/// The stored positions of one shop.
#[derive(Clone, Debug)]
pub struct Positions {
    db: DatabaseConnection,
}

impl Positions {
    pub(super) fn new(db: DatabaseConnection) -> Self {
        Self { db }
    }

    /// Everything up to here is done; `None` for a consumer that never stored one.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn of(&self, consumer: &str) -> Result<Option<i64>, ShopError> {
        let row = position::Entity::find_by_id(consumer).one(&self.db).await?;
        Ok(row.map(|row| row.position))
    }

    /// The lowest position of all consumers.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn lowest(&self) -> Result<Option<i64>, ShopError> {
        let lowest: Option<Option<i64>> = position::Entity::find()
            .select_only()
            .column_as(position::Column::Position.min(), "position")
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(lowest.flatten())
    }

    /// Moves a consumer on; one that is further already stays.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn advance(&self, consumer: &str, to: i64, now: DateTime<Utc>) -> Result<(), ShopError> {
        let row = position::ActiveModel {
            name: Set(consumer.to_owned()),
            position: Set(to),
            updated_at: Set(now),
        };
        let new = |column: position::Column| Expr::col((Alias::new("excluded"), column));
        let further = Expr::col((position::Entity, position::Column::Position)).lt(new(position::Column::Position));
        let replace = OnConflict::column(position::Column::Name)
            .value(position::Column::Position, new(position::Column::Position))
            .value(position::Column::UpdatedAt, new(position::Column::UpdatedAt))
            .action_and_where(further)
            .to_owned();
        position::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }
}
