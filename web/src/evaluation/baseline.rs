//! Whether an evaluation is as good as an earlier one.

use reco_actors::eval::results::{Evaluation, Metric, SystemResult};

/// Figures are not told apart by less: where all people fare alike an interval is a point, and sums round.
const ROUNDING: f64 = 1e-9;

/// What an evaluation found that an earlier one did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// In a line.
    pub line: String,
    /// Better is worth knowing, and no failure.
    pub is_better: bool,
}

impl Change {
    const fn bad(line: String) -> Self {
        Self { line, is_better: false }
    }
}

/// Metrics of `now` that lie outside the interval of the same system's in `before`, worse and better
/// ones, and what cannot be compared.
#[must_use]
pub fn changes(before: &Evaluation, now: &Evaluation) -> Vec<Change> {
    let mut lines = Vec::new();
    let told = [
        ("format", before.format.to_string(), now.format.to_string()),
        ("data", before.data.digest.clone(), now.data.digest.clone()),
        ("protocol", before.protocol.name.clone(), now.protocol.name.clone()),
        ("seed", before.protocol.seed.to_string(), now.protocol.seed.to_string()),
    ];
    for (what, before, now) in told {
        if before != now {
            lines.push(Change::bad(format!("the {what} differs: {before} before, {now} now")));
        }
    }
    if !lines.is_empty() {
        return lines;
    }
    for earlier in &before.systems {
        match now.systems.iter().find(|system| system.name == earlier.name) {
            Some(system) => lines.extend(outside(earlier, system)),
            None => lines.push(Change::bad(format!("{}: not evaluated now", earlier.name))),
        }
    }
    lines
}

fn outside(before: &SystemResult, now: &SystemResult) -> Vec<Change> {
    let line = |metric: &Metric| {
        let Metric { name, k, value } = metric;
        let Some(found) = now.metric(name, *k) else {
            return Some(Change::bad(format!("{} {name}@{k}: not measured now", before.name)));
        };
        let fits = (value.low - ROUNDING..=value.high + ROUNDING).contains(&found.mean);
        let is_better = found.mean > value.mean;
        (!fits).then(|| Change {
            line: format!(
                "{} {name}@{k}: {}, {:.4} now, {:.4} [{:.4}, {:.4}] before",
                before.name,
                if is_better { "better" } else { "worse" },
                found.mean,
                value.mean,
                value.low,
                value.high
            ),
            is_better,
        })
    };
    before.metrics.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reco_actors::eval::Estimate;

    fn evaluation(mean: f64) -> Evaluation {
        let metric = Metric {
            name: "ndcg".into(),
            k: 10,
            value: Estimate {
                mean,
                low: mean - 0.01,
                high: mean + 0.01,
                count: 5,
            },
        };
        let system = SystemResult {
            name: "all".into(),
            metrics: vec![metric],
            ..SystemResult::default()
        };
        Evaluation {
            systems: vec![system],
            ..Evaluation::default()
        }
    }

    fn lines(before: &Evaluation, now: &Evaluation) -> Vec<String> {
        changes(before, now).into_iter().map(|change| change.line).collect()
    }

    #[test]
    fn what_leaves_its_interval_is_told_and_what_stays_is_not() {
        let before = evaluation(0.1);
        assert!(changes(&before, &before).is_empty());
        assert!(changes(&before, &evaluation(0.105)).is_empty());
        let worse = changes(&before, &evaluation(0.05));
        assert_eq!(
            worse[0].line,
            "all ndcg@10: worse, 0.0500 now, 0.1000 [0.0900, 0.1100] before"
        );
        let better = changes(&before, &evaluation(0.2));
        assert!(
            better.len() == 1 && better[0].is_better && !worse[0].is_better,
            "{better:?}"
        );
    }

    #[test]
    fn other_data_and_missing_systems_cannot_be_compared() {
        let (before, mut now) = (evaluation(0.1), evaluation(0.1));
        now.systems.clear();
        assert_eq!(lines(&before, &now), ["all: not evaluated now"]);
        now.data.digest = "x".into();
        assert_eq!(lines(&before, &now), ["the data differs:  before, x now"]);
    }
}
