//! What staff read: products of every status, straight from the database.

use crate::{
    catalog::{Product, ProductStatus},
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    page::{MAX_OFFSET, MAX_SIZE, within},
};
use async_graphql::{Context, InputObject, Object, SimpleObject};
use shop::{Role, catalog::AdminFilter, error::ShopError, id::ProductId};
use std::sync::Arc;

/// Which products staff list.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AdminProductWhere {
    /// Of this status.
    pub status: Option<ProductStatus>,
    /// Name, slug or SKU contains this, whatever the case.
    pub text: Option<String>,
}

/// A page of products of every status, newest first.
#[derive(Clone, Debug, SimpleObject)]
pub struct AdminProductConnection {
    /// The products.
    #[graphql(complexity = "child_complexity")]
    pub nodes: Vec<Product>,
    /// How many match.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
}

/// What staff read.
#[derive(Default)]
pub struct AdminQuery;

#[Object(guard = "Requires(Role::Staff)")]
impl AdminQuery {
    /// Products of every status, newest first, from the database.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::page(Some(first), None, child_complexity)")]
    async fn admin_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Conditions.")] filter: Option<AdminProductWhere>,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<AdminProductConnection, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        let (first, offset) = (
            within("first", first, 1, MAX_SIZE)?,
            within("offset", offset, 0, MAX_OFFSET)?,
        );
        let page = staff
            .catalog()
            .products(&filter.unwrap_or_default().into(), offset as u64, first as u64)
            .await?;
        let has_next_page = page.total > (offset + page.products.len()) as u64;
        let nodes = page.products.into_iter().map(|view| Product(Arc::new(view))).collect();
        Ok(AdminProductConnection {
            nodes,
            total_count: page.total,
            has_next_page,
        })
    }

    /// A product of any status, from the database; null when there is none.
    ///
    /// @requires(STAFF)
    async fn admin_product(&self, ctx: &Context<'_>, id: Id<ProductId>) -> Result<Option<Product>, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        match staff.catalog().product(id.0).await {
            Ok(view) => Ok(Some(Product(Arc::new(view)))),
            Err(ShopError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<AdminProductWhere> for AdminFilter {
    fn from(input: AdminProductWhere) -> Self {
        Self {
            status: input.status.map(Into::into),
            text: input.text,
        }
    }
}
