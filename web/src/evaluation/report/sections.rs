//! One evaluation, section by section. A section without content has no heading either.

use super::{
    anchor,
    drawing::swatch,
    name,
    numbers::{count, counted, decimal, interval},
    plots,
    plots::plain,
    tables,
    verdict::{LEVEL, Main, headline, standings},
};
use maud::{Markup, html};
use reco_actors::eval::results::{Curve, Evaluation, PairResult, Point, Timing};
use std::collections::BTreeSet;

/// Figures of digests that tell two data sets apart.
const DIGEST_LETTERS: usize = 12;

/// What names of metrics mean, for those that are met.
const GLOSSARY: [(&str, &str); 15] = [
    ("precision", "share of the list that was wanted"),
    ("recall", "share of what was wanted that is in the list"),
    ("hit_rate", "share of cases with anything wanted in the list"),
    (
        "ndcg",
        "how much of what was wanted is in the list, the more the higher up (1 is perfect)",
    ),
    ("mrr", "one over the place of the first that was wanted, 0 without any"),
    ("map", "precision at each place of something wanted, averaged"),
    (
        "auc",
        "how often something wanted is placed above something that was not",
    ),
    ("coverage", "share of items that are in any list"),
    (
        "gini",
        "how unevenly lists are spread over items: 0 evenly, 1 on one alone",
    ),
    ("novelty", "how little known the items of lists are, in bits"),
    ("popularity", "how many people touched the items of lists, on average"),
    (
        "average_popularity",
        "how many people touched the items of lists, on average",
    ),
    (
        "popularity_lift",
        "popularity of lists over that of what the same people chose: more than 1 favours the popular",
    ),
    (
        "diversity",
        "how different the items of a list are from each other: 0 alike, 1 not at all",
    ),
    (
        "serendipity",
        "share of the list that was wanted and that popularity alone would not have shown",
    ),
];

/// An evaluation in full.
pub(super) fn evaluation(number: usize, evaluation: &Evaluation, timings: &[Timing], is_alone: bool) -> Markup {
    let main = Main::of(evaluation);
    let main = main.as_ref();
    html! {
        article id=(anchor(number)) {
            @if is_alone { h1 { (name(evaluation)) } } @else { h2.title { (name(evaluation)) } }
            @if !evaluation.protocol.about.is_empty() { p.about { (evaluation.protocol.about) } }
            @if let Some(main) = main {
                @if let Some(sentence) = headline(evaluation, main) { p.headline { (sentence) } }
            }
            (data(evaluation))
            @if let Some(main) = main { (leaders(evaluation, main)) }
            (systems(evaluation))
            (metrics(evaluation))
            @if let Some(main) = main { (cohorts(evaluation, main)) }
            (comparisons(evaluation, main))
            (curves(&evaluation.curves))
            @if let Some(table) = tables::lists(&evaluation.systems) {
                (section("Beyond accuracy", "What lists are like, whether or not they hit.", &table))
            }
            (time(evaluation, timings, main))
            (size(evaluation, main))
            (tuning(evaluation))
        }
    }
}

/// What names mean, of metrics that any evaluation has.
pub(super) fn glossary(evaluations: &[(Evaluation, Vec<Timing>)]) -> Markup {
    let systems = || evaluations.iter().flat_map(|(evaluation, _)| &evaluation.systems);
    let metrics = systems()
        .flat_map(|system| &system.metrics)
        .map(|metric| metric.name.as_str());
    let figures = systems()
        .flat_map(|system| &system.lists)
        .map(|figure| figure.name.as_str());
    let met: BTreeSet<&str> = metrics.chain(figures).collect();
    let known: Vec<&(&str, &str)> = GLOSSARY.iter().filter(|(name, _)| met.contains(name)).collect();
    html! {
        @if !known.is_empty() {
            details {
                summary { "What the names mean" }
                dl.glossary {
                    @for (name, meaning) in known { dt { (name.replace('_', " ")) } dd { (meaning) } }
                    dt { "@10" } dd { "over the first 10 of each list" }
                    dt { "95\u{a0}% interval" }
                    dd { "where the mean would lie for other people like these (bootstrap)" }
                    dt { "corrected p" }
                    dd { "how likely chance alone gives such a difference, corrected for the number of pairs (Holm)" }
                    dt { "effect d" } dd { "mean difference in standard deviations of the differences (Cohen)" }
                }
            }
        }
    }
}

fn section(heading: &str, about: &str, content: &Markup) -> Markup {
    html! {
        section {
            h3 { (heading) }
            @if !about.is_empty() { p.about { (about) } }
            (content)
        }
    }
}

fn data(evaluation: &Evaluation) -> Markup {
    let (data, protocol) = (&evaluation.data, &evaluation.protocol);
    let figures = [
        ("people", data.people),
        ("items", data.items),
        ("events", data.events),
        ("items with text", data.texts),
        ("items with picture", data.pictures),
        ("events learned from", protocol.learned),
        ("cases", protocol.cases),
    ];
    let cutoffs: Vec<String> = protocol.cutoffs.iter().map(usize::to_string).collect();
    let digest: String = data.digest.chars().take(DIGEST_LETTERS).collect();
    html! {
        @if figures.iter().any(|(_, figure)| *figure > 0) {
            dl.figures {
                @for (name, figure) in figures {
                    div { dt { (name) } dd { (count(figure)) } }
                }
                @if !cutoffs.is_empty() { div { dt { "lists cut at" } dd { (cutoffs.join(", ")) } } }
                div { dt { "seed" } dd { (protocol.seed) } }
                @if !digest.is_empty() { div { dt { "digest of the data" } dd { code { (digest) } } } }
            }
        }
    }
}

fn leaders(evaluation: &Evaluation, main: &Main) -> Markup {
    let standings = standings(evaluation, main);
    let content = plots::forest(&standings, main).map(|plot| {
        html! { figure { (plot) (tables::folded("The same in figures", &tables::standing(&standings, main))) } }
    });
    let about = "Means with 95\u{a0}% intervals; the band is that of the best. The axis need not start at 0.";
    html! { @if let Some(content) = content { (section("Who is ahead", about, &content)) } }
}

fn systems(evaluation: &Evaluation) -> Markup {
    let list = html! {
        ul.systems {
            @for (place, system) in evaluation.systems.iter().enumerate() {
                li {
                    strong { (swatch(place)) (system.name) }
                    @if !system.about.is_empty() { p { (system.about) } }
                    @if !system.settings.is_empty() { (tables::settings(&system.settings)) }
                }
            }
        }
    };
    html! { @if !evaluation.systems.is_empty() { (section("Systems", "", &list)) } }
}

fn metrics(evaluation: &Evaluation) -> Markup {
    let about = "The best of a column is bold. A person's cases count as one; in brackets, 95\u{a0}% intervals.";
    html! {
        @if let Some(tables) = tables::metrics(&evaluation.systems) { (section("All metrics", about, &tables)) }
    }
}

fn cohorts(evaluation: &Evaluation, main: &Main) -> Markup {
    let content = plots::cohorts(evaluation, main).map(|plot| {
        html! { figure { (plot) (tables::folded("The same in figures", &tables::cohorts(evaluation, main))) } }
    });
    html! {
        @if let Some(content) = content {
            (section("For whom", "The same metric over some of the cases.", &content))
        }
    }
}

/// Pairs by the main metric in sight, all others folded.
fn comparisons(evaluation: &Evaluation, main: Option<&Main>) -> Markup {
    let is_main = |pair: &&PairResult| main.is_some_and(|main| main.is_of(pair));
    let (first, rest): (Vec<&PairResult>, Vec<&PairResult>) = evaluation.comparisons.iter().partition(is_main);
    let shown = main.and_then(|main| tables::comparisons(&format!("Pairs by {}", main.label()), &first));
    let other = tables::comparisons("Pairs by other metrics", &rest);
    let about = format!("On the same people. Bold: significant, that is, p below {LEVEL} after Holm's correction.");
    let content = html! {
        @if let Some(table) = &shown { (table) }
        @if let Some(table) = &other {
            (tables::folded(&counted(rest.len(), "pair by another metric", "pairs by other metrics"), table))
        }
    };
    html! { @if !evaluation.comparisons.is_empty() { (section("More than chance?", &about, &content)) } }
}

fn curves(curves: &[Curve]) -> Markup {
    let drawn: Vec<(&Curve, Markup)> = curves
        .iter()
        .filter_map(|curve| Some((curve, plots::curve(curve)?)))
        .collect();
    let content = html! {
        div.curves {
            @for (curve, plot) in &drawn {
                figure {
                    figcaption {
                        @if !curve.about.is_empty() { p.about { (curve.about) } }
                        @if let Some(best) = peak(curve) {
                            p { "Highest at " strong { (curve.parameter) " " (plain(best.at)) } ": "
                                (decimal(best.value.mean)) " " (interval(&best.value)) "." }
                        }
                    }
                    (plot)
                    (tables::folded("The same in figures", &tables::curve(curve)))
                }
            }
        }
    };
    html! { @if !drawn.is_empty() { (section("What a setting does", "", &content)) } }
}

fn peak(curve: &Curve) -> Option<&Point> {
    let points = curve.points.iter().filter(|point| point.value.mean.is_finite());
    // Of equal ones the first.
    points.rev().max_by(|a, b| a.value.mean.total_cmp(&b.value.mean))
}

fn time(evaluation: &Evaluation, timings: &[Timing], main: Option<&Main>) -> Markup {
    let plot = main.and_then(|main| plots::by_time(&standings(evaluation, main), timings, main));
    let table = tables::timings(timings, &evaluation.systems, main);
    let content = html! {
        @if let Some(plot) = &plot {
            figure {
                figcaption { p.about {
                    "Up is better, left is faster. No system is both better and faster than those on the dashed line."
                } }
                (plot)
            }
        }
        @if let Some(table) = &table { (table) }
    };
    let about = "On the machine at hand; such figures never repeat exactly.";
    html! { @if table.is_some() { (section("Accuracy and time", about, &content)) } }
}

fn size(evaluation: &Evaluation, main: Option<&Main>) -> Markup {
    let plot = main.and_then(|main| plots::by_size(&standings(evaluation, main), main));
    let about = "Bytes of the model files. Up is better, left is smaller; none is both better and smaller than those \
                 on the dashed line.";
    html! {
        @if let Some(plot) = plot { (section("Accuracy and model size", about, &html! { figure { (plot) } })) }
    }
}

fn tuning(evaluation: &Evaluation) -> Markup {
    let taken = evaluation.tuning.iter().filter(|trial| trial.is_chosen).count();
    let summary = format!(
        "{} tried, {} taken",
        counted(evaluation.tuning.len(), "setting", "settings"),
        count(taken)
    );
    let content = tables::tuning(&evaluation.tuning).map(|table| tables::folded(&summary, &table));
    let about = "On the validation split, before any system was measured.";
    html! { @if let Some(content) = content { (section("Tuning", about, &content)) } }
}
