//! Searching.

use super::{SearchConnection, SearchEdge, SearchMode, SearchSuggestions, suggest::suggest};
use crate::{
    catalog::{Facet, MOST_CRITERIA, Product, ProductSort, ProductWhere, search_text},
    context::ContextExt,
    cost,
    cursor::CursorScope,
    error::ApiError,
    page::{PageArgs, PageInfo, at_most},
    recommendations::tidy,
};
use async_graphql::{Context, Object};
use reco_actors::{
    catalog::{ListEntry, SearchQuery, Sort},
    system::SearchAnswer,
};
use shop::id::ProductId;

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
        let selected = |field: &str| ctx.look_ahead().field(field).exists();
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
        let asked = SearchQuery {
            window: page.window(&services.cursors, &scope)?,
            filter: filter.unwrap_or_default().parse(loaders)?,
            text,
            mode: mode.into(),
            sort,
            want_total: selected("totalCount"),
            want_facets: selected("facets"),
            fusion: services.listing.fusion(),
        };
        let answer = services.listing.search(asked).await?;
        let wants_rows = selected("nodes") || selected("edges");
        assemble(ctx, answer, &scope, wants_rows).await
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

async fn assemble(
    ctx: &Context<'_>,
    answer: SearchAnswer,
    scope: &CursorScope,
    wants_rows: bool,
) -> Result<SearchConnection, ApiError> {
    let (services, loaders) = (ctx.services()?, ctx.loaders()?);
    let (found, page) = (&answer.found, &answer.found.page);
    let cursor = |entry: &ListEntry| services.cursors.encode(scope, &entry.keyset);
    let page_info = PageInfo {
        has_next_page: page.has_next,
        has_previous_page: page.has_previous,
        start_cursor: page.entries.first().map(cursor),
        end_cursor: page.entries.last().map(cursor),
    };
    let wanted = page.entries.iter().filter(|_| wants_rows);
    let ids: Vec<ProductId> = wanted.map(|entry| ProductId(entry.id.0)).collect();
    let rows = loaders.products(&ids).await?;
    // A product that was withdrawn a moment ago may still be in the index: it is left out.
    let edges = page.entries.iter().zip(&found.scores).zip(rows);
    let edges = edges.filter_map(|((entry, score), row)| {
        Some(SearchEdge {
            cursor: cursor(entry),
            node: Product(row?),
            score: tidy(score.total()),
            score_parts: (*score).into(),
        })
    });
    let facets = page.facets.clone().unwrap_or_default().into_iter();
    Ok(SearchConnection {
        edges: edges.collect(),
        page_info,
        total: page.total,
        facets: facets.map(|facet| Facet::new(facet, loaders.currency())).collect(),
        did_you_mean: found.corrected.clone(),
        relaxed: found.relaxed.iter().copied().map(Into::into).collect(),
        by_meaning: answer.by_meaning,
        generation: answer.generation,
    })
}
