//! Public reads of the catalogue.

use super::{
    Brand, Category, Product, ProductConnection, ProductSort, ProductWhere,
    connection::{self, ListArgs},
    node::{self, Node, NodeId},
};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    ids::Id,
    page::{MAX_OFFSET, MAX_SIZE, PageArgs, at_most, within},
};
use async_graphql::{Context, ID, Object, OneofObject};
use shop::id::{BrandId, CategoryId, ProductId};

/// Most ids of one `nodes`.
const MOST_NODES: usize = 100;

/// Which product.
#[derive(Clone, Debug, OneofObject)]
pub enum ProductBy {
    /// By id.
    Id(Id<ProductId>),
    /// By slug.
    Slug(String),
}

/// Which category.
#[derive(Clone, Debug, OneofObject)]
pub enum CategoryBy {
    /// By id.
    Id(Id<CategoryId>),
    /// By slug.
    Slug(String),
}

/// Which brand.
#[derive(Clone, Debug, OneofObject)]
pub enum BrandBy {
    /// By id.
    Id(Id<BrandId>),
    /// By slug.
    Slug(String),
}

/// Public reads of the catalogue.
#[derive(Default)]
pub struct CatalogQuery;

#[Object]
impl CatalogQuery {
    /// A public product; null when there is none.
    async fn product(&self, ctx: &Context<'_>, by: ProductBy) -> Result<Option<Product>, ApiError> {
        let view = match by {
            ProductBy::Id(Id(id)) => ctx.loaders()?.product(id).await?,
            ProductBy::Slug(slug) => ctx.services()?.shop.catalog().product_by_slug(&slug).await?,
        };
        Ok(view.map(Product))
    }

    /// Public products: searched, filtered, sorted, paged by cursors or by offset.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "GraphQL arguments, each optional by itself")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Words that must all match; the last may be the beginning of one.")] query: Option<String>,
        #[graphql(name = "where", desc = "Conditions.")] filter: Option<ProductWhere>,
        #[graphql(desc = "Criteria in order; relevance with a `query`, else popularity, unless given.")] sort: Option<
            Vec<ProductSort>,
        >,
        #[graphql(desc = "The first so many, 1 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "After this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "Before this cursor; with `last`.")] before: Option<String>,
        #[graphql(desc = "Skip so many, at most 10,000; not with cursors.")] offset: Option<i32>,
    ) -> Result<ProductConnection, ApiError> {
        let page = PageArgs {
            first,
            last,
            after,
            before,
            offset,
        };
        connection::list(
            ctx,
            ListArgs {
                text: query,
                filter,
                sort,
                page,
            },
        )
        .await
    }

    /// The top of the category tree, in order.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>, ApiError> {
        Ok(Category::children_of(&ctx.loaders()?.taxonomy(), None))
    }

    /// A category; null when there is none.
    async fn category(&self, ctx: &Context<'_>, by: CategoryBy) -> Result<Option<Category>, ApiError> {
        let taxonomy = ctx.loaders()?.taxonomy();
        let row = match by {
            CategoryBy::Id(Id(id)) => taxonomy.category(id),
            CategoryBy::Slug(slug) => taxonomy.category_by_slug(&slug),
        };
        Ok(row.map(|row| Category::new(&taxonomy, row)))
    }

    /// Brands by name.
    #[graphql(complexity = "cost::list(1, Some(first), 100, child_complexity)")]
    async fn brands(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 100.", default = 100)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<Vec<Brand>, ApiError> {
        let (first, offset) = (
            within("first", first, 1, MAX_SIZE)?,
            within("offset", offset, 0, MAX_OFFSET)?,
        );
        Ok(ctx
            .loaders()?
            .taxonomy()
            .brands()
            .skip(offset)
            .take(first)
            .cloned()
            .map(Brand)
            .collect())
    }

    /// A brand; null when there is none.
    async fn brand(&self, ctx: &Context<'_>, by: BrandBy) -> Result<Option<Brand>, ApiError> {
        let taxonomy = ctx.loaders()?.taxonomy();
        let row = match by {
            BrandBy::Id(Id(id)) => taxonomy.brand(id),
            BrandBy::Slug(slug) => taxonomy.brand_by_slug(&slug),
        };
        Ok(row.cloned().map(Brand))
    }

    /// Anything public by its id; null when there is none.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>, ApiError> {
        Ok(node::find(ctx, &[NodeId::parse(&id)?]).await?.pop().flatten())
    }

    /// Anything public by its id, at most 100, in the order asked for; null where there is none.
    #[graphql(complexity = "cost::ids(&ids, child_complexity)")]
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>, ApiError> {
        at_most("ids", &ids, MOST_NODES)?;
        let ids = ids.iter().map(NodeId::parse).collect::<Result<Vec<_>, _>>()?;
        node::find(ctx, &ids).await
    }
}
