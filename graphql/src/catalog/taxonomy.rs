//! Categories and brands, from the shop's in-memory taxonomy.

use crate::{context::ContextExt, cost, error::ApiError, ids::Id};
use async_graphql::{Context, Object};
use shop::{
    catalog::{self as domain, Taxonomy},
    id::{BrandId, CategoryId},
};
use std::sync::Arc;

/// A node of the category tree.
#[derive(Clone, Debug)]
pub struct Category {
    taxonomy: Arc<Taxonomy>,
    row: Arc<domain::Category>,
}

impl Category {
    /// A category as the taxonomy has it.
    #[must_use]
    pub fn new(taxonomy: &Arc<Taxonomy>, row: &Arc<domain::Category>) -> Self {
        Self {
            taxonomy: Arc::clone(taxonomy),
            row: Arc::clone(row),
        }
    }

    /// The category of this id.
    #[must_use]
    pub fn find(taxonomy: &Arc<Taxonomy>, id: CategoryId) -> Option<Self> {
        taxonomy.category(id).map(|row| Self::new(taxonomy, row))
    }

    /// The children of a category, or the top of the tree.
    #[must_use]
    pub fn children_of(taxonomy: &Arc<Taxonomy>, parent: Option<CategoryId>) -> Vec<Self> {
        taxonomy.children(parent).map(|row| Self::new(taxonomy, row)).collect()
    }

    /// From the root to the category itself.
    #[must_use]
    pub fn path_to(taxonomy: &Arc<Taxonomy>, id: CategoryId) -> Vec<Self> {
        taxonomy.path(id).iter().map(|row| Self::new(taxonomy, row)).collect()
    }
}

#[Object]
impl Category {
    /// `cat_…`
    pub(super) async fn id(&self) -> Id<CategoryId> {
        Id(self.row.id)
    }

    /// What people read.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// URL part, unique among categories.
    async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// Plain text, may be empty.
    async fn description(&self) -> &str {
        &self.row.description
    }

    /// The category above; null at the top.
    async fn parent(&self) -> Option<Self> {
        Self::find(&self.taxonomy, self.row.parent_id?)
    }

    /// The categories right below, in order.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn children(&self) -> Vec<Self> {
        Self::children_of(&self.taxonomy, Some(self.row.id))
    }

    /// From the top to this category, itself included.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn path(&self) -> Vec<Self> {
        Self::path_to(&self.taxonomy, self.row.id)
    }

    /// Public products in it and below.
    async fn product_count(&self, ctx: &Context<'_>) -> Result<u64, ApiError> {
        Ok(ctx.loaders()?.category_count(self.row.id))
    }
}

/// A brand.
#[derive(Clone, Debug)]
pub struct Brand(pub Arc<domain::Brand>);

#[Object]
impl Brand {
    /// `brand_…`
    pub(super) async fn id(&self) -> Id<BrandId> {
        Id(self.0.id)
    }

    /// What people read.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// URL part, unique among brands.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Plain text, may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Public products of it.
    async fn product_count(&self, ctx: &Context<'_>) -> Result<u64, ApiError> {
        Ok(ctx.loaders()?.brand_count(self.0.id))
    }
}
