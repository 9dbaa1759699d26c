//! One evaluation from data to figures: what is tuned is tuned on validation, then everything is asked once.

use super::{
    asking::{Answers, Engines, Questions},
    figures::Found,
    store::Store,
    systems::{self, Engine, Model, System},
    tuning,
    vectors::Vectors,
};
use crate::progress;
use anyhow::{Context as _, bail};
use indicatif::MultiProgress;
use reco_actors::{
    embed::EmbedderFactory,
    eval::{
        data::DataSet,
        measure::Values,
        protocol::{Case, Phase, Protocol, Split, splits},
        results::{Evaluation, Timing, Trial},
        sample,
    },
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

/// What is evaluated, and how.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) protocol: Protocol,
    /// Names of systems; all that the data allows unless told.
    pub(crate) systems: Vec<String>,
    pub(crate) cutoffs: Vec<usize>,
    pub(crate) seed: u64,
    /// Settings that each system may try on the validation split; none: defaults alone.
    pub(crate) tries: usize,
    /// Whether weights are gone through from 0 to 1.
    pub(crate) has_curves: bool,
    /// Cases at most, drawn by the seed.
    pub(crate) most: Option<usize>,
    /// Which label makes items alike, where that is asked; the first unless told.
    pub(crate) label: Option<String>,
    pub(crate) work: PathBuf,
}

/// The data and what is known of it.
pub(crate) struct Input<'d> {
    pub(crate) data: &'d DataSet,
    /// The shop's own first.
    pub(crate) sides: &'d [Side],
    /// Bytes of each model by its id.
    pub(crate) sizes: &'d HashMap<String, u64>,
    pub(crate) bars: &'d MultiProgress,
}

/// Models, and what they made of the data.
#[derive(Default)]
pub(crate) struct Side {
    pub(crate) models: Option<Arc<dyn EmbedderFactory>>,
    pub(crate) vectors: Vectors,
}

impl Side {
    /// Ids of the models of texts and of pictures.
    pub(crate) fn ids(&self) -> [Option<String>; 2] {
        let models = self.models.as_ref();
        [
            models.and_then(|models| models.text_model()).map(|model| model.id),
            models.and_then(|models| models.image_model()).map(|model| model.id),
        ]
    }
}

impl Input<'_> {
    /// What the shop's own models made.
    pub(crate) fn vectors(&self) -> &Vectors {
        &self.sides[0].vectors
    }
}

/// The metric that is tuned for.
pub(super) const MAIN: &str = "ndcg";
/// One in so many items is for choosing settings.
const VALIDATION: usize = 5;
/// Steps of a curve.
const STEPS: u8 = 10;

impl Plan {
    /// Where lists are looked at first: ten, or the longest that is shorter.
    pub(crate) fn cutoff(&self) -> usize {
        let shorter = self.cutoffs.iter().copied().filter(|k| *k <= 10).max();
        shorter.or_else(|| self.cutoffs.iter().copied().min()).unwrap_or(10)
    }

    fn depth(&self) -> usize {
        self.cutoffs.iter().copied().max().unwrap_or(10)
    }

    fn splits(&self, input: &Input<'_>, phase: Phase) -> anyhow::Result<Vec<Split>> {
        let mut splits = match self.protocol {
            Protocol::Similar => vec![self.part(self.alike(input.data)?, phase)],
            Protocol::Search => vec![judged(input.data)],
            protocol => splits(input.data, protocol, phase, self.seed),
        };
        let whole: usize = splits.iter().map(|split| split.cases.len()).sum();
        if whole == 0 {
            bail!(
                "{} holds nothing that {} could ask for",
                input.data.name,
                self.protocol.name()
            );
        }
        if let Some(most) = self.most {
            let share = most as f64 / whole as f64;
            for split in &mut splits {
                let count = (share * split.cases.len() as f64).round() as usize;
                let drawn = sample(split.cases.len(), count, self.seed);
                split.cases = drawn.into_iter().map(|at| split.cases[at].clone()).collect();
            }
        }
        Ok(splits)
    }

    /// Labels know no earlier and later: where settings are chosen at all, it is on a fifth of the items,
    /// drawn by the seed, which is then not asked for.
    fn part(&self, mut split: Split, phase: Phase) -> Split {
        if self.tries < 2 {
            return split;
        }
        let drawn = sample(split.cases.len(), split.cases.len() / VALIDATION, self.seed);
        let drawn: HashSet<usize> = drawn.into_iter().collect();
        let mut number = 0..;
        split
            .cases
            .retain(|_| number.next().is_some_and(|at| drawn.contains(&at)) == (phase == Phase::Validation));
        split
    }

    /// Of every item with the label: all others that have the same.
    fn alike(&self, data: &DataSet) -> anyhow::Result<Split> {
        let at = match &self.label {
            Some(label) => data.label_names.iter().position(|name| name == label),
            None => (!data.label_names.is_empty()).then_some(0),
        };
        let at = at.with_context(|| format!("{} has no such label; it has {:?}", data.name, data.label_names))?;
        let mut of: HashMap<&str, Vec<u32>> = HashMap::new();
        for (item, labels) in (0..).zip(&data.labels) {
            of.entry(labels[at].as_str()).or_default().push(item);
        }
        let cases = (0..).zip(&data.labels).filter_map(|(item, labels)| {
            let same = of.get(labels[at].as_str()).filter(|_| !labels[at].is_empty())?;
            let relevant: Vec<u32> = same.iter().copied().filter(|other| *other != item).collect();
            (!relevant.is_empty()).then(|| Case {
                who: item,
                relevant,
                ..Case::default()
            })
        });
        Ok(Split {
            cases: cases.collect(),
            ..Split::default()
        })
    }
}

/// Questions with an answer that is at least a little right.
fn judged(data: &DataSet) -> Split {
    let mut by_query: BTreeMap<&str, (u32, Vec<u32>, Vec<f64>)> = BTreeMap::new();
    for (at, judgment) in (0..).zip(&data.judgments) {
        let of = by_query.entry(&judgment.query).or_insert((at, Vec::new(), Vec::new()));
        if judgment.grade > 0.0 {
            of.1.push(judgment.item);
            of.2.push(judgment.grade);
        }
    }
    let with_answer = by_query.into_values().filter(|(_, items, _)| !items.is_empty());
    let cases = with_answer.map(|(who, relevant, grades)| Case {
        who,
        relevant,
        grades,
        ..Case::default()
    });
    Split {
        cases: cases.collect(),
        ..Split::default()
    }
}

/// Runs a plan. The evaluation depends on data, seed and code alone; how long all took is told apart.
///
/// # Errors
/// When the data holds nothing that could be asked, a named system is not there, or an engine fails.
pub(crate) async fn run(plan: &Plan, input: &Input<'_>) -> anyhow::Result<(Evaluation, Vec<Timing>)> {
    let store = Store::open(&plan.work)?;
    let mut systems = chosen(plan, input)?;
    let tuning = tune(plan, input, &store, &mut systems).await?;
    let curves = curves(plan, input, &systems);
    let mut asked = systems.clone();
    asked.extend(
        curves
            .iter()
            .flat_map(|curve| curve.points.iter().map(|(_, system)| system.clone())),
    );
    let splits = plan.splits(input, Phase::Test)?;
    let answers = ask(plan, input, &store, (&splits, Phase::Test), &asked).await?;
    let found = Found {
        plan,
        input,
        splits: &splits,
        systems: &systems,
        answers: &answers,
        curves: &curves,
    };
    Ok((found.evaluation(tuning), found.timings()))
}

fn chosen(plan: &Plan, input: &Input<'_>) -> anyhow::Result<Vec<System>> {
    let all = systems::all(plan.protocol, input.sides);
    if plan.systems.is_empty() {
        return Ok(all);
    }
    let find = |name: &String| {
        let known = || {
            all.iter()
                .map(|system| system.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let found = all.iter().find(|system| system.name == *name).cloned();
        found.with_context(|| format!("there is no system {name} for this data; there is {}", known()))
    };
    plan.systems.iter().map(find).collect()
}

/// What each tunable system does best with on validation is asked along with it.
async fn tune(plan: &Plan, input: &Input<'_>, store: &Store, systems: &mut Vec<System>) -> anyhow::Result<Vec<Trial>> {
    // The search box has no settings here.
    if plan.tries < 2 || plan.protocol == Protocol::Search {
        return Ok(Vec::new());
    }
    let tunable = tuning::tunable(systems, plan.tries, input.vectors().has_pictures(), plan.seed);
    let tries: Vec<System> = tunable.iter().flat_map(|one| one.tries.clone()).collect();
    let splits = plan.splits(input, Phase::Validation)?;
    let answers = ask(plan, input, store, (&splits, Phase::Validation), &tries).await?;
    let cases: Vec<Case> = splits.iter().flat_map(|split| split.cases.clone()).collect();
    let mut log = Vec::new();
    let mut answers = answers.iter();
    for one in &tunable {
        let mut best: Option<(f64, usize)> = None;
        let first = log.len();
        for (at, (system, answers)) in one.tries.iter().zip(&mut answers).enumerate() {
            let k = plan.cutoff();
            let values = Values::of(&cases, &answers.lists, &[k]);
            let values = values.get(MAIN, k).unwrap_or_default();
            let value = values.iter().sum::<f64>() / values.len().max(1) as f64;
            if best.is_none_or(|(most, _)| value > most) {
                best = Some((value, at));
            }
            log.push(Trial {
                system: one.system.name.clone(),
                settings: system.settings(),
                value,
                is_chosen: false,
            });
        }
        if let Some((_, at)) = best {
            log[first + at].is_chosen = true;
            systems.push(tuning::chosen(&one.tries[at]));
        }
    }
    Ok(log)
}

/// A parameter gone through, and the system at each of its values.
pub(super) struct Sweep {
    pub(super) parameter: &'static str,
    pub(super) about: String,
    pub(super) points: Vec<(f64, System)>,
}

fn curves(plan: &Plan, input: &Input<'_>, systems: &[System]) -> Vec<Sweep> {
    let mut sweeps = Vec::new();
    if !plan.has_curves {
        return sweeps;
    }
    let find = |name: &str| systems.iter().find(|system| system.name == name);
    let sweep = |parameter, system: &System, set: fn(Engine, f32) -> Engine| {
        let Model::Engine(engine) = system.model else {
            return None;
        };
        let point = |step: u8| {
            let at = f64::from(step) / f64::from(STEPS);
            let model = Model::Engine(set(engine, at as f32));
            (
                at,
                System {
                    model,
                    ..system.clone()
                },
            )
        };
        Some(Sweep {
            parameter,
            about: format!("{}: {}", system.name, system.about),
            points: (0..=STEPS).map(point).collect(),
        })
    };
    if input.vectors().has_texts() && input.vectors().has_pictures() {
        let mixed = ["hybrid", "calibrated", "all"].into_iter().filter_map(find);
        sweeps.extend(mixed.filter_map(|system| {
            sweep("image weight", system, |engine, image| Engine {
                image: Some(image),
                ..engine
            })
        }));
    }
    sweeps.extend(find("all").and_then(|system| {
        sweep("share of behaviour", system, |engine, share| Engine {
            behaviour: Some(share),
            ..engine
        })
    }));
    sweeps
}

/// The lists of each system over all splits, one after the other.
async fn ask(
    plan: &Plan,
    input: &Input<'_>,
    store: &Store,
    (splits, phase): (&[Split], Phase),
    systems: &[System],
) -> anyhow::Result<Vec<Answers>> {
    let mut all: Vec<Answers> = systems.iter().map(|_| Answers::default()).collect();
    let whole: usize = splits.iter().map(|split| split.cases.len()).sum();
    let bar = progress::bar(input.bars, plan.protocol.name(), (whole * systems.len()) as u64);
    for (number, split) in splits.iter().enumerate() {
        let mut engines = Engines::default();
        let questions = Questions {
            data: input.data,
            sides: input.sides,
            protocol: plan.protocol,
            learned: &split.learned,
            cases: &split.cases,
            depth: plan.depth(),
        };
        for (system, all) in systems.iter().zip(&mut all) {
            bar.set_message(system.name.clone());
            let models = input.sides[system.side].ids();
            let how = (plan.protocol, phase, number, plan.seed, plan.most, &plan.label);
            // Cases are others where some of them are left for choosing settings.
            let how = (how, plan.tries > 1, plan.depth());
            let key = (&input.data.digest, how, &system.model, &models);
            let answers = match store.find(&key)? {
                Some(answers) => {
                    bar.inc(answers.lists.len() as u64);
                    answers
                }
                None => {
                    let answers = questions.ask(system, &mut engines, &bar).await?;
                    store.keep(&key, &answers)?;
                    answers
                }
            };
            all.lists.extend(answers.lists);
            all.times_ms.extend(answers.times_ms);
            all.fit_s += answers.fit_s;
        }
    }
    bar.finish_and_clear();
    Ok(all)
}
