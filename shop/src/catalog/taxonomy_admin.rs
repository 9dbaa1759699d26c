//! Categories and brands, as staff change them.

use super::{
    admin::{AdminCatalog, set},
    input::{BrandPatch, CategoryPatch, NewBrand, NewCategory},
};
use crate::{
    db::{Turn, begin_write, take_turn},
    error::{OnConstraint, ProblemCode, ShopError, is_outrun},
    outbox::{self, Change},
    text::Checks,
};
use entities::{
    brand, category,
    id::{BrandId, CategoryId},
    product,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::LockType,
};

fn slug_taken() -> ShopError {
    ShopError::problem("slug", ProblemCode::Taken, "another one has it")
}

impl AdminCatalog<'_> {
    /// Creates a category.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input.
    pub async fn category_create(&self, input: NewCategory) -> Result<category::Model, ShopError> {
        let mut checks = Checks::default();
        let name = checks.name("name", &input.name);
        let slug = checks.slug_or("slug", input.slug.as_deref(), &name);
        let description = checks.description("description", &input.description);
        checks.done()?;
        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        if let Some(parent) = input.parent {
            category_exists(&tx, parent, "parentId").await?;
        }
        let row = category::ActiveModel {
            id: Set(CategoryId::generate()),
            parent_id: Set(input.parent),
            name: Set(name),
            slug: Set(slug),
            description: Set(description),
            position: Set(input.position),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let row = row.insert(&tx).await.on_constraint("category_slug_key", slug_taken)?;
        self.finish_taxonomy(tx, Change::Category(row.id)).await?;
        Ok(row)
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a parent below the category itself, among others.
    pub async fn category_update(&self, id: CategoryId, patch: CategoryPatch) -> Result<category::Model, ShopError> {
        let mut checks = Checks::default();
        let name = patch.name.as_deref().map(|name| checks.name("name", name));
        let slug = patch.slug.as_deref().map(|slug| checks.slug("slug", slug));
        let description = patch
            .description
            .as_deref()
            .map(|text| checks.description("description", text));
        checks.done()?;
        let parent = patch.parent.change();
        let tx = begin_write(self.shop.db()).await?;
        if parent.is_some() {
            // Two moves at once could each be right and make a cycle together.
            take_turn(&tx, Turn::Taxonomy).await?;
        }
        category::Entity::find_by_id(id)
            .one(&tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        if let Some(Some(parent)) = parent {
            no_cycle(&tx, id, parent).await?;
        }
        let mut row = category::ActiveModel {
            id: Unchanged(id),
            updated_at: Set(self.shop.now()),
            ..Default::default()
        };
        set(&mut row.name, name);
        set(&mut row.slug, slug);
        set(&mut row.description, description);
        set(&mut row.parent_id, parent);
        set(&mut row.position, patch.position);
        let row = row.update(&tx).await.on_constraint("category_slug_key", slug_taken)?;
        self.finish_taxonomy(tx, Change::Category(id)).await?;
        Ok(row)
    }

    /// Deletes a category that holds nothing.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while it has categories or products.
    pub async fn category_delete(&self, id: CategoryId) -> Result<(), ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        category_exists(&tx, id, "id").await.map_err(|_| ShopError::NotFound)?;
        let children = category::Entity::find()
            .filter(category::Column::ParentId.eq(id))
            .count(&tx)
            .await?;
        let products = product::Entity::find()
            .filter(product::Column::CategoryId.eq(id))
            .count(&tx)
            .await?;
        if children + products > 0 {
            let message = format!("it holds {children} categories and {products} products");
            return Err(ShopError::problem("id", ProblemCode::InUse, message));
        }
        let deleted = category::Entity::delete_by_id(id).exec(&tx).await;
        deleted.map_err(|error| in_use_by_now(error, "it holds something by now"))?;
        self.finish_taxonomy(tx, Change::Category(id)).await
    }

    /// Creates a brand.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input.
    pub async fn brand_create(&self, input: NewBrand) -> Result<brand::Model, ShopError> {
        let mut checks = Checks::default();
        let name = checks.name("name", &input.name);
        let slug = checks.slug_or("slug", input.slug.as_deref(), &name);
        let description = checks.description("description", &input.description);
        checks.done()?;
        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        let row = brand::ActiveModel {
            id: Set(BrandId::generate()),
            name: Set(name),
            slug: Set(slug),
            description: Set(description),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let row = row.insert(&tx).await.on_constraint("brand_slug_key", slug_taken)?;
        self.finish_taxonomy(tx, Change::Brand(row.id)).await?;
        Ok(row)
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of the input.
    pub async fn brand_update(&self, id: BrandId, patch: BrandPatch) -> Result<brand::Model, ShopError> {
        let mut checks = Checks::default();
        let name = patch.name.as_deref().map(|name| checks.name("name", name));
        let slug = patch.slug.as_deref().map(|slug| checks.slug("slug", slug));
        let description = patch
            .description
            .as_deref()
            .map(|text| checks.description("description", text));
        checks.done()?;
        let tx = begin_write(self.shop.db()).await?;
        brand::Entity::find_by_id(id)
            .one(&tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        let mut row = brand::ActiveModel {
            id: Unchanged(id),
            updated_at: Set(self.shop.now()),
            ..Default::default()
        };
        set(&mut row.name, name);
        set(&mut row.slug, slug);
        set(&mut row.description, description);
        let row = row.update(&tx).await.on_constraint("brand_slug_key", slug_taken)?;
        self.finish_taxonomy(tx, Change::Brand(id)).await?;
        Ok(row)
    }

    /// Deletes a brand that no product has.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while products have it.
    pub async fn brand_delete(&self, id: BrandId) -> Result<(), ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        brand::Entity::find_by_id(id)
            .one(&tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        let products = product::Entity::find()
            .filter(product::Column::BrandId.eq(id))
            .count(&tx)
            .await?;
        if products > 0 {
            return Err(ShopError::problem(
                "id",
                ProblemCode::InUse,
                format!("{products} products have it"),
            ));
        }
        let deleted = brand::Entity::delete_by_id(id).exec(&tx).await;
        deleted.map_err(|error| in_use_by_now(error, "products have it by now"))?;
        self.finish_taxonomy(tx, Change::Brand(id)).await
    }

    async fn finish_taxonomy(&self, tx: DatabaseTransaction, change: Change) -> Result<(), ShopError> {
        outbox::append(&tx, self.shop.now(), [change]).await?;
        tx.commit().await?;
        // The change is made, whatever comes of reading it back.
        self.shop.outbox().wake();
        self.shop.catalog().reload_taxonomy().await
    }
}

/// Somebody began to use it after it was counted.
fn in_use_by_now(error: DbErr, message: &str) -> ShopError {
    if is_outrun(&error) {
        ShopError::problem("id", ProblemCode::InUse, message)
    } else {
        error.into()
    }
}

async fn category_exists(tx: &DatabaseTransaction, id: CategoryId, path: &str) -> Result<(), ShopError> {
    // Kept from being deleted until something is put below it.
    let found = category::Entity::find_by_id(id)
        .lock(LockType::KeyShare)
        .one(tx)
        .await?;
    found
        .map(|_| ())
        .ok_or_else(|| ShopError::problem(path, ProblemCode::NotFound, "no such category"))
}

/// A category cannot move below itself.
async fn no_cycle(tx: &DatabaseTransaction, id: CategoryId, parent: CategoryId) -> Result<(), ShopError> {
    let mut next = Some(parent);
    let mut is_first = true;
    while let Some(ancestor) = next {
        if ancestor == id {
            return Err(ShopError::invalid("parentId", "a category cannot be below itself"));
        }
        let row = category::Entity::find_by_id(ancestor).one(tx).await?;
        if row.is_none() && is_first {
            return Err(ShopError::problem(
                "parentId",
                ProblemCode::NotFound,
                "no such category",
            ));
        }
        is_first = false;
        next = row.and_then(|row| row.parent_id);
    }
    Ok(())
}
