//! Generations of vectors. One serves; when the models change another one is built beside it
//! (blue/green) and takes its place when it is complete. Vectors are stored by model, so both
//! are there meanwhile and are never compared.

use super::generation_rows::{Head, read, row};
use crate::{
    db::{Turn, begin_write, take_turn},
    error::ShopError,
    outbox::{self, Change, Outbox},
};
use chrono::{DateTime, Utc};
use entities::{
    embedding,
    embedding_generation::{self as generation, GenerationState},
    embedding_task,
    id::ProductId,
    media, product,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Query},
};

/// A model and the width of its vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelWidth {
    /// Id, precision included.
    pub id: String,
    /// Number of components.
    pub dim: usize,
}

/// The models of a generation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GenerationModels {
    /// The text model.
    pub text: Option<ModelWidth>,
    /// The image model.
    pub image: Option<ModelWidth>,
}

impl GenerationModels {
    /// Their ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        [&self.text, &self.image]
            .into_iter()
            .flatten()
            .map(|model| model.id.as_str())
    }
}

/// Vectors of one pair of models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Identity, in order.
    pub id: i64,
    /// Whose vectors.
    pub models: GenerationModels,
    /// Where it is in its life.
    pub state: GenerationState,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it began to serve.
    pub serving_at: Option<DateTime<Utc>>,
}

/// How much of a generation is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Products.
    pub products: u64,
    /// Products that lack a vector which can be made.
    pub lacking: u64,
}

/// The generations of one shop.
#[derive(Clone, Debug)]
pub struct Generations {
    db: DatabaseConnection,
    outbox: Outbox,
}

impl Generations {
    pub(super) fn new(db: DatabaseConnection, outbox: Outbox) -> Self {
        Self { db, outbox }
    }

    /// The one that answers.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn serving(&self) -> Result<Option<Generation>, ShopError> {
        at(&self.db, GenerationState::Serving).await
    }

    /// The one that is built.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn building(&self) -> Result<Option<Generation>, ShopError> {
        at(&self.db, GenerationState::Building).await
    }

    /// All that are kept, the newest first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn list(&self) -> Result<Vec<Generation>, ShopError> {
        let rows = generation::Entity::find()
            .order_by_desc(generation::Column::Id)
            .into_partial_model::<Head>()
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// A process has these models. The first ones serve at once; others than those that serve
    /// are built beside them, in place of yet others. Models that serve already end a building.
    /// A model that a process lacks stays what serves: one that starts without its image model
    /// must not take the pictures from all.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn want(&self, models: &GenerationModels, now: DateTime<Utc>) -> Result<Generation, ShopError> {
        let tx = begin_write(&self.db).await?;
        take_turn(&tx, Turn::Generations).await?;
        let (serving, building) = (
            at(&tx, GenerationState::Serving).await?,
            at(&tx, GenerationState::Building).await?,
        );
        let models = &match &serving {
            Some(serving) => GenerationModels {
                text: models.text.clone().or_else(|| serving.models.text.clone()),
                image: models.image.clone().or_else(|| serving.models.image.clone()),
            },
            None => models.clone(),
        };
        for same in [&serving, &building].into_iter().flatten() {
            if same.models == *models && (same.state == GenerationState::Building || building.is_none()) {
                return Ok(same.clone());
            }
        }
        if let Some(building) = building {
            generation::Entity::delete_by_id(building.id).exec(&tx).await?;
        }
        let wanted = match serving {
            Some(serving) if serving.models == *models => serving,
            serving => {
                let state = match serving {
                    Some(_) => GenerationState::Building,
                    None => GenerationState::Serving,
                };
                let row = row(models, state, now).insert(&tx).await?;
                let row = generation::Entity::find_by_id(row.id).into_partial_model::<Head>();
                row.one(&tx).await?.map(read).ok_or(ShopError::NotFound)?
            }
        };
        outbox::append(&tx, now, [Change::Recommender]).await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(wanted)
    }

    /// The built one takes the place of the one that serves; `false` when it is not built any more.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn cut_over(&self, id: i64, now: DateTime<Utc>) -> Result<bool, ShopError> {
        let tx = begin_write(&self.db).await?;
        take_turn(&tx, Turn::Generations).await?;
        let building = at(&tx, GenerationState::Building).await?;
        if building.is_none_or(|building| building.id != id) {
            return Ok(false);
        }
        generation::Entity::update_many()
            .col_expr(generation::Column::State, Expr::value("RETIRED"))
            .col_expr(generation::Column::RetiredAt, Expr::value(now))
            .filter(generation::Column::State.eq(GenerationState::Serving))
            .exec(&tx)
            .await?;
        let serving = generation::ActiveModel {
            id: Unchanged(id),
            state: Set(GenerationState::Serving),
            serving_at: Set(Some(now)),
            ..Default::default()
        };
        serving.update(&tx).await?;
        outbox::append(&tx, now, [Change::Recommender]).await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(true)
    }

    /// What every index sees the vectors of a generation through; opaque here.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn frame(&self, id: i64) -> Result<Option<Vec<u8>>, ShopError> {
        let frame: Option<Option<Vec<u8>>> = generation::Entity::find_by_id(id)
            .select_only()
            .column(generation::Column::Frame)
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(frame.flatten())
    }

    /// Keeps what every index shall see the vectors of a generation through, in place of what it
    /// was made from, and tells all; `false` when somebody else was first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn set_frame(
        &self,
        id: i64,
        previous: Option<&[u8]>,
        frame: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<bool, ShopError> {
        let tx = begin_write(&self.db).await?;
        let as_known = match previous {
            Some(previous) => generation::Column::Frame.eq(previous),
            None => generation::Column::Frame.is_null(),
        };
        let set = generation::Entity::update_many()
            .col_expr(generation::Column::Frame, Expr::value(frame))
            .filter(generation::Column::Id.eq(id))
            .filter(as_known)
            .exec(&tx)
            .await?;
        if set.rows_affected == 0 {
            return Ok(false);
        }
        outbox::append(&tx, now, [Change::Recommender]).await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(true)
    }

    /// How much of a generation is there.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn progress(&self, models: &GenerationModels) -> Result<Progress, ShopError> {
        let products = product::Entity::find().count(&self.db).await?;
        let lacking = product::Entity::find()
            .filter(lacks(models, true))
            .count(&self.db)
            .await?;
        Ok(Progress { products, lacking })
    }

    /// Products after one that lack a vector of these models, by id. A vector of an older
    /// content counts: whoever changed the content has asked for a new one.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn lacking(
        &self,
        models: &GenerationModels,
        after: Option<ProductId>,
        limit: u64,
    ) -> Result<Vec<ProductId>, ShopError> {
        let mut query = product::Entity::find()
            .select_only()
            .column(product::Column::Id)
            .filter(lacks(models, false))
            .order_by_asc(product::Column::Id)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(product::Column::Id.gt(after));
        }
        Ok(query.into_tuple().all(&self.db).await?)
    }

    /// Deletes vectors of models that no generation has any more, of generations that were
    /// retired before a time. Tells how many vectors went.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn drop_retired(&self, before: DateTime<Utc>) -> Result<u64, ShopError> {
        let over = generation::Entity::find()
            .filter(generation::Column::RetiredAt.lt(before))
            .all(&self.db)
            .await?;
        if over.is_empty() {
            return Ok(0);
        }
        let tx = begin_write(&self.db).await?;
        generation::Entity::delete_many()
            .filter(generation::Column::Id.is_in(over.iter().map(|row| row.id)))
            .exec(&tx)
            .await?;
        let mut used: Vec<String> = Vec::new();
        for row in generation::Entity::find().all(&tx).await? {
            used.extend([row.text_model, row.image_model].into_iter().flatten());
        }
        let old = over.into_iter().flat_map(|row| [row.text_model, row.image_model]);
        let old: Vec<String> = old.flatten().filter(|model| !used.contains(model)).collect();
        let gone = embedding::Entity::delete_many()
            .filter(embedding::Column::ModelId.is_in(old))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(gone.rows_affected)
    }
}

async fn at(db: &impl ConnectionTrait, state: GenerationState) -> Result<Option<Generation>, ShopError> {
    let row = generation::Entity::find()
        .filter(generation::Column::State.eq(state))
        .into_partial_model::<Head>()
        .one(db)
        .await?;
    Ok(row.map(read))
}

/// Products without a vector of these models; `possible`: pictures that failed do not count.
fn lacks(models: &GenerationModels, possible: bool) -> Condition {
    let mut lacks = Condition::any();
    if let Some(text) = &models.text {
        lacks = lacks.add(Expr::exists(vector(&text.id)).not());
    }
    if let Some(image) = &models.image {
        let pictured = media::Entity::find()
            .select_only()
            .column(media::Column::Id)
            .filter(Expr::col((media::Entity, media::Column::ProductId)).equals((product::Entity, product::Column::Id)))
            .into_query();
        let mut missing = Condition::all()
            .add(Expr::exists(pictured))
            .add(Expr::exists(vector(&image.id)).not());
        if possible {
            let failed = Query::select()
                .column(embedding_task::Column::ProductId)
                .from(embedding_task::Entity)
                .and_where(
                    Expr::col((embedding_task::Entity, embedding_task::Column::ProductId))
                        .equals((product::Entity, product::Column::Id)),
                )
                .and_where(Expr::col((embedding_task::Entity, embedding_task::Column::Failure)).is_not_null())
                .to_owned();
            missing = missing.add(Expr::exists(failed).not());
        }
        lacks = lacks.add(missing);
    }
    // Without models nothing is lacking.
    if models.ids().next().is_none() {
        lacks = lacks.add(Expr::value(false));
    }
    lacks
}

fn vector(model: &str) -> sea_orm::sea_query::SelectStatement {
    embedding::Entity::find()
        .select_only()
        .column(embedding::Column::ModelId)
        .filter(
            Expr::col((embedding::Entity, embedding::Column::OwnerId)).equals((product::Entity, product::Column::Id)),
        )
        .filter(embedding::Column::ModelId.eq(model))
        .into_query()
}
