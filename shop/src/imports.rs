//! How far imports have come, so that a broken one goes on where it stopped.

#[cfg(test)]
mod tests;

use crate::error::ShopError;
use chrono::{DateTime, Utc};
use entities::import_run;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// Import runs of one shop.
#[derive(Clone, Debug)]
pub struct Imports {
    db: DatabaseConnection,
}

/// A run that was begun, now or earlier.
#[derive(Clone, Debug)]
pub struct ImportRun<C> {
    id: Uuid,
    /// Where it stands.
    pub checkpoint: C,
    /// Whether an earlier process began it.
    pub is_resumed: bool,
}

impl Imports {
    pub(crate) fn new(db: DatabaseConnection) -> Self {
        Self { db }
    }

    /// Goes on with the unfinished run of a source, or begins one.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn begin<C>(&self, source: &str, now: DateTime<Utc>) -> Result<ImportRun<C>, ShopError>
    where
        C: Serialize + DeserializeOwned + Default,
    {
        let found = import_run::Entity::find()
            .filter(import_run::Column::SourceKey.eq(source))
            .one(&self.db)
            .await?;
        if let Some(row) = found {
            let checkpoint = row
                .finished_at
                .is_none()
                .then(|| serde_json::from_value(row.checkpoint).ok())
                .flatten();
            let is_resumed = checkpoint.is_some();
            let run = ImportRun {
                id: row.id,
                checkpoint: checkpoint.unwrap_or_default(),
                is_resumed,
            };
            if !is_resumed {
                self.write(&run, now, Some(now), None).await?;
            }
            return Ok(run);
        }
        let run = ImportRun {
            id: Uuid::now_v7(),
            checkpoint: C::default(),
            is_resumed: false,
        };
        let row = import_run::ActiveModel {
            id: Set(run.id),
            source_key: Set(source.to_owned()),
            checkpoint: Set(serde_json::to_value(&run.checkpoint).map_err(ShopError::internal)?),
            started_at: Set(now),
            updated_at: Set(now),
            finished_at: Set(None),
        };
        row.insert(&self.db).await?;
        Ok(run)
    }

    /// Records where a run stands.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn checkpoint<C: Serialize>(&self, run: &ImportRun<C>, now: DateTime<Utc>) -> Result<(), ShopError> {
        self.write(run, now, None, None).await
    }

    /// Records that a run is done; the next one of its source begins anew.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn finish<C: Serialize>(&self, run: &ImportRun<C>, now: DateTime<Utc>) -> Result<(), ShopError> {
        self.write(run, now, None, Some(now)).await
    }

    async fn write<C: Serialize>(
        &self,
        run: &ImportRun<C>,
        now: DateTime<Utc>,
        started_at: Option<DateTime<Utc>>,
        finished_at: Option<DateTime<Utc>>,
    ) -> Result<(), ShopError> {
        let mut row = import_run::ActiveModel {
            id: Unchanged(run.id),
            checkpoint: Set(serde_json::to_value(&run.checkpoint).map_err(ShopError::internal)?),
            updated_at: Set(now),
            finished_at: Set(finished_at),
            ..Default::default()
        };
        if let Some(started_at) = started_at {
            row.started_at = Set(started_at);
        }
        row.update(&self.db).await?;
        Ok(())
    }
}
