//! Products as staff see and change them. Obtained from [`crate::viewer::Staff`].
//!
//! Each change is one transaction: the version is raised first, which locks the row, then
//! the rows change and an outbox row is left. Reads here go to the database.

use super::{
    input::{NewProduct, ProductPatch},
    reads,
    view::ProductView,
};
use crate::{
    Shop,
    db::begin_write,
    error::{OnConstraint, ProblemCode, ShopError},
    outbox::{self, Change},
    text::{Checks, slug},
};
use chrono::{DateTime, Utc};
use entities::{
    brand, category,
    id::{BrandId, CategoryId, ProductId, VariantId},
    product::{self, ProductStatus},
    variant::{self, VariantOptions},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::Expr,
};

/// Most products of one page.
const LARGEST_PAGE: u64 = 100;

/// Which products staff list.
#[derive(Clone, Debug, Default)]
pub struct AdminFilter {
    /// Of this status.
    pub status: Option<ProductStatus>,
    /// Name, slug or SKU contains this, whatever the case.
    pub text: Option<String>,
}

/// A page of products, newest first.
#[derive(Clone, Debug)]
pub struct AdminPage {
    /// The products.
    pub products: Vec<ProductView>,
    /// How many match.
    pub total: u64,
}

/// What staff may do with the catalogue.
#[derive(Debug)]
pub struct AdminCatalog<'a> {
    pub(super) shop: &'a Shop,
}

impl<'a> AdminCatalog<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// A product whatever its status.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn product(&self, id: ProductId) -> Result<ProductView, ShopError> {
        reads::load(self.shop.db(), &[id])
            .await?
            .pop()
            .ok_or(ShopError::NotFound)
    }

    /// Products whatever their status, newest first; `limit` is brought within 1 and 100.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn products(&self, filter: &AdminFilter, offset: u64, limit: u64) -> Result<AdminPage, ShopError> {
        let mut query = product::Entity::find();
        if let Some(status) = filter.status {
            query = query.filter(product::Column::Status.eq(status));
        }
        if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let like = contains(text);
            let by_sku = variant::Entity::find()
                .select_only()
                .column(variant::Column::ProductId)
                .filter(
                    Expr::expr(sea_orm::sea_query::Func::lower(Expr::col(variant::Column::Sku))).like(like.clone()),
                );
            let lower = |column| Expr::expr(sea_orm::sea_query::Func::lower(Expr::col((product::Entity, column))));
            query = query.filter(
                lower(product::Column::Name)
                    .like(like.clone())
                    .or(lower(product::Column::Slug).like(like))
                    .or(product::Column::Id.in_subquery(sea_orm::QueryTrait::into_query(by_sku))),
            );
        }
        let total = query.clone().count(self.shop.db()).await?;
        let page = query
            .order_by_desc(product::Column::CreatedAt)
            .order_by_desc(product::Column::Id);
        let page = page
            .select_only()
            .column(product::Column::Id)
            .offset(offset)
            .limit(limit.clamp(1, LARGEST_PAGE));
        let ids: Vec<ProductId> = page.into_tuple().all(self.shop.db()).await?;
        let mut products = reads::load(self.shop.db(), &ids).await?;
        products.sort_by_key(|view| ids.iter().position(|id| *id == view.id()));
        Ok(AdminPage { products, total })
    }

    /// Creates a product with its variants.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, taken slugs and SKUs among them.
    pub async fn product_create(&self, input: NewProduct) -> Result<ProductView, ShopError> {
        let mut checks = Checks::default();
        let name = checks.name("name", &input.name);
        let description = checks.description("description", &input.description);
        let chosen = input.slug.as_deref().map(|slug| checks.slug("slug", slug));
        let external_id = input
            .external_id
            .as_deref()
            .map(|id| checks.external_id("externalId", id));
        let attributes = checks.attributes("attributes", &input.attributes);
        let variants = checks.variants("variants", &input.variants);
        checks.done()?;

        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        self.references(&tx, input.category, input.brand).await?;
        let id = ProductId::generate();
        let slug = match chosen {
            Some(slug) => slug,
            None => free_slug(&tx, &slug(&name)).await?,
        };
        let row = product::ActiveModel {
            id: Set(id),
            external_id: Set(external_id),
            name: Set(name),
            slug: Set(slug),
            description: Set(description),
            status: Set(if input.publish {
                ProductStatus::Published
            } else {
                ProductStatus::Draft
            }),
            category_id: Set(input.category),
            brand_id: Set(input.brand),
            attributes: Set(attributes),
            rating_sum: Set(0),
            rating_count: Set(0),
            sales_count: Set(0),
            version: Set(1),
            published_at: Set(input.publish.then_some(now)),
            created_at: Set(now),
            updated_at: Set(now),
        };
        taken(row.insert(&tx).await)?;
        for (position, new) in (0..).zip(variants) {
            let sku = new.sku.clone();
            let row = new_variant(new, id, position, self.shop.currency().code(), now);
            row.insert(&tx).await.on_constraint("variant_sku_key", || {
                ShopError::problem(
                    &format!("variants.{position}.sku"),
                    ProblemCode::Taken,
                    format!("`{sku}` is taken"),
                )
            })?;
        }
        self.finish(tx, id, now).await
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
        self.finish(tx, id, now).await
    }

    /// Makes a product public, or takes it back.
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
        self.finish(tx, id, now).await
    }

    /// Deletes a product with its variants, pictures and vectors.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn product_delete(&self, id: ProductId) -> Result<(), ShopError> {
        let (tx, now) = self.begin(id).await?;
        let row = product::Entity::find_by_id(id)
            .one(&tx)
            .await?
            .ok_or(ShopError::NotFound)?;
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
    /// `NotFound` when a named product does not exist.
    pub async fn reindex(&self, ids: Option<&[ProductId]>) -> Result<u64, ShopError> {
        let mut query = product::Entity::find().select_only().column(product::Column::Id);
        if let Some(ids) = ids {
            query = query.filter(product::Column::Id.is_in(ids.iter().copied()));
        }
        let found: Vec<ProductId> = query.into_tuple().all(self.shop.db()).await?;
        if ids.is_some_and(|ids| ids.iter().any(|id| !found.contains(id))) {
            return Err(ShopError::NotFound);
        }
        let tx = begin_write(self.shop.db()).await?;
        outbox::append(&tx, self.shop.now(), found.iter().map(|id| Change::Reindex(*id))).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(found.len() as u64)
    }

    /// Begins a change of a product: raises its version, which also locks its row.
    pub(crate) async fn begin(&self, id: ProductId) -> Result<(DatabaseTransaction, DateTime<Utc>), ShopError> {
        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        let raised = product::Entity::update_many()
            .col_expr(product::Column::Version, Expr::col(product::Column::Version).add(1))
            .col_expr(product::Column::UpdatedAt, Expr::value(now))
            .filter(product::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        if raised.rows_affected == 0 {
            return Err(ShopError::NotFound);
        }
        Ok((tx, now))
    }

    /// Leaves the outbox row, commits, and reads what became of the product.
    pub(super) async fn finish(
        &self,
        tx: DatabaseTransaction,
        id: ProductId,
        now: DateTime<Utc>,
    ) -> Result<ProductView, ShopError> {
        outbox::append(&tx, now, [Change::Product(id)]).await?;
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
        let mut checks = Checks::default();
        if let Some(id) = category
            && category::Entity::find_by_id(id).one(tx).await?.is_none()
        {
            checks.fail("categoryId", ProblemCode::NotFound, "no such category");
        }
        if let Some(id) = brand
            && brand::Entity::find_by_id(id).one(tx).await?.is_none()
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
    new: super::NewVariant,
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

/// The slug itself, or with the first free number behind it.
pub(super) async fn free_slug(tx: &impl ConnectionTrait, wanted: &str) -> Result<String, ShopError> {
    let like = product::Column::Slug
        .eq(wanted)
        .or(product::Column::Slug.like(format!("{wanted}-%")));
    let used: Vec<String> = product::Entity::find()
        .select_only()
        .column(product::Column::Slug)
        .filter(like)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(first_free(wanted, |slug| used.iter().any(|used| used == slug)))
}

pub(super) fn first_free(wanted: &str, is_used: impl Fn(&str) -> bool) -> String {
    if !is_used(wanted) {
        return wanted.to_owned();
    }
    let free = (2_u32..)
        .map(|number| format!("{wanted}-{number}"))
        .find(|slug| !is_used(slug));
    free.expect("some number is unused")
}

fn contains(text: &str) -> String {
    // The wildcards of LIKE in a search text are no wildcards to the one who typed them;
    // the few rows more that `_` lets through do no harm, an escape clause differs by database.
    format!("%{}%", text.to_lowercase().replace('%', "_"))
}
