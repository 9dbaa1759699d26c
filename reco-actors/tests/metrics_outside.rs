//! The measures of one list against those of ranx and trec_eval, query by query: see `tools/eval/outside.py`.
//!
//! Needs a Python with the packages of `tools/eval/requirements.txt` (`MYSHOP_PYTHON`). Without it the tests say so
//! and pass, unless `MYSHOP_REQUIRE_OUTSIDE=1`.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use reco_actors::eval::{
    Random,
    metrics::{Gain, average_precision, hit_rate, ndcg, precision, recall, reciprocal_rank},
    sample,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Output},
};

const CUTOFFS: [usize; 3] = [5, 10, 20];
const QUERIES: usize = 400;
const ITEMS: usize = 60;
/// Shorter than the smallest cutoff, between cutoffs, on one, and longer than the greatest; and no list at all.
const LENGTHS: [usize; 7] = [0, 1, 3, 7, 10, 15, 40];
/// Seven measures by ranx, and all but NDCG of exponential gain by trec_eval.
const COMPARED: usize = QUERIES * CUTOFFS.len() * (7 + 6);

struct Query {
    /// Best first.
    run: Vec<usize>,
    /// What was judged, 0 for not relevant.
    grades: BTreeMap<usize, u8>,
}

impl Query {
    /// Every second one has grades up to 3, every fifth one retrieves nothing that is relevant.
    fn random(number: usize, random: &mut Random) -> Self {
        let mut run: Vec<usize> = (0..ITEMS).collect();
        for place in 0..ITEMS {
            run.swap(place, place + below(random, ITEMS - place));
        }
        let judged = sample(ITEMS, 1 + below(random, 30), random.next_u64());
        let top = if number.is_multiple_of(2) { 3 } else { 1 };
        let grades: BTreeMap<usize, u8> = judged
            .into_iter()
            .map(|item| (item, below(random, top + 1) as u8))
            .collect();
        if number.is_multiple_of(5) {
            run.retain(|item| grades.get(item).is_none_or(|&grade| grade == 0));
        }
        run.truncate(LENGTHS[below(random, LENGTHS.len())]);
        Self { run, grades }
    }

    fn relevant(&self) -> usize {
        self.grades.values().filter(|&&grade| grade > 0).count()
    }

    /// Of each rank, 0 for what was not judged.
    fn ranked(&self) -> Vec<f64> {
        let grade = |item| f64::from(self.grades.get(item).copied().unwrap_or(0));
        self.run.iter().map(grade).collect()
    }

    /// A value of each measure at each cutoff.
    fn measures(&self) -> BTreeMap<String, f64> {
        let ranked = self.ranked();
        let hits: Vec<bool> = ranked.iter().map(|&grade| grade > 0.0).collect();
        let judged: Vec<f64> = self.grades.values().copied().map(f64::from).collect();
        let relevant = self.relevant();
        let at = |k: usize| {
            [
                ("precision", precision(&hits, k)),
                ("recall", recall(&hits, relevant, k)),
                ("hit_rate", hit_rate(&hits, k)),
                ("mrr", reciprocal_rank(&hits, k)),
                ("map", average_precision(&hits, relevant, k)),
                ("ndcg", ndcg(&ranked, &judged, Gain::Linear, k)),
                ("ndcg_exponential", ndcg(&ranked, &judged, Gain::Exponential, k)),
            ]
            .map(|(name, value)| (format!("{name}@{k}"), value))
        };
        CUTOFFS.into_iter().flat_map(at).collect()
    }

    fn told(&self) -> Value {
        let run: Vec<String> = self.run.iter().map(|&item| name(item)).collect();
        let grades: BTreeMap<String, u8> = self.grades.iter().map(|(&item, &grade)| (name(item), grade)).collect();
        json!({ "run": run, "grades": grades, "ours": self.measures() })
    }
}

fn below(random: &mut Random, bound: usize) -> usize {
    random.below(bound as u64) as usize
}

fn name(item: usize) -> String {
    format!("i{item}")
}

fn queries() -> Vec<Query> {
    let mut random = Random::new(20_240_601);
    (0..QUERIES).map(|number| Query::random(number, &mut random)).collect()
}

/// A Python that has the packages.
fn python() -> Option<String> {
    let import = ["-c", "import ranx, pytrec_eval"];
    let has_packages = |python: &String| {
        let tried = Command::new(python).args(import).env("NUMBA_DISABLE_JIT", "1").output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let found = std::env::var("MYSHOP_PYTHON").ok().filter(has_packages);
    if found.is_none() {
        let missing = "MYSHOP_PYTHON with the packages of tools/eval/requirements.txt is missing";
        let is_required = std::env::var("MYSHOP_REQUIRE_OUTSIDE").is_ok_and(|value| value == "1");
        assert!(!is_required, "{missing} and MYSHOP_REQUIRE_OUTSIDE=1");
        eprintln!("SKIPPED: {missing}");
    }
    found
}

fn judge(python: &str, queries: &[Value]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("queries.json");
    std::fs::write(&file, json!({ "cutoffs": CUTOFFS, "queries": queries }).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/eval/outside.py");
    let mut command = Command::new(python);
    // ranx tells items apart by their hashes, which are otherwise others in every process.
    command.env("PYTHONHASHSEED", "0").arg(script).arg(&file);
    command.output().unwrap()
}

#[test]
fn the_queries_are_of_every_kind() {
    let queries = queries();
    let lengths: BTreeSet<usize> = queries.iter().map(|query| query.run.len()).collect();
    assert!(LENGTHS.iter().all(|length| lengths.contains(length)), "{lengths:?}");
    let count = |is: &dyn Fn(&Query) -> bool| queries.iter().filter(|query| is(query)).count();
    let is_graded = |query: &Query| query.grades.values().any(|&grade| grade > 1);
    let is_missed = |query: &Query| query.relevant() > 0 && query.ranked().iter().all(|&grade| grade == 0.0);
    let has_many = |query: &Query| query.relevant() > CUTOFFS[1];
    let counts = [
        count(&|query| query.relevant() == 0),
        count(&is_graded),
        count(&|query| !is_graded(query)),
        count(&is_missed),
        count(&has_many),
    ];
    assert!(counts.iter().all(|&count| count >= 5), "{counts:?}");
}

#[test]
fn every_measure_of_every_query_is_that_of_ranx_and_trec_eval() {
    let Some(python) = python() else { return };
    let told: Vec<Value> = queries().iter().map(Query::told).collect();
    let judged = judge(&python, &told);
    let (out, errors) = (
        String::from_utf8_lossy(&judged.stdout),
        String::from_utf8_lossy(&judged.stderr),
    );
    assert!(judged.status.success(), "{out}{errors}");
    let expected = format!("compared {COMPARED} values of {QUERIES} queries: 0 differ");
    assert!(out.starts_with(&expected), "{out}");
}

#[test]
fn a_measure_that_is_a_little_off_is_found() {
    let Some(python) = python() else { return };
    let mut told: Vec<Value> = queries().iter().take(20).map(Query::told).collect();
    let value = &mut told[7]["ours"]["map@10"];
    *value = json!(value.as_f64().unwrap() + 1e-10);
    let judged = judge(&python, &told);
    let errors = String::from_utf8_lossy(&judged.stderr);
    assert_eq!(judged.status.code(), Some(1), "{errors}");
    // By ranx and by trec_eval.
    assert_eq!(errors.matches("map@10 of q000007: ours ").count(), 2, "{errors}");
    assert_eq!(errors.trim().lines().count(), 2, "{errors}");
}
