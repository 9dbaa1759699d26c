//! The estimators against worked examples, a known truth, and a shop's two real logs.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{eval::Random, experiment::evidence::wilson};
use std::{collections::HashMap, path::PathBuf};

fn logged(reward: f64, propensity: f64, target: f64) -> Logged {
    Logged {
        reward,
        propensity,
        target,
        prediction: None,
    }
}

#[test]
fn the_estimates_are_those_of_a_worked_example() {
    // Weights 2, 1/2 and 1/2.
    let log = [logged(1.0, 0.25, 0.5), logged(1.0, 0.5, 0.25), logged(0.0, 0.5, 0.25)];
    let told = evaluate(&log, None).unwrap();
    assert!((told.inverse_propensity.estimate - 2.5 / 3.0).abs() < 1e-12);
    assert!((told.self_normalised.estimate - 2.5 / 3.0).abs() < 1e-12);
    assert!((told.effective_sample_size - 9.0 / 4.5).abs() < 1e-12);
    assert_eq!((told.doubly_robust, told.clipped, told.mean_weight), (None, 0, 1.0));
    let clipped = evaluate(&log, Some(1.0)).unwrap();
    assert!((clipped.inverse_propensity.estimate - 0.5).abs() < 1e-12 && clipped.clipped == 1);
}

#[test]
fn the_policy_itself_is_judged_by_its_mean() {
    let log: Vec<Logged> = (0..40).map(|event| logged(f64::from(event % 4), 0.3, 0.3)).collect();
    let told = evaluate(&log, None).unwrap();
    for value in [told.inverse_propensity, told.self_normalised] {
        assert!((value.estimate - 1.5).abs() < 1e-12 && value.interval.contains(1.5));
    }
    assert!((told.effective_sample_size - 40.0).abs() < 1e-9);
}

#[test]
fn what_is_no_log_is_refused_by_name() {
    assert_eq!(evaluate(&[], None), Err(OffPolicyError::Empty));
    let good = logged(1.0, 0.5, 0.5);
    for propensity in [0.0, -0.1, 1.1] {
        let error = OffPolicyError::Propensity { event: 1, propensity };
        assert_eq!(evaluate(&[good, logged(1.0, propensity, 0.5)], None), Err(error));
    }
    let nan = evaluate(&[logged(1.0, f64::NAN, 0.5)], None);
    assert!(matches!(nan, Err(OffPolicyError::Propensity { event: 0, .. })));
    for target in [f64::NAN, -0.1, 1.5] {
        let told = evaluate(&[logged(1.0, 0.5, target)], None);
        assert!(matches!(told, Err(OffPolicyError::Target { event: 0, .. })));
    }
    let endless = evaluate(&[logged(f64::INFINITY, 0.5, 0.5)], None);
    assert_eq!(endless, Err(OffPolicyError::NotFinite { event: 0 }));
    let prediction = Some(Prediction {
        taken: f64::NAN,
        target: 0.0,
    });
    let unclear = evaluate(&[Logged { prediction, ..good }], None);
    assert_eq!(unclear, Err(OffPolicyError::NotFinite { event: 0 }));
    assert_eq!(evaluate(&[good], Some(0.0)), Err(OffPolicyError::Clip(0.0)));
    assert!(matches!(
        evaluate(&[good], Some(f64::NAN)),
        Err(OffPolicyError::Clip(_))
    ));
    assert_eq!(
        evaluate(&[logged(1.0, 0.5, 0.0); 3], None),
        Err(OffPolicyError::NoOverlap)
    );
}

/// Events of three actions in two contexts, the logging policy fond of action 0, the target of
/// action 2; the reward model is right but for a constant.
fn draw(random: &mut Random, events: usize) -> Vec<Logged> {
    const LOGGING: [f64; 3] = [0.6, 0.3, 0.1];
    const TARGET: [f64; 3] = [0.1, 0.3, 0.6];
    let chance = |context: u64, action: usize| 0.1 + 0.1 * context as f64 + 0.2 * action as f64;
    (0..events)
        .map(|_| {
            let (context, uniform) = (random.below(2), random.unit());
            let action = if uniform < 0.6 {
                0
            } else {
                1 + usize::from(uniform >= 0.9)
            };
            let expected: f64 = (0..3).map(|action| TARGET[action] * chance(context, action)).sum();
            Logged {
                reward: f64::from(u8::from(random.unit() < chance(context, action))),
                propensity: LOGGING[action],
                target: TARGET[action],
                prediction: Some(Prediction {
                    taken: chance(context, action) + 0.05,
                    target: expected + 0.05,
                }),
            }
        })
        .collect()
}

#[test]
fn intervals_cover_the_truth_about_as_often_as_they_say() {
    // 0.15 in the mean of both contexts, and 0.2 · (0.3 · 1 + 0.6 · 2) by the action.
    let truth = 0.15 + 0.2 * 1.5;
    let mut random = Random::new(3);
    let (mut covered, mut errors) = ([0; 3], [0.0; 3]);
    for _ in 0..500 {
        let told = evaluate(&draw(&mut random, 400), None).unwrap();
        let values = [
            told.inverse_propensity,
            told.self_normalised,
            told.doubly_robust.unwrap(),
        ];
        for (method, value) in values.into_iter().enumerate() {
            covered[method] += u32::from(value.interval.contains(truth));
            errors[method] += value.standard_error / 500.0;
        }
    }
    assert!(covered.iter().all(|count| (455..=492).contains(count)), "{covered:?}");
    assert!(errors[2] < errors[1] && errors[1] < errors[0], "{errors:?}");
}

/// One row of a log: item, position, click, propensity.
struct Row {
    item: u32,
    position: u32,
    click: f64,
    propensity: f64,
}

#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn real_log(name: &str) -> Option<Vec<Row>> {
    let shared = std::env::var_os("MYSHOP_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let path = shared.join("data/open-bandit-small").join(name);
    if !path.exists() {
        let is_required = std::env::var("MYSHOP_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(
            !is_required,
            "{} is missing and MYSHOP_REQUIRE_SHARED=1",
            path.display()
        );
        eprintln!("SKIPPED: {} is missing", path.display());
        return None;
    }
    let text = flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap());
    let mut rows = Vec::new();
    for row in csv::Reader::from_reader(text).records() {
        let row = row.unwrap();
        rows.push(Row {
            item: row[2].parse().unwrap(),
            position: row[3].parse().unwrap(),
            click: row[4].parse().unwrap(),
            propensity: row[5].parse().unwrap(),
        });
    }
    Some(rows)
}

fn holds_what_was_measured(rows: &[Row], target: impl Fn(&Row) -> f64, on_policy: &[Row]) {
    let log: Vec<Logged> = rows
        .iter()
        .map(|row| logged(row.click, row.propensity, target(row)))
        .collect();
    let told = evaluate(&log, None).unwrap();
    let clicks: f64 = on_policy.iter().map(|row| row.click).sum();
    let rate = clicks / on_policy.len() as f64;
    let measured = wilson(clicks as u64, on_policy.len() as u64, Alpha::FIVE_PER_CENT);
    for value in [told.inverse_propensity, told.self_normalised] {
        assert!(value.interval.contains(rate), "{rate} {value:?}");
        assert!(measured.contains(value.estimate) || value.interval.contains(measured.low));
    }
    assert!((0.85..1.15).contains(&told.mean_weight), "{told:?}");
}

#[test]
fn each_of_two_real_policies_is_foretold_from_the_log_of_the_other() {
    let (Some(uniform), Some(bandit)) = (real_log("random_all.csv.gz"), real_log("bts_all.csv.gz")) else {
        return;
    };
    let (mut shown, mut places) = (HashMap::new(), HashMap::new());
    for row in &bandit {
        *shown.entry((row.item, row.position)).or_insert(0.0) += 1.0;
        *places.entry(row.position).or_insert(0.0) += 1.0;
    }
    let frequency = |row: &Row| shown.get(&(row.item, row.position)).unwrap_or(&0.0) / places[&row.position];
    holds_what_was_measured(&bandit, |_| 1.0 / 80.0, &uniform);
    holds_what_was_measured(&uniform, frequency, &bandit);
}
