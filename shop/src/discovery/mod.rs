//! What staff say about search, what shoppers search for, and what comes of it. Searching itself
//! is the engine's.
//!
//! Synonyms and rules are few, read whole and compiled by every process; each change of them
//! leaves a [`Change::Search`](crate::outbox::Change::Search). Searches and clicks are counted by
//! day and query: nothing is kept of who searched.

mod admin;
mod check;
mod input;
mod kept;
mod report;
mod tallies;
pub(crate) mod targets;
#[cfg(test)]
mod tests;

pub use admin::AdminSearch;
pub use input::{FusionPatch, NewRule, NewSynonym, RulePatch, SynonymPatch};
pub use kept::{Action, Matching, Rule, SearchSettings, Synonym, USUAL_STRENGTH};
pub use report::{DayRange, QueryFigures, QueryPage, SearchReport, TopQueries};
pub use tallies::Tallies;

use crate::{ShopError, db::begin_write};
use chrono::NaiveDate;
use entities::{search_day, search_rule, search_synonym};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Statement,
    sea_query::{Expr, OnConflict},
};
use std::{collections::BTreeMap, sync::Arc};

/// Longest query that is told from others, in characters.
const LONGEST: usize = 200;
/// Most synonyms, and most rules.
const MOST: u64 = 1_000;
/// Rows of one statement.
const BATCH: usize = 500;
/// Days forgotten by one statement.
const FORGOTTEN: u64 = 10_000;

/// The form in which queries are compared and counted: small letters, single spaces, no control
/// characters, at most 200 characters. `None` when nothing is left.
#[must_use]
pub fn normalised(text: &str) -> Option<String> {
    let cut: String = folded(text).chars().take(LONGEST).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// As [`normalised`], however long. PostgreSQL keeps no zero characters, so control characters
/// divide words as white space does.
fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// How often something was searched for on one day, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryTally {
    /// The day, UTC.
    pub day: NaiveDate,
    /// What, normalised.
    pub query: String,
    /// Searches.
    pub searches: u64,
    /// Searches that found nothing.
    pub without_results: u64,
    /// Clicks on what was found.
    pub clicks: u64,
    /// The places of what was clicked, from 1, added up.
    pub click_positions: u64,
}

impl QueryTally {
    /// Nothing yet.
    #[must_use]
    pub fn new(day: NaiveDate, query: &str) -> Self {
        Self {
            day,
            query: query.to_owned(),
            searches: 0,
            without_results: 0,
            clicks: 0,
            click_positions: 0,
        }
    }

    /// Counts what another tally has counted too.
    fn add(&mut self, other: &Self) {
        self.searches += other.searches;
        self.without_results += other.without_results;
        self.clicks += other.clicks;
        self.click_positions += other.click_positions;
    }
}

/// Something that was searched for.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PopularQuery {
    /// What, normalised.
    pub query: String,
    /// How often.
    pub searches: i64,
}

/// What is known about search.
#[derive(Clone, Debug)]
pub struct Discovery {
    db: DatabaseConnection,
    tallies: Arc<Tallies>,
}

impl Discovery {
    pub(crate) fn new(db: &DatabaseConnection) -> Self {
        Self {
            db: db.clone(),
            tallies: Arc::default(),
        }
    }

    /// What was searched in this process and is not written down yet.
    #[must_use]
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// All synonyms, in the order they were made.
    ///
    /// # Errors
    /// `Internal` when the database fails or a row is damaged.
    pub async fn synonyms(&self) -> Result<Vec<Synonym>, ShopError> {
        let rows = search_synonym::Entity::find().order_by_asc(search_synonym::Column::Id);
        let rows = rows.all(&self.db).await?;
        rows.into_iter().map(Synonym::try_from).collect()
    }

    /// All rules, in the order they were made.
    ///
    /// # Errors
    /// `Internal` when the database fails or a row is damaged.
    pub async fn rules(&self) -> Result<Vec<Rule>, ShopError> {
        let rows = search_rule::Entity::find().order_by_asc(search_rule::Column::Id);
        let rows = rows.all(&self.db).await?;
        rows.into_iter().map(Rule::try_from).collect()
    }

    /// What differs from the built-in settings.
    ///
    /// # Errors
    /// `Internal` when the database fails or the row is damaged.
    pub async fn settings(&self) -> Result<SearchSettings, ShopError> {
        kept::settings(&self.db).await
    }

    /// What was searched for at least so often since a day and found something most times, most
    /// frequent first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn popular_queries(
        &self,
        since: NaiveDate,
        least: u64,
        limit: u64,
    ) -> Result<Vec<PopularQuery>, ShopError> {
        use search_day::Column::{Day, Query, Searches, WithoutResults};
        // PostgreSQL adds large integers up to a decimal.
        let sum = |column: search_day::Column| Expr::col(column).sum().cast_as("BIGINT");
        let found = search_day::Entity::find()
            .select_only()
            .column(Query)
            .expr_as(sum(Searches), "searches")
            .filter(Day.gte(since))
            .group_by(Query)
            .having(Searches.sum().gte(i64::try_from(least).unwrap_or(i64::MAX)))
            .having(WithoutResults.sum().mul(2).lt(Searches.sum()))
            .order_by_desc(Searches.sum())
            .order_by_asc(Query)
            .limit(limit);
        Ok(found.into_model().all(&self.db).await?)
    }

    /// Adds counts to what is written down; all or none. The counts of one query may come in parts.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn record(&self, tallies: &[QueryTally]) -> Result<(), ShopError> {
        // In one order everywhere, so that two processes never wait for each other, and each row
        // once: no statement may write one twice.
        let mut sums: BTreeMap<(NaiveDate, String), QueryTally> = BTreeMap::new();
        for tally in tallies {
            let Some(query) = normalised(&tally.query) else {
                continue;
            };
            let none = QueryTally::new(tally.day, &query);
            sums.entry((tally.day, query)).or_insert(none).add(tally);
        }
        if sums.is_empty() {
            return Ok(());
        }
        let tallies: Vec<QueryTally> = sums.into_values().collect();
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let tx = begin_write(&self.db).await?;
        for batch in tallies.chunks(BATCH) {
            let rows = batch.iter().map(|tally| search_day::ActiveModel {
                day: Set(tally.day),
                query: Set(tally.query.clone()),
                searches: Set(count(tally.searches)),
                without_results: Set(count(tally.without_results)),
                clicks: Set(count(tally.clicks)),
                click_positions: Set(count(tally.click_positions)),
            });
            search_day::Entity::insert_many(rows)
                .on_conflict(added())
                .exec_without_returning(&tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Forgets what was searched before a day. Tells how many counts went.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn forget_before(&self, day: NaiveDate) -> Result<u64, ShopError> {
        let mut gone = 0;
        loop {
            // Row values are understood by both databases.
            let sql = format!(
                "DELETE FROM search_day WHERE (day, query) IN \
                 (SELECT day, query FROM search_day WHERE day < $1 LIMIT {FORGOTTEN})"
            );
            let backend = self.db.get_database_backend();
            let statement = Statement::from_sql_and_values(backend, sql, [day.into()]);
            let some = self.db.execute_raw(statement).await?.rows_affected();
            gone += some;
            if some < FORGOTTEN {
                return Ok(gone);
            }
        }
    }
}

/// What becomes of counts that are there already.
fn added() -> OnConflict {
    use search_day::Column::{ClickPositions, Clicks, Day, Query, Searches, WithoutResults};
    let mut conflict = OnConflict::columns([Day, Query]);
    for column in [Searches, WithoutResults, Clicks, ClickPositions] {
        let new = Expr::col(("excluded", column));
        conflict.value(column, Expr::col((search_day::Entity, column)).add(new));
    }
    conflict
}
