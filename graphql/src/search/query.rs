//! Searching.

use super::{SearchConnection, SearchEdge, SearchMode, SearchSuggestions, connection::SearchHits, suggest::suggest};
use crate::{
    catalog::{
        ListSummary, MOST_CRITERIA, Product, ProductSort, ProductWhere, search_text, selected, wanted_rows,
        wants_facets,
    },
    context::ContextExt,
    cost,
    cursor::CursorScope,
    error::ApiError,
    page::{PageArgs, at_most},
    recommendations::tidy,
};
use async_graphql::{Context, Object};
use reco_actors::{
    catalog::{SearchQuery, Sort, Window},
    system::SearchAnswer,
};
use shop::discovery::normalised;

/// The search box.
#[derive(Default)]
pub struct SearchQueries;

#[Object]
impl SearchQueries {
    /// Public products that have the words or mean the same: half words, misspelled ones and
    /// descriptions alike. Identifiers find their product first.
    #[graphql(complexity = "cost::RECOMMENDATION + cost::page(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "GraphQL arguments, each optional by itself")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is looked for; the last word may be the beginning of one.")] query: String,
        #[graphql(name = "where", desc = "Conditions.")] filter: Option<ProductWhere>,
        #[graphql(desc = "Criteria in order; relevance unless given.")] sort: Option<Vec<ProductSort>>,
        #[graphql(desc = "The first so many, 1 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "After this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "Before this cursor; with `last`.")] before: Option<String>,
        #[graphql(desc = "Skip so many, at most 10,000; not with cursors.")] offset: Option<i32>,
        #[graphql(desc = "What is looked at.", default_with = "SearchMode::Hybrid")] mode: SearchMode,
    ) -> Result<SearchConnection, ApiError> {
        let (services, loaders) = (ctx.services()?, ctx.loaders()?);
        let Some(text) = search_text(Some(query))? else {
            return Err(ApiError::bad_input("query must not be blank"));
        };
        let sort = sort.unwrap_or_default();
        at_most("sort", &sort, MOST_CRITERIA)?;
        let sort: Vec<Sort> = sort.into_iter().map(Sort::from).collect();
        let page = PageArgs {
            first,
            last,
            after,
            before,
            offset,
        };
        let scope = CursorScope::search(&sort, &text, mode.into());
        let said = normalised(&text).unwrap_or_default();
        let search_id = services.cursors.search_id(&said);
        let asked = SearchQuery {
            window: page.window(&services.cursors, &scope)?,
            filter: filter.unwrap_or_default().parse(loaders)?,
            text,
            mode: mode.into(),
            sort,
            want_total: selected(ctx, "totalCount"),
            want_facets: wants_facets(ctx),
            at: services.shop.now(),
        };
        let is_first = is_first_page(&asked.window);
        let answer = services.listing.search(asked).await?;
        if is_first {
            let is_empty = answer.found.page.entries.is_empty();
            services
                .shop
                .discovery()
                .tallies()
                .searched(&said, services.shop.now(), is_empty);
        }
        assemble(ctx, answer, &scope, search_id).await
    }

    /// What a shopper may be about to write: fast enough for every keystroke.
    #[graphql(complexity = "cost::list(cost::LISTING, Some(first), 8, child_complexity)")]
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is written so far.")] prefix: String,
        #[graphql(desc = "How many of each kind at most, 1 to 20.", default = 8)] first: i32,
    ) -> Result<SearchSuggestions, ApiError> {
        suggest(ctx, prefix, first).await
    }
}

/// A search is counted once, whatever pages of it are turned to.
fn is_first_page(window: &Window) -> bool {
    matches!(
        window,
        Window::Offset { offset: 0, .. } | Window::After { keyset: None, .. }
    )
}

async fn assemble(
    ctx: &Context<'_>,
    answer: SearchAnswer,
    scope: &CursorScope,
    search_id: String,
) -> Result<SearchConnection, ApiError> {
    let (services, loaders) = (ctx.services()?, ctx.loaders()?);
    let (found, page) = (&answer.found, &answer.found.page);
    let rows = loaders.products(&wanted_rows(ctx, page)).await?;
    // A product that was withdrawn a moment ago may still be in the index: it is left out.
    let edges = page.entries.iter().zip(&found.scores).zip(rows);
    let edges = edges.filter_map(|((entry, score), row)| {
        Some(SearchEdge {
            cursor: services.cursors.encode(scope, &entry.keyset),
            node: Product(row?),
            score: tidy(score.total()),
            score_parts: (*score).into(),
        })
    });
    let summary = ListSummary::new(page, &services.cursors, scope, loaders);
    let hits = SearchHits {
        edges: edges.collect(),
        did_you_mean: found.corrected.clone(),
        relaxed: found.relaxed.iter().copied().map(Into::into).collect(),
        by_meaning: answer.by_meaning,
        generation: answer.generation,
        search_id,
    };
    Ok(SearchConnection(hits, summary))
}
