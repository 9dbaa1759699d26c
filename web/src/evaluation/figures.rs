//! What is found in lists: figures, intervals, cohorts, pairs and curves.

use super::{
    asking::Answers,
    run::{Input, MAIN, Plan, Sweep},
    systems::System,
};
use reco_actors::eval::{
    Bootstrap, lists,
    measure::{Part, Values, cohorts, pairs, parts},
    protocol::{Case, Split},
    results::{Curve, DataFigures, Evaluation, FORMAT, Figure, Point, ProtocolFigures, SystemResult, Timing, Trial},
    significance::by_person,
};
use std::collections::HashSet;

/// Resamples of an interval: its ends are known to a twentieth of its width.
const RESAMPLES: usize = 1_000;

/// Lists and all they were asked for.
pub(super) struct Found<'a> {
    pub(super) plan: &'a Plan,
    pub(super) input: &'a Input<'a>,
    pub(super) splits: &'a [Split],
    pub(super) systems: &'a [System],
    /// Of each system, then of each point of each curve.
    pub(super) answers: &'a [Answers],
    pub(super) curves: &'a [Sweep],
}

/// What figures of all systems are made of.
struct Context<'c> {
    /// Of each case.
    people: &'c [u32],
    parts: Vec<Part>,
    bootstrap: &'c Bootstrap,
    /// How many people touched each item.
    touched: Vec<u32>,
    /// Of each case: what was met, what was relevant, and what is popular.
    histories: Vec<Vec<u32>>,
    relevant: Vec<Vec<u32>>,
    popular: Vec<Vec<u32>>,
}

impl Found<'_> {
    pub(super) fn evaluation(&self, tuning: Vec<Trial>) -> Evaluation {
        let cases: Vec<Case> = self.splits.iter().flat_map(|split| split.cases.clone()).collect();
        let people: Vec<u32> = cases.iter().map(|case| case.who).collect();
        let bootstrap = Bootstrap {
            resamples: RESAMPLES,
            seed: self.plan.seed,
            ..Bootstrap::default()
        };
        let measured: Vec<Values> = (self.answers.iter().take(self.systems.len()))
            .map(|answers| Values::of(&cases, &answers.lists, &self.plan.cutoffs))
            .collect();
        let context = self.context(&cases, &people, &bootstrap);
        let systems = (self.systems.iter().zip(self.answers).zip(&measured))
            .map(|((system, answers), values)| self.system(system, answers, values, &context))
            .collect();
        let named: Vec<(String, &Values)> = self
            .systems
            .iter()
            .map(|system| system.name.clone())
            .zip(&measured)
            .collect();
        Evaluation {
            format: FORMAT,
            data: self.data(),
            protocol: self.protocol(cases.len()),
            systems,
            comparisons: pairs(&named, &people, (MAIN, self.plan.cutoff()), &bootstrap),
            curves: self.drawn(&cases, &people, &bootstrap),
            tuning,
        }
    }

    fn context<'c>(&self, cases: &[Case], people: &'c [u32], bootstrap: &'c Bootstrap) -> Context<'c> {
        let items = self.input.data.items.len();
        let mut by_person = vec![Vec::new(); self.input.data.people];
        let mut events = vec![0_u32; items];
        for event in self.splits.iter().flat_map(|split| &split.learned) {
            by_person[event.person as usize].push(event.item);
            events[event.item as usize] += 1;
        }
        let touched = lists::touched(&by_person, items);
        let mut ranked: Vec<u32> = (0..items as u32).collect();
        ranked.sort_by(|a, b| touched[*b as usize].cmp(&touched[*a as usize]).then(a.cmp(b)));
        let met = |case: &Case| case.history.iter().map(|event| event.item).collect::<Vec<u32>>();
        let deepest = self.plan.cutoffs.iter().copied().max().unwrap_or(0);
        let popular = |case: &Case| {
            let met: HashSet<u32> = met(case).into_iter().collect();
            let may = |item: &&u32| !met.contains(item) && case.among.as_ref().is_none_or(|among| among.contains(item));
            ranked.iter().filter(may).take(deepest).copied().collect()
        };
        Context {
            people,
            parts: parts(cases, &events),
            bootstrap,
            histories: cases.iter().map(met).collect(),
            relevant: cases.iter().map(|case| case.relevant.clone()).collect(),
            popular: cases.iter().map(popular).collect(),
            touched,
        }
    }

    fn system(&self, system: &System, answers: &Answers, values: &Values, context: &Context<'_>) -> SystemResult {
        let Context {
            people,
            parts,
            bootstrap,
            ..
        } = context;
        SystemResult {
            name: system.name.clone(),
            about: system.about.to_owned(),
            settings: system.settings(),
            metrics: values.means(people, None, bootstrap),
            lists: self.lists(answers, context),
            cohorts: cohorts(values, people, parts, bootstrap),
            model_bytes: self.model_bytes(system),
        }
    }

    /// Of the models that it needs, where it has them; of none if one is of unknown size.
    fn model_bytes(&self, system: &System) -> Option<u64> {
        let side = &self.input.sides[system.side];
        let has = [side.vectors.has_texts(), side.vectors.has_pictures()];
        let needed = side.ids().into_iter().zip(system.needs()).zip(has);
        let needed = needed.filter(|((_, needs), has)| *needs && *has);
        needed.map(|((id, _), _)| self.input.sizes.get(&id?).copied()).sum()
    }

    /// What concerns all lists together; popularity is that of the learned events of each split, together.
    fn lists(&self, answers: &Answers, context: &Context<'_>) -> Vec<Figure> {
        let (all, items) = (&answers.lists, self.input.data.items.len());
        let Context {
            touched,
            histories,
            relevant,
            popular,
            ..
        } = context;
        let is_by_people = !self.splits.iter().all(|split| split.learned.is_empty());
        let each = self.plan.cutoffs.iter().flat_map(|&k| {
            let mut figures = vec![
                ("coverage", lists::coverage(all, items, k)),
                ("gini", lists::gini(all, items, k)),
            ];
            if is_by_people {
                figures.extend([
                    ("novelty", lists::novelty(all, touched, self.input.data.people, k)),
                    ("popularity_lift", lists::popularity_lift(all, histories, touched, k)),
                    ("serendipity", lists::serendipity(all, relevant, popular, k)),
                ]);
            }
            if self.input.vectors().has_texts() {
                figures.push(("diversity", lists::diversity(all, k, |a, b| self.likeness(a, b))));
            }
            figures.into_iter().map(move |(name, value)| Figure {
                name: name.to_owned(),
                k,
                value,
            })
        });
        each.collect()
    }

    /// Cosine of two items' texts, 0 at least; 0 where one has none.
    fn likeness(&self, a: u32, b: u32) -> f64 {
        let text = |item: u32| self.input.vectors().text(item as usize);
        let (Some(a), Some(b)) = (text(a), text(b)) else {
            return 0.0;
        };
        let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
        f64::from(dot).clamp(0.0, 1.0)
    }

    fn data(&self) -> DataFigures {
        let data = self.input.data;
        let (texts, pictures) = data.contents();
        // The shop's own pictures are told by their vectors alone.
        let pictures = pictures.max(self.input.vectors().image.iter().flatten().count());
        DataFigures {
            name: data.name.clone(),
            people: data.people,
            items: data.items.len(),
            events: data.events.len(),
            texts,
            pictures,
            digest: data.digest.clone(),
        }
    }

    fn protocol(&self, cases: usize) -> ProtocolFigures {
        ProtocolFigures {
            name: self.plan.protocol.name().to_owned(),
            about: self.plan.protocol.about().to_owned(),
            learned: self.splits.iter().map(|split| split.learned.len()).sum(),
            cases,
            cutoffs: self.plan.cutoffs.clone(),
            seed: self.plan.seed,
        }
    }

    fn drawn(&self, cases: &[Case], people: &[u32], bootstrap: &Bootstrap) -> Vec<Curve> {
        let mut answers = self.answers.iter().skip(self.systems.len());
        let k = self.plan.cutoff();
        let curve = |sweep: &Sweep| Curve {
            parameter: sweep.parameter.to_owned(),
            metric: MAIN.to_owned(),
            k,
            about: sweep.about.clone(),
            points: (sweep.points.iter().zip(&mut answers))
                .map(|((at, _), answers)| {
                    let values = Values::of(cases, &answers.lists, &[k]);
                    let values = values.get(MAIN, k).unwrap_or_default();
                    Point {
                        at: *at,
                        value: bootstrap.mean(&by_person(people, values)),
                    }
                })
                .collect(),
        };
        self.curves.iter().map(curve).collect()
    }

    pub(super) fn timings(&self) -> Vec<Timing> {
        let timing = |(system, answers): (&System, &Answers)| {
            let mut times = answers.times_ms.clone();
            times.sort_unstable_by(f64::total_cmp);
            let at = |share: f64| {
                let place = (times.len().saturating_sub(1) as f64 * share) as usize;
                times.get(place).copied().unwrap_or(0.0)
            };
            Timing {
                system: system.name.clone(),
                fit_s: answers.fit_s,
                p50_ms: at(0.5),
                p99_ms: at(0.99),
                total_s: answers.fit_s + times.iter().sum::<f64>() / 1e3,
            }
        };
        self.systems.iter().zip(self.answers).map(timing).collect()
    }
}
