//! Who won, and whether that is more than chance.

use super::numbers::{decimal, interval, label, probability_in_words};
use maud::{Markup, html};
use reco_actors::eval::{
    Estimate,
    results::{Evaluation, PairResult, SystemResult},
};

/// Below this, chance alone is not believed.
pub(super) const LEVEL: f64 = 0.05;

/// The metric that decides.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Main {
    pub(super) name: String,
    pub(super) k: usize,
}

impl Main {
    /// `ndcg@10` where it was measured, the first metric elsewhere.
    pub(super) fn of(evaluation: &Evaluation) -> Option<Self> {
        let all = || evaluation.systems.iter().flat_map(|system| &system.metrics);
        let usual = all().find(|metric| metric.name == "ndcg" && metric.k == 10);
        usual.or_else(|| all().next()).map(|metric| Self {
            name: metric.name.clone(),
            k: metric.k,
        })
    }

    pub(super) fn label(&self) -> String {
        label(&self.name, self.k)
    }

    pub(super) fn is_of(&self, pair: &PairResult) -> bool {
        pair.metric == self.name && pair.k == self.k
    }
}

/// A system with its place among the systems, which gives it colour and shape.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    pub(super) place: usize,
    pub(super) system: &'a SystemResult,
    pub(super) value: Estimate,
}

/// Systems with the metric, best first; equal ones in the order of the request.
pub(super) fn standings<'a>(evaluation: &'a Evaluation, main: &Main) -> Vec<Standing<'a>> {
    let mut standings: Vec<Standing<'a>> = evaluation
        .systems
        .iter()
        .enumerate()
        .filter_map(|(place, system)| {
            let value = system
                .metric(&main.name, main.k)
                .filter(|value| value.mean.is_finite())?;
            Some(Standing { place, system, value })
        })
        .collect();
    standings.sort_by(|a, b| b.value.mean.total_cmp(&a.value.mean));
    standings
}

/// Who won on the main metric, in a sentence or two.
pub(super) fn headline(evaluation: &Evaluation, main: &Main) -> Option<Markup> {
    let standings = standings(evaluation, main);
    let first = standings.first()?;
    let reached = format!("{} {}", decimal(first.value.mean), interval(&first.value));
    let Some(second) = standings.get(1) else {
        return Some(html! { strong { (first.system.name) } " reaches " (reached) " on " (main.label()) "." });
    };
    if decimal(first.value.mean) == decimal(second.value.mean) {
        return Some(html! {
            strong { (first.system.name) } " and " strong { (second.system.name) } " share the lead on "
            (main.label()) " with " (decimal(first.value.mean)) "."
        });
    }
    Some(html! {
        strong { (first.system.name) } " leads on " (main.label()) " with " (reached) ", "
        (decimal(first.value.mean - second.value.mean)) " above " strong { (second.system.name) } ". "
        (certainty(evaluation, main, &first.system.name, &second.system.name))
    })
}

fn certainty(evaluation: &Evaluation, main: &Main, first: &str, second: &str) -> Markup {
    let pair = evaluation.comparisons.iter().find(|pair| {
        main.is_of(pair)
            && ((pair.system == first && pair.baseline == second) || (pair.system == second && pair.baseline == first))
    });
    let Some(pair) = pair else {
        return html! { "Whether that is more than chance was not tested." };
    };
    let p = probability_in_words("corrected p", pair.corrected);
    if pair.corrected < LEVEL {
        html! { "The difference is " em { "significant" } " (" (p) ")." }
    } else {
        html! {
            "The difference is " em { "not significant" } " (" (p) "): chance may be the reason."
        }
    }
}
