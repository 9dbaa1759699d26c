//! Figures of what was searched for.

use super::search_day::{self, Column};
use crate::{Shop, ShopError};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use entities::{order, order_line};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Select,
    sea_query::{Expr, SimpleExpr},
};
use std::collections::HashMap;

/// Searches from which on a query's click rate says something.
const ENOUGH: i64 = 10;

/// Whole days, UTC, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

impl DayRange {
    fn times(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let start = |day: NaiveDate| DateTime::from_naive_utc_and_offset(day.and_time(NaiveTime::MIN), Utc);
        let after = self.to.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        (start(self.from), start(after))
    }
}

/// Which queries come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopQueries {
    /// Those that were searched most.
    MostSearched,
    /// Those that found nothing most often.
    WithoutResults,
    /// Those after which most was clicked.
    MostClicked,
    /// Of those with ten searches and more, those after which least was clicked.
    LeastClicked,
}

/// All queries together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SearchReport {
    /// Searches.
    pub searches: u64,
    /// Different queries.
    pub queries: u64,
    /// Searches that found nothing.
    pub without_results: u64,
    /// Clicks on what was found.
    pub clicks: u64,
    /// The mean place of what was clicked, from 1.
    pub mean_click_position: Option<f64>,
    /// Orders of the time with a line that a search found, those cancelled left out.
    pub orders: u64,
}

/// One query.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryFigures {
    /// What was searched for.
    pub query: String,
    /// Searches.
    pub searches: u64,
    /// Searches that found nothing.
    pub without_results: u64,
    /// Clicks on what was found.
    pub clicks: u64,
    /// The mean place of what was clicked, from 1.
    pub mean_click_position: Option<f64>,
    /// Orders with a line that it found, those cancelled left out.
    pub orders: u64,
    /// What these lines came to, minor units of the shop's currency.
    pub amount: i64,
}

/// A page of queries.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryPage {
    /// The queries.
    pub queries: Vec<QueryFigures>,
    /// How many there are.
    pub total: u64,
}

#[derive(FromQueryResult)]
struct Sums {
    searches: Option<i64>,
    without_results: Option<i64>,
    clicks: Option<i64>,
    click_positions: Option<i64>,
}

#[derive(FromQueryResult)]
struct Row {
    query: String,
    #[sea_orm(nested)]
    sums: Sums,
}

#[derive(FromQueryResult)]
struct Bought {
    query: String,
    orders: i64,
    amount: Option<i64>,
}

/// PostgreSQL adds large integers up to a decimal.
fn sum(column: Column) -> SimpleExpr {
    Expr::col(column).sum().cast_as("BIGINT")
}

fn within(range: DayRange) -> Select<search_day::Entity> {
    search_day::Entity::find()
        .select_only()
        .expr_as(sum(Column::Searches), "searches")
        .expr_as(sum(Column::WithoutResults), "without_results")
        .expr_as(sum(Column::Clicks), "clicks")
        .expr_as(sum(Column::ClickPositions), "click_positions")
        .filter(Column::Day.between(range.from, range.to))
}

fn count(sum: Option<i64>) -> u64 {
    sum.and_then(|sum| u64::try_from(sum).ok()).unwrap_or_default()
}

fn mean(sum: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| sum as f64 / of as f64)
}

pub(super) async fn report(shop: &Shop, range: DayRange) -> Result<SearchReport, ShopError> {
    let sums: Option<Sums> = within(range).into_model().one(shop.db()).await?;
    let queries = search_day::Entity::find()
        .select_only()
        .column(Column::Query)
        .filter(Column::Day.between(range.from, range.to))
        .group_by(Column::Query);
    let queries = queries.count(shop.db()).await?;
    let orders: Option<i64> = found_lines(shop, range)
        .select_only()
        .expr(Expr::col((order_line::Entity, order_line::Column::OrderId)).count_distinct())
        .into_tuple()
        .one(shop.db())
        .await?;
    let figure = |pick: fn(&Sums) -> Option<i64>| count(sums.as_ref().and_then(pick));
    let clicks = figure(|sums| sums.clicks);
    Ok(SearchReport {
        searches: figure(|sums| sums.searches),
        queries,
        without_results: figure(|sums| sums.without_results),
        clicks,
        mean_click_position: mean(figure(|sums| sums.click_positions), clicks),
        orders: count(orders),
    })
}

/// Lines that a search found, of orders placed in these days and not cancelled.
fn found_lines(shop: &Shop, range: DayRange) -> Select<order_line::Entity> {
    let (from, before) = range.times();
    order_line::Entity::find()
        .join(JoinType::InnerJoin, order_line::Relation::Order.def())
        .filter(order_line::Column::FoundBy.is_not_null())
        .filter(order::Column::PlacedAt.gte(from))
        .filter(order::Column::PlacedAt.lt(before))
        .filter(order::Column::Status.ne(order::OrderStatus::Cancelled))
        .filter(order::Column::Currency.eq(shop.currency().code()))
}

pub(super) async fn queries(
    shop: &Shop,
    range: DayRange,
    which: TopQueries,
    offset: u64,
    limit: u64,
) -> Result<QueryPage, ShopError> {
    let rate = || {
        Expr::col(Column::Clicks)
            .sum()
            .mul(1_000_000)
            .div(Expr::col(Column::Searches).sum())
    };
    let found = within(range).column(Column::Query).group_by(Column::Query);
    let found = match which {
        TopQueries::MostSearched => found.order_by(Column::Searches.sum(), Order::Desc),
        TopQueries::WithoutResults => found
            .having(Column::WithoutResults.sum().gt(0))
            .order_by(Column::WithoutResults.sum(), Order::Desc),
        TopQueries::MostClicked => found
            .having(Column::Clicks.sum().gt(0))
            .order_by(Column::Clicks.sum(), Order::Desc),
        TopQueries::LeastClicked => found
            .having(Column::Searches.sum().gte(ENOUGH))
            .order_by(rate(), Order::Asc),
    };
    let total = found.clone().count(shop.db()).await?;
    let page = found.order_by(Column::Query, Order::Asc).offset(offset).limit(limit);
    let rows: Vec<Row> = page.into_model().all(shop.db()).await?;
    let bought = bought(shop, range, rows.iter().map(|row| row.query.clone())).await?;
    let figures = |Row { query, sums }: Row| {
        let (orders, amount) = bought.get(&query).copied().unwrap_or_default();
        let clicks = count(sums.clicks);
        QueryFigures {
            query,
            searches: count(sums.searches),
            without_results: count(sums.without_results),
            clicks,
            mean_click_position: mean(count(sums.click_positions), clicks),
            orders,
            amount,
        }
    };
    Ok(QueryPage {
        queries: rows.into_iter().map(figures).collect(),
        total,
    })
}

/// Orders and amounts by the query that found the lines.
async fn bought(
    shop: &Shop,
    range: DayRange,
    queries: impl Iterator<Item = String>,
) -> Result<HashMap<String, (u64, i64)>, ShopError> {
    let line = |column: order_line::Column| Expr::col((order_line::Entity, column));
    let found: Vec<Bought> = found_lines(shop, range)
        .filter(order_line::Column::FoundBy.is_in(queries))
        .select_only()
        .column_as(order_line::Column::FoundBy, "query")
        .expr_as(line(order_line::Column::OrderId).count_distinct(), "orders")
        .expr_as(line(order_line::Column::TotalAmount).sum().cast_as("BIGINT"), "amount")
        .group_by(order_line::Column::FoundBy)
        .into_model()
        .all(shop.db())
        .await?;
    let each = found.into_iter();
    Ok(each
        .map(|row| (row.query, (count(Some(row.orders)), row.amount.unwrap_or_default())))
        .collect())
}
