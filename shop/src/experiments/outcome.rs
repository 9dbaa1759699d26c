//! What came of an experiment, added up by the database over everybody who took part: each person
//! is one observation, since what one person does is not independent.

use super::{Design, Experiment, label_stem};
use crate::ShopError;
use chrono::{DateTime, TimeDelta, Utc};
use entities::{behaviour_event::EventKind, experiment_figure};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    QueryResult, Statement,
};

/// Who does nothing for so long begins another session with what they do next.
const SESSION_S: i64 = 30 * 60;
/// Events are told of up to so long after they happened.
const LATE: TimeDelta = TimeDelta::hours(48);

/// Sums over people of two figures each: `numerator / denominator` of the sums is a ratio metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PairSums {
    /// Of the first figure.
    pub numerator: f64,
    /// Of the second.
    pub denominator: f64,
    /// Of the squares of the first.
    pub numerator_squared: f64,
    /// Of the squares of the second.
    pub denominator_squared: f64,
    /// Of their products.
    pub product: f64,
}

/// What came of one arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArmOutcome {
    /// People who were shown something of it.
    pub people: u64,
    /// Clicks, by impressions.
    pub clicks: PairSums,
    /// People who bought something, by people.
    pub buyers: PairSums,
    /// What was paid, minor units, by sessions.
    pub revenue: PairSums,
    /// Orders.
    pub orders: u64,
    /// Lists that were asked for, …
    pub lists: u64,
    /// … those that failed, …
    pub failures: u64,
    /// … what they took, microseconds, …
    pub micros: f64,
    /// … and the squares of that.
    pub micros_squared: f64,
}

/// Whose products people clicked more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preference {
    /// People who clicked more of the control's.
    pub control: u64,
    /// People who clicked more of the other's.
    pub other: u64,
    /// People who clicked as many of both.
    pub ties: u64,
}

/// What came of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcomes {
    /// By arm, in the plan's order.
    pub arms: Vec<ArmOutcome>,
    /// For drafted lists.
    pub preference: Option<Preference>,
}

pub(super) async fn outcomes(
    db: &DatabaseConnection,
    experiment: &Experiment,
    now: DateTime<Utc>,
) -> Result<Outcomes, ShopError> {
    let mut arms = vec![ArmOutcome::default(); experiment.plan.arms.len()];
    let Some(started) = experiment.started_at else {
        return Ok(Outcomes { arms, preference: None });
    };
    let period = Period {
        from: started,
        until: experiment.stopped_at.unwrap_or(now),
    };
    let rows = experiment_figure::Entity::find().filter(experiment_figure::Column::ExperimentId.eq(experiment.id));
    for row in rows.all(db).await? {
        let Some(arm) = usize::try_from(row.arm).ok().and_then(|arm| arms.get_mut(arm)) else {
            continue;
        };
        arm.lists = count(row.lists);
        arm.failures = count(row.failures);
        (arm.micros, arm.micros_squared) = (row.micros, row.micros_squared);
    }
    for row in db.query_all_raw(people(db, experiment, &period)).await? {
        let arm: i16 = row.try_get("", "arm")?;
        let Some(arm) = usize::try_from(arm).ok().and_then(|arm| arms.get_mut(arm)) else {
            continue;
        };
        arm.people = count(row.try_get("", "people")?);
        arm.orders = count(row.try_get("", "orders")?);
        arm.clicks = pair(&row, "c")?;
        arm.buyers = pair(&row, "b")?;
        arm.revenue = pair(&row, "r")?;
    }
    let preference = match experiment.plan.design {
        Design::Split | Design::Explored => None,
        Design::Interleaved => Some(preference(db, experiment, &period).await?),
    };
    if experiment.plan.design == Design::Explored {
        estimate(db, experiment, &period, &mut arms).await?;
    }
    Ok(Outcomes { arms, preference })
}

struct Period {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Period {
    fn values(&self, experiment: &Experiment) -> [sea_orm::Value; 5] {
        [
            experiment.id.0.into(),
            label_stem(experiment.id).into(),
            self.from.into(),
            self.until.into(),
            (self.until + LATE).into(),
        ]
    }

    /// Events of people who take part, from their first list on.
    const fn joined() -> &'static str {
        "FROM experiment_exposure x JOIN behaviour_event e ON e.person = x.unit \
         AND e.received_at >= $3 AND e.received_at <= $5 \
         AND e.happened_at >= x.first_at AND e.happened_at < $4 \
         WHERE x.experiment_id = $1"
    }
}

/// The figures of every person, added up by arm.
fn people(db: &DatabaseConnection, experiment: &Experiment, period: &Period) -> Statement {
    let backend = db.get_database_backend();
    let seconds = match backend {
        DbBackend::Postgres => "EXTRACT(EPOCH FROM e.happened_at)",
        _ => "unixepoch(e.happened_at)",
    };
    let kind = |kind: EventKind| kind.to_value();
    let (click, impression, purchase) = (
        kind(EventKind::Click),
        kind(EventKind::Impression),
        kind(EventKind::Purchase),
    );
    // What lists are drafted from belongs to nobody's arm.
    let ours = match experiment.plan.design {
        Design::Split => "e.attribution ->> 'arm' = CAST($2 AS TEXT) || CAST(x.arm AS TEXT)",
        Design::Interleaved => "e.attribution ->> 'arm' IN (CAST($2 AS TEXT) || '0', CAST($2 AS TEXT) || '1')",
        Design::Explored => "e.attribution ->> 'arm' LIKE CAST($2 AS TEXT) || '%'",
    };
    let joined = Period::joined();
    let sql = format!(
        "WITH acts AS (SELECT x.unit, e.kind, e.amount, e.basket, \
           CASE WHEN {ours} THEN 1 ELSE 0 END AS ours, \
           {seconds} - LAG({seconds}) OVER (PARTITION BY x.unit ORDER BY e.happened_at) AS pause {joined}), \
         people AS (SELECT x.arm, \
           COALESCE(SUM(CASE WHEN a.kind = {click} THEN a.ours ELSE 0 END), 0) AS clicks, \
           COALESCE(SUM(CASE WHEN a.kind = {impression} THEN a.ours ELSE 0 END), 0) AS impressions, \
           COUNT(DISTINCT CASE WHEN a.kind = {purchase} THEN a.basket END) AS orders, \
           MAX(CASE WHEN a.kind = {purchase} THEN 1 ELSE 0 END) AS bought, \
           COALESCE(SUM(CASE WHEN a.kind = {purchase} THEN a.amount ELSE 0 END), 0) AS revenue, \
           1 + COALESCE(SUM(CASE WHEN a.pause > {SESSION_S} THEN 1 ELSE 0 END), 0) AS sessions \
           FROM experiment_exposure x LEFT JOIN acts a ON a.unit = x.unit \
           WHERE x.experiment_id = $1 GROUP BY x.unit, x.arm) \
         SELECT arm, COUNT(*) AS people, CAST(SUM(orders) AS BIGINT) AS orders, {clicks}, {buyers}, {revenue} \
         FROM people GROUP BY arm",
        clicks = sums("c", "clicks", "impressions"),
        buyers = sums("b", "bought", "1"),
        revenue = sums("r", "revenue", "sessions"),
    );
    Statement::from_sql_and_values(backend, sql, period.values(experiment))
}

/// A pair's sums over people as columns that [`pair`] reads.
fn sums(name: &str, numerator: &str, denominator: &str) -> String {
    let sum = |part: &str, of: String| format!("CAST(SUM({of}) AS DOUBLE PRECISION) AS {name}_{part}");
    [
        sum("n", format!("1.0 * {numerator}")),
        sum("d", format!("1.0 * {denominator}")),
        sum("nn", format!("1.0 * {numerator} * {numerator}")),
        sum("dd", format!("1.0 * {denominator} * {denominator}")),
        sum("nd", format!("1.0 * {numerator} * {denominator}")),
    ]
    .join(", ")
}

/// What each arm would have earned if all places were its own: clicks by impressions, each weighed by the
/// inverse of the chance with which it came to its place, where the arm would have put the same there
/// (self-normalised inverse propensity: Swaminathan and Joachims, NeurIPS 2015).
async fn estimate(
    db: &DatabaseConnection,
    experiment: &Experiment,
    period: &Period,
    arms: &mut [ArmOutcome],
) -> Result<(), ShopError> {
    let backend = db.get_database_backend();
    let (click, impression) = (EventKind::Click.to_value(), EventKind::Impression.to_value());
    let mask_from = label_stem(experiment.id).len() + 1;
    let weighed = |kind: i16, arm: usize, name: &str| {
        let bit = 1_u32 << arm;
        format!(
            "COALESCE(SUM(CASE WHEN kind = {kind} AND (arms & {bit}) <> 0 THEN 1.0 / chance ELSE 0 END), 0) AS {name}{arm}"
        )
    };
    let numbers = || 0..arms.len();
    let by_person: Vec<String> = numbers()
        .flat_map(|arm| [weighed(click, arm, "c"), weighed(impression, arm, "i")])
        .collect();
    let over_all: Vec<String> = numbers()
        .map(|arm| sums(&format!("a{arm}"), &format!("c{arm}"), &format!("i{arm}")))
        .collect();
    let sql = format!(
        "WITH acts AS (SELECT x.unit, e.kind, \
           CAST(e.attribution ->> 'propensity' AS DOUBLE PRECISION) AS chance, \
           CASE WHEN e.attribution ->> 'arm' LIKE CAST($2 AS TEXT) || '%' \
             THEN CAST(SUBSTR(e.attribution ->> 'arm', {mask_from}) AS INTEGER) ELSE 0 END AS arms {joined} \
           AND e.kind IN ({click}, {impression})), \
         people AS (SELECT unit, {by_person} FROM acts GROUP BY unit) \
         SELECT {over_all} FROM people",
        joined = Period::joined(),
        by_person = by_person.join(", "),
        over_all = over_all.join(", "),
    );
    let statement = Statement::from_sql_and_values(backend, sql, period.values(experiment));
    let people = arms.first().map_or(0, |control| control.people);
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(());
    };
    for (at, arm) in arms.iter_mut().enumerate() {
        arm.people = people;
        arm.clicks = pair(&row, &format!("a{at}"))?;
    }
    Ok(())
}

async fn preference(
    db: &DatabaseConnection,
    experiment: &Experiment,
    period: &Period,
) -> Result<Preference, ShopError> {
    #[derive(FromQueryResult)]
    struct Wins {
        control: Option<i64>,
        other: Option<i64>,
        ties: Option<i64>,
    }
    let backend = db.get_database_backend();
    let click = EventKind::Click.to_value();
    let of =
        |arm: u8| format!("SUM(CASE WHEN e.attribution ->> 'arm' = CAST($2 AS TEXT) || '{arm}' THEN 1 ELSE 0 END)");
    let sql = format!(
        "WITH people AS (SELECT x.unit, {control} AS control, {other} AS other {joined} AND e.kind = {click} \
           GROUP BY x.unit) \
         SELECT CAST(SUM(CASE WHEN control > other THEN 1 ELSE 0 END) AS BIGINT) AS control, \
           CAST(SUM(CASE WHEN control < other THEN 1 ELSE 0 END) AS BIGINT) AS other, \
           CAST(SUM(CASE WHEN control = other AND control > 0 THEN 1 ELSE 0 END) AS BIGINT) AS ties FROM people",
        control = of(0),
        other = of(1),
        joined = Period::joined(),
    );
    let statement = Statement::from_sql_and_values(backend, sql, period.values(experiment));
    let wins = Wins::find_by_statement(statement).one(db).await?;
    Ok(wins.map_or_else(Preference::default, |wins| Preference {
        control: count(wins.control.unwrap_or_default()),
        other: count(wins.other.unwrap_or_default()),
        ties: count(wins.ties.unwrap_or_default()),
    }))
}

fn pair(row: &QueryResult, name: &str) -> Result<PairSums, ShopError> {
    let sum = |part: &str| {
        let sum: Option<f64> = row.try_get("", &format!("{name}_{part}"))?;
        Ok::<f64, sea_orm::DbErr>(sum.unwrap_or_default())
    };
    Ok(PairSums {
        numerator: sum("n")?,
        denominator: sum("d")?,
        numerator_squared: sum("nn")?,
        denominator_squared: sum("dd")?,
        product: sum("nd")?,
    })
}

fn count(of: i64) -> u64 {
    u64::try_from(of).unwrap_or_default()
}
