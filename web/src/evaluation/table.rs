//! An evaluation in a terminal.

use super::run::MAIN;
use reco_actors::eval::{
    Estimate,
    results::{Evaluation, PairResult, SystemResult, Timing},
};
use std::fmt::Write as _;

/// Below this chance alone is no explanation.
const SIGNIFICANT: f64 = 0.05;

/// Everything that fits a screen: figures with intervals, what concerns all lists, pairs, times.
#[must_use]
pub fn text(evaluation: &Evaluation, timings: &[Timing], k: usize) -> String {
    let mut out = String::new();
    let (data, protocol) = (&evaluation.data, &evaluation.protocol);
    line(
        &mut out,
        format_args!(
            "{}: {} people, {} items ({} with a text, {} with a picture), {} events",
            data.name, data.people, data.items, data.texts, data.pictures, data.events
        ),
    );
    line(
        &mut out,
        format_args!(
            "{}: {}; {} learned, {} asked",
            protocol.name, protocol.about, protocol.learned, protocol.cases
        ),
    );
    let width = evaluation
        .systems
        .iter()
        .map(|system| system.name.len())
        .max()
        .unwrap_or(0)
        .max(6);
    line(
        &mut out,
        format_args!(
            "\n{:width$}  {:>24}  {:>24}  {:>24}  {:>8}  {:>8}  {:>8}",
            "system",
            format!("NDCG@{k}"),
            format!("recall@{k}"),
            format!("hit rate@{k}"),
            "coverage",
            "p50 ms",
            "p99 ms"
        ),
    );
    for system in &evaluation.systems {
        let timing = timings.iter().find(|timing| timing.system == system.name);
        row(&mut out, system, timing, (k, width));
    }
    pairs(&mut out, &evaluation.comparisons);
    out
}

fn row(out: &mut String, system: &SystemResult, timing: Option<&Timing>, (k, width): (usize, usize)) {
    let told = |name| system.metric(name, k).map_or_else(String::new, estimate);
    let coverage = system
        .lists
        .iter()
        .find(|figure| figure.name == "coverage" && figure.k == k);
    line(
        out,
        format_args!(
            "{:width$}  {:>24}  {:>24}  {:>24}  {:>8}  {:>8}  {:>8}",
            system.name,
            told(MAIN),
            told("recall"),
            told("hit_rate"),
            coverage.map_or_else(String::new, |figure| format!("{:.3}", figure.value)),
            timing.map_or_else(String::new, |timing| format!("{:.2}", timing.p50_ms)),
            timing.map_or_else(String::new, |timing| format!("{:.2}", timing.p99_ms)),
        ),
    );
}

fn pairs(out: &mut String, pairs: &[PairResult]) {
    if pairs.is_empty() {
        return;
    }
    line(out, format_args!("\npairs, Holm-corrected over all of them:"));
    for pair in pairs {
        let word = if pair.corrected >= SIGNIFICANT {
            "no difference shown"
        } else if pair.comparison.difference.mean > 0.0 {
            "better"
        } else {
            "worse"
        };
        line(
            out,
            format_args!(
                "  {} against {}: {}@{} {:+.4} [{:+.4}, {:+.4}], p {:.4}, effect {:+.2}: {word}",
                pair.system,
                pair.baseline,
                pair.metric,
                pair.k,
                pair.comparison.difference.mean,
                pair.comparison.difference.low,
                pair.comparison.difference.high,
                pair.corrected,
                pair.effect
            ),
        );
    }
}

fn estimate(value: Estimate) -> String {
    // Rounding may leave a zero with a minus.
    let [mean, low, high] = [value.mean, value.low, value.high].map(|value| (value * 1e4).round() / 1e4 + 0.0);
    format!("{mean:.4} [{low:.4}, {high:.4}]")
}

/// Writing to a string cannot fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use reco_actors::eval::{Comparison, results::Metric};

    #[test]
    fn every_system_and_every_pair_has_a_line() {
        let value = Estimate {
            mean: 0.1301,
            low: 0.12,
            high: 0.14,
            count: 9,
        };
        let system = |name: &str| SystemResult {
            name: name.into(),
            metrics: vec![Metric {
                name: MAIN.into(),
                k: 10,
                value,
            }],
            ..SystemResult::default()
        };
        let pair = PairResult {
            system: "all".into(),
            baseline: "text".into(),
            metric: MAIN.into(),
            k: 10,
            comparison: Comparison {
                difference: value,
                ..Comparison::default()
            },
            corrected: 0.01,
            effect: 0.2,
        };
        let evaluation = Evaluation {
            systems: vec![system("text"), system("all")],
            comparisons: vec![pair],
            ..Evaluation::default()
        };
        let text = text(&evaluation, &[], 10);
        assert!(text.contains("0.1301 [0.1200, 0.1400]"), "{text}");
        assert!(
            text.contains("all against text: ndcg@10 +0.1301") && text.ends_with(": better\n"),
            "{text}"
        );
    }
}
