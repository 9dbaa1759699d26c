//! What was searched for, and what came of it.

use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    money::Money,
    page::{MAX_OFFSET, MAX_SIZE, within},
    scalars::DateTime,
};
use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime as Time, NaiveDate, NaiveTime, Utc};
use shop::{
    Currency,
    discovery::{self as domain, DayRange, QueryFigures, SearchReport},
    money,
};

/// Which queries come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::TopQueries")]
pub enum SearchQueryList {
    /// Those that were searched most.
    MostSearched,
    /// Those that found nothing most often.
    WithoutResults,
    /// Those after which most was clicked.
    MostClicked,
    /// Of those with ten searches and more, those after which least was clicked.
    LeastClicked,
}

/// What came of one query.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchQueryFigures {
    /// The query, in small letters.
    pub query: String,
    /// How often it was searched; turning its pages does not count.
    pub searches: u64,
    /// How often it found nothing.
    pub without_results: u64,
    /// Clicks on what it found.
    pub clicks: u64,
    /// Clicks by search; null without a search.
    pub click_rate: Option<f64>,
    /// The mean place of what was clicked, from 1; null without a click.
    pub mean_click_position: Option<f64>,
    /// Orders with something that was found by it.
    pub orders: u64,
    /// Orders by search; null without a search.
    pub conversion_rate: Option<f64>,
    /// What these orders' lines came to.
    pub revenue: Money,
}

fn rate(of: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

impl SearchQueryFigures {
    fn new(figures: QueryFigures, currency: Currency) -> Self {
        Self {
            click_rate: rate(figures.clicks, figures.searches),
            conversion_rate: rate(figures.orders, figures.searches),
            query: figures.query,
            searches: figures.searches,
            without_results: figures.without_results,
            clicks: figures.clicks,
            mean_click_position: figures.mean_click_position,
            orders: figures.orders,
            revenue: money::Money::new(figures.amount, currency).into(),
        }
    }
}

/// A page of queries.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchQueryConnection {
    /// The queries.
    #[graphql(complexity = "child_complexity")]
    pub nodes: Vec<SearchQueryFigures>,
    /// How many there are.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
}

/// What was searched for in a period, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct SearchAnalytics {
    range: DayRange,
    currency: Currency,
}

impl SearchAnalytics {
    pub(super) fn new(range: DayRange, currency: Currency) -> Self {
        Self { range, currency }
    }
}

/// Figures of all queries together.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct SearchTotals {
    /// Searches; turning pages does not count.
    pub searches: u64,
    /// Different queries.
    pub queries: u64,
    /// Searches that found nothing.
    pub without_results: u64,
    /// Clicks on what was found.
    pub clicks: u64,
    /// Clicks by search; null without a search.
    pub click_rate: Option<f64>,
    /// The mean place of what was clicked, from 1; null without a click.
    pub mean_click_position: Option<f64>,
    /// Orders with something that was found by a search.
    pub orders: u64,
    /// Orders by search; null without a search.
    pub conversion_rate: Option<f64>,
}

impl From<SearchReport> for SearchTotals {
    fn from(report: SearchReport) -> Self {
        Self {
            searches: report.searches,
            queries: report.queries,
            without_results: report.without_results,
            clicks: report.clicks,
            click_rate: rate(report.clicks, report.searches),
            mean_click_position: report.mean_click_position,
            orders: report.orders,
            conversion_rate: rate(report.orders, report.searches),
        }
    }
}

fn start(day: NaiveDate) -> DateTime {
    DateTime(Time::<Utc>::from_naive_utc_and_offset(
        day.and_time(NaiveTime::MIN),
        Utc,
    ))
}

#[Object]
impl SearchAnalytics {
    /// The start of the first day, UTC.
    async fn from(&self) -> DateTime {
        start(self.range.from)
    }

    /// The start of the last day, UTC.
    async fn to(&self) -> DateTime {
        start(self.range.to)
    }

    /// All queries together.
    #[graphql(complexity = "cost::LISTING + child_complexity")]
    async fn totals(&self, ctx: &Context<'_>) -> Result<SearchTotals, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        Ok(admin.search().report(self.range).await?.into())
    }

    /// Single queries.
    #[graphql(complexity = "cost::page(Some(first), None, child_complexity)")]
    async fn queries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which come first.", default_with = "SearchQueryList::MostSearched")] list: SearchQueryList,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<SearchQueryConnection, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let first = within("first", first, 1, MAX_SIZE)? as u64;
        let offset = within("offset", offset, 0, MAX_OFFSET)? as u64;
        let page = admin.search().queries(self.range, list.into(), offset, first).await?;
        let nodes = page.queries.into_iter();
        let nodes: Vec<_> = nodes.map(|row| SearchQueryFigures::new(row, self.currency)).collect();
        Ok(SearchQueryConnection {
            has_next_page: page.total > offset + nodes.len() as u64,
            nodes,
            total_count: page.total,
        })
    }
}
