use super::page;
use reco_actors::eval::{
    Comparison, Estimate,
    results::{
        Cohort, Curve, DataFigures, Evaluation, Figure, Metric, PairResult, Point, ProtocolFigures, SystemResult,
        Timing, Trial,
    },
};
use std::collections::BTreeMap;

const NAMES: [&str; 4] = [
    "popular",
    "<b>text & image</b>",
    "a name that is too long for a plot",
    "all",
];

fn estimate(mean: f64) -> Estimate {
    Estimate {
        mean,
        low: mean - 0.01,
        high: mean + 0.01,
        count: 100,
    }
}

fn metrics(mean: f64) -> Vec<Metric> {
    let metric = |name: &str, k: usize, mean: f64| Metric {
        name: name.to_owned(),
        k,
        value: estimate(mean),
    };
    vec![
        metric("recall", 10, mean * 1.5),
        metric("ndcg", 5, mean * 0.8),
        metric("ndcg", 10, mean),
        metric("auc", 0, 0.7),
    ]
}

fn settings() -> BTreeMap<String, String> {
    BTreeMap::from([("weight".to_owned(), "\"<0.5>\"".to_owned())])
}

fn system(place: usize, name: &str) -> SystemResult {
    let mean = 0.1 + 0.05 * place as f64;
    SystemResult {
        name: name.to_owned(),
        about: "A <system>.".to_owned(),
        settings: settings(),
        metrics: metrics(mean),
        lists: vec![Figure {
            name: "coverage".to_owned(),
            k: 10,
            value: 0.5,
        }],
        cohorts: vec![Cohort {
            name: "new <people>".to_owned(),
            cases: 40,
            metrics: metrics(mean / 2.0),
        }],
        model_bytes: Some(4_000_000 * place as u64),
    }
}

fn pair(corrected: f64) -> PairResult {
    PairResult {
        system: NAMES[2].to_owned(),
        baseline: "all".to_owned(),
        metric: "ndcg".to_owned(),
        k: 10,
        comparison: Comparison {
            difference: estimate(-0.05),
            p_value: 0.0005,
            wins: 0.2,
            losses: 0.5,
        },
        corrected,
        effect: -0.2,
    }
}

fn evaluation() -> Evaluation {
    let point = |at: u32| Point {
        at: f64::from(at) / 10.0,
        value: estimate(0.2 + f64::from(at % 7) / 100.0),
    };
    Evaluation {
        format: 1,
        data: DataFigures {
            name: "Shop <1>".to_owned(),
            people: 1234,
            digest: "0123456789abcdef".to_owned(),
            ..DataFigures::default()
        },
        protocol: ProtocolFigures {
            name: "temporal".to_owned(),
            about: "Last & first.".to_owned(),
            ..ProtocolFigures::default()
        },
        systems: NAMES
            .iter()
            .enumerate()
            .map(|(place, name)| system(place, name))
            .collect(),
        comparisons: vec![pair(0.0005)],
        curves: vec![Curve {
            parameter: "image <weight>".to_owned(),
            metric: "ndcg".to_owned(),
            k: 10,
            about: String::new(),
            points: (0..=10).map(point).collect(),
        }],
        tuning: vec![Trial {
            system: "all".to_owned(),
            settings: settings(),
            value: 0.2,
            is_chosen: true,
        }],
    }
}

fn timings() -> Vec<Timing> {
    let timing = |(place, name): (usize, &&str)| Timing {
        system: (*name).to_owned(),
        p50_ms: place as f64,
        ..Timing::default()
    };
    NAMES.iter().enumerate().map(timing).collect()
}

/// Text that is read, without tags.
fn text(page: &str) -> String {
    let body = page.split_once("<body>").map_or(page, |(_, body)| body);
    body.split('<')
        .filter_map(|part| Some(part.split_once('>')?.1))
        .collect()
}

#[test]
fn names_are_escaped() {
    let page = page(&[(evaluation(), timings())]);
    for raw in [
        "<b>text",
        "<system>",
        "<0.5>",
        "<people>",
        "<weight>",
        "Shop <1>",
        "Last & first",
    ] {
        assert!(!page.contains(raw), "{raw}");
    }
    assert!(page.contains("&lt;b&gt;text &amp; image&lt;/b&gt;"));
}

#[test]
fn what_is_empty_has_no_heading() {
    assert!(page(&[]).contains("Nothing was evaluated."));
    let page = page(&[(Evaluation::default(), Vec::new())]);
    for absent in ["<h3", "<table", "role=\"img\"", "<dl"] {
        assert!(!page.contains(absent), "{absent}");
    }
}

#[test]
fn model_size_is_drawn_where_a_model_is_needed() {
    let heading = "Accuracy and model size";
    assert!(page(&[(evaluation(), timings())]).contains(heading));
    let mut plain = evaluation();
    for system in &mut plain.systems {
        system.model_bytes = Some(0);
    }
    assert!(!page(&[(plain, timings())]).contains(heading));
}

#[test]
fn figures_that_are_no_numbers_do_no_harm() {
    let mut broken = evaluation();
    for metric in broken.systems.iter_mut().flat_map(|system| &mut system.metrics) {
        metric.value = Estimate {
            mean: f64::NAN,
            low: f64::NAN,
            high: f64::INFINITY,
            count: 0,
        };
    }
    broken.systems[0].metrics[2].value = estimate(0.25);
    broken.systems[0].metrics[2].value.high = f64::NAN;
    broken.curves[0].points[3].value.mean = f64::NAN;
    let page = page(&[(broken, timings())]);
    assert!(!page.contains("NaN") && !page.contains("inf%"));
}

#[test]
fn every_system_appears_in_every_evaluation() {
    let page = page(&[(evaluation(), timings()), (evaluation(), Vec::new())]);
    let articles: Vec<&str> = page.split("<article").skip(1).collect();
    assert_eq!(articles.len(), 2);
    for article in articles {
        for name in NAMES {
            assert!(
                article.contains(&name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
                "{name}"
            );
        }
    }
    assert!(page.contains("href=\"#evaluation-2\"") && page.contains("id=\"evaluation-2\""));
}

#[test]
fn the_headline_tells_who_won_and_whether_that_is_chance() {
    let said = |comparisons: Vec<PairResult>| {
        text(&page(&[(
            Evaluation {
                comparisons,
                ..evaluation()
            },
            Vec::new(),
        )]))
    };
    let lead = "all leads on ndcg@10 with 0.2500 [0.2400, 0.2600], 0.0500 above a name that is too long for a plot. ";
    let sure = said(vec![pair(0.0005)]);
    assert!(
        sure.contains(&format!("{lead}The difference is significant (corrected p &lt; .001).")),
        "{sure}"
    );
    assert!(sure.contains("\u{2212}0.0500"));
    assert!(said(vec![pair(0.05)]).contains(&format!("{lead}The difference is not significant (corrected p = .050)")));
    assert!(said(Vec::new()).contains(&format!("{lead}Whether that is more than chance was not tested.")));
}

#[test]
fn the_page_repeats_and_needs_nothing_from_elsewhere() {
    let both = [(evaluation(), timings()), (evaluation(), Vec::new())];
    let first = page(&both);
    assert_eq!(first, page(&both));
    for outside in ["http://", "https://", "<script", "<link", "@import", "url("] {
        assert!(!first.contains(outside), "{outside}");
    }
}

#[test]
fn every_plot_says_what_it_shows() {
    let page = page(&[(evaluation(), timings())]);
    let plots = page.matches("role=\"img\"").count();
    assert_eq!(plots, 5, "systems, cohorts, a curve, time, size");
    let titled = page.split("role=\"img\"").skip(1).filter(|plot| {
        plot.split_once('>')
            .is_some_and(|(_, inside)| inside.starts_with("<title>"))
    });
    assert_eq!(titled.count(), plots);
}
