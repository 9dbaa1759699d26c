//! Many products at once, for imports and the demo shop: idempotent by external id, one
//! transaction a batch, and a refused product never spoils its neighbours.
//!
//! A batch takes a number of statements that does not grow with its products, and writes
//! nothing when nothing differs. Several may run at once: what they share is locked, and
//! one that was outrun is done again.

mod batch;
mod check;
mod references;

use super::admin::AdminCatalog;
use crate::{
    db::begin_write,
    error::{Problem, ShopError},
    media::StoredMedia,
    outbox::{self, Change},
};
use batch::Batch;
use check::Ready;
use chrono::{DateTime, Utc};
use entities::{id::ProductId, product::Attribute, variant::VariantOption};
use std::collections::HashSet;

/// How often a batch is tried when other writers are faster.
const ATTEMPTS: u32 = 3;

/// A product as a feed gives it.
#[derive(Clone, Debug)]
pub struct BulkProduct {
    /// Identity across imports.
    pub external_id: String,
    /// Title.
    pub name: String,
    /// URL part; made from the name when left out.
    pub slug: Option<String>,
    /// Plain text.
    pub description: String,
    /// Brand name; made when there is none of it.
    pub brand: Option<String>,
    /// Category names from the root; made where missing.
    pub category: Vec<String>,
    /// Whether the public may see it.
    pub published: bool,
    /// Typed attributes.
    pub attributes: Vec<Attribute>,
    /// At least one.
    pub variants: Vec<BulkVariant>,
    /// Stored pictures with their descriptions, main one first. `None`: leave what is there.
    pub pictures: Option<Vec<(StoredMedia, String)>>,
    /// Figures that another system kept; only taken for new products.
    pub history: History,
}

/// What another system knows of a product's past.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    /// When it was made there.
    pub created_at: Option<DateTime<Utc>>,
    /// Sum of ratings, each 1–5.
    pub rating_sum: i64,
    /// Number of ratings.
    pub rating_count: i32,
    /// Units sold.
    pub sales_count: i64,
}

/// A variant as a feed gives it.
#[derive(Clone, Debug)]
pub struct BulkVariant {
    /// Stock-keeping unit.
    pub sku: String,
    /// What people read; may be empty.
    pub title: String,
    /// What tells it apart.
    pub options: Vec<VariantOption>,
    /// Minor units; none: not sellable.
    pub price: Option<i64>,
    /// Former price.
    pub compare_at: Option<i64>,
    /// Pieces on hand.
    pub stock: i32,
}

/// What became of one product of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkOutcome {
    /// It is new.
    Created(ProductId),
    /// It was there and differs.
    Updated(ProductId),
    /// It was there, just so.
    Unchanged(ProductId),
    /// It was refused, for these reasons.
    Rejected(Vec<Problem>),
}

impl BulkOutcome {
    /// The product, unless refused.
    #[must_use]
    pub fn id(&self) -> Option<ProductId> {
        match self {
            Self::Created(id) | Self::Updated(id) | Self::Unchanged(id) => Some(*id),
            Self::Rejected(_) => None,
        }
    }
}

impl AdminCatalog<'_> {
    /// Writes a batch; one outcome a product, in order. A later product with the external
    /// id or a SKU of an earlier one is refused. A product that no external id finds, but
    /// its SKUs do, is adopted if it has no external id yet.
    ///
    /// # Errors
    /// `Internal` when the database fails, `Conflict` or `Busy` when other writers were
    /// faster several times; then nothing of the batch was written.
    pub async fn upsert_many(&self, products: &[BulkProduct]) -> Result<Vec<BulkOutcome>, ShopError> {
        let mut outcomes: Vec<Option<BulkOutcome>> = vec![None; products.len()];
        let mut ready = Vec::with_capacity(products.len());
        let (mut ids, mut skus) = (HashSet::new(), HashSet::new());
        for (index, source) in products.iter().enumerate() {
            match check::check(index, source, &mut ids, &mut skus) {
                Ok(product) => ready.push(product),
                Err(problems) => outcomes[index] = Some(BulkOutcome::Rejected(problems)),
            }
        }
        let mut attempt = 1;
        let written = loop {
            match self.write_batch(&ready).await {
                Err(ShopError::Conflict(_) | ShopError::Busy) if attempt < ATTEMPTS => attempt += 1,
                outcome => break outcome?,
            }
        };
        for (product, outcome) in ready.iter().zip(written) {
            outcomes[product.index] = Some(outcome);
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    async fn write_batch(&self, ready: &[Ready<'_>]) -> Result<Vec<BulkOutcome>, ShopError> {
        if ready.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        let mut batch = Batch::begin(&tx, ready, self.shop.currency().code(), now).await?;
        let outcomes = ready.iter().map(|product| batch.take(product)).collect();
        let changes = batch.write().await?;
        outbox::append(&tx, now, changes.iter().copied()).await?;
        tx.commit().await?;
        if changes.is_empty() {
            return Ok(outcomes);
        }
        let products: Vec<ProductId> = changes.iter().filter_map(changed_product).collect();
        self.shop.changed(&products);
        if products.len() < changes.len() {
            self.shop.catalog().reload_taxonomy().await?;
        }
        Ok(outcomes)
    }
}

fn changed_product(change: &Change) -> Option<ProductId> {
    match change {
        Change::Product(id, _) => Some(*id),
        _ => None,
    }
}
