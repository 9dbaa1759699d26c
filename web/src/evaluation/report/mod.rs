//! Evaluations as a page that a person enjoys reading: one file without scripts, fonts or anything else
//! from elsewhere, in light and dark, on paper and on a phone. The same results give the same bytes.
//!
//! Plots are drawn here by `maud` rather than by `plotters`: its SVG has a fixed size and its colours and
//! whole pixels written into every element, so it could follow neither the theme nor the width of a phone,
//! and marks could have no text for the pointer.

mod drawing;
mod numbers;
mod plots;
mod scale;
mod sections;
mod tables;
#[cfg(test)]
mod tests;
mod verdict;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use numbers::{NONE, label};
use reco_actors::eval::results::{Evaluation, Timing};
use verdict::Main;

const STYLE: &str = include_str!("style.css");

/// All evaluations as one page of HTML, each with how long its systems took (none where that is not known).
#[must_use]
pub fn page(evaluations: &[(Evaluation, Vec<Timing>)]) -> String {
    let title = match evaluations {
        [(evaluation, _)] => format!("Evaluation: {}", name(evaluation)),
        _ => "Evaluations of the recommender".to_owned(),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                @if evaluations.len() != 1 {
                    header { h1 { (title) } (overview(evaluations)) }
                }
                main {
                    @for (number, (evaluation, timings)) in evaluations.iter().enumerate() {
                        (sections::evaluation(number, evaluation, timings, evaluations.len() == 1))
                    }
                }
                footer { (sections::glossary(evaluations)) }
            }
        }
    };
    page.into_string()
}

/// What is on the page, and who did how well where.
fn overview(evaluations: &[(Evaluation, Vec<Timing>)]) -> Markup {
    if evaluations.is_empty() {
        return html! { p { "Nothing was evaluated." } };
    }
    html! {
        nav aria-label="Contents" {
            ol {
                @for (number, (evaluation, _)) in evaluations.iter().enumerate() {
                    li { a href=(format!("#{}", anchor(number))) { (name(evaluation)) } }
                }
            }
        }
        (summary(evaluations))
    }
}

/// Data sets and protocols by systems, each by the mean of its main metric.
fn summary(evaluations: &[(Evaluation, Vec<Timing>)]) -> Markup {
    let mut systems: Vec<&str> = Vec::new();
    for system in evaluations.iter().flat_map(|(evaluation, _)| &evaluation.systems) {
        if !systems.contains(&system.name.as_str()) {
            systems.push(&system.name);
        }
    }
    if systems.is_empty() {
        return html! {};
    }
    let value = |evaluation: &Evaluation, main: Option<&Main>, system: &str| {
        let main = main?;
        let system = evaluation.systems.iter().find(|other| other.name == system)?;
        system.metric(&main.name, main.k)
    };
    let head = html! {
        th scope="col" { "Data and protocol" } th scope="col" { "Metric" }
        @for system in &systems { th scope="col" { (system) } }
    };
    let rows = html! {
        @for (number, (evaluation, _)) in evaluations.iter().enumerate() {
            @let main = Main::of(evaluation);
            @let values: Vec<_> = systems.iter().map(|system| value(evaluation, main.as_ref(), system)).collect();
            @let best = tables::best(values.iter().copied().flatten());
            tr {
                th scope="row" { a href=(format!("#{}", anchor(number))) { (name(evaluation)) } }
                td { (main.map_or(NONE.to_owned(), |main| label(&main.name, main.k))) }
                @for value in &values { (tables::mean(*value, best.as_deref())) }
            }
        }
    };
    tables::framed("Systems over all evaluations", &head, &rows)
}

/// Data set and protocol, as far as they have names.
fn name(evaluation: &Evaluation) -> String {
    let names = [evaluation.data.name.as_str(), evaluation.protocol.name.as_str()];
    let known: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    if known.is_empty() {
        "unnamed".to_owned()
    } else {
        known.join(" · ")
    }
}

fn anchor(number: usize) -> String {
    format!("evaluation-{}", number + 1)
}
