//! The tables: all that plots show, and what they do not. Each is `None` where it would have no row.

use super::{
    drawing::swatch,
    numbers::{NONE, count, decimal, duration, interval, label, percent, probability, signed},
    plots::{cohort_names, in_cohort, plain},
    verdict::{LEVEL, Main, Standing},
};
use maud::{Markup, html};
use reco_actors::eval::{
    Estimate,
    results::{Curve, Evaluation, PairResult, SystemResult, Timing, Trial},
};
use std::collections::BTreeMap;

/// A table that scrolls within itself where the page is narrow, also by keyboard.
pub(super) fn framed(caption: &str, head: &Markup, rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table { caption { (caption) } thead { tr { (head) } } tbody { (rows) } }
        }
    }
}

/// A table that is opened by those who want the figures of a plot.
pub(super) fn folded(summary: &str, table: &Markup) -> Markup {
    html! { details { summary { (summary) } (table) } }
}

/// The figures of the forest plot.
pub(super) fn standing(standings: &[Standing<'_>], main: &Main) -> Markup {
    let head = html! { th scope="col" { "System" } (columns(["Mean", "Low", "High", "People"])) };
    let rows = html! {
        @for Standing { place, system, value } in standings {
            tr {
                (row_name(*place, &system.name))
                td { (decimal(value.mean)) } td { (decimal(value.low)) } td { (decimal(value.high)) }
                td { (count(value.count)) }
            }
        }
    };
    framed(&format!("{} with 95\u{a0}% intervals", main.label()), &head, &rows)
}

/// All metrics: a table for each cutoff, since one for all is too wide to read or print.
pub(super) fn metrics(systems: &[SystemResult]) -> Option<Markup> {
    let mut by_cutoff: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for metric in systems.iter().flat_map(|system| &system.metrics) {
        let names = by_cutoff.entry(metric.k).or_default();
        if !names.contains(&metric.name.as_str()) {
            names.push(&metric.name);
        }
    }
    let table = |k: usize, names: &[&str]| {
        let best: Vec<Option<String>> = names
            .iter()
            .map(|name| best(systems.iter().filter_map(|system| system.metric(name, k))))
            .collect();
        let head = html! { th scope="col" { "System" } @for name in names { th scope="col" { (label(name, k)) } } };
        let rows = html! {
            @for (place, system) in systems.iter().enumerate() {
                tr {
                    (row_name(place, &system.name))
                    @for (name, best) in names.iter().zip(&best) {
                        (estimate(system.metric(name, k), best.as_deref()))
                    }
                }
            }
        };
        let caption = if k == 0 {
            "Whole lists".to_owned()
        } else {
            format!("First {k} of each list")
        };
        framed(&caption, &head, &rows)
    };
    (!by_cutoff.is_empty()).then(|| html! { @for (k, names) in &by_cutoff { (table(*k, names)) } })
}

/// What concerns all lists together; nothing is bold, since what is good depends on the shop.
pub(super) fn lists(systems: &[SystemResult]) -> Option<Markup> {
    let mut names: Vec<(&str, usize)> = Vec::new();
    for figure in systems.iter().flat_map(|system| &system.lists) {
        if !names.contains(&(&figure.name, figure.k)) {
            names.push((&figure.name, figure.k));
        }
    }
    let head = html! { th scope="col" { "System" } @for (name, k) in &names { th scope="col" { (label(name, *k)) } } };
    let rows = html! {
        @for (place, system) in systems.iter().enumerate() {
            tr {
                (row_name(place, &system.name))
                @for (name, k) in &names {
                    @let figure = system.lists.iter().find(|figure| figure.name == *name && figure.k == *k);
                    td { (figure.map_or(NONE.to_owned(), |figure| decimal(figure.value))) }
                }
            }
        }
    };
    (!names.is_empty()).then(|| framed("All lists of a system together", &head, &rows))
}

/// The figures of the cohort plot.
pub(super) fn cohorts(evaluation: &Evaluation, main: &Main) -> Markup {
    let systems = &evaluation.systems;
    let head = html! {
        th scope="col" { "Cohort" } th scope="col" { "Cases" }
        @for (place, system) in systems.iter().enumerate() { th scope="col" { (swatch(place)) (system.name) } }
    };
    let rows = html! {
        @for (name, cases) in cohort_names(evaluation) {
            @let values: Vec<Option<Estimate>> = systems.iter().map(|system| in_cohort(system, name, main)).collect();
            @let best = best(values.iter().copied().flatten());
            tr {
                th scope="row" { (name) } td { (count(cases)) }
                @for value in &values { (estimate(*value, best.as_deref())) }
            }
        }
    };
    framed(&format!("{} in each cohort", main.label()), &head, &rows)
}

/// The figures of a curve.
pub(super) fn curve(curve: &Curve) -> Markup {
    let head = html! { th scope="col" { (curve.parameter) } (columns(["Mean", "Low", "High", "People"])) };
    let rows = html! {
        @for point in &curve.points {
            tr {
                th scope="row" { (plain(point.at)) }
                td { (decimal(point.value.mean)) } td { (decimal(point.value.low)) } td { (decimal(point.value.high)) }
                td { (count(point.value.count)) }
            }
        }
    };
    framed(
        &format!("{} over {}", label(&curve.metric, curve.k), curve.parameter),
        &head,
        &rows,
    )
}

/// Pairs of systems.
pub(super) fn comparisons(caption: &str, pairs: &[&PairResult]) -> Option<Markup> {
    let head = html! {
        th scope="col" { "System" } th.text scope="col" { "Compared with" }
        (columns(["Metric", "Difference", "p", "Corrected p", "Effect d", "Better / worse"]))
    };
    let rows = html! { @for pair in pairs { (comparison(pair)) } };
    (!pairs.is_empty()).then(|| framed(caption, &head, &rows))
}

fn comparison(pair: &PairResult) -> Markup {
    let found = &pair.comparison;
    let is_sure = pair.corrected < LEVEL;
    let width = |share: f64| format!("width:{}%", super::drawing::pixels(100.0 * share.clamp(0.0, 1.0)));
    html! {
        tr {
            th scope="row" { (pair.system) } td.text { (pair.baseline) } td { (label(&pair.metric, pair.k)) }
            td.best[is_sure] { (signed(found.difference.mean)) small { (interval(&found.difference)) } }
            td { (probability(found.p_value)) }
            td.best[is_sure] { (probability(pair.corrected)) }
            td { (signed(pair.effect)) }
            td {
                (percent(found.wins)) " / " (percent(found.losses))
                span.duel aria-hidden="true" { i style=(width(found.wins)) {} i style=(width(found.losses)) {} }
            }
        }
    }
}

/// How long systems took, and how good they are: the figures of the scatter plot, too.
pub(super) fn timings(timings: &[Timing], systems: &[SystemResult], main: Option<&Main>) -> Option<Markup> {
    let head = html! {
        th scope="col" { "System" }
        @if let Some(main) = main { th scope="col" { (main.label()) } }
        (columns(["Learning, s", "List, median ms", "List, 99th percentile ms", "All, s"]))
    };
    let rows = html! {
        @for timing in timings {
            @let place = systems.iter().position(|system| system.name == timing.system);
            tr {
                th scope="row" { @if let Some(place) = place { (swatch(place)) } (timing.system) }
                @if let Some(main) = main {
                    (estimate(place.and_then(|place| systems[place].metric(&main.name, main.k)), None))
                }
                td { (duration(timing.fit_s)) } td { (duration(timing.p50_ms)) }
                td { (duration(timing.p99_ms)) } td { (duration(timing.total_s)) }
            }
        }
    };
    (!timings.is_empty()).then(|| framed("Time on the machine at hand", &head, &rows))
}

/// What was tried, in that order.
pub(super) fn tuning(trials: &[Trial]) -> Option<Markup> {
    let head = html! {
        th scope="col" { "System" } th.text scope="col" { "Settings" } (columns(["Value", "Taken"]))
    };
    let rows = html! {
        @for trial in trials {
            tr.chosen[trial.is_chosen] {
                th scope="row" { (trial.system) }
                td.text { (settings(&trial.settings)) }
                td { (decimal(trial.value)) } td { @if trial.is_chosen { "taken" } }
            }
        }
    };
    (!trials.is_empty()).then(|| framed("Settings tried on the validation split", &head, &rows))
}

/// Settings as they would be written in a file.
pub(super) fn settings(settings: &BTreeMap<String, String>) -> Markup {
    html! {
        span.settings { @for (name, value) in settings { code { (name) " = " (value) } " " } }
    }
}

/// An estimate as a cell; bold where it reads like the best one.
fn estimate(value: Option<Estimate>, best: Option<&str>) -> Markup {
    let Some(value) = value else {
        return html! { td { (NONE) } };
    };
    let text = decimal(value.mean);
    html! { td.best[best == Some(text.as_str())] { (text) small { (interval(&value)) } } }
}

/// A mean alone, where many systems stand side by side.
pub(super) fn mean(value: Option<Estimate>, best: Option<&str>) -> Markup {
    let text = value.map_or(NONE.to_owned(), |value| decimal(value.mean));
    html! { td.best[best == Some(text.as_str())] { (text) } }
}

/// The largest mean, as it is written: what looks equal is equally good. None where only one was measured.
pub(super) fn best(values: impl Iterator<Item = Estimate>) -> Option<String> {
    let means: Vec<f64> = values.map(|value| value.mean).filter(|mean| mean.is_finite()).collect();
    let best = means.iter().copied().max_by(f64::total_cmp)?;
    (means.len() > 1).then(|| decimal(best))
}

fn row_name(place: usize, name: &str) -> Markup {
    html! { th scope="row" { (swatch(place)) (name) } }
}

fn columns<const N: usize>(names: [&str; N]) -> Markup {
    html! { @for name in names { th scope="col" { (name) } } }
}
