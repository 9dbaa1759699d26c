//! From lists to figures: each list against what was relevant, means by person with intervals, and the
//! same for some of the people.

use super::{
    Bootstrap,
    metrics::{Gain, average_precision, hit_rate, ndcg, precision, recall, reciprocal_rank},
    protocol::Case,
    results::{Cohort, Metric, PairResult},
    significance::{by_person, effect_size, holm},
};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use std::collections::HashMap;

/// The metrics of every list, in the order of tables.
pub const METRICS: [&str; 6] = ["ndcg", "recall", "hit_rate", "mrr", "map", "precision"];

/// Value of every metric and cutoff for every case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// `(metric, cutoff)` and one value per case.
    pub by_metric: Vec<((&'static str, usize), Vec<f64>)>,
}

/// A set of cases that is looked at by itself.
pub struct Part {
    /// What it is called.
    pub name: &'static str,
    /// Positions of its cases.
    pub cases: Vec<usize>,
}

impl Values {
    /// Measures lists, one per case, at several cutoffs. NDCG takes the gain 2^grade − 1, which is 1 for what
    /// is simply relevant.
    #[must_use]
    pub fn of(cases: &[Case], lists: &[Vec<u32>], cutoffs: &[usize]) -> Self {
        let pairs: Vec<(&Case, &Vec<u32>)> = cases.iter().zip(lists).collect();
        let rows: Vec<Vec<f64>> = pairs.par_iter().map(|(case, list)| row(case, list, cutoffs)).collect();
        let keys = cutoffs.iter().flat_map(|k| METRICS.map(|metric| (metric, *k)));
        let column = |(at, key)| (key, rows.iter().map(|row| row[at]).collect());
        Self {
            by_metric: keys.enumerate().map(column).collect(),
        }
    }

    /// One metric's values, of every case.
    #[must_use]
    pub fn get(&self, metric: &str, k: usize) -> Option<&[f64]> {
        let found = self.by_metric.iter().find(|(key, _)| *key == (metric, k));
        found.map(|(_, values)| values.as_slice())
    }

    /// Means by person of the cases, or of some of them.
    #[must_use]
    pub fn means(&self, people: &[u32], among: Option<&[usize]>, bootstrap: &Bootstrap) -> Vec<Metric> {
        let mean = |((name, k), values): &((&'static str, usize), Vec<f64>)| {
            let (people, values) = match among {
                Some(cases) => (
                    cases.iter().map(|at| people[*at]).collect(),
                    cases.iter().map(|at| values[*at]).collect(),
                ),
                None => (people.to_vec(), values.clone()),
            };
            Metric {
                name: (*name).to_owned(),
                k: *k,
                value: bootstrap.mean(&by_person(&people, &values)),
            }
        };
        self.by_metric.par_iter().map(mean).collect()
    }
}

fn row(case: &Case, list: &[u32], cutoffs: &[usize]) -> Vec<f64> {
    let hits: Vec<bool> = list.iter().map(|item| case.relevant.contains(item)).collect();
    let grade = |item: &u32| {
        let at = case.relevant.iter().position(|relevant| relevant == item)?;
        Some(case.grades.get(at).copied().unwrap_or(1.0))
    };
    let gains: Vec<f64> = list.iter().map(|item| grade(item).unwrap_or(0.0)).collect();
    let all = case.relevant.len();
    let ideal = if case.grades.is_empty() {
        vec![1.0; all.min(cutoffs.iter().copied().max().unwrap_or(0))]
    } else {
        case.grades.clone()
    };
    let each = cutoffs.iter().flat_map(|&k| {
        [
            ndcg(&gains, &ideal, Gain::Exponential, k),
            recall(&hits, all, k),
            hit_rate(&hits, k),
            reciprocal_rank(&hits, k),
            average_precision(&hits, all, k),
            precision(&hits, k),
        ]
    });
    each.collect()
}

/// New people, who did less than five things, and the heaviest fifth; and cases whose answers are mostly
/// among the fifth of the items that most was done with, or are not.
#[must_use]
pub fn parts(cases: &[Case], popularity: &[u32]) -> Vec<Part> {
    const NEW: usize = 5;
    let length = |case: &Case| case.history.len();
    let mut lengths: Vec<usize> = cases.iter().map(length).collect();
    lengths.sort_unstable();
    let heavy = lengths.get(lengths.len() * 4 / 5).copied().unwrap_or(0).max(NEW);
    let mut counts = popularity.to_vec();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let head = counts.get(counts.len() / 5).copied().unwrap_or(0);
    let is_head = |case: &Case| {
        let popular = case.relevant.iter().filter(|item| popularity[**item as usize] > head);
        2 * popular.count() > case.relevant.len()
    };
    let part = |name, keep: &dyn Fn(&Case) -> bool| Part {
        name,
        cases: (0..cases.len()).filter(|at| keep(&cases[*at])).collect(),
    };
    let all = [
        part("new people", &|case| length(case) < NEW),
        part("heavy people", &|case| length(case) >= heavy),
        part("head items", &is_head),
        part("tail items", &|case| !is_head(case)),
    ];
    let told = all
        .into_iter()
        .filter(|part| !part.cases.is_empty() && part.cases.len() < cases.len());
    told.collect()
}

/// Figures of every part.
#[must_use]
pub fn cohorts(values: &Values, people: &[u32], parts: &[Part], bootstrap: &Bootstrap) -> Vec<Cohort> {
    let cohort = |part: &Part| Cohort {
        name: part.name.to_owned(),
        cases: part.cases.len(),
        metrics: values.means(people, Some(&part.cases), bootstrap),
    };
    parts.iter().map(cohort).collect()
}

/// Every pair of systems on one metric, the later named one asked about; p-values corrected over all pairs.
#[must_use]
pub fn pairs(
    systems: &[(String, &Values)],
    people: &[u32],
    (metric, k): (&str, usize),
    bootstrap: &Bootstrap,
) -> Vec<PairResult> {
    let means: HashMap<&str, Vec<f64>> = systems
        .iter()
        .filter_map(|(name, values)| Some((name.as_str(), by_person(people, values.get(metric, k)?))))
        .collect();
    let names: Vec<&str> = systems.iter().map(|(name, _)| name.as_str()).collect();
    let each = (0..names.len()).flat_map(|b| (b + 1..names.len()).map(move |a| (a, b)));
    let each: Vec<(usize, usize)> = each.collect();
    let compared = each.into_par_iter().filter_map(|(a, b)| {
        let (ours, theirs) = (means.get(names[a])?, means.get(names[b])?);
        Some(PairResult {
            system: names[a].to_owned(),
            baseline: names[b].to_owned(),
            metric: metric.to_owned(),
            k,
            comparison: bootstrap.compare(ours, theirs),
            corrected: 1.0,
            effect: effect_size(ours, theirs),
        })
    });
    let mut compared: Vec<PairResult> = compared.collect();
    let raw: Vec<f64> = compared.iter().map(|pair| pair.comparison.p_value).collect();
    for (pair, corrected) in compared.iter_mut().zip(holm(&raw)) {
        pair.corrected = corrected;
    }
    compared
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(who: u32, history: usize, relevant: &[u32]) -> Case {
        use super::super::data::{Event, EventKind};
        let event = |at: usize| Event {
            person: who,
            item: 0,
            at_ms: at as i64,
            kind: EventKind::View,
            dwell_ms: None,
            group: 0,
        };
        Case {
            who,
            history: (0..history).map(event).collect(),
            relevant: relevant.to_vec(),
            ..Case::default()
        }
    }

    #[test]
    fn a_persons_cases_count_as_one() {
        let cases = [case(0, 1, &[1]), case(0, 1, &[9]), case(1, 1, &[3])];
        let values = Values::of(&cases, &[vec![1, 2], vec![1, 2], vec![2, 4]], &[1, 2]);
        assert_eq!(values.get("hit_rate", 1), Some(&[1.0, 0.0, 0.0][..]));
        let means = values.means(&[0, 0, 1], None, &Bootstrap::default());
        let hit_rate = means.iter().find(|metric| metric.name == "hit_rate" && metric.k == 1);
        let value = hit_rate.expect("measured").value;
        assert_eq!((value.mean, value.count), (0.25, 2));
    }

    #[test]
    fn parts_are_told_by_history_and_by_answers() {
        let cases = [
            case(0, 1, &[0]),
            case(1, 20, &[4]),
            case(2, 6, &[1, 2]),
            case(3, 7, &[3]),
        ];
        let parts = parts(&cases, &[90, 5, 4, 3, 2]);
        let told: Vec<(&str, &[usize])> = parts.iter().map(|part| (part.name, &part.cases[..])).collect();
        assert_eq!(
            told,
            [
                ("new people", &[0][..]),
                ("heavy people", &[1]),
                ("head items", &[0]),
                ("tail items", &[1, 2, 3]),
            ]
        );
    }

    #[test]
    fn pairs_are_corrected_together() {
        let cases: Vec<Case> = (0..60).map(|who| case(who, 1, &[1])).collect();
        let people: Vec<u32> = (0..60).collect();
        let of = |hit: &dyn Fn(u32) -> bool| {
            let lists: Vec<Vec<u32>> = (0..60).map(|who| vec![u32::from(hit(who))]).collect();
            Values::of(&cases, &lists, &[1])
        };
        let (all, half, none) = (of(&|_| true), of(&|who| who % 2 == 0), of(&|_| false));
        let systems = [
            ("none".to_owned(), &none),
            ("half".to_owned(), &half),
            ("all".to_owned(), &all),
        ];
        let pairs = pairs(&systems, &people, ("ndcg", 1), &Bootstrap::default());
        assert_eq!(pairs.len(), 3);
        assert!(
            pairs
                .iter()
                .all(|pair| pair.corrected >= pair.comparison.p_value && pair.corrected < 0.01)
        );
        assert_eq!((pairs[0].system.as_str(), pairs[0].baseline.as_str()), ("half", "none"));
        assert!((pairs[0].comparison.difference.mean - 0.5).abs() < 1e-12 && pairs[0].effect > 0.9);
    }
}
