//! Products as staff see and change them. Obtained from [`crate::viewer::Staff`].
//!
//! Each change is one transaction: the version is raised first, which locks the row, then
//! the rows change and an outbox row is left.

use super::{
    change,
    input::{NewProduct, NewVariant, ProductPatch},
    reads,
    view::ProductView,
};
use crate::{
    Shop,
    db::begin_write,
    error::{OnConstraint, ProblemCode, ShopError},
    outbox::{self, Aspect, Change},
    text::{Checks, slug},
};
use chrono::{DateTime, Utc};
use entities::{
    brand, category,
    id::{BrandId, CategoryId, ProductId, UserId, VariantId},
    product::{self, Attributes, ProductStatus},
    variant::{self, VariantOptions},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use std::{collections::HashSet, iter};

/// How often a new product looks for a free slug again after another one took it.
const SLUG_RACES: u32 = 3;
/// The last number that is tried behind a slug.
const HIGHEST_SLUG_NUMBER: u32 = 20;

/// How a slug is made that nobody chose.
#[derive(Clone, Copy)]
enum SlugChoice {
    /// Readable, with the first free number.
    Numbered,
    /// Free for certain.
    Unique,
}

/// A new product's values after their checks.
struct Checked {
    name: String,
    slug: Option<String>,
    description: String,
    external_id: Option<String>,
    attributes: Attributes,
    variants: Vec<NewVariant>,
}

impl Checked {
    fn new(input: &NewProduct) -> Result<Self, ShopError> {
        let mut checks = Checks::default();
        let new = Self {
            name: checks.name("name", &input.name),
            description: checks.description("description", &input.description),
            slug: input.slug.as_deref().map(|slug| checks.slug("slug", slug)),
            external_id: input
                .external_id
                .as_deref()
                .map(|id| checks.external_id("externalId", id)),
            attributes: checks.attributes("attributes", &input.attributes),
            variants: checks.variants("variants", &input.variants),
        };
        checks.done()?;
        Ok(new)
    }
}

/// What staff may do with the catalogue.
#[derive(Debug)]
pub struct AdminCatalog<'a> {
    pub(super) shop: &'a Shop,
    /// Who it is; nobody for whoever runs the process.
    pub(super) actor: Option<UserId>,
}

impl<'a> AdminCatalog<'a> {
    pub(crate) fn new(shop: &'a Shop, actor: Option<UserId>) -> Self {
        Self { shop, actor }
    }

    /// Creates a product with its variants.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, taken slugs and SKUs among them.
    pub async fn product_create(&self, input: NewProduct) -> Result<ProductView, ShopError> {
        let new = Checked::new(&input)?;
        for _ in 0..SLUG_RACES {
            match self.insert(&input, &new, SlugChoice::Numbered).await {
                // Nobody chose it, so nobody is told: another one was faster.
                Err(error) if new.slug.is_none() && is_about_slug(&error) => {}
                outcome => return outcome,
            }
        }
        self.insert(&input, &new, SlugChoice::Unique).await
    }

    async fn insert(&self, input: &NewProduct, new: &Checked, choice: SlugChoice) -> Result<ProductView, ShopError> {
        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        self.references(&tx, input.category, input.brand).await?;
        let id = ProductId::generate();
        let slug = match (&new.slug, choice) {
            (Some(slug), _) => slug.clone(),
            (None, SlugChoice::Numbered) => free_slug(&tx, &slug(&new.name), id).await?,
            (None, SlugChoice::Unique) => unique_slug(&slug(&new.name), id),
        };
        let row = product::ActiveModel {
            id: Set(id),
            external_id: Set(new.external_id.clone()),
            name: Set(new.name.clone()),
            slug: Set(slug),
            description: Set(new.description.clone()),
            status: Set(if input.publish {
                ProductStatus::Published
            } else {
                ProductStatus::Draft
            }),
            category_id: Set(input.category),
            brand_id: Set(input.brand),
            attributes: Set(new.attributes.clone()),
            rating_sum: Set(0),
            rating_count: Set(0),
            sales_count: Set(0),
            version: Set(1),
            published_at: Set(input.publish.then_some(now)),
            created_at: Set(now),
            updated_at: Set(now),
        };
        taken(row.insert(&tx).await)?;
        let mut variants = Vec::with_capacity(new.variants.len());
        for (position, new) in (0..).zip(&new.variants) {
            let row = new_variant(new.clone(), id, position, self.shop.currency().code(), now);
            let row = row.insert(&tx).await.on_constraint("variant_sku_key", || {
                ShopError::problem(
                    &format!("variants.{position}.sku"),
                    ProblemCode::Taken,
                    format!("`{}` is taken", new.sku),
                )
            })?;
            variants.push(row);
        }
        self.record_opening(&tx, &variants).await?;
        self.finish(tx, id, Aspect::Product, now).await
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of the input.
    pub async fn product_update(&self, id: ProductId, patch: ProductPatch) -> Result<ProductView, ShopError> {
        let mut checks = Checks::default();
        let name = patch.name.as_deref().map(|name| checks.name("name", name));
        let slug = patch.slug.as_deref().map(|slug| checks.slug("slug", slug));
        let description = patch
            .description
            .as_deref()
            .map(|text| checks.description("description", text));
        let attributes = patch
            .attributes
            .as_deref()
            .map(|list| checks.attributes("attributes", list));
        let external_id = patch
            .external_id
            .change()
            .map(|id| id.map(|id| checks.external_id("externalId", &id)));
        checks.done()?;

        let (tx, now) = self.begin(id).await?;
        let (category, brand) = (patch.category.change(), patch.brand.change());
        self.references(&tx, category.flatten(), brand.flatten()).await?;
        let mut row = product::ActiveModel {
            id: Unchanged(id),
            updated_at: Set(now),
            ..Default::default()
        };
        set(&mut row.name, name);
        set(&mut row.slug, slug);
        set(&mut row.description, description);
        set(&mut row.attributes, attributes);
        set(&mut row.external_id, external_id);
        set(&mut row.category_id, category);
        set(&mut row.brand_id, brand);
        taken(row.update(&tx).await)?;
        self.finish(tx, id, Aspect::Product, now).await
    }

    /// Makes a product public, takes it back, or puts it away.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn product_set_status(&self, id: ProductId, status: ProductStatus) -> Result<ProductView, ShopError> {
        let (tx, now) = self.begin(id).await?;
        let mut row = product::ActiveModel {
            id: Unchanged(id),
            status: Set(status),
            ..Default::default()
        };
        if status == ProductStatus::Published {
            row.published_at = Set(Some(now));
        }
        row.update(&tx).await?;
        self.finish(tx, id, Aspect::Product, now).await
    }

    /// Deletes a product with its variants, pictures and vectors.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while pieces of it are promised to open orders.
    pub async fn product_delete(&self, id: ProductId) -> Result<(), ShopError> {
        let (tx, now) = self.begin(id).await?;
        let row = product::Entity::find_by_id(id)
            .one(&tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        // Whoever reserves pieces locks the product first, so none are promised from here on.
        let promised = variant::Entity::find()
            .filter(variant::Column::ProductId.eq(id))
            .filter(variant::Column::StockReserved.gt(0))
            .one(&tx)
            .await?;
        if promised.is_some() {
            let message = "pieces of it are promised to open orders: archive it instead";
            return Err(ShopError::problem("id", ProblemCode::InUse, message));
        }
        product::Entity::delete_by_id(id).exec(&tx).await?;
        outbox::append(
            &tx,
            now,
            [Change::ProductDeleted {
                id,
                version: row.version,
            }],
        )
        .await?;
        tx.commit().await?;
        self.shop.changed(&[id]);
        Ok(())
    }

    /// Has products embedded and indexed anew; of all of them when none is named. Tells how many.
    ///
    /// # Errors
    /// `Invalid` with every named product that does not exist.
    pub async fn reindex(&self, ids: Option<&[ProductId]>) -> Result<u64, ShopError> {
        let mut query = product::Entity::find().select_only().column(product::Column::Id);
        if let Some(ids) = ids {
            query = query.filter(product::Column::Id.is_in(ids.iter().copied()));
        }
        let found: Vec<ProductId> = query.into_tuple().all(self.shop.db()).await?;
        let mut checks = Checks::default();
        for (place, id) in ids.unwrap_or_default().iter().enumerate() {
            if !found.contains(id) {
                checks.fail(&format!("ids.{place}"), ProblemCode::NotFound, "no such product");
            }
        }
        checks.done()?;
        let tx = begin_write(self.shop.db()).await?;
        outbox::append(&tx, self.shop.now(), found.iter().map(|id| Change::Reindex(*id))).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(found.len() as u64)
    }

    /// Begins a change of a product: raises its version, which also locks its row.
    pub(crate) async fn begin(&self, id: ProductId) -> Result<(DatabaseTransaction, DateTime<Utc>), ShopError> {
        change::begin(self.shop, id).await
    }

    /// Leaves the outbox row, commits, and reads what became of the product.
    pub(super) async fn finish(
        &self,
        tx: DatabaseTransaction,
        id: ProductId,
        aspect: Aspect,
        now: DateTime<Utc>,
    ) -> Result<ProductView, ShopError> {
        outbox::append(&tx, now, [Change::Product(id, aspect)]).await?;
        let view = reads::load(&tx, &[id]).await?.pop();
        tx.commit().await?;
        self.shop.changed(&[id]);
        view.ok_or(ShopError::NotFound)
    }

    async fn references(
        &self,
        tx: &impl ConnectionTrait,
        category: Option<CategoryId>,
        brand: Option<BrandId>,
    ) -> Result<(), ShopError> {
        // Kept from being deleted until the product that names them is written.
        let mut checks = Checks::default();
        if let Some(id) = category
            && category::Entity::find_by_id(id)
                .lock(LockType::KeyShare)
                .one(tx)
                .await?
                .is_none()
        {
            checks.fail("categoryId", ProblemCode::NotFound, "no such category");
        }
        if let Some(id) = brand
            && brand::Entity::find_by_id(id)
                .lock(LockType::KeyShare)
                .one(tx)
                .await?
                .is_none()
        {
            checks.fail("brandId", ProblemCode::NotFound, "no such brand");
        }
        checks.done()
    }
}

pub(super) fn set<T: Into<sea_orm::Value>>(field: &mut sea_orm::ActiveValue<T>, change: Option<T>) {
    if let Some(value) = change {
        *field = Set(value);
    }
}

fn taken(outcome: Result<product::Model, sea_orm::DbErr>) -> Result<product::Model, ShopError> {
    outcome.map_err(|error| {
        for (name, path) in [("product_slug_key", "slug"), ("product_external_id_key", "externalId")] {
            if crate::error::violates(&error, name) {
                return ShopError::problem(path, ProblemCode::Taken, "another product has it");
            }
        }
        error.into()
    })
}

pub(super) fn new_variant(
    new: NewVariant,
    product: ProductId,
    position: i32,
    currency: &str,
    now: DateTime<Utc>,
) -> variant::ActiveModel {
    variant::ActiveModel {
        id: Set(VariantId::generate()),
        product_id: Set(product),
        sku: Set(new.sku),
        title: Set(new.title),
        options: Set(VariantOptions(new.options)),
        price_amount: Set(new.price),
        compare_at_amount: Set(new.compare_at),
        currency: Set(currency.to_owned()),
        stock_on_hand: Set(new.stock),
        stock_reserved: Set(0),
        position: Set(position),
        created_at: Set(now),
        updated_at: Set(now),
    }
}

/// The slug itself, or with the first free number behind it. Asks for a few by name, which
/// the index on slugs answers, unlike a pattern.
async fn free_slug(tx: &impl ConnectionTrait, wanted: &str, id: ProductId) -> Result<String, ShopError> {
    let numbered = (2..=HIGHEST_SLUG_NUMBER).map(|number| format!("{wanted}-{number}"));
    let candidates: Vec<String> = iter::once(wanted.to_owned()).chain(numbered).collect();
    let used: HashSet<String> = product::Entity::find()
        .select_only()
        .column(product::Column::Slug)
        .filter(product::Column::Slug.is_in(candidates.iter().map(String::as_str)))
        .into_tuple::<String>()
        .all(tx)
        .await?
        .into_iter()
        .collect();
    let free = candidates.into_iter().find(|slug| !used.contains(slug));
    Ok(free.unwrap_or_else(|| unique_slug(wanted, id)))
}

/// A slug that no other product can have.
pub(super) fn unique_slug(wanted: &str, id: ProductId) -> String {
    format!("{wanted}-{}", id.0.simple())
}

fn is_about_slug(error: &ShopError) -> bool {
    matches!(error, ShopError::Invalid(problems) if problems.iter().any(|problem| problem.path == ["slug"]))
}
