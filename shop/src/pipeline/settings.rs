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
    id::{BrandId, CategoryId, DeadLetterId, ProductId},
    product, recommender_setting as setting,
};
use sea_orm::{ActiveValue::Set, EntityTrait, QuerySelect, sea_query::OnConflict};
use serde::{Deserialize, Serialize};

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

/// A change of the defaults; outer `None` leaves a figure, inner `None` gives it back to the
/// settings that each process was started with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DefaultsPatch {
    /// Share of the text in a score, 0…1.
    pub text_weight: Option<Option<f32>>,
    /// Whether each modality's mean is taken off.
    pub is_calibrated: Option<Option<bool>>,
}

/// Which products are embedded anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReembedScope {
    /// All of them.
    Everything,
    /// Those of these categories with their subtrees, and those of these brands.
    Under {
        /// The categories.
        categories: Vec<CategoryId>,
        /// The brands.
        brands: Vec<BrandId>,
    },
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

    /// Changes what a score gets that does not say.
    ///
    /// # Errors
    /// `Invalid` for a weight outside 0…1.
    pub async fn set_defaults(&self, patch: DefaultsPatch) -> Result<RecommenderSettings, ShopError> {
        if patch
            .text_weight
            .flatten()
            .is_some_and(|weight| !(0.0..=1.0).contains(&weight))
        {
            let message = "must lie within 0 and 1";
            return Err(ShopError::problem("textWeight", ProblemCode::OutOfRange, message));
        }
        let settings = self.shop.pipeline().settings().await?;
        self.put(RecommenderSettings {
            text_weight: patch.text_weight.unwrap_or(settings.text_weight),
            is_calibrated: patch.is_calibrated.unwrap_or(settings.is_calibrated),
            ..settings
        })
        .await
    }

    /// Lets the embedding workers rest, or work again.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn set_paused(&self, is_paused: bool) -> Result<RecommenderSettings, ShopError> {
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

    /// Has products embedded anew, whatever their stored vectors say. Tells how many.
    ///
    /// # Errors
    /// `Invalid` when nothing is named.
    pub async fn reembed(&self, scope: &ReembedScope) -> Result<u64, ShopError> {
        let ids: Vec<ProductId> = match scope {
            ReembedScope::Everything => self.everything().await?,
            ReembedScope::Under { categories, brands } if categories.is_empty() && brands.is_empty() => {
                let message = "name categories or brands, or ask for everything";
                return Err(ShopError::problem("", ProblemCode::Required, message));
            }
            ReembedScope::Under { categories, brands } => {
                self.known(categories, brands)?;
                let under = self.shop.catalog().products_under(categories, brands).await?;
                under.into_iter().collect()
            }
        };
        let tx = begin_write(self.shop.db()).await?;
        outbox::append(&tx, self.shop.now(), ids.iter().map(|id| Change::Reindex(*id))).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(ids.len() as u64)
    }

    fn known(&self, categories: &[CategoryId], brands: &[BrandId]) -> Result<(), ShopError> {
        let taxonomy = self.shop.catalog().taxonomy();
        let mut checks = Checks::default();
        for (place, id) in categories.iter().enumerate() {
            if taxonomy.category(*id).is_none() {
                checks.fail(
                    &format!("categoryIds.{place}"),
                    ProblemCode::NotFound,
                    "no such category",
                );
            }
        }
        for (place, id) in brands.iter().enumerate() {
            if taxonomy.brand(*id).is_none() {
                checks.fail(&format!("brandIds.{place}"), ProblemCode::NotFound, "no such brand");
            }
        }
        checks.done()
    }

    async fn everything(&self) -> Result<Vec<ProductId>, ShopError> {
        let query = product::Entity::find().select_only().column(product::Column::Id);
        Ok(query.into_tuple().all(self.shop.db()).await?)
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
    pub async fn retry_dead_letters(&self, ids: &[DeadLetterId]) -> Result<u64, ShopError> {
        let letters = &self.shop.pipeline().dead_letters;
        letters.retry(&checked(ids)?, self.shop.now()).await
    }

    /// Drops given-up events for good. Tells how many.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn discard_dead_letters(&self, ids: &[DeadLetterId]) -> Result<u64, ShopError> {
        self.shop.pipeline().dead_letters.discard(&checked(ids)?).await
    }

    async fn put(&self, settings: RecommenderSettings) -> Result<RecommenderSettings, ShopError> {
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
        Ok(settings)
    }

    async fn announce(&self, change: Change) -> Result<(), ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        outbox::append(&tx, self.shop.now(), [change]).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(())
    }
}

fn checked(ids: &[DeadLetterId]) -> Result<Vec<DeadLetterId>, ShopError> {
    let mut checks = Checks::default();
    if ids.is_empty() {
        checks.fail("ids", ProblemCode::Required, "name at least one");
    }
    checks.done()?;
    Ok(ids.to_vec())
}
