//! What came of an experiment: sums of the database, judged by the tests of `reco_actors::experiment`.

use super::types::ExperimentMetric;
use crate::{error::ApiError, money::Money};
use async_graphql::{Enum, SimpleObject};
use reco_actors::experiment::{
    Alpha, Interval, Lift, Plan as Judge, Ratio, SampleRatio, Sums, Wins, compare, is_harmed, is_not_inferior,
};
use shop::{
    Currency,
    experiments::{ArmOutcome, Design, Guardrails, Metric, Outcomes, PairSums, Plan, Preference},
    money,
};

/// From where to where.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ConfidenceInterval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl From<Interval> for ConfidenceInterval {
    fn from(interval: Interval) -> Self {
        Self {
            low: interval.low,
            high: interval.high,
        }
    }
}

/// A metric of one arm.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct MetricValue {
    /// Which.
    pub metric: ExperimentMetric,
    /// Its value; null before there is any.
    pub value: Option<f64>,
    /// Its standard error, over people.
    pub standard_error: Option<f64>,
}

/// What came of one arm.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExperimentArmResult {
    /// The arm.
    pub name: String,
    /// People who were shown something of it. Where lists are drafted all of them are the control's.
    pub people: u64,
    /// Impressions of its products that were told of; for `EXPLORED` an estimate of how many there were
    /// if all places were its own, and so with its clicks.
    pub impressions: u64,
    /// Clicks on its products.
    pub clicks: u64,
    /// Sessions of these people.
    pub sessions: u64,
    /// People who bought something.
    pub buyers: u64,
    /// Orders they paid.
    pub orders: u64,
    /// What they paid.
    pub revenue: Money,
    /// Its metrics.
    pub metrics: Vec<MetricValue>,
    /// Lists that were made.
    pub lists: u64,
    /// Lists that failed.
    pub failures: u64,
    /// Milliseconds a list took on average.
    pub mean_latency_ms: Option<f64>,
}

/// By how much an arm differs from the control.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ExperimentLift {
    /// By so much.
    pub estimate: f64,
    /// Holds at all looks together: stop when you like.
    pub interval: ConfidenceInterval,
    /// Holds at one look that was set beforehand, and only there.
    pub fixed_interval: ConfidenceInterval,
}

impl From<&Lift> for ExperimentLift {
    fn from(lift: &Lift) -> Self {
        Self {
            estimate: lift.estimate,
            interval: lift.always.into(),
            fixed_interval: lift.fixed.into(),
        }
    }
}

/// An arm against the control, by one metric.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExperimentComparison {
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: ExperimentMetric,
    /// Whether the experiment is about it; what others say was not asked beforehand.
    pub is_primary: bool,
    /// By how much it differs, in the metric's unit. Null: not yet, there is too little to say.
    pub absolute: Option<ExperimentLift>,
    /// By how much it differs, as a share of the control's.
    pub relative: Option<ExperimentLift>,
    /// Whether the arms differ: the interval does not hold 0.
    pub is_significant: bool,
    /// How probable such a difference is without an effect, over all looks.
    pub p_value: Option<f64>,
}

/// What a guardrail watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ExperimentGuardrailKind {
    /// Time of a list.
    Latency,
    /// Lists that fail.
    Failures,
    /// Revenue by session.
    Revenue,
}

/// Whether something became worse than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum GuardrailState {
    /// Too little is known.
    Unknown,
    /// It did not become worse by as much as the margin.
    Kept,
    /// It became worse by more than the margin: stop.
    Broken,
}

/// Whether an arm makes something worse than it may.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExperimentGuardrail {
    /// The arm.
    pub arm: String,
    /// What it watches.
    pub kind: ExperimentGuardrailKind,
    /// Worse by so much is allowed.
    pub margin: f64,
    /// By how much it differs from the control; a share of it for latency and revenue.
    pub lift: Option<ExperimentLift>,
    /// Whether it is kept.
    pub state: GuardrailState,
}

/// Whether the arms got the people they were meant to get. If not, nothing else can be trusted.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ExperimentSampleRatio {
    /// How probable such counts are if all is well, over all looks.
    pub p_value: f64,
    /// Whether they differ by more than chance, at one in a thousand.
    pub is_mismatch: bool,
}

/// Whose products people clicked more, where lists are drafted from both arms.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ExperimentPreference {
    /// People who clicked more of the control's.
    pub control: u64,
    /// People who clicked more of the other arm's.
    pub treatment: u64,
    /// People who clicked as many of both.
    pub ties: u64,
    /// The other arm's share of people with a preference.
    pub treatment_share: f64,
    /// Holds at all looks together.
    pub interval: ConfidenceInterval,
    /// How probable that is if nobody prefers either, over all looks.
    pub p_value: f64,
    /// Whether one is preferred: the interval does not hold one half.
    pub is_significant: bool,
}

/// What came of an experiment until now.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExperimentResults {
    /// By arm, the control first.
    pub arms: Vec<ExperimentArmResult>,
    /// Every other arm against the control, by every metric.
    pub comparisons: Vec<ExperimentComparison>,
    /// For `INTERLEAVED`.
    pub preference: Option<ExperimentPreference>,
    /// What must not become worse.
    pub guardrails: Vec<ExperimentGuardrail>,
    /// For `SPLIT`; null while nobody takes part.
    pub sample_ratio: Option<ExperimentSampleRatio>,
}

/// Judged as the plan said beforehand.
pub(super) fn results(plan: &Plan, outcomes: &Outcomes, currency: Currency) -> Result<ExperimentResults, ApiError> {
    let alpha = Alpha::new(plan.alpha)?.shared_by(plan.arms.len() - 1);
    let judge = Judge::new(alpha, plan.planned_people)?;
    let unit = 10_f64.powi(currency.exponent().unwrap_or(2).into());
    let arms = plan.arms.iter().zip(&outcomes.arms);
    let arms = arms.map(|(arm, outcome)| arm_result(arm.name.clone(), outcome, (unit, currency)));
    let mut comparisons = Vec::new();
    let mut guardrails = Vec::new();
    // What people buy is no single arm's doing where one list holds products of several.
    let compared_by: &[Metric] = match plan.design {
        Design::Split => &[Metric::ClickThrough, Metric::Conversion, Metric::RevenuePerSession],
        Design::Explored => &[Metric::ClickThrough],
        Design::Interleaved => &[],
    };
    if let Some((control, others)) = outcomes.arms.split_first() {
        for (arm, outcome) in plan.arms.iter().skip(1).zip(others) {
            for &metric in compared_by {
                let sums = |outcome: &ArmOutcome| sums(outcome, metric, unit);
                let compared = compare(&sums(control), &sums(outcome), &judge);
                comparisons.push(ExperimentComparison {
                    arm: arm.name.clone(),
                    metric: metric.into(),
                    is_primary: metric == plan.metric,
                    absolute: compared.map(|compared| (&compared.absolute).into()),
                    relative: compared.and_then(|compared| compared.relative.as_ref().map(Into::into)),
                    is_significant: compared.is_some_and(|compared| compared.absolute.always.excludes(0.0)),
                    p_value: compared.map(|compared| compared.absolute.evidence.p_value()),
                });
            }
        }
    }
    if let Some((control, others)) = outcomes.arms.split_first() {
        for (arm, outcome) in plan.arms.iter().skip(1).zip(others) {
            guardrails.extend(watched(plan, &judge, &arm.name, (control, outcome))?);
        }
    }
    let weights: Vec<u32> = plan.arms.iter().map(|arm| arm.weight).collect();
    let people: Vec<u64> = outcomes.arms.iter().map(|arm| arm.people).collect();
    let is_known = plan.design == Design::Split && people.iter().sum::<u64>() > 0;
    let ratio = SampleRatio::of(&people, &weights).filter(|_| is_known);
    Ok(ExperimentResults {
        arms: arms.collect(),
        comparisons,
        preference: outcomes.preference.map(|preference| preferred(preference, alpha)),
        guardrails,
        sample_ratio: ratio.map(|ratio| ExperimentSampleRatio {
            p_value: ratio.evidence.p_value(),
            is_mismatch: ratio.is_mismatch(),
        }),
    })
}

fn arm_result(name: String, outcome: &ArmOutcome, (unit, currency): (f64, Currency)) -> ExperimentArmResult {
    let metrics = [Metric::ClickThrough, Metric::Conversion, Metric::RevenuePerSession];
    let metrics = metrics.into_iter().map(|metric| {
        let ratio = sums(outcome, metric, unit).ratio();
        MetricValue {
            metric: metric.into(),
            value: ratio.map(|ratio| ratio.value),
            standard_error: ratio.map(Ratio::standard_error),
        }
    });
    ExperimentArmResult {
        name,
        people: outcome.people,
        impressions: outcome.clicks.denominator as u64,
        clicks: outcome.clicks.numerator as u64,
        sessions: outcome.revenue.denominator as u64,
        buyers: outcome.buyers.numerator as u64,
        orders: outcome.orders,
        revenue: money::Money::new(outcome.revenue.numerator as i64, currency).into(),
        metrics: metrics.collect(),
        lists: outcome.lists,
        failures: outcome.failures,
        mean_latency_ms: (outcome.lists > 0).then(|| outcome.micros / outcome.lists as f64 / 1_000.0),
    }
}

fn sums(outcome: &ArmOutcome, metric: Metric, unit: f64) -> Sums {
    let (pair, scale) = match metric {
        Metric::ClickThrough => (outcome.clicks, 1.0),
        Metric::Conversion => (outcome.buyers, 1.0),
        Metric::RevenuePerSession => (outcome.revenue, unit),
    };
    of_pair(outcome.people, pair, scale)
}

/// The numerator in units of `scale`.
fn of_pair(units: u64, pair: PairSums, scale: f64) -> Sums {
    Sums {
        units,
        numerator: pair.numerator / scale,
        denominator: pair.denominator,
        numerator_squared: pair.numerator_squared / (scale * scale),
        denominator_squared: pair.denominator_squared,
        product: pair.product / scale,
    }
}

/// Lists as observations of their own: how long they take and whether they fail is the machine's doing,
/// not a person's.
fn by_list(outcome: &ArmOutcome, sum: f64, squares: f64) -> Sums {
    let lists = outcome.lists as f64;
    Sums {
        units: outcome.lists,
        numerator: sum,
        denominator: lists,
        numerator_squared: squares,
        denominator_squared: lists,
        product: sum,
    }
}

/// Each is told as something that must not fall.
fn watched(
    plan: &Plan,
    judge: &Judge,
    arm: &str,
    (control, outcome): (&ArmOutcome, &ArmOutcome),
) -> Result<Vec<ExperimentGuardrail>, ApiError> {
    use ExperimentGuardrailKind as Kind;
    let Guardrails {
        latency,
        failures,
        revenue,
    } = plan.guardrails;
    let took = |outcome: &ArmOutcome| by_list(outcome, outcome.micros, outcome.micros_squared);
    let failed = |outcome: &ArmOutcome| by_list(outcome, outcome.failures as f64, outcome.failures as f64);
    let paid = |outcome: &ArmOutcome| of_pair(outcome.people, outcome.revenue, 1.0);
    // Lists are many: judged at as many as there are.
    let lists = Judge::new(judge.alpha(), (control.lists + outcome.lists).max(1))?;
    let relative = |sums: (Sums, Sums), judge| compare(&sums.0, &sums.1, judge).and_then(|compared| compared.relative);
    let mut all = vec![
        (
            Kind::Latency,
            latency,
            relative((took(control), took(outcome)), &lists),
            true,
        ),
        (
            Kind::Failures,
            failures,
            compare(&failed(control), &failed(outcome), &lists).map(|compared| compared.absolute),
            true,
        ),
    ];
    if plan.design == Design::Split {
        all.push((
            Kind::Revenue,
            revenue,
            relative((paid(control), paid(outcome)), judge),
            false,
        ));
    }
    let guardrail = |(kind, margin, lift, is_worse_above): (Kind, f64, Option<Lift>, bool)| {
        let falls = |lift: &Lift| match is_worse_above {
            true => lift.always.negated(),
            false => lift.always,
        };
        // No failure at all is as good as it gets.
        let is_flawless = kind == Kind::Failures && outcome.failures == 0 && outcome.lists > 0;
        let state = match &lift {
            Some(lift) if is_harmed(falls(lift), margin) => GuardrailState::Broken,
            Some(lift) if is_not_inferior(falls(lift), margin) => GuardrailState::Kept,
            None if is_flawless => GuardrailState::Kept,
            _ => GuardrailState::Unknown,
        };
        ExperimentGuardrail {
            arm: arm.to_owned(),
            kind,
            margin,
            lift: lift.as_ref().map(Into::into),
            state,
        }
    };
    Ok(all.into_iter().map(guardrail).collect())
}

fn preferred(preference: Preference, alpha: Alpha) -> ExperimentPreference {
    let wins = Wins {
        a: preference.control,
        b: preference.other,
    };
    let share = wins.share(alpha);
    ExperimentPreference {
        control: preference.control,
        treatment: preference.other,
        ties: preference.ties,
        treatment_share: share.share,
        interval: share.always.into(),
        p_value: share.evidence.p_value(),
        is_significant: share.always.excludes(0.5),
    }
}
