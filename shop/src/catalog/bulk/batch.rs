//! One batch inside its transaction: reads what it meets, decides, writes at the end.

use super::{BulkOutcome, BulkProduct, check::Ready, references::References};
use crate::{
    catalog::{
        admin::{new_variant, unique_slug},
        input::{MOST_VARIANTS, NewVariant},
        reads,
        view::ProductView,
    },
    error::{Problem, ProblemCode, ShopError, is_outrun},
    media,
    outbox::{Aspect, Change},
    stock::{self, Movement, MovementKind},
    text::slug,
};
use chrono::{DateTime, Utc};
use entities::{
    id::{ProductId, VariantId},
    media as media_row,
    product::{self, ProductStatus},
    variant::{self, VariantOptions},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IdenStatic, Iterable,
    QueryFilter, QuerySelect, sea_query::OnConflict,
};
use std::collections::{HashMap, HashSet};

/// Rows written, or values looked for, by one statement; a product row has 16 values and
/// SQLite takes 32,766.
const ROWS_PER_STATEMENT: usize = 2_000;

/// What the ledger of stock says of changes by an import.
const NOTE: &str = "import";

/// The state of one batch.
pub(super) struct Batch<'a> {
    tx: &'a DatabaseTransaction,
    currency: &'a str,
    now: DateTime<Utc>,
    references: References,
    /// Locked, and not taken yet.
    existing: HashMap<ProductId, ProductView>,
    by_external_id: HashMap<String, ProductId>,
    sku_owner: HashMap<String, ProductId>,
    slugs: HashSet<String>,
    products: Vec<product::ActiveModel>,
    variants: Vec<variant::ActiveModel>,
    /// What new variants begin with, and what a feed counted otherwise.
    movements: Vec<Movement>,
    /// Products whose pictures go.
    stripped: Vec<ProductId>,
    pictures: Vec<media_row::ActiveModel>,
    changed: Vec<ProductId>,
}

impl<'a> Batch<'a> {
    /// Reads in a few statements what the batch meets: categories and brands, owners of
    /// its SKUs, its products, slugs in use. What it may change is locked.
    pub(super) async fn begin(
        tx: &'a DatabaseTransaction,
        ready: &[Ready<'_>],
        currency: &'a str,
        now: DateTime<Utc>,
    ) -> Result<Self, ShopError> {
        // Before any product is locked: whoever waits for a turn holds nothing.
        let references = References::ensure(tx, ready, now).await?;
        let sku_owner = sku_owners(tx, ready).await?;
        let existing = lock_known(tx, ready, &sku_owner).await?;
        let by_external_id: HashMap<String, ProductId> = existing
            .iter()
            .filter_map(|view| Some((view.product.external_id.clone()?, view.id())))
            .collect();
        let new = ready.iter().filter(|p| !by_external_id.contains_key(&p.external_id));
        let slugs = used_slugs(tx, new.flat_map(candidates).collect()).await?;
        Ok(Self {
            tx,
            currency,
            now,
            references,
            existing: existing.into_iter().map(|view| (view.id(), view)).collect(),
            by_external_id,
            sku_owner,
            slugs,
            products: Vec::new(),
            variants: Vec::new(),
            movements: Vec::new(),
            stripped: Vec::new(),
            pictures: Vec::new(),
            changed: Vec::new(),
        })
    }

    /// Decides about one product.
    pub(super) fn take(&mut self, ready: &Ready<'_>) -> BulkOutcome {
        let own = self.own(ready);
        let is_foreign = |sku: &str| self.sku_owner.get(sku).is_some_and(|owner| Some(*owner) != own);
        if let Some(variant) = ready.variants.iter().find(|variant| is_foreign(&variant.sku)) {
            let message = format!("`{}` belongs to another product", variant.sku);
            return rejected("sku", ProblemCode::Taken, &message);
        }
        match own.and_then(|id| self.existing.remove(&id)) {
            None => BulkOutcome::Created(self.create(ready)),
            Some(view) => self.update(ready, &view),
        }
    }

    /// The product that this is: the one with its external id, or else the one without
    /// any that has all its known SKUs.
    fn own(&self, ready: &Ready<'_>) -> Option<ProductId> {
        if let Some(id) = self.by_external_id.get(&ready.external_id) {
            return Some(*id);
        }
        let mut owners = ready.variants.iter().filter_map(|v| self.sku_owner.get(&v.sku));
        let owner = *owners.next()?;
        let is_nobodys = self.existing.get(&owner)?.product.external_id.is_none();
        (is_nobodys && owners.all(|other| *other == owner)).then_some(owner)
    }

    fn create(&mut self, ready: &Ready<'_>) -> ProductId {
        let id = ProductId::generate();
        let history = ready.source.history;
        let created_at = history.created_at.unwrap_or(self.now);
        let row = product::Model {
            id,
            external_id: Some(ready.external_id.clone()),
            name: ready.name.clone(),
            slug: self.slug(ready, id),
            description: ready.description.clone(),
            status: status(ready.source),
            category_id: self.references.category(ready),
            brand_id: self.references.brand(ready),
            attributes: ready.attributes.clone(),
            rating_sum: history.rating_sum,
            rating_count: history.rating_count,
            sales_count: history.sales_count,
            version: 1,
            published_at: ready.source.published.then_some(created_at),
            created_at,
            updated_at: self.now,
        };
        self.products.push(product::ActiveModel::from(row).reset_all());
        for (position, new) in (0..).zip(&ready.variants) {
            self.add_variant(id, new, position);
        }
        self.add_pictures(ready, id);
        self.changed.push(id);
        id
    }

    fn slug(&mut self, ready: &Ready<'_>, id: ProductId) -> String {
        let free = candidates(ready).into_iter().find(|slug| !self.slugs.contains(slug));
        let slug = free.unwrap_or_else(|| unique_slug(&slug(&ready.name), id));
        self.slugs.insert(slug.clone());
        slug
    }

    fn add_variant(&mut self, product: ProductId, new: &NewVariant, position: i32) {
        let row = new_variant(new.clone(), product, position, self.currency, self.now);
        if let Some(id) = row.id.try_as_ref() {
            self.moved(*id, product, MovementKind::Opening, new.stock);
        }
        self.variants.push(row);
    }

    fn moved(&mut self, variant: VariantId, product: ProductId, kind: MovementKind, on_hand: i32) {
        if on_hand != 0 {
            self.movements.push(Movement {
                variant,
                product,
                kind,
                on_hand,
                reserved: 0,
                order: None,
                actor: None,
                note: NOTE.to_owned(),
            });
        }
    }

    fn add_pictures(&mut self, ready: &Ready<'_>, id: ProductId) {
        for (place, (stored, alt)) in ready.source.pictures.iter().flatten().enumerate() {
            self.pictures.push(media::row(stored, id, place, alt, self.now));
        }
    }

    fn update(&mut self, ready: &Ready<'_>, view: &ProductView) -> BulkOutcome {
        let id = view.id();
        let is_known = |new: &&NewVariant| view.variants.iter().any(|old| old.sku == new.sku);
        let known = ready.variants.iter().filter(is_known).count();
        if view.variants.len() + ready.variants.len() - known > MOST_VARIANTS {
            let message = format!("with those it has, more than {MOST_VARIANTS} variants");
            return rejected("variants", ProblemCode::TooLong, &message);
        }
        let mut row = product::Model {
            external_id: Some(ready.external_id.clone()),
            name: ready.name.clone(),
            description: ready.description.clone(),
            status: status(ready.source),
            category_id: self.references.category(ready),
            brand_id: self.references.brand(ready),
            attributes: ready.attributes.clone(),
            ..view.product.clone()
        };
        let mut is_changed = row != view.product;
        for (position, new) in (view.variants.len()..).zip(&ready.variants) {
            is_changed |= self.put_variant(view, new, i32::try_from(position).unwrap_or(i32::MAX));
        }
        is_changed |= self.put_pictures(ready, view);
        if !is_changed {
            return BulkOutcome::Unchanged(id);
        }
        if ready.source.published && !view.is_published() {
            row.published_at = Some(self.now);
        }
        row.version += 1;
        row.updated_at = self.now;
        self.products.push(product::ActiveModel::from(row).reset_all());
        self.changed.push(id);
        BulkOutcome::Updated(id)
    }

    /// Changes or adds a variant; tells whether anything differed.
    fn put_variant(&mut self, view: &ProductView, new: &NewVariant, position: i32) -> bool {
        let Some(old) = view.variants.iter().find(|old| old.sku == new.sku) else {
            self.add_variant(view.id(), new, position);
            return true;
        };
        let mut row = variant::Model {
            title: new.title.clone(),
            options: VariantOptions(new.options.clone()),
            price_amount: new.price,
            compare_at_amount: new.compare_at,
            // Pieces promised to open orders stay promised, whatever a feed says.
            stock_on_hand: new.stock.max(old.stock_reserved),
            ..old.clone()
        };
        if row == *old {
            return false;
        }
        row.updated_at = self.now;
        let difference = row.stock_on_hand - old.stock_on_hand;
        self.moved(row.id, view.id(), MovementKind::Adjusted, difference);
        self.variants.push(variant::ActiveModel::from(row).reset_all());
        true
    }

    /// Replaces the pictures if others are wanted; tells whether they are.
    fn put_pictures(&mut self, ready: &Ready<'_>, view: &ProductView) -> bool {
        let Some(pictures) = &ready.source.pictures else {
            return false;
        };
        let wanted = pictures.iter().map(|(stored, _)| stored.key.to_string());
        if wanted.eq(view.media.iter().map(|picture| picture.storage_key.clone())) {
            return false;
        }
        self.stripped.push(view.id());
        self.add_pictures(ready, view.id());
        true
    }

    /// Writes what was decided and tells what changed.
    pub(super) async fn write(self) -> Result<Vec<Change>, ShopError> {
        put(self.tx, self.products, product::Column::Id).await?;
        put(self.tx, self.variants, variant::Column::Id).await?;
        stock::record(self.tx, self.now, &self.movements).await?;
        for products in self.stripped.chunks(ROWS_PER_STATEMENT) {
            media_row::Entity::delete_many()
                .filter(media_row::Column::ProductId.is_in(products.iter().copied()))
                .exec(self.tx)
                .await?;
        }
        put(self.tx, self.pictures, media_row::Column::Id).await?;
        let mut changes = self.references.changes().to_vec();
        changes.extend(self.changed.into_iter().map(|id| Change::Product(id, Aspect::Imported)));
        Ok(changes)
    }
}

fn rejected(path: &str, code: ProblemCode, message: &str) -> BulkOutcome {
    BulkOutcome::Rejected(vec![Problem::new(path, code, message)])
}

async fn sku_owners(tx: &DatabaseTransaction, ready: &[Ready<'_>]) -> Result<HashMap<String, ProductId>, ShopError> {
    let skus: Vec<&str> = ready.iter().flat_map(|p| &p.variants).map(|v| v.sku.as_str()).collect();
    let mut owners = HashMap::new();
    for skus in skus.chunks(ROWS_PER_STATEMENT) {
        let query = variant::Entity::find()
            .select_only()
            .column(variant::Column::Sku)
            .column(variant::Column::ProductId)
            .filter(variant::Column::Sku.is_in(skus.iter().copied()));
        owners.extend(query.into_tuple::<(String, ProductId)>().all(tx).await?);
    }
    Ok(owners)
}

/// The products with these external ids, and those without any that own one of the SKUs.
async fn lock_known(
    tx: &DatabaseTransaction,
    ready: &[Ready<'_>],
    sku_owner: &HashMap<String, ProductId>,
) -> Result<Vec<ProductView>, ShopError> {
    let mut known = Vec::new();
    for ready in ready.chunks(ROWS_PER_STATEMENT) {
        let external_ids = ready.iter().map(|product| product.external_id.as_str());
        let which = Condition::all().add(product::Column::ExternalId.is_in(external_ids));
        known.extend(reads::lock(tx, which).await?);
    }
    let mut others: HashSet<ProductId> = sku_owner.values().copied().collect();
    for view in &known {
        others.remove(&view.id());
    }
    let others: Vec<ProductId> = others.into_iter().collect();
    for ids in others.chunks(ROWS_PER_STATEMENT) {
        let which = Condition::all()
            .add(product::Column::Id.is_in(ids.iter().copied()))
            .add(product::Column::ExternalId.is_null());
        known.extend(reads::lock(tx, which).await?);
    }
    Ok(known)
}

async fn used_slugs(tx: &DatabaseTransaction, slugs: Vec<String>) -> Result<HashSet<String>, ShopError> {
    let mut used = HashSet::new();
    for slugs in slugs.chunks(ROWS_PER_STATEMENT) {
        let query = product::Entity::find()
            .select_only()
            .column(product::Column::Slug)
            .filter(product::Column::Slug.is_in(slugs.iter().map(String::as_str)));
        used.extend(query.into_tuple::<String>().all(tx).await?);
    }
    Ok(used)
}

/// Inserts rows, or puts them in the place of those with the same key. A row of another
/// writer in the way is a `Conflict`.
pub(super) async fn put<A>(
    tx: &impl ConnectionTrait,
    rows: Vec<A>,
    key: <A::Entity as EntityTrait>::Column,
) -> Result<(), ShopError>
where
    A: ActiveModelTrait + Send,
{
    let others = <A::Entity as EntityTrait>::Column::iter().filter(|column| column.as_str() != key.as_str());
    let replace = OnConflict::column(key).update_columns(others).to_owned();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<A> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
        let insert = A::Entity::insert_many(some).on_conflict(replace.clone());
        insert.exec_without_returning(tx).await.map_err(|error| {
            if is_outrun(&error) {
                ShopError::Conflict("another writer changed the same products".to_owned())
            } else {
                error.into()
            }
        })?;
    }
    Ok(())
}

fn status(source: &BulkProduct) -> ProductStatus {
    if source.published {
        ProductStatus::Published
    } else {
        ProductStatus::Draft
    }
}

/// The slugs that a new product may take, best first.
fn candidates(ready: &Ready<'_>) -> Vec<String> {
    let plain = ready.source.slug.clone().unwrap_or_else(|| slug(&ready.name));
    let numbered = format!("{plain}-{}", slug(&ready.external_id));
    vec![plain, numbered]
}
