//! What administrators change of the recommender while it runs, and what they may do to it.

use super::Pipeline;
use crate::{
    Shop,
    db::begin_write,
    error::{ProblemCode, ShopError},
    outbox::{self, Change},
    text::Checks,
};
use entities::{
    id::{BrandId, CategoryId, ProductId},
    recommender_setting as setting,
};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The one row.
const ROW: i32 = 1;

/// What differs from the process's settings; absent: as the process was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecommenderSettings {
    /// Share of the text in a score that does not say, 0…1.
    pub text_weight: Option<f32>,
    /// Whether each modality's mean is taken off in a score that does not say.
    pub is_calibrated: Option<bool>,
    /// The embedding workers rest.
    pub is_paused: bool,
}

impl Pipeline {
    /// What differs from the processes' settings.
    ///
    /// # Errors
    /// `Internal` when the database fails or the row is damaged.
    pub async fn settings(&self) -> Result<RecommenderSettings, ShopError> {
        let row = setting::Entity::find_by_id(ROW).one(&self.db).await?;
        row.map_or_else(
            || Ok(RecommenderSettings::default()),
            |row| serde_json::from_value(row.settings).map_err(ShopError::internal),
        )
    }
}

/// The power over the recommender.
#[derive(Debug)]
pub struct AdminRecommender<'a> {
    shop: &'a Shop,
}

impl<'a> AdminRecommender<'a> {
    pub(crate) const fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// What a score gets that does not say.
    ///
    /// # Errors
    /// `Invalid` for a weight outside 0…1.
    pub async fn set_defaults(&self, text_weight: f32, is_calibrated: bool) -> Result<(), ShopError> {
        if !(0.0..=1.0).contains(&text_weight) {
            let message = "must lie within 0 and 1";
            return Err(ShopError::problem("textWeight", ProblemCode::OutOfRange, message));
        }
        let settings = self.shop.pipeline().settings().await?;
        self.put(RecommenderSettings {
            text_weight: Some(text_weight),
            is_calibrated: Some(is_calibrated),
            ..settings
        })
        .await
    }

    /// Lets the embedding workers rest, or work again.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn set_paused(&self, is_paused: bool) -> Result<(), ShopError> {
        let settings = self.shop.pipeline().settings().await?;
        self.put(RecommenderSettings { is_paused, ..settings }).await
    }

    /// Has every index folded into a new main generation.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn rebuild(&self) -> Result<(), ShopError> {
        self.announce(Change::Rebuild).await
    }

    /// Has the products under these categories and brands embedded anew, with their subtrees.
    /// Tells how many.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn reembed_under(&self, categories: &[CategoryId], brands: &[BrandId]) -> Result<u64, ShopError> {
        let under = self.shop.catalog().products_under(categories, brands).await?;
        let ids: Vec<ProductId> = under.into_iter().collect();
        let tx = begin_write(self.shop.db()).await?;
        outbox::append(&tx, self.shop.now(), ids.iter().map(|id| Change::Reindex(*id))).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(ids.len() as u64)
    }

    /// Has everything that failed tried again now. Tells how many products.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn retry_failures(&self) -> Result<u64, ShopError> {
        self.shop.pipeline().tasks.retry_failures(self.shop.now()).await
    }

    /// Sends given-up events once more. Tells how many.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn retry_dead_letters(&self, ids: &[Uuid]) -> Result<u64, ShopError> {
        let letters = &self.shop.pipeline().dead_letters;
        letters.retry(&checked(ids)?, self.shop.now()).await
    }

    /// Drops given-up events for good. Tells how many.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn discard_dead_letters(&self, ids: &[Uuid]) -> Result<u64, ShopError> {
        self.shop.pipeline().dead_letters.discard(&checked(ids)?).await
    }

    async fn put(&self, settings: RecommenderSettings) -> Result<(), ShopError> {
        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        let row = setting::ActiveModel {
            id: Set(ROW),
            settings: Set(serde_json::to_value(settings).map_err(ShopError::internal)?),
            updated_at: Set(now),
        };
        let replace = OnConflict::column(setting::Column::Id)
            .update_columns([setting::Column::Settings, setting::Column::UpdatedAt])
            .to_owned();
        setting::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&tx)
            .await?;
        outbox::append(&tx, now, [Change::Recommender]).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(())
    }

    async fn announce(&self, change: Change) -> Result<(), ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        outbox::append(&tx, self.shop.now(), [change]).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(())
    }
}

fn checked(ids: &[Uuid]) -> Result<Vec<Uuid>, ShopError> {
    let mut checks = Checks::default();
    if ids.is_empty() {
        checks.fail("ids", ProblemCode::Required, "name at least one");
    }
    checks.done()?;
    Ok(ids.to_vec())
}
