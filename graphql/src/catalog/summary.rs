//! What is said of a whole listing, found by words or not: where the page stands, how much there
//! is, and what it could be narrowed by.

use super::{Facet, PriceHistogram};
use crate::{
    cursor::{CursorCodec, CursorScope},
    loaders::Loaders,
    page::PageInfo,
};
use async_graphql::{Context, Object};
use reco_actors::catalog::{ListEntry, ListPage};
use shop::id::ProductId;

/// Part of every connection of listed products.
#[derive(Clone, Debug)]
pub struct ListSummary {
    page_info: PageInfo,
    total: Option<u64>,
    facets: Vec<Facet>,
    prices: Option<PriceHistogram>,
}

/// Whether a field is selected.
pub(crate) fn selected(ctx: &Context<'_>, field: &str) -> bool {
    ctx.look_ahead().field(field).exists()
}

/// Whether anything is selected that takes counting what the listing could be narrowed by.
pub(crate) fn wants_facets(ctx: &Context<'_>) -> bool {
    selected(ctx, "facets") || selected(ctx, "priceHistogram")
}

/// The products of a page if they are wanted at all, in its order.
pub(crate) fn wanted_rows(ctx: &Context<'_>, page: &ListPage) -> Vec<ProductId> {
    let wants = selected(ctx, "nodes") || selected(ctx, "edges");
    let wanted = page.entries.iter().filter(|_| wants);
    wanted.map(|entry| ProductId(entry.id.0)).collect()
}

impl ListSummary {
    /// What is said of this page's listing.
    pub(crate) fn new(page: &ListPage, cursors: &CursorCodec, scope: &CursorScope, loaders: &Loaders) -> Self {
        let cursor = |entry: &ListEntry| cursors.encode(scope, &entry.keyset);
        let currency = loaders.currency();
        let facets = page.facets.clone().unwrap_or_default().into_iter();
        Self {
            page_info: PageInfo {
                has_next_page: page.has_next,
                has_previous_page: page.has_previous,
                start_cursor: page.entries.first().map(cursor),
                end_cursor: page.entries.last().map(cursor),
            },
            total: page.total,
            facets: facets.map(|facet| Facet::new(facet, currency)).collect(),
            prices: page.prices.as_ref().map(|prices| PriceHistogram::new(prices, currency)),
        }
    }
}

#[Object]
impl ListSummary {
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

    /// What the listing could be narrowed by, with counts; of thousands of attributes those that
    /// are most useful here. The selection within a facet is left out of its own counts.
    #[graphql(complexity = 5)]
    async fn facets(&self) -> &[Facet] {
        &self.facets
    }

    /// How many products cost how much; null where prices do not differ.
    #[graphql(complexity = 5)]
    async fn price_histogram(&self) -> Option<&PriceHistogram> {
        self.prices.as_ref()
    }
}
