//! Stored vectors. Kept by product, modality and model, with the hash of what they were
//! made from, so that a restart embeds nothing and a change embeds only what changed.

#[cfg(test)]
mod tests;

use crate::{
    db::begin_write,
    error::ShopError,
    outbox::{self, Change, Outbox},
};
use chrono::{DateTime, Utc};
use entities::{embedding, id::ProductId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub use entities::embedding::Modality;

/// Ids bound by one statement.
const IDS_PER_STATEMENT: usize = 500;

/// A vector and what it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVector {
    /// The product.
    pub product: ProductId,
    /// What it was made from.
    pub modality: Modality,
    /// The model that made it.
    pub model: String,
    /// SHA-256 of the model's input.
    pub content_hash: String,
    /// Its components.
    pub vector: Vec<f32>,
}

/// Which content a product's stored vector stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredHash {
    /// The product.
    pub product: ProductId,
    /// What it was made from.
    pub modality: Modality,
    /// SHA-256 of the model's input.
    pub content_hash: String,
}

/// The vectors of one shop.
#[derive(Clone, Debug)]
pub struct Embeddings {
    db: DatabaseConnection,
    outbox: Outbox,
}

impl Embeddings {
    pub(crate) fn new(db: DatabaseConnection, outbox: Outbox) -> Self {
        Self { db, outbox }
    }

    /// Vectors of these products by these models.
    ///
    /// # Errors
    /// `Internal` when the database fails or a row is damaged.
    pub async fn of(&self, products: &[ProductId], models: &[&str]) -> Result<Vec<StoredVector>, ShopError> {
        let mut found = Vec::new();
        for ids in products.chunks(IDS_PER_STATEMENT) {
            let rows = embedding::Entity::find()
                .filter(embedding::Column::OwnerId.is_in(ids.iter().copied()))
                .filter(embedding::Column::ModelId.is_in(models.iter().copied()))
                .all(&self.db)
                .await?;
            for row in rows {
                found.push(read(row)?);
            }
        }
        Ok(found)
    }

    /// Vectors by these models of the products after one, by product: for filling an index.
    /// All vectors of a product come in one page.
    ///
    /// # Errors
    /// `Internal` when the database fails or a row is damaged.
    pub async fn page(
        &self,
        models: &[&str],
        after: Option<ProductId>,
        products: u64,
    ) -> Result<Vec<StoredVector>, ShopError> {
        let mut ids = embedding::Entity::find()
            .select_only()
            .column(embedding::Column::OwnerId)
            .distinct()
            .filter(embedding::Column::ModelId.is_in(models.iter().copied()))
            .order_by_asc(embedding::Column::OwnerId)
            .limit(products);
        if let Some(after) = after {
            ids = ids.filter(embedding::Column::OwnerId.gt(after));
        }
        let ids: Vec<ProductId> = ids.into_tuple().all(&self.db).await?;
        let mut page = self.of(&ids, models).await?;
        page.sort_by_key(|stored| stored.product);
        Ok(page)
    }

    /// Stored vectors by these models: of texts, and of images.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn counts(&self, models: &[&str]) -> Result<(u64, u64), ShopError> {
        let rows: Vec<(Modality, i64)> = embedding::Entity::find()
            .select_only()
            .column(embedding::Column::Modality)
            .column_as(embedding::Column::OwnerId.count(), "vectors")
            .filter(embedding::Column::ModelId.is_in(models.iter().copied()))
            .group_by(embedding::Column::Modality)
            .into_tuple()
            .all(&self.db)
            .await?;
        let of = |wanted| {
            let counts = rows.iter().filter(|(modality, _)| *modality == wanted);
            counts.map(|(_, count)| count.unsigned_abs()).sum()
        };
        Ok((of(Modality::Text), of(Modality::Image)))
    }

    /// Products with a vector by these models, by id.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn products(&self, models: &[&str]) -> Result<Vec<ProductId>, ShopError> {
        let ids = embedding::Entity::find()
            .select_only()
            .column(embedding::Column::OwnerId)
            .distinct()
            .filter(embedding::Column::ModelId.is_in(models.iter().copied()))
            .order_by_asc(embedding::Column::OwnerId);
        Ok(ids.into_tuple().all(&self.db).await?)
    }

    /// What the stored vectors of these products by these models were made from.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn hashes(&self, products: &[ProductId], models: &[&str]) -> Result<HashSet<StoredHash>, ShopError> {
        let mut found = HashSet::new();
        for ids in products.chunks(IDS_PER_STATEMENT) {
            let rows: Vec<(ProductId, Modality, String)> = embedding::Entity::find()
                .select_only()
                .column(embedding::Column::OwnerId)
                .column(embedding::Column::Modality)
                .column(embedding::Column::ContentHash)
                .filter(embedding::Column::OwnerId.is_in(ids.iter().copied()))
                .filter(embedding::Column::ModelId.is_in(models.iter().copied()))
                .into_tuple()
                .all(&self.db)
                .await?;
            found.extend(rows.into_iter().map(|(product, modality, content_hash)| StoredHash {
                product,
                modality,
                content_hash,
            }));
        }
        Ok(found)
    }

    /// Stores vectors, in place of older ones, and announces their products. Of two with
    /// the same key the later one stays. A product that was deleted meanwhile is left out.
    /// `asked` tells when the changes were made that the vectors follow, for the freshness.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn store(
        &self,
        vectors: &[StoredVector],
        asked: &HashMap<ProductId, DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(), ShopError> {
        if vectors.is_empty() {
            return Ok(());
        }
        let tx = begin_write(&self.db).await?;
        let living = living(&tx, vectors).await?;
        // A statement may not replace one row twice.
        let mut latest = BTreeMap::new();
        for stored in vectors.iter().filter(|stored| living.contains(&stored.product)) {
            let is_text = stored.modality == Modality::Text;
            latest.insert((stored.product, is_text, stored.model.as_str()), stored);
        }
        let rows: Vec<_> = latest.into_values().map(|stored| row(stored, now)).collect();
        for rows in rows.chunks(IDS_PER_STATEMENT) {
            let key = [
                embedding::Column::OwnerId,
                embedding::Column::Modality,
                embedding::Column::ModelId,
            ];
            let replace = OnConflict::columns(key)
                .update_columns([
                    embedding::Column::ContentHash,
                    embedding::Column::Dim,
                    embedding::Column::Vector,
                    embedding::Column::CreatedAt,
                ])
                .to_owned();
            embedding::Entity::insert_many(rows.to_vec())
                .on_conflict(replace)
                .exec_without_returning(&tx)
                .await?;
        }
        outbox::append(
            &tx,
            now,
            living.into_iter().map(|id| embedded(id, asked.get(&id).copied())),
        )
        .await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(())
    }

    /// Forgets the vectors of one modality of products whose content is gone, and announces
    /// these products.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn forget(
        &self,
        products: &[ProductId],
        modality: Modality,
        now: DateTime<Utc>,
    ) -> Result<(), ShopError> {
        if products.is_empty() {
            return Ok(());
        }
        let tx = begin_write(&self.db).await?;
        for ids in products.chunks(IDS_PER_STATEMENT) {
            embedding::Entity::delete_many()
                .filter(embedding::Column::OwnerId.is_in(ids.iter().copied()))
                .filter(embedding::Column::Modality.eq(modality))
                .exec(&tx)
                .await?;
        }
        outbox::append(&tx, now, products.iter().map(|id| embedded(*id, None))).await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(())
    }
}

fn embedded(product: ProductId, asked_at: Option<DateTime<Utc>>) -> Change {
    Change::Embedded { product, asked_at }
}

/// Those of the products that exist, kept from being deleted until the transaction ends.
async fn living(tx: &DatabaseTransaction, vectors: &[StoredVector]) -> Result<BTreeSet<ProductId>, ShopError> {
    use entities::product;
    let wanted: BTreeSet<ProductId> = vectors.iter().map(|stored| stored.product).collect();
    let wanted: Vec<ProductId> = wanted.into_iter().collect();
    let mut living = BTreeSet::new();
    for ids in wanted.chunks(IDS_PER_STATEMENT) {
        let query = product::Entity::find().select_only().column(product::Column::Id);
        let query = query
            .filter(product::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(product::Column::Id)
            .lock(LockType::KeyShare);
        living.extend(query.into_tuple::<ProductId>().all(tx).await?);
    }
    Ok(living)
}

fn row(stored: &StoredVector, now: DateTime<Utc>) -> embedding::ActiveModel {
    embedding::ActiveModel {
        owner_id: Set(stored.product),
        modality: Set(stored.modality),
        model_id: Set(stored.model.clone()),
        content_hash: Set(stored.content_hash.clone()),
        dim: Set(i32::try_from(stored.vector.len()).unwrap_or(i32::MAX)),
        vector: Set(stored
            .vector
            .iter()
            .flat_map(|component| component.to_le_bytes())
            .collect()),
        created_at: Set(now),
    }
}

fn read(row: embedding::Model) -> Result<StoredVector, ShopError> {
    let whole = usize::try_from(row.dim).is_ok_and(|dim| dim * 4 == row.vector.len());
    if !whole {
        return Err(ShopError::internal(format!(
            "the stored vector of {} is damaged",
            row.owner_id
        )));
    }
    let (components, _) = row.vector.as_chunks::<4>();
    Ok(StoredVector {
        product: row.owner_id,
        modality: row.modality,
        model: row.model_id,
        content_hash: row.content_hash,
        vector: components.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
    })
}
