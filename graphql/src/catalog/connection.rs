//! A page of products: ids from the in-process index, rows from the shop's cache.

use super::{ListSummary, Product, ProductSort, ProductWhere, selected, wanted_rows, wants_facets};
use crate::{
    context::ContextExt,
    cursor::CursorScope,
    error::ApiError,
    page::{PageArgs, at_most},
};
use async_graphql::{Context, MergedObject, Object, SimpleObject};
use reco_actors::catalog::{ListQuery, Sort};

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
#[derive(Clone, Debug, MergedObject)]
pub struct ProductConnection(ProductPage, ListSummary);

/// The products of a page.
#[derive(Clone, Debug)]
pub struct ProductPage {
    edges: Vec<ProductEdge>,
}

#[Object]
impl ProductPage {
    /// Products with their cursors.
    async fn edges(&self) -> &[ProductEdge] {
        &self.edges
    }

    /// The products alone.
    async fn nodes(&self) -> Vec<&Product> {
        self.edges.iter().map(|edge| &edge.node).collect()
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
        want_total: selected(ctx, "totalCount"),
        want_facets: wants_facets(ctx),
    };
    let page = services.listing.list(&query)?;
    let rows = loaders.products(&wanted_rows(ctx, &page)).await?;
    // A product that was withdrawn a moment ago may still be in the index: it is left out.
    let edges = page.entries.iter().zip(rows).filter_map(|(entry, row)| {
        Some(ProductEdge {
            cursor: services.cursors.encode(&scope, &entry.keyset),
            node: Product(row?),
        })
    });
    let summary = ListSummary::new(&page, &services.cursors, &scope, loaders);
    Ok(ProductConnection(ProductPage { edges: edges.collect() }, summary))
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
