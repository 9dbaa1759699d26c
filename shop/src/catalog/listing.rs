//! Products as staff list them: whatever their status, straight from the database.

use super::{admin::AdminCatalog, reads, view::ProductView};
use crate::error::ShopError;
use entities::{
    id::ProductId,
    product::{self, ProductStatus},
    variant,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, Func},
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

impl AdminCatalog<'_> {
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
                .filter(Expr::expr(Func::lower(Expr::col(variant::Column::Sku))).like(like.clone()));
            let lower = |column| Expr::expr(Func::lower(Expr::col((product::Entity, column))));
            query = query.filter(
                lower(product::Column::Name)
                    .like(like.clone())
                    .or(lower(product::Column::Slug).like(like))
                    .or(product::Column::Id.in_subquery(by_sku.into_query())),
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
}

/// A pattern that whatever contains the text matches, in lower case.
pub(crate) fn contains(text: &str) -> String {
    // The wildcards of LIKE in a search text are no wildcards to the one who typed them;
    // the few rows more that `_` lets through do no harm, an escape clause differs by database.
    format!("%{}%", text.to_lowercase().replace('%', "_"))
}
