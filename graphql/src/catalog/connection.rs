//! A page of products: ids from the in-process index, rows from the shop's cache.

use super::{Facet, Product, ProductSort, ProductWhere};
use crate::{
    context::ContextExt,
    cursor::{CursorCodec, CursorScope},
    error::ApiError,
    loaders::Loaders,
    page::{PageArgs, PageInfo, at_most},
};
use async_graphql::{Context, Object, SimpleObject};
use reco_actors::catalog::{ListEntry, ListPage, ListQuery, Sort};
use shop::id::ProductId;

/// Longest search text.
const LONGEST_QUERY: usize = 200;
/// Most sort criteria.
pub(crate) const MOST_CRITERIA: usize = 5;

/// A product and its place in the listing.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProductEdge {
    /// Opaque position, for `after` and `before`.
    pub cursor: String,
    /// The product.
    pub node: Product,
}

/// A page of products.
#[derive(Clone, Debug)]
pub struct ProductConnection {
    edges: Vec<ProductEdge>,
    page_info: PageInfo,
    total: Option<u64>,
    facets: Vec<Facet>,
}

#[Object]
impl ProductConnection {
    /// Products with their cursors.
    async fn edges(&self) -> &[ProductEdge] {
        &self.edges
    }

    /// The products alone.
    async fn nodes(&self) -> Vec<&Product> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands.
    #[graphql(complexity = 1)]
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// Products in the whole listing.
    #[graphql(complexity = 1)]
    async fn total_count(&self) -> u64 {
        self.total.unwrap_or(0)
    }

    /// What the listing could be narrowed by, with counts. The selection within a facet is
    /// left out of its own counts.
    #[graphql(complexity = 5)]
    async fn facets(&self) -> &[Facet] {
        &self.facets
    }
}

/// What a listing is asked for.
#[derive(Default)]
pub(crate) struct ListArgs {
    pub(crate) text: Option<String>,
    pub(crate) filter: Option<ProductWhere>,
    pub(crate) sort: Option<Vec<ProductSort>>,
    pub(crate) page: PageArgs,
}

/// Answers a listing; counts and facets only when the operation selects them.
pub(crate) async fn list(ctx: &Context<'_>, args: ListArgs) -> Result<ProductConnection, ApiError> {
    let (services, loaders) = (ctx.services()?, ctx.loaders()?);
    let selected = |field: &str| ctx.look_ahead().field(field).exists();
    let text = search_text(args.text)?;
    let sort = args.sort.unwrap_or_default();
    at_most("sort", &sort, MOST_CRITERIA)?;
    let sort: Vec<Sort> = sort.into_iter().map(Sort::from).collect();
    let scope = CursorScope::products(&sort, text.as_deref());
    let query = ListQuery {
        window: args.page.window(&services.cursors, &scope)?,
        filter: args.filter.unwrap_or_default().parse(loaders)?,
        text,
        sort,
        want_total: selected("totalCount"),
        want_facets: selected("facets"),
    };
    let page = services.listing.list(&query)?;
    let wants_rows = selected("nodes") || selected("edges");
    assemble(page, wants_rows, loaders, &services.cursors, &scope).await
}

pub(crate) fn search_text(text: Option<String>) -> Result<Option<String>, ApiError> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_QUERY) {
        return Err(ApiError::bad_input(format!(
            "query takes at most {LONGEST_QUERY} characters"
        )));
    }
    Ok(text)
}

async fn assemble(
    page: ListPage,
    wants_rows: bool,
    loaders: &Loaders,
    cursors: &CursorCodec,
    scope: &CursorScope,
) -> Result<ProductConnection, ApiError> {
    let cursor = |entry: &ListEntry| cursors.encode(scope, &entry.keyset);
    let page_info = PageInfo {
        has_next_page: page.has_next,
        has_previous_page: page.has_previous,
        start_cursor: page.entries.first().map(cursor),
        end_cursor: page.entries.last().map(cursor),
    };
    let ids: Vec<ProductId> = page
        .entries
        .iter()
        .filter(|_| wants_rows)
        .map(|entry| ProductId(entry.id.0))
        .collect();
    let rows = loaders.products(&ids).await?;
    // A product that was withdrawn a moment ago may still be in the index: it is left out.
    let edges = page.entries.iter().zip(rows).filter_map(|(entry, row)| {
        Some(ProductEdge {
            cursor: cursor(entry),
            node: Product(row?),
        })
    });
    let facets = page.facets.unwrap_or_default().into_iter();
    let facets = facets.map(|facet| Facet::new(facet, loaders.currency())).collect();
    Ok(ProductConnection {
        edges: edges.collect(),
        page_info,
        total: page.total,
        facets,
    })
}
