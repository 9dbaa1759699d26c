//! Categories and brands that a batch names, found by name or made.

use super::{batch::put, check::Ready};
use crate::{
    db::{Turn, take_turn},
    error::ShopError,
    outbox::Change,
    text::slug,
};
use chrono::{DateTime, Utc};
use entities::{
    brand, category,
    id::{BrandId, CategoryId},
};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QuerySelect};
use std::collections::{HashMap, HashSet};

/// Categories and brands by name, whatever the case.
#[derive(Default)]
pub(super) struct References {
    categories: HashMap<(Option<CategoryId>, String), CategoryId>,
    category_slugs: HashMap<CategoryId, String>,
    used_category_slugs: HashSet<String>,
    brands: HashMap<String, BrandId>,
    used_brand_slugs: HashSet<String>,
    new_categories: Vec<category::ActiveModel>,
    new_brands: Vec<brand::ActiveModel>,
    changes: Vec<Change>,
}

impl References {
    /// Finds what the products name and makes what is missing, in order of appearance.
    pub(super) async fn ensure(
        tx: &DatabaseTransaction,
        products: &[Ready<'_>],
        now: DateTime<Utc>,
    ) -> Result<Self, ShopError> {
        let found = Self::load(tx).await?;
        let has_category = |product: &Ready<'_>| product.category.is_empty() || found.category(product).is_some();
        let has_brand = |product: &Ready<'_>| product.brand.is_none() || found.brand(product).is_some();
        if products
            .iter()
            .all(|product| has_category(product) && has_brand(product))
        {
            return Ok(found);
        }
        take_turn(tx, Turn::Taxonomy).await?;
        // Another import may have made them meanwhile.
        let mut references = Self::load(tx).await?;
        for product in products {
            references.make(product, now);
        }
        put(tx, std::mem::take(&mut references.new_categories), category::Column::Id).await?;
        put(tx, std::mem::take(&mut references.new_brands), brand::Column::Id).await?;
        Ok(references)
    }

    async fn load(tx: &DatabaseTransaction) -> Result<Self, ShopError> {
        let mut references = Self::default();
        let categories = category::Entity::find()
            .select_only()
            .column(category::Column::Id)
            .column(category::Column::ParentId)
            .column(category::Column::Name)
            .column(category::Column::Slug)
            .into_tuple::<(CategoryId, Option<CategoryId>, String, String)>();
        for (id, parent, name, slug) in categories.all(tx).await? {
            references.categories.insert((parent, folded(&name)), id);
            references.used_category_slugs.insert(slug.clone());
            references.category_slugs.insert(id, slug);
        }
        let brands = brand::Entity::find()
            .select_only()
            .column(brand::Column::Id)
            .column(brand::Column::Name)
            .column(brand::Column::Slug)
            .into_tuple::<(BrandId, String, String)>();
        for (id, name, slug) in brands.all(tx).await? {
            references.brands.insert(folded(&name), id);
            references.used_brand_slugs.insert(slug);
        }
        Ok(references)
    }

    /// The leaf of a product's path.
    pub(super) fn category(&self, product: &Ready<'_>) -> Option<CategoryId> {
        let mut leaf = None;
        for name in &product.category {
            leaf = Some(*self.categories.get(&(leaf, folded(name)))?);
        }
        leaf
    }

    /// The brand of a product.
    pub(super) fn brand(&self, product: &Ready<'_>) -> Option<BrandId> {
        self.brands.get(&folded(product.brand.as_ref()?)).copied()
    }

    /// What was made.
    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    fn make(&mut self, product: &Ready<'_>, now: DateTime<Utc>) {
        let mut parent = None;
        for name in &product.category {
            let known = self.categories.get(&(parent, folded(name))).copied();
            parent = Some(known.unwrap_or_else(|| self.make_category(parent, name, now)));
        }
        if let Some(name) = &product.brand
            && !self.brands.contains_key(&folded(name))
        {
            self.make_brand(name, now);
        }
    }

    fn make_category(&mut self, parent: Option<CategoryId>, name: &str, now: DateTime<Utc>) -> CategoryId {
        let id = CategoryId::generate();
        let plain = slug(name);
        let above = parent.and_then(|parent| self.category_slugs.get(&parent));
        let wanted = match above {
            Some(above) if self.used_category_slugs.contains(&plain) => slug(&format!("{above}-{plain}")),
            _ => plain,
        };
        let slug = first_free(&wanted, &self.used_category_slugs);
        self.used_category_slugs.insert(slug.clone());
        self.category_slugs.insert(id, slug.clone());
        self.categories.insert((parent, folded(name)), id);
        self.new_categories.push(category::ActiveModel {
            id: Set(id),
            parent_id: Set(parent),
            name: Set(name.to_owned()),
            slug: Set(slug),
            description: Set(String::new()),
            position: Set(0),
            created_at: Set(now),
            updated_at: Set(now),
        });
        self.changes.push(Change::Category(id));
        id
    }

    fn make_brand(&mut self, name: &str, now: DateTime<Utc>) {
        let id = BrandId::generate();
        let slug = first_free(&slug(name), &self.used_brand_slugs);
        self.used_brand_slugs.insert(slug.clone());
        self.brands.insert(folded(name), id);
        self.new_brands.push(brand::ActiveModel {
            id: Set(id),
            name: Set(name.to_owned()),
            slug: Set(slug),
            description: Set(String::new()),
            created_at: Set(now),
            updated_at: Set(now),
        });
        self.changes.push(Change::Brand(id));
    }
}

/// Names that differ in case only are one.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// The slug itself, or with the first free number behind it.
fn first_free(wanted: &str, used: &HashSet<String>) -> String {
    let mut slug = wanted.to_owned();
    let mut number = 2_u32;
    while used.contains(&slug) {
        slug = format!("{wanted}-{number}");
        number += 1;
    }
    slug
}
