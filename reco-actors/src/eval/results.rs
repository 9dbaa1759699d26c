//! What an evaluation found, as it is written to a file: the same data, seed and code give the same bytes.
//! How long lists took is kept apart ([`Timing`]), since that never repeats.

use super::{Comparison, Estimate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Raised when the meaning of a field changes.
pub const FORMAT: u32 = 1;

/// One evaluation: several systems asked the same questions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// [`FORMAT`] of who wrote it.
    pub format: u32,
    /// What it was done on.
    pub data: DataFigures,
    /// How.
    pub protocol: ProtocolFigures,
    /// Who was asked, in the order of the request.
    pub systems: Vec<SystemResult>,
    /// Pairs of systems, each metric corrected for how many pairs there are (Holm).
    pub comparisons: Vec<PairResult>,
    /// A metric over a parameter, such as the weight of pictures.
    pub curves: Vec<Curve>,
    /// What was tried on the validation split before the systems were measured, in that order.
    pub tuning: Vec<Trial>,
}

/// A data set in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataFigures {
    /// What it is called.
    pub name: String,
    /// People with an event.
    pub people: usize,
    /// Items, met or not.
    pub items: usize,
    /// Events.
    pub events: usize,
    /// Items with a text and items with a picture.
    pub texts: usize,
    /// See `texts`.
    pub pictures: usize,
    /// SHA-256 of all that was read, hexadecimal.
    pub digest: String,
}

/// How was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProtocolFigures {
    /// Its name, such as `temporal`.
    pub name: String,
    /// In a sentence, with its parameters.
    pub about: String,
    /// Events that systems learned from.
    pub learned: usize,
    /// Questions asked.
    pub cases: usize,
    /// Lengths at which lists were cut.
    pub cutoffs: Vec<usize>,
    /// Of everything that is drawn.
    pub seed: u64,
}

/// How one system did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemResult {
    /// Short name, such as `all`.
    pub name: String,
    /// What it is, in a sentence.
    pub about: String,
    /// What it was set to, where it was tuned or asked for.
    pub settings: BTreeMap<String, String>,
    /// Means over cases, with intervals by person.
    pub metrics: Vec<Metric>,
    /// What concerns all lists together.
    pub lists: Vec<Figure>,
    /// The same metrics over some of the cases.
    pub cohorts: Vec<Cohort>,
    /// Bytes of the model files that it needs; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_bytes: Option<u64>,
}

/// A mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// `precision`, `recall`, `hit_rate`, `ndcg`, `mrr`, `map`, …
    pub name: String,
    /// At which cutoff.
    pub k: usize,
    /// With its interval.
    pub value: Estimate,
}

/// A figure of all lists together, which has no interval by person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// `coverage`, `gini`, `novelty`, …
    pub name: String,
    /// At which cutoff.
    pub k: usize,
    /// The figure; see `eval::lists` for units.
    pub value: f64,
}

/// Some of the cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// Which, such as `new people`.
    pub name: String,
    /// How many.
    pub cases: usize,
    /// Their metrics.
    pub metrics: Vec<Metric>,
}

/// One system beside another, case by case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairResult {
    /// The one that is asked about.
    pub system: String,
    /// What it is compared with.
    pub baseline: String,
    /// By which metric, such as `ndcg`.
    pub metric: String,
    /// At which cutoff.
    pub k: usize,
    /// Difference with its interval, and how likely chance alone is.
    pub comparison: Comparison,
    /// The p-value after Holm's correction.
    pub corrected: f64,
    /// Mean difference in standard deviations of the differences (Cohen's d of pairs).
    pub effect: f64,
}

/// A metric over a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// What is varied, such as `image weight`.
    pub parameter: String,
    /// What is measured, such as `ndcg`.
    pub metric: String,
    /// At which cutoff.
    pub k: usize,
    /// What stays as it is, in words.
    pub about: String,
    /// In ascending order of the parameter.
    pub points: Vec<Point>,
}

/// A point of a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The parameter.
    pub at: f64,
    /// The metric there.
    pub value: Estimate,
}

/// One setting tried on the validation split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Which system.
    pub system: String,
    /// What it was set to.
    pub settings: BTreeMap<String, String>,
    /// Mean of the metric that is tuned for.
    pub value: f64,
    /// Whether it was taken.
    pub is_chosen: bool,
}

/// How long a system took on the machine at hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Which system.
    pub system: String,
    /// Learning everything, seconds.
    pub fit_s: f64,
    /// A list, milliseconds: the median …
    pub p50_ms: f64,
    /// … and what one in a hundred exceeds.
    pub p99_ms: f64,
    /// Everything together, seconds.
    pub total_s: f64,
}

impl SystemResult {
    /// The mean of a metric at a cutoff.
    #[must_use]
    pub fn metric(&self, name: &str, k: usize) -> Option<Estimate> {
        let wanted = |metric: &&Metric| metric.name == name && metric.k == k;
        self.metrics.iter().find(wanted).map(|metric| metric.value)
    }
}
