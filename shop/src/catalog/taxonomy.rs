//! Categories and brands, held whole in memory: there are few, everything names them, and
//! a listing must not ask the database for them.

use crate::error::ShopError;
use entities::{
    brand, category,
    id::{BrandId, CategoryId},
};
use sea_orm::{DatabaseConnection, EntityTrait};
use std::{collections::HashMap, sync::Arc};

/// All categories and brands at one moment.
#[derive(Debug, Default)]
pub struct Taxonomy {
    categories: HashMap<CategoryId, Arc<category::Model>>,
    children: HashMap<Option<CategoryId>, Vec<CategoryId>>,
    category_slugs: HashMap<String, CategoryId>,
    brands: HashMap<BrandId, Arc<brand::Model>>,
    brand_slugs: HashMap<String, BrandId>,
    brand_order: Vec<BrandId>,
}

impl Taxonomy {
    pub(crate) async fn load(db: &DatabaseConnection) -> Result<Self, ShopError> {
        let categories = category::Entity::find().all(db).await?;
        let brands = brand::Entity::find().all(db).await?;
        Ok(Self::new(categories, brands))
    }

    fn new(mut categories: Vec<category::Model>, mut brands: Vec<brand::Model>) -> Self {
        categories.sort_by(|a, b| (a.position, &a.name, a.id).cmp(&(b.position, &b.name, b.id)));
        brands.sort_by_key(|brand| (brand.name.to_lowercase(), brand.id));
        let mut taxonomy = Self::default();
        for category in categories {
            taxonomy
                .children
                .entry(category.parent_id)
                .or_default()
                .push(category.id);
            taxonomy.category_slugs.insert(category.slug.clone(), category.id);
            taxonomy.categories.insert(category.id, Arc::new(category));
        }
        for brand in brands {
            taxonomy.brand_order.push(brand.id);
            taxonomy.brand_slugs.insert(brand.slug.clone(), brand.id);
            taxonomy.brands.insert(brand.id, Arc::new(brand));
        }
        taxonomy
    }

    /// A category.
    #[must_use]
    pub fn category(&self, id: CategoryId) -> Option<&Arc<category::Model>> {
        self.categories.get(&id)
    }

    /// A category by its slug.
    #[must_use]
    pub fn category_by_slug(&self, slug: &str) -> Option<&Arc<category::Model>> {
        self.category(*self.category_slugs.get(slug)?)
    }

    /// Children in order; of `None`: the top level.
    pub fn children(&self, parent: Option<CategoryId>) -> impl Iterator<Item = &Arc<category::Model>> {
        let children = self.children.get(&parent).map_or(&[][..], Vec::as_slice);
        children.iter().filter_map(|id| self.categories.get(id))
    }

    /// Every category, the upper levels first.
    pub fn categories(&self) -> impl Iterator<Item = &Arc<category::Model>> {
        let mut found: Vec<&Arc<category::Model>> = self.children(None).collect();
        let mut next = 0;
        while next < found.len() && found.len() <= self.categories.len() {
            found.extend(self.children(Some(found[next].id)));
            next += 1;
        }
        found.into_iter()
    }

    /// From the root to the category itself; empty for an unknown one.
    #[must_use]
    pub fn path(&self, id: CategoryId) -> Vec<Arc<category::Model>> {
        let mut path = Vec::new();
        let mut next = Some(id);
        // A cycle cannot be written, but a reader must not hang on one either.
        while let Some(category) = next.and_then(|id| self.categories.get(&id))
            && path.len() <= self.categories.len()
        {
            path.push(Arc::clone(category));
            next = category.parent_id;
        }
        path.reverse();
        path
    }

    /// A category and everything below it; the id alone when the category is gone.
    #[must_use]
    pub fn subtree(&self, root: CategoryId) -> Vec<CategoryId> {
        let mut found = vec![root];
        let mut next = 0;
        while next < found.len() && found.len() <= self.categories.len() + 1 {
            found.extend(self.children(Some(found[next])).map(|child| child.id));
            next += 1;
        }
        found
    }

    /// Whether `id` is `ancestor` or below it.
    #[must_use]
    pub fn is_within(&self, id: CategoryId, ancestor: CategoryId) -> bool {
        self.path(id).iter().any(|category| category.id == ancestor)
    }

    /// A brand.
    #[must_use]
    pub fn brand(&self, id: BrandId) -> Option<&Arc<brand::Model>> {
        self.brands.get(&id)
    }

    /// A brand by its slug.
    #[must_use]
    pub fn brand_by_slug(&self, slug: &str) -> Option<&Arc<brand::Model>> {
        self.brand(*self.brand_slugs.get(slug)?)
    }

    /// Brands by name.
    pub fn brands(&self) -> impl Iterator<Item = &Arc<brand::Model>> {
        self.brand_order.iter().filter_map(|id| self.brands.get(id))
    }
}
