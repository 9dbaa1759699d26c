//! Figures of the shop for administrators. Obtained from [`crate::viewer::Admin`].
//!
//! The database computes them, in as many statements as there are kinds of figures, however
//! many orders there are. The statements are written out: both databases take the same text,
//! days and months apart. On SQLite an instant is its text in UTC, so a day is its first ten
//! characters.
//!
//! An order counts when it was paid within the period, is not cancelled and is of the shop's
//! currency. What went back of it does not count as sold.

#[cfg(test)]
mod tests;

use super::attention::{FAILED_REFUND, MISMATCHED, refund_by_hand};
use crate::{
    Shop,
    error::{ProblemCode, ShopError},
};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use entities::id::{ProductId, VariantId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use std::collections::HashMap;

/// Longest period.
const LONGEST: TimeDelta = TimeDelta::days(400);
/// Most rows of a list.
const LONGEST_LIST: u64 = 50;

/// Orders that count, `o` in every statement.
const SOLD: &str = "o.paid_at >= $1 AND o.paid_at < $2 AND o.status <> 'CANCELLED' AND o.currency = $3";

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    from: DateTime<Utc>,
    before: DateTime<Utc>,
}

impl Period {
    /// From one instant on until before another one.
    ///
    /// # Errors
    /// `Invalid` when it ends before it begins, or is longer than 400 days.
    pub fn new(from: DateTime<Utc>, before: DateTime<Utc>) -> Result<Self, ShopError> {
        let out = |message| Err(ShopError::problem("before", ProblemCode::OutOfRange, message));
        if before <= from {
            return out("must be after `from`");
        }
        if before - from > LONGEST {
            return out("must be at most 400 days after `from`");
        }
        Ok(Self { from, before })
    }

    /// When it begins.
    #[must_use]
    pub fn from(&self) -> DateTime<Utc> {
        self.from
    }

    /// When it is over.
    #[must_use]
    pub fn before(&self) -> DateTime<Utc> {
        self.before
    }
}

/// What a period came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Figures {
    /// Orders.
    pub orders: i64,
    /// Their totals without what went back, minor units.
    pub sales: i64,
    /// Pieces, without those whose money went back.
    pub units: i64,
    /// Money whose way back began within the period, whenever it was paid.
    pub refunds: i64,
    /// Customers who registered.
    pub new_customers: i64,
}

impl Figures {
    /// Sales per order, rounded half up; nothing without orders.
    #[must_use]
    pub fn average_order(&self) -> i64 {
        let (sales, orders) = (i128::from(self.sales), i128::from(self.orders));
        let rounded = (2 * sales + orders).checked_div_euclid(2 * orders).unwrap_or(0);
        i64::try_from(rounded).expect("an average is not larger than the sum")
    }
}

/// How long a step of a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesStep {
    /// A day, UTC.
    Day,
    /// A month, UTC.
    Month,
}

/// A step of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesPoint {
    /// When the day or month begins.
    pub start: DateTime<Utc>,
    /// Totals of the orders without what went back, minor units.
    pub sales: i64,
    /// Orders.
    pub orders: i64,
}

/// What products are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// What they brought in.
    Revenue,
    /// How many pieces were sold.
    Units,
}

/// A product that sells.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct TopProduct {
    /// Which; it may be gone by now.
    pub product_id: ProductId,
    /// What it was called when it was last ordered.
    pub name: String,
    /// Totals of its lines without what went back with pieces, minor units.
    pub revenue: i64,
    /// Pieces, without those whose money went back.
    pub units: i64,
}

/// A variant of a published product that is running out.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct LowStock {
    /// Which.
    pub variant_id: VariantId,
    /// Of which product.
    pub product_id: ProductId,
    /// The product's name.
    pub product_name: String,
    /// Which variant; empty for a simple product.
    pub variant_title: String,
    /// Stock-keeping unit.
    pub sku: String,
    /// Pieces that are free.
    pub available: i32,
}

/// What waits for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct OpenWork {
    /// Paid orders that are not sent.
    pub to_fulfil: i64,
    /// Orders whose money is missing.
    pub awaiting_payment: i64,
    /// Refunds that did not go through, and were neither made good since nor taken care of.
    pub failed_refunds: i64,
    /// Refunds that somebody has to make by hand, or that a provider leaves open.
    pub refunds_by_hand: i64,
    /// Payments of another amount than was asked, until they went back.
    pub mismatched_payments: i64,
}

/// A step as the database names it.
#[derive(FromQueryResult)]
struct Step {
    start: String,
    sales: i64,
    orders: i64,
}

/// What an administrator may look at.
#[derive(Clone, Copy, Debug)]
pub struct AdminDashboard<'a> {
    shop: &'a Shop,
}

impl<'a> AdminDashboard<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    async fn rows<T: FromQueryResult>(&self, sql: &str, values: Vec<Value>) -> Result<Vec<T>, ShopError> {
        let statement = Statement::from_sql_and_values(self.shop.db().get_database_backend(), sql, values);
        let rows = self.shop.db().query_all_raw(statement).await?;
        let rows = rows.iter().map(|row| T::from_query_result(row, ""));
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// `$1`, `$2`, `$3` of [`SOLD`].
    fn sold(&self, period: Period) -> Vec<Value> {
        vec![
            period.from.into(),
            period.before.into(),
            self.shop.currency().code().into(),
        ]
    }

    /// What a period came to.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn figures(&self, period: Period) -> Result<Figures, ShopError> {
        let sql = format!(
            "SELECT count(*) AS orders, \
             CAST(coalesce(sum(o.total_amount - o.refunded_amount), 0) AS BIGINT) AS sales, \
             (SELECT CAST(coalesce(sum(l.quantity - l.refunded_quantity), 0) AS BIGINT) \
              FROM shop_order o JOIN order_line l ON l.order_id = o.id WHERE {SOLD}) AS units, \
             (SELECT CAST(coalesce(sum(r.amount), 0) AS BIGINT) FROM refund r JOIN payment p ON p.id = r.payment_id \
              WHERE r.created_at >= $1 AND r.created_at < $2 AND r.status <> 'FAILED' AND p.currency = $3) AS refunds, \
             (SELECT count(*) FROM user_account u \
              WHERE u.role = 'CUSTOMER' AND u.created_at >= $1 AND u.created_at < $2) AS new_customers \
             FROM shop_order o WHERE {SOLD}"
        );
        let figures = self.rows(&sql, self.sold(period)).await?.pop();
        figures.ok_or_else(|| ShopError::internal("a sum has a row"))
    }

    /// Sales of each day or month that the period touches, those without any among them.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn series(&self, period: Period, step: SeriesStep) -> Result<Vec<SeriesPoint>, ShopError> {
        let start = match (self.shop.db().get_database_backend(), step) {
            (DbBackend::Sqlite, SeriesStep::Day) => "substr(o.paid_at, 1, 10)",
            (DbBackend::Sqlite, SeriesStep::Month) => "substr(o.paid_at, 1, 7) || '-01'",
            (_, SeriesStep::Day) => "to_char(o.paid_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
            (_, SeriesStep::Month) => "to_char(o.paid_at AT TIME ZONE 'UTC', 'YYYY-MM-\"01\"')",
        };
        let sql = format!(
            "SELECT {start} AS start, count(*) AS orders, \
             CAST(sum(o.total_amount - o.refunded_amount) AS BIGINT) AS sales \
             FROM shop_order o WHERE {SOLD} GROUP BY 1"
        );
        let found: Vec<Step> = self.rows(&sql, self.sold(period)).await?;
        let found: HashMap<String, Step> = found.into_iter().map(|row| (row.start.clone(), row)).collect();
        let point = |start: NaiveDate| {
            let row = found.get(&start.to_string());
            SeriesPoint {
                start: start.and_time(chrono::NaiveTime::MIN).and_utc(),
                sales: row.map_or(0, |row| row.sales),
                orders: row.map_or(0, |row| row.orders),
            }
        };
        Ok(starts(period, step).into_iter().map(point).collect())
    }

    /// What sold best; `limit` is brought within 1 and 50.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn top_products(&self, period: Period, by: Ranking, limit: u64) -> Result<Vec<TopProduct>, ShopError> {
        let order = match by {
            Ranking::Revenue => "revenue DESC, units DESC, product_id",
            Ranking::Units => "units DESC, revenue DESC, product_id",
        };
        // What went back with pieces is rounded as refunds are: once over all of a line's pieces, half up.
        let sql = format!(
            "SELECT t.product_id, t.revenue, t.units, \
             (SELECT n.product_name FROM order_line n WHERE n.product_id = t.product_id ORDER BY n.id DESC LIMIT 1) AS name \
             FROM (SELECT l.product_id, \
              CAST(sum(l.total_amount \
               - (2 * l.total_amount * l.refunded_quantity + l.quantity) / (2 * l.quantity)) AS BIGINT) AS revenue, \
              CAST(sum(l.quantity - l.refunded_quantity) AS BIGINT) AS units \
              FROM shop_order o JOIN order_line l ON l.order_id = o.id WHERE {SOLD} \
              GROUP BY l.product_id HAVING sum(l.quantity - l.refunded_quantity) > 0 \
              ORDER BY {order} LIMIT $4) t \
             ORDER BY {order}"
        );
        let mut values = self.sold(period);
        values.push(limit.clamp(1, LONGEST_LIST).into());
        self.rows(&sql, values).await
    }

    /// Variants of published products with at most so many free pieces, fewest first; `limit`
    /// is brought within 1 and 50.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn low_stock(&self, threshold: i32, limit: u64) -> Result<Vec<LowStock>, ShopError> {
        let sql = "SELECT v.id AS variant_id, v.product_id, p.name AS product_name, v.title AS variant_title, v.sku, \
                   v.stock_on_hand - v.stock_reserved AS available \
                   FROM variant v JOIN product p ON p.id = v.product_id \
                   WHERE p.status = 'PUBLISHED' AND v.stock_on_hand - v.stock_reserved <= $1 \
                   ORDER BY v.stock_on_hand - v.stock_reserved, v.id LIMIT $2";
        let limit = limit.clamp(1, LONGEST_LIST);
        self.rows(sql, vec![threshold.into(), limit.into()]).await
    }

    /// What waits for somebody now.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn open_work(&self) -> Result<OpenWork, ShopError> {
        // Written out, not bound: only then are the small indexes of these states used.
        let sql = format!(
            "SELECT (SELECT count(*) FROM shop_order WHERE status = 'PAID') AS to_fulfil, \
             (SELECT count(*) FROM shop_order WHERE status = 'PENDING_PAYMENT') AS awaiting_payment, \
             (SELECT count(*) FROM {FAILED_REFUND}) AS failed_refunds, \
             (SELECT count(*) FROM {}) AS refunds_by_hand, \
             (SELECT count(*) FROM {MISMATCHED}) AS mismatched_payments",
            refund_by_hand(self.shop)
        );
        let work = self.rows(&sql, Vec::new()).await?.pop();
        work.ok_or_else(|| ShopError::internal("counts have a row"))
    }
}

/// First days of the steps that a period touches.
fn starts(period: Period, step: SeriesStep) -> Vec<NaiveDate> {
    let last = (period.before - TimeDelta::nanoseconds(1)).date_naive();
    let first = period.from.date_naive();
    let mut next = match step {
        SeriesStep::Day => Some(first),
        SeriesStep::Month => first.with_day(1),
    };
    let mut starts = Vec::new();
    while let Some(start) = next.filter(|start| *start <= last) {
        starts.push(start);
        next = match step {
            SeriesStep::Day => start.checked_add_days(Days::new(1)),
            SeriesStep::Month => start.checked_add_months(Months::new(1)),
        };
    }
    starts
}
