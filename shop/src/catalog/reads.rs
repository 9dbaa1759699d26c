//! What everybody reads: products by id and slug from a bounded cache, and the taxonomy.
//!
//! The cache is fed by readers and emptied by the change feed. A load that began before an
//! invalidation is not kept, so no stale product can survive its own change.

use super::{taxonomy::Taxonomy, view::ProductView};
use crate::{db::Database, error::ShopError};
use arc_swap::ArcSwap;
use entities::{
    id::{BrandId, CategoryId, ProductId},
    media, product, variant,
};
use moka::sync::Cache;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

/// Products held; about 3 KiB each.
const CACHED_PRODUCTS: u64 = 20_000;
/// Ids bound by one statement; below every database's limit.
const IDS_PER_STATEMENT: usize = 1_000;

/// Reads of the public catalogue.
#[derive(Clone, Debug)]
pub struct CatalogReads {
    db: Database,
    taxonomy: Arc<ArcSwap<Taxonomy>>,
    /// Held from reading the taxonomy to showing it.
    pub(super) reloading: Arc<Mutex<()>>,
    products: Cache<ProductId, Arc<ProductView>>,
    slugs: Cache<String, ProductId>,
    invalidations: Arc<AtomicU64>,
}

impl CatalogReads {
    pub(crate) async fn open(db: Database) -> Result<Self, ShopError> {
        let taxonomy = Taxonomy::load(&db.connection).await?;
        Ok(Self {
            db,
            taxonomy: Arc::new(ArcSwap::from_pointee(taxonomy)),
            reloading: Arc::default(),
            products: Cache::new(CACHED_PRODUCTS),
            slugs: Cache::new(CACHED_PRODUCTS),
            invalidations: Arc::default(),
        })
    }

    /// Categories and brands as they are now.
    #[must_use]
    pub fn taxonomy(&self) -> Arc<Taxonomy> {
        self.taxonomy.load_full()
    }

    /// Reads categories and brands anew.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn reload_taxonomy(&self) -> Result<(), ShopError> {
        // Of two at once, the one that read first must not show what it read last.
        let _turn = self.reloading.lock().await;
        self.taxonomy
            .store(Arc::new(Taxonomy::load(&self.db.connection).await?));
        Ok(())
    }

    /// A published product, if it is cached: never asks the database.
    #[must_use]
    pub fn cached(&self, id: ProductId) -> Option<Arc<ProductView>> {
        self.products.get(&id).filter(|view| view.is_published())
    }

    /// Published products, in the order asked for; `None` where there is none. Nothing is
    /// read for what is cached, and at most three statements for all the rest.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn products(&self, ids: &[ProductId]) -> Result<Vec<Option<Arc<ProductView>>>, ShopError> {
        let mut found: HashMap<ProductId, Arc<ProductView>> = HashMap::with_capacity(ids.len());
        let mut missing = Vec::new();
        for &id in ids {
            match self.products.get(&id) {
                Some(view) => {
                    found.insert(id, view);
                }
                None => missing.push(id),
            }
        }
        if !missing.is_empty() {
            let before = self.invalidations.load(Ordering::Acquire);
            for view in load(&self.db.connection, &missing).await? {
                let view = Arc::new(view);
                self.keep(&view, before);
                found.insert(view.id(), view);
            }
        }
        Ok(ids
            .iter()
            .map(|id| found.get(id).filter(|view| view.is_published()).cloned())
            .collect())
    }

    fn keep(&self, view: &Arc<ProductView>, before: u64) {
        let id = view.id();
        self.products.insert(id, Arc::clone(view));
        self.slugs.insert(view.product.slug.clone(), id);
        // Inserted first, looked second: an invalidation in between is seen here, one
        // after this removes the entry itself.
        if self.invalidations.load(Ordering::Acquire) != before {
            self.products.invalidate(&id);
        }
    }

    /// A published product by its slug.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn product_by_slug(&self, slug: &str) -> Result<Option<Arc<ProductView>>, ShopError> {
        if let Some(id) = self.slugs.get(slug)
            && let Some(view) = self.products(&[id]).await?.pop().flatten()
            && view.product.slug == slug
        {
            return Ok(Some(view));
        }
        let before = self.invalidations.load(Ordering::Acquire);
        let found = load_one(&self.db.connection, product::Column::Slug.eq(slug)).await?;
        let Some(view) = found.map(Arc::new) else {
            return Ok(None);
        };
        self.keep(&view, before);
        Ok(view.is_published().then_some(view))
    }

    /// Forgets products that changed.
    pub fn invalidate(&self, ids: &[ProductId]) {
        self.invalidations.fetch_add(1, Ordering::AcqRel);
        for id in ids {
            self.products.invalidate(id);
        }
    }

    /// Products of any status in the subtree of one of these categories or of one of these
    /// brands: whom a change of a category or brand concerns.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn products_under(
        &self,
        categories: &[CategoryId],
        brands: &[BrandId],
    ) -> Result<Vec<ProductId>, ShopError> {
        let taxonomy = self.taxonomy();
        let below = categories.iter().flat_map(|id| taxonomy.subtree(*id));
        let below: HashSet<CategoryId> = below.collect();
        let below: Vec<CategoryId> = below.into_iter().collect();
        let brands: HashSet<BrandId> = brands.iter().copied().collect();
        let brands: Vec<BrandId> = brands.into_iter().collect();
        let in_categories = below
            .chunks(IDS_PER_STATEMENT)
            .map(|ids| product::Column::CategoryId.is_in(ids.iter().copied()));
        let of_brands = brands
            .chunks(IDS_PER_STATEMENT)
            .map(|ids| product::Column::BrandId.is_in(ids.iter().copied()));
        let mut found = Vec::new();
        for condition in in_categories.chain(of_brands) {
            let query = product::Entity::find().select_only().column(product::Column::Id);
            found.extend(
                query
                    .filter(condition)
                    .into_tuple::<ProductId>()
                    .all(&self.db.connection)
                    .await?,
            );
        }
        Ok(found)
    }

    /// Products whatever their status, straight from the database: for indexes and staff.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn load_fresh(&self, ids: &[ProductId]) -> Result<Vec<ProductView>, ShopError> {
        load(&self.db.connection, ids).await
    }

    /// A page of all products by id, after one of them: for filling an index at start.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn load_after(&self, after: Option<ProductId>, limit: u64) -> Result<Vec<ProductView>, ShopError> {
        let mut query = product::Entity::find().order_by_asc(product::Column::Id).limit(limit);
        if let Some(after) = after {
            query = query.filter(product::Column::Id.gt(after));
        }
        let rows = query.all(&self.db.connection).await?;
        assemble(&self.db.connection, rows, Locking::None).await
    }
}

/// Products with their variants and pictures: two statements for one, three for each thousand.
pub(super) async fn load(db: &impl ConnectionTrait, ids: &[ProductId]) -> Result<Vec<ProductView>, ShopError> {
    if let [id] = ids {
        return Ok(load_one(db, product::Column::Id.eq(*id)).await?.into_iter().collect());
    }
    let mut views = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS_PER_STATEMENT) {
        let rows = product::Entity::find()
            .filter(product::Column::Id.is_in(ids.iter().copied()))
            .all(db)
            .await?;
        views.extend(assemble(db, rows, Locking::None).await?);
    }
    Ok(views)
}

/// The one product that meets a condition. Its variants come by a join, which saves a statement
/// and repeats one row; for many products the repeated descriptions would weigh more.
async fn load_one(db: &impl ConnectionTrait, which: Expr) -> Result<Option<ProductView>, ShopError> {
    let rows = product::Entity::find()
        .filter(which)
        .find_with_related(variant::Entity)
        .all(db)
        .await?;
    let Some((product, mut variants)) = rows.into_iter().next() else {
        return Ok(None);
    };
    sort(&mut variants);
    let media = pictures(db, &[product.id]).await?;
    Ok(Some(ProductView {
        product,
        variants,
        media,
    }))
}

/// The pictures of some products, main ones first.
async fn pictures(db: &impl ConnectionTrait, ids: &[ProductId]) -> Result<Vec<media::Model>, ShopError> {
    let rows = media::Entity::find()
        .filter(media::Column::ProductId.is_in(ids.iter().copied()))
        .order_by_asc(media::Column::Position)
        .order_by_asc(media::Column::Id);
    Ok(rows.all(db).await?)
}

fn sort(variants: &mut [variant::Model]) {
    variants.sort_by_key(|variant| (variant.position, variant.id));
}

/// Products that meet a condition, by id: their rows and those of their variants are kept
/// from other writers until the transaction ends.
pub(super) async fn lock(tx: &DatabaseTransaction, which: Condition) -> Result<Vec<ProductView>, ShopError> {
    let rows = product::Entity::find()
        .filter(which)
        .order_by_asc(product::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    assemble(tx, rows, Locking::Variants).await
}

/// What [`assemble`] keeps from other writers.
#[derive(Clone, Copy)]
enum Locking {
    None,
    Variants,
}

async fn assemble(
    db: &impl ConnectionTrait,
    rows: Vec<product::Model>,
    locking: Locking,
) -> Result<Vec<ProductView>, ShopError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut places = HashMap::with_capacity(rows.len());
    let mut views: Vec<ProductView> = Vec::with_capacity(rows.len());
    for product in rows {
        places.insert(product.id, views.len());
        views.push(ProductView {
            product,
            variants: Vec::new(),
            media: Vec::new(),
        });
    }
    for ids in views
        .iter()
        .map(ProductView::id)
        .collect::<Vec<_>>()
        .chunks(IDS_PER_STATEMENT)
    {
        // By id, the order in which every writer locks them.
        let mut variants = variant::Entity::find()
            .filter(variant::Column::ProductId.is_in(ids.iter().copied()))
            .order_by_asc(variant::Column::Id);
        if matches!(locking, Locking::Variants) {
            variants = variants.lock_exclusive();
        }
        for variant in variants.all(db).await? {
            views[places[&variant.product_id]].variants.push(variant);
        }
        for picture in pictures(db, ids).await? {
            views[places[&picture.product_id]].media.push(picture);
        }
    }
    for view in &mut views {
        sort(&mut view.variants);
    }
    Ok(views)
}
