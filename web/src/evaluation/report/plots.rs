//! The plots: systems with their intervals, cohorts, curves, and accuracy against time. Each is `None`
//! where there is nothing to draw.

use super::{
    drawing::{ABOVE, Frame, across, class, legend, mark, path, percent, pixels, upward, whiskers},
    numbers::{count, decimal, duration, interval},
    scale::Scale,
    verdict::{Main, Standing},
};
use maud::{Markup, html};
use reco_actors::eval::{
    Estimate,
    results::{Curve, Evaluation, SystemResult, Timing},
};

const ROW: f64 = 34.0;
/// Rows within a cohort lie closer, since the cohort is what they have in common.
const CLOSE_ROW: f64 = 13.0;
const CHART: f64 = 260.0;
/// Steps of an axis: beside names there is less room than under a chart.
const FEW: f64 = 4.0;
const MANY: f64 = 5.0;
/// Letters of a name that are shown beside a plot; all of it is in the table beneath.
const NAME_LETTERS: usize = 18;
const LETTER_WIDTH: f64 = 7.4;

/// Systems on the main metric, best first, with the winner's interval behind all of them.
pub(super) fn forest(standings: &[Standing<'_>], main: &Main) -> Option<Markup> {
    let scale = Scale::linear(standings.iter().flat_map(|standing| ends(&standing.value)), FEW)?;
    let first = standings.first()?;
    let height = ROW * standings.len() as f64;
    let label = main.label();
    let (low, high) = shares(&scale, &first.value);
    let drawing = html! {
        rect.band x=(percent(low)) width=(percent(high - low)) y="0" height=(pixels(height)) {}
        (across(&scale, height, &label))
        @for (row, standing) in standings.iter().enumerate() {
            @let y = ROW * (row as f64 + 0.5);
            text x="-14" y=(pixels(y)) dy=".35em" text-anchor="end" { (shortened(&standing.system.name)) }
            (whiskers(standing.place, shares(&scale, &standing.value), y, 5.0))
            (mark(standing.place, scale.share(standing.value.mean), y, &told(&standing.system.name, &standing.value)))
            svg x="100%" y=(pixels(y)) width="1" height="1" {
                text x="12" dy=".35em" { (decimal(standing.value.mean)) }
            }
        }
    };
    let names = standings
        .iter()
        .map(|standing| shortened(&standing.system.name).chars().count());
    let frame = Frame {
        title: &format!("Systems by {label} with 95\u{a0}% intervals, best first"),
        height,
        above: 2.0,
        left: names.max().unwrap_or(0) as f64 * LETTER_WIDTH + 18.0,
        right: 62.0,
    };
    Some(frame.draw(&drawing))
}

/// Cohorts in the order in which systems first name them.
pub(super) fn cohort_names(evaluation: &Evaluation) -> Vec<(&str, usize)> {
    let mut names: Vec<(&str, usize)> = Vec::new();
    for cohort in evaluation.systems.iter().flat_map(|system| &system.cohorts) {
        if !names.iter().any(|(name, _)| *name == cohort.name) {
            names.push((&cohort.name, cohort.cases));
        }
    }
    names
}

/// The main metric of a system over one cohort.
pub(super) fn in_cohort(system: &SystemResult, cohort: &str, main: &Main) -> Option<Estimate> {
    let cohort = system.cohorts.iter().find(|other| other.name == cohort)?;
    let metric = cohort
        .metrics
        .iter()
        .find(|metric| metric.name == main.name && metric.k == main.k)?;
    metric.value.mean.is_finite().then_some(metric.value)
}

/// Every system in every cohort, cohorts one under the other.
pub(super) fn cohorts(evaluation: &Evaluation, main: &Main) -> Option<Markup> {
    let names = cohort_names(evaluation);
    let systems = &evaluation.systems;
    let values = names
        .iter()
        .flat_map(|(name, _)| systems.iter().filter_map(|system| in_cohort(system, name, main)));
    let scale = Scale::linear(values.flat_map(|value| ends(&value)), FEW)?;
    let block = 26.0 + CLOSE_ROW * systems.len() as f64 + 8.0;
    let height = block * names.len() as f64;
    let label = main.label();
    let drawing = html! {
        (across(&scale, height, &label))
        @for (row, (name, cases)) in names.iter().enumerate() {
            @let top = block * row as f64;
            line.rule x1="0" x2="100%" y1=(pixels(top)) y2=(pixels(top)) {}
            text.heading x="0" y=(pixels(top + 16.0)) { (name) tspan.soft { " · " (count(*cases)) " cases" } }
            @for (place, system) in systems.iter().enumerate() {
                @if let Some(value) = in_cohort(system, name, main) {
                    @let y = top + 26.0 + CLOSE_ROW * (place as f64 + 0.5);
                    (whiskers(place, shares(&scale, &value), y, 0.0))
                    (mark(place, scale.share(value.mean), y, &told(&system.name, &value)))
                }
            }
        }
    };
    let title = format!("Systems by {label} in each cohort, with 95\u{a0}% intervals");
    let frame = Frame {
        title: &title,
        height,
        above: 2.0,
        left: 12.0,
        right: 20.0,
    };
    Some(html! {
        (legend(systems.iter().enumerate().map(|(place, system)| (place, system.name.as_str()))))
        (frame.draw(&drawing))
    })
}

/// A metric over a parameter, in a band of its interval; a single point is no curve.
pub(super) fn curve(curve: &Curve) -> Option<Markup> {
    let points: Vec<(f64, Estimate)> = curve
        .points
        .iter()
        .filter(|point| point.at.is_finite() && point.value.mean.is_finite())
        .map(|point| (point.at, point.value))
        .collect();
    if points.len() < 2 {
        return None;
    }
    let horizontal = Scale::linear(points.iter().map(|(at, _)| *at), MANY)?;
    let vertical = Scale::linear(points.iter().flat_map(|(_, value)| ends(value)), MANY)?;
    let x = |at: f64| horizontal.share(at);
    let y = |value: f64| CHART * (1.0 - vertical.share(value));
    let line: Vec<(f64, f64)> = points.iter().map(|(at, value)| (x(*at), y(value.mean))).collect();
    let above = points.iter().map(|(at, value)| (x(*at), y(value.high)));
    let below = points.iter().rev().map(|(at, value)| (x(*at), y(value.low)));
    let band: Vec<(f64, f64)> = above.chain(below).collect();
    let label = super::numbers::label(&curve.metric, curve.k);
    let drawing = html! {
        (upward(&vertical, CHART, &label))
        (across(&horizontal, CHART, &curve.parameter))
        (path("band", &band, CHART, true))
        (path("line", &line, CHART, false))
        @for (at, value) in &points {
            (mark(0, x(*at), y(value.mean), &told(&format!("{} {}", curve.parameter, plain(*at)), value)))
        }
    };
    let title = format!("{label} over {}, with 95\u{a0}% intervals", curve.parameter);
    let frame = Frame {
        title: &title,
        height: CHART,
        above: ABOVE,
        left: 54.0,
        right: 20.0,
    };
    Some(frame.draw(&drawing))
}

/// Systems by how long a list takes and how good it is.
pub(super) fn by_time(standings: &[Standing<'_>], timings: &[Timing], main: &Main) -> Option<Markup> {
    let time = |standing: &Standing<'_>| {
        let timing = timings.iter().find(|timing| timing.system == standing.system.name)?;
        (timing.p50_ms > 0.0 && timing.p50_ms.is_finite()).then_some(timing.p50_ms)
    };
    let cost = Cost {
        axis: "median milliseconds a list, logarithmic",
        title: "median milliseconds a list",
        of: &time,
        scale: |times| Scale::logarithmic(times),
        told: |time| format!("{} ms", duration(time)),
    };
    scatter(standings, &cost, main)
}

/// Systems by how large the models are that they need and how good they are; nothing to see where none needs any.
pub(super) fn by_size(standings: &[Standing<'_>], main: &Main) -> Option<Markup> {
    let size = |standing: &Standing<'_>| Some(standing.system.model_bytes? as f64 / 1e6);
    if !standings.iter().filter_map(size).any(|size| size > 0.0) {
        return None;
    }
    let cost = Cost {
        axis: "megabytes of models",
        title: "megabytes of models",
        of: &size,
        scale: |sizes| Scale::linear(sizes.chain([0.0]), MANY),
        told: |size| format!("{} MB", decimal(size)),
    };
    scatter(standings, &cost, main)
}

/// What a system costs, by one measure.
struct Cost<'c> {
    axis: &'static str,
    title: &'static str,
    of: &'c dyn Fn(&Standing<'_>) -> Option<f64>,
    scale: fn(&mut dyn Iterator<Item = f64>) -> Option<Scale>,
    told: fn(f64) -> String,
}

/// Systems by cost and how good they are, with a line along those that none beats in both.
fn scatter(standings: &[Standing<'_>], cost: &Cost<'_>, main: &Main) -> Option<Markup> {
    let both: Vec<(&Standing<'_>, f64)> = standings
        .iter()
        .filter_map(|standing| Some((standing, (cost.of)(standing)?)))
        .collect();
    let horizontal = (cost.scale)(&mut both.iter().map(|(_, cost)| *cost))?;
    let vertical = Scale::linear(both.iter().flat_map(|(standing, _)| ends(&standing.value)), MANY)?;
    let x = |time: f64| horizontal.share(time);
    let y = |value: f64| CHART * (1.0 - vertical.share(value));
    let label = main.label();
    let drawing = html! {
        (upward(&vertical, CHART, &label))
        (across(&horizontal, CHART, cost.axis))
        (path("front", &front(&both, x, y), CHART, false))
        @for (standing, time) in &both {
            @let at = percent(x(*time));
            line.upright.(class(standing.place)) x1=(at) x2=(at)
                y1=(pixels(y(standing.value.low))) y2=(pixels(y(standing.value.high))) {}
        }
        @for (standing, time) in &both {
            @let told = format!("{}, {}", told(&standing.system.name, &standing.value), (cost.told)(*time));
            (mark(standing.place, x(*time), y(standing.value.mean), &told))
        }
    };
    let title = format!("Systems by {label} and {}", cost.title);
    let frame = Frame {
        title: &title,
        height: CHART,
        above: ABOVE,
        left: 54.0,
        right: 20.0,
    };
    Some(html! {
        (legend(both.iter().map(|(standing, _)| (standing.place, standing.system.name.as_str()))))
        (frame.draw(&drawing))
    })
}

/// Stairs through the systems than which no other is both faster and better.
fn front(both: &[(&Standing<'_>, f64)], x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let mut by_time: Vec<(f64, f64)> = both
        .iter()
        .map(|(standing, time)| (*time, standing.value.mean))
        .collect();
    by_time.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let mut stairs: Vec<(f64, f64)> = Vec::new();
    let mut best = f64::NEG_INFINITY;
    for (time, mean) in by_time.into_iter().filter(|(_, mean)| mean.is_finite()) {
        if mean <= best {
            continue;
        }
        if best.is_finite() {
            stairs.push((x(time), y(best)));
        }
        stairs.push((x(time), y(mean)));
        best = mean;
    }
    if best.is_finite() {
        stairs.push((1.0, y(best)));
    }
    stairs
}

/// A parameter as short as it can be.
pub(super) fn plain(value: f64) -> String {
    let text = super::numbers::fixed(value, 4);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn told(name: &str, value: &Estimate) -> String {
    format!("{name}: {} {}", decimal(value.mean), interval(value))
}

fn ends(value: &Estimate) -> [f64; 3] {
    [value.low, value.mean, value.high]
}

/// Ends of an interval along the axis; an end that is no number is where the mean is.
fn shares(scale: &Scale, value: &Estimate) -> (f64, f64) {
    let share = |end: f64| scale.share(if end.is_finite() { end } else { value.mean });
    (share(value.low), share(value.high))
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS {
        return name.to_owned();
    }
    let kept: String = name.chars().take(NAME_LETTERS - 1).collect();
    format!("{kept}…")
}
