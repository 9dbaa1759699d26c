//! Many products at once, for imports and the demo shop: idempotent by external id, one
//! transaction a batch, and a refused product never spoils its neighbours.

use super::{
    NewVariant,
    admin::{AdminCatalog, new_variant},
    reads,
    view::ProductView,
};
use crate::{
    db::begin_write,
    error::{Problem, ShopError},
    media::{self, StoredMedia},
    outbox::{self, Change},
    text::{Checks, slug},
};
use chrono::{DateTime, Utc};
use entities::{
    id::{BrandId, CategoryId, ProductId},
    media as media_row,
    product::{self, Attribute, Attributes, ProductStatus},
    variant::{self, VariantOption, VariantOptions},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use std::collections::{HashMap, HashSet};

/// Rows written by one statement; a product row has 16 values and SQLite takes 32,766.
const ROWS_PER_STATEMENT: usize = 500;

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

/// A checked product with its references resolved.
struct Ready<'a> {
    index: usize,
    source: &'a BulkProduct,
    name: String,
    description: String,
    attributes: Attributes,
    variants: Vec<NewVariant>,
    category: Option<CategoryId>,
    brand: Option<BrandId>,
}

impl AdminCatalog<'_> {
    /// Writes a batch; one outcome a product, in order. A later product with the external
    /// id or a SKU of an earlier one is refused.
    ///
    /// # Errors
    /// `Internal` when the database fails; then nothing of the batch was written.
    pub async fn upsert_many(&self, products: &[BulkProduct]) -> Result<Vec<BulkOutcome>, ShopError> {
        let paths = products
            .iter()
            .map(|p| p.category.clone())
            .filter(|path| !path.is_empty())
            .collect();
        let names = products.iter().filter_map(|p| p.brand.clone()).collect();
        let (leaves, brands) = self.ensure_taxonomy(&paths, &names).await?;
        let mut outcomes: Vec<Option<BulkOutcome>> = vec![None; products.len()];
        let mut ready = Vec::with_capacity(products.len());
        let (mut ids, mut skus) = (HashSet::new(), HashSet::new());
        for (index, source) in products.iter().enumerate() {
            let category = leaves.get(&source.category).copied();
            let brand = source.brand.as_ref().and_then(|name| brands.get(name)).copied();
            match check(index, source, category, brand, &mut ids, &mut skus) {
                Ok(product) => ready.push(product),
                Err(problems) => outcomes[index] = Some(BulkOutcome::Rejected(problems)),
            }
        }
        let tx = begin_write(self.shop.db()).await?;
        let mut batch = Batch::begin(&tx, &ready, self.shop.currency().code(), self.shop.now()).await?;
        for product in &ready {
            outcomes[product.index] = Some(batch.take(product).await?);
        }
        let changed = batch.write().await?;
        outbox::append(&tx, self.shop.now(), changed.iter().map(|id| Change::Product(*id))).await?;
        tx.commit().await?;
        self.shop.changed(&changed);
        Ok(outcomes.into_iter().flatten().collect())
    }
}

fn check<'a>(
    index: usize,
    source: &'a BulkProduct,
    category: Option<CategoryId>,
    brand: Option<BrandId>,
    ids: &mut HashSet<String>,
    skus: &mut HashSet<String>,
) -> Result<Ready<'a>, Vec<Problem>> {
    use crate::error::ProblemCode::Taken;
    let mut checks = Checks::default();
    let external_id = checks.external_id("external_id", &source.external_id);
    let name = checks.name("name", &source.name);
    if let Some(slug) = &source.slug {
        checks.slug("slug", slug);
    }
    let description = checks.description("description", &source.description);
    let attributes = checks.attributes("attributes", &source.attributes);
    let variants: Vec<NewVariant> = source.variants.iter().map(BulkVariant::to_new).collect();
    let variants = checks.variants("variants", &variants);
    if ids.contains(&external_id) {
        checks.fail("external_id", Taken, "occurs earlier in this batch");
    }
    for variant in variants.iter().filter(|variant| skus.contains(&variant.sku)) {
        checks.fail("sku", Taken, format!("`{}` occurs earlier in this batch", variant.sku));
    }
    let problems = checks.into_problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    ids.insert(external_id);
    skus.extend(variants.iter().map(|variant| variant.sku.clone()));
    Ok(Ready {
        index,
        source,
        name,
        description,
        attributes,
        variants,
        category,
        brand,
    })
}

impl BulkVariant {
    fn to_new(&self) -> NewVariant {
        let Self {
            sku,
            title,
            options,
            price,
            compare_at,
            stock,
        } = self.clone();
        NewVariant {
            sku,
            title,
            options,
            price,
            compare_at,
            stock,
        }
    }
}

/// The state of one batch inside its transaction.
struct Batch<'a> {
    tx: &'a DatabaseTransaction,
    currency: &'a str,
    now: DateTime<Utc>,
    existing: HashMap<String, ProductView>,
    sku_owner: HashMap<String, ProductId>,
    slugs: HashSet<String>,
    products: Vec<product::ActiveModel>,
    variants: Vec<variant::ActiveModel>,
    pictures: Vec<media_row::ActiveModel>,
    changed: Vec<ProductId>,
}

impl<'a> Batch<'a> {
    /// Reads in a few statements what the batch meets: its products, owners of its SKUs,
    /// slugs in use.
    async fn begin(
        tx: &'a DatabaseTransaction,
        ready: &[Ready<'_>],
        currency: &'a str,
        now: DateTime<Utc>,
    ) -> Result<Self, ShopError> {
        let external: Vec<&str> = ready.iter().map(|p| p.source.external_id.trim()).collect();
        let skus: Vec<&str> = ready.iter().flat_map(|p| &p.variants).map(|v| v.sku.as_str()).collect();
        let slugs: Vec<String> = ready.iter().flat_map(|p| candidates(p)).collect();
        let mut ids: Vec<ProductId> = Vec::new();
        for external in external.chunks(ROWS_PER_STATEMENT) {
            let query = product::Entity::find().select_only().column(product::Column::Id);
            let query = query.filter(product::Column::ExternalId.is_in(external.iter().copied()));
            ids.extend(query.into_tuple::<ProductId>().all(tx).await?);
        }
        let mut sku_owner = HashMap::new();
        for skus in skus.chunks(ROWS_PER_STATEMENT) {
            let query = variant::Entity::find()
                .select_only()
                .column(variant::Column::Sku)
                .column(variant::Column::ProductId);
            let query = query.filter(variant::Column::Sku.is_in(skus.iter().copied()));
            sku_owner.extend(query.into_tuple::<(String, ProductId)>().all(tx).await?);
        }
        let mut used = HashSet::new();
        for slugs in slugs.chunks(ROWS_PER_STATEMENT) {
            let query = product::Entity::find().select_only().column(product::Column::Slug);
            let query = query.filter(product::Column::Slug.is_in(slugs.iter().map(String::as_str)));
            used.extend(query.into_tuple::<String>().all(tx).await?);
        }
        let views = reads::load(tx, &ids).await?;
        let existing = views
            .into_iter()
            .filter_map(|v| Some((v.product.external_id.clone()?, v)))
            .collect();
        Ok(Self {
            tx,
            currency,
            now,
            existing,
            sku_owner,
            slugs: used,
            products: Vec::new(),
            variants: Vec::new(),
            pictures: Vec::new(),
            changed: Vec::new(),
        })
    }

    async fn take(&mut self, ready: &Ready<'_>) -> Result<BulkOutcome, ShopError> {
        let existing = self.existing.remove(ready.source.external_id.trim());
        let own = existing.as_ref().map(ProductView::id);
        let foreign = ready
            .variants
            .iter()
            .find(|v| self.sku_owner.get(&v.sku).is_some_and(|owner| Some(*owner) != own));
        if let Some(variant) = foreign {
            let message = format!("`{}` belongs to another product", variant.sku);
            return Ok(BulkOutcome::Rejected(vec![Problem::new(
                "sku",
                crate::error::ProblemCode::Taken,
                message,
            )]));
        }
        match existing {
            None => Ok(BulkOutcome::Created(self.create(ready))),
            Some(view) => self.update(ready, &view).await,
        }
    }

    fn create(&mut self, ready: &Ready<'_>) -> ProductId {
        let id = ProductId::generate();
        let history = ready.source.history;
        let created_at = history.created_at.unwrap_or(self.now);
        let slug = self.slug(ready);
        self.products.push(product::ActiveModel {
            id: Set(id),
            external_id: Set(Some(ready.source.external_id.trim().to_owned())),
            name: Set(ready.name.clone()),
            slug: Set(slug),
            description: Set(ready.description.clone()),
            status: Set(status(ready.source)),
            category_id: Set(ready.category),
            brand_id: Set(ready.brand),
            attributes: Set(ready.attributes.clone()),
            rating_sum: Set(history.rating_sum),
            rating_count: Set(history.rating_count),
            sales_count: Set(history.sales_count),
            version: Set(1),
            published_at: Set(ready.source.published.then_some(created_at)),
            created_at: Set(created_at),
            updated_at: Set(self.now),
        });
        for (position, new) in (0..).zip(&ready.variants) {
            self.variants
                .push(new_variant(new.clone(), id, position, self.currency, self.now));
        }
        self.add_pictures(ready, id);
        self.changed.push(id);
        id
    }

    fn add_pictures(&mut self, ready: &Ready<'_>, id: ProductId) {
        for (place, (stored, alt)) in ready.source.pictures.iter().flatten().enumerate() {
            self.pictures.push(media::row(stored, id, place, alt.clone(), self.now));
        }
    }

    fn slug(&mut self, ready: &Ready<'_>) -> String {
        let found = candidates(ready).into_iter().find(|slug| !self.slugs.contains(slug));
        // Both taken: the external id is unique, so this one is free.
        let slug = found.unwrap_or_else(|| format!("{}-{}", slug(&ready.name), ProductId::generate().0.simple()));
        self.slugs.insert(slug.clone());
        slug
    }

    async fn update(&mut self, ready: &Ready<'_>, view: &ProductView) -> Result<BulkOutcome, ShopError> {
        let id = view.id();
        let row = &view.product;
        let same_row = row.name == ready.name
            && row.description == ready.description
            && row.attributes == ready.attributes
            && row.category_id == ready.category
            && row.brand_id == ready.brand
            && row.status == status(ready.source);
        let mut is_changed = !same_row;
        for (position, new) in (0..).zip(&ready.variants) {
            is_changed |= self.put_variant(view, new, position).await?;
        }
        if let Some(pictures) = &ready.source.pictures {
            let wanted = pictures.iter().map(|(stored, _)| stored.key.to_string());
            if !wanted.eq(view.media.iter().map(|picture| picture.storage_key.clone())) {
                media_row::Entity::delete_many()
                    .filter(media_row::Column::ProductId.eq(id))
                    .exec(self.tx)
                    .await?;
                self.add_pictures(ready, id);
                is_changed = true;
            }
        }
        if !is_changed {
            return Ok(BulkOutcome::Unchanged(id));
        }
        let change = product::ActiveModel {
            id: Unchanged(id),
            name: Set(ready.name.clone()),
            description: Set(ready.description.clone()),
            status: Set(status(ready.source)),
            category_id: Set(ready.category),
            brand_id: Set(ready.brand),
            attributes: Set(ready.attributes.clone()),
            version: Set(row.version + 1),
            published_at: Set(row.published_at.or_else(|| ready.source.published.then_some(self.now))),
            updated_at: Set(self.now),
            ..Default::default()
        };
        change.update(self.tx).await?;
        self.changed.push(id);
        Ok(BulkOutcome::Updated(id))
    }

    /// Changes or adds a variant; tells whether anything differed.
    async fn put_variant(&mut self, view: &ProductView, new: &NewVariant, position: i32) -> Result<bool, ShopError> {
        let Some(old) = view.variants.iter().find(|old| old.sku == new.sku) else {
            let row = new_variant(new.clone(), view.id(), position, self.currency, self.now);
            self.variants.push(row);
            return Ok(true);
        };
        // Pieces promised to open orders stay promised, whatever a feed says.
        let stock = new.stock.max(old.stock_reserved);
        let options = VariantOptions(new.options.clone());
        let same = old.title == new.title
            && old.options == options
            && old.price_amount == new.price
            && old.compare_at_amount == new.compare_at
            && old.stock_on_hand == stock;
        if same {
            return Ok(false);
        }
        let change = variant::ActiveModel {
            id: Unchanged(old.id),
            title: Set(new.title.clone()),
            options: Set(options),
            price_amount: Set(new.price),
            compare_at_amount: Set(new.compare_at),
            stock_on_hand: Set(stock),
            updated_at: Set(self.now),
            ..Default::default()
        };
        change.update(self.tx).await?;
        Ok(true)
    }

    async fn write(self) -> Result<Vec<ProductId>, ShopError> {
        insert(self.tx, self.products).await?;
        insert(self.tx, self.variants).await?;
        insert(self.tx, self.pictures).await?;
        Ok(self.changed)
    }
}

async fn insert<A>(tx: &impl ConnectionTrait, rows: Vec<A>) -> Result<(), ShopError>
where
    A: ActiveModelTrait + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<A> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
        A::Entity::insert_many(some).exec_without_returning(tx).await?;
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
    let numbered = format!("{plain}-{}", slug(&ready.source.external_id));
    vec![plain, numbered]
}
