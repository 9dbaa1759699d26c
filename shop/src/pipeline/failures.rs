//! Products that could not be embedded, wholly or in part, and are tried again.

use super::EmbeddingTasks;
use crate::error::ShopError;
use chrono::{DateTime, Utc};
use entities::{embedding_task as task, id::ProductId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

/// A product that could not be embedded, wholly or in part, and is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedTask {
    /// The product.
    pub product: ProductId,
    /// Why.
    pub reason: String,
    /// Failures in a row.
    pub attempts: u32,
    /// When it is tried again.
    pub next_attempt_at: DateTime<Utc>,
}

impl EmbeddingTasks {
    /// Products that failed, those tried again last first. [`Self::counts`] tells how many there are.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn failures(&self, offset: u64, limit: u64) -> Result<Vec<FailedTask>, ShopError> {
        let page = task::Entity::find()
            .filter(task::Column::Failure.is_not_null())
            .order_by_desc(task::Column::NotBefore)
            .order_by_desc(task::Column::ProductId)
            .offset(offset)
            .limit(limit);
        Ok(page.all(&self.db).await?.into_iter().map(read).collect())
    }

    /// Has everything that failed tried again now. Tells how many.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub(super) async fn retry_failures(&self, now: DateTime<Utc>) -> Result<u64, ShopError> {
        let tried = task::Entity::update_many()
            .col_expr(task::Column::NotBefore, Expr::value(now))
            .col_expr(task::Column::Attempts, Expr::value(0))
            .filter(task::Column::Failure.is_not_null())
            .exec(&self.db)
            .await?;
        self.news.notify_one();
        Ok(tried.rows_affected)
    }
}

fn read(row: task::Model) -> FailedTask {
    FailedTask {
        product: row.product_id,
        reason: row.failure.unwrap_or_default(),
        attempts: row.attempts.unsigned_abs(),
        next_attempt_at: row.not_before,
    }
}
