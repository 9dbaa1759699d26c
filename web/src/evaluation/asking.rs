//! Engines that have learned a split, and the lists they give.

use super::{
    run::Side,
    systems::{Asking, Engine, Model, System},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::ProgressBar;
use reco_actors::{
    ItemId, Personal as _, Recommender as _, SimilarKind, SimilarQuery, ViewerQuery,
    catalog::{Filter, SearchMode, SearchQuery, Window},
    eval::{
        data::{DataSet, Event, EventKind},
        protocol::{Case, Protocol, asked_at},
    },
    models::{Act, Behaviour, CoVisitation, CoVisitationSettings, Deed, Past, PersonId, Visit},
    system::{Change, RecoConfig, RecoHandle, RecoSystem},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Acts that are handed over at a time.
const ACTS: usize = 1_000;
/// Long enough that no list is given up on: it would not be the one that is served.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lists and how long each took, milliseconds; what learning took, seconds.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) lists: Vec<Vec<u32>>,
    pub(crate) times_ms: Vec<f64>,
    pub(crate) fit_s: f64,
}

/// All that is asked of systems on one split.
pub(crate) struct Questions<'d> {
    pub(crate) data: &'d DataSet,
    pub(crate) sides: &'d [Side],
    pub(crate) protocol: Protocol,
    pub(crate) learned: &'d [Event],
    pub(crate) cases: &'d [Case],
    /// Length of the lists.
    pub(crate) depth: usize,
}

/// Engines of one split by what they were told, so that each learns once.
#[derive(Default)]
pub(crate) struct Engines(HashMap<(bool, bool, usize), Arc<Told>>);

struct Told {
    system: RecoSystem,
    fit_s: f64,
}

impl Questions<'_> {
    pub(crate) async fn ask(
        &self,
        system: &System,
        engines: &mut Engines,
        bar: &ProgressBar,
    ) -> anyhow::Result<Answers> {
        match &system.model {
            Model::Popular => Ok(self.popular(bar)),
            Model::CoVisitation => Ok(self.covisitation(bar)),
            Model::Engine(engine) => {
                let told = self.engine((engine.acts, engine.vectors, system.side), engines).await?;
                self.by_engine(*engine, &told, bar).await
            }
            Model::Search(asking) => {
                let told = self
                    .engine((false, *asking != Asking::Words, system.side), engines)
                    .await?;
                self.by_search(*asking, &told, bar).await
            }
        }
    }

    fn popular(&self, bar: &ProgressBar) -> Answers {
        let began = Instant::now();
        let mut counts = vec![0_u32; self.data.items.len()];
        self.learned.iter().for_each(|event| counts[event.item as usize] += 1);
        let mut ranked: Vec<u32> = (0..counts.len() as u32).collect();
        ranked.sort_by(|a, b| counts[*b as usize].cmp(&counts[*a as usize]).then(a.cmp(b)));
        let fit_s = began.elapsed().as_secs_f64();
        let list = |case: &Case| {
            let met = met(case);
            let may = |item: &u32| !met.contains(item) && case.among.as_ref().is_none_or(|among| among.contains(item));
            ranked.iter().copied().filter(may).take(self.depth).collect()
        };
        self.timed(fit_s, bar, list)
    }

    fn covisitation(&self, bar: &ProgressBar) -> Answers {
        let began = Instant::now();
        let mut model = CoVisitation::new(CoVisitationSettings::default());
        let mut so_far: Vec<Vec<Visit>> = vec![Vec::new(); self.data.people];
        for event in self.learned {
            let history = &mut so_far[event.person as usize];
            let visit = Visit::from(self.id(event.item));
            model.learn(history, visit, event.at_ms as f64 / 1e3);
            history.push(visit);
        }
        let fit_s = began.elapsed().as_secs_f64();
        let numbers = self.numbers();
        self.timed(fit_s, bar, |case| {
            let history: Vec<Visit> = case.history.iter().map(|event| self.id(event.item).into()).collect();
            let met: HashSet<ItemId> = history.iter().map(|visit| visit.item).collect();
            let next = model.next(&history, |item| !met.contains(&item), self.depth);
            next.into_iter()
                .filter_map(|next| numbers.get(&next.item).copied())
                .collect()
        })
    }

    fn timed(&self, fit_s: f64, bar: &ProgressBar, mut list: impl FnMut(&Case) -> Vec<u32>) -> Answers {
        let mut answers = Answers {
            fit_s,
            ..Answers::default()
        };
        for case in self.cases {
            let began = Instant::now();
            answers.lists.push(list(case));
            answers.times_ms.push(began.elapsed().as_secs_f64() * 1e3);
            bar.inc(1);
        }
        answers
    }

    async fn engine(&self, told: (bool, bool, usize), engines: &mut Engines) -> anyhow::Result<Arc<Told>> {
        if let Some(engine) = engines.0.get(&told) {
            return Ok(Arc::clone(engine));
        }
        let began = Instant::now();
        let (acts, vectors, side) = told;
        let side = &self.sides[side];
        let config = RecoConfig {
            text_workers: usize::from(self.protocol == Protocol::Search && vectors),
            image_workers: 0,
            deadline: PATIENCE,
            ..RecoConfig::default()
        };
        let system = RecoSystem::start(config, side.models.clone().filter(|_| vectors))?;
        let mut changes = Vec::new();
        for (at, item) in self.data.items.iter().enumerate() {
            changes.push(Change::Upsert(Box::new(item.clone())));
            let (text, image) = (side.vectors.text(at), side.vectors.image(at));
            if vectors && (text.is_some() || image.is_some()) {
                changes.push(Change::Vectors {
                    id: item.id,
                    text: text.cloned(),
                    image: image.cloned(),
                });
            }
        }
        if acts {
            let acts = self.acts(self.learned);
            let batches = (1..).zip(acts.chunks(ACTS));
            changes.extend(batches.map(|(position, acts)| Change::Acts(position, acts.to_vec())));
        }
        system.handle().apply(changes, 1).await?;
        system.handle().rebuild().await?;
        let told_engine = Arc::new(Told {
            system,
            fit_s: began.elapsed().as_secs_f64(),
        });
        engines.0.insert(told, Arc::clone(&told_engine));
        Ok(told_engine)
    }

    async fn by_engine(&self, engine: Engine, told: &Told, bar: &ProgressBar) -> anyhow::Result<Answers> {
        let each = self.cases.iter().map(|case| {
            let handle = told.system.handle();
            if self.protocol == Protocol::Similar {
                futures::future::Either::Left(similar(handle, self.similar_query(case, engine)))
            } else {
                futures::future::Either::Right(viewer(handle, self.viewer_query(case, engine)))
            }
        });
        self.gather(each.collect(), told.fit_s, bar).await
    }

    async fn by_search(&self, asking: Asking, told: &Told, bar: &ProgressBar) -> anyhow::Result<Answers> {
        let each = self.cases.iter().map(|case| {
            let query = SearchQuery {
                text: self.data.judgments[case.who as usize].query.clone(),
                mode: match asking {
                    Asking::Words => SearchMode::Words,
                    Asking::Meaning => SearchMode::Meaning,
                    Asking::Both => SearchMode::Hybrid,
                },
                filter: Filter::default(),
                sort: Vec::new(),
                window: Window::Offset {
                    offset: 0,
                    limit: self.depth,
                },
                want_total: false,
                want_facets: false,
                at: chrono::DateTime::UNIX_EPOCH,
            };
            search(told.system.handle(), query)
        });
        self.gather(each.collect(), told.fit_s, bar).await
    }

    /// Two at a time a core, since a list waits for no other; in the order of the cases.
    async fn gather<F>(&self, each: Vec<F>, fit_s: f64, bar: &ProgressBar) -> anyhow::Result<Answers>
    where
        F: Future<Output = anyhow::Result<(Vec<ItemId>, f64)>> + Send + 'static,
    {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let found = stream::iter(each).map(tokio::spawn).buffered(cores);
        let found: Vec<(Vec<ItemId>, f64)> = found
            .map(|joined| {
                bar.inc(1);
                joined?
            })
            .try_collect()
            .await?;
        let numbers = self.numbers();
        let (lists, times_ms): (Vec<Vec<ItemId>>, Vec<f64>) = found.into_iter().unzip();
        let numbered = |list: Vec<ItemId>| list.iter().filter_map(|item| numbers.get(item).copied()).collect();
        Ok(Answers {
            lists: lists.into_iter().map(numbered).collect(),
            times_ms,
            fit_s,
        })
    }

    fn similar_query(&self, case: &Case, engine: Engine) -> SimilarQuery {
        SimilarQuery {
            item: self.id(case.who),
            kind: SimilarKind::Hybrid,
            weights: engine.weights(),
            mode: engine.mode(),
            limit: self.depth,
            filter: Filter::default(),
            include_out_of_stock: false,
            diversity: 0.0,
        }
    }

    fn viewer_query(&self, case: &Case, engine: Engine) -> ViewerQuery {
        ViewerQuery {
            history: self.history(case),
            limit: self.depth,
            filter: Filter {
                ids: case
                    .among
                    .as_ref()
                    .map(|among| among.iter().map(|item| self.id(*item)).collect()),
                ..Filter::default()
            },
            exclude: case.history.iter().map(|event| self.id(event.item)).collect(),
            weights: engine.weights(),
            mode: engine.mode(),
            behaviour: engine.behaviour,
            at_ms: asked_at(case),
            ..ViewerQuery::default()
        }
    }

    /// What the shop remembers of somebody who did that.
    fn history(&self, case: &Case) -> Vec<Past> {
        let mut behaviour = Behaviour::default();
        self.acts(&case.history).iter().for_each(|act| behaviour.learn(act));
        behaviour
            .history(person(case.who))
            .map(<[Past]>::to_vec)
            .unwrap_or_default()
    }

    /// What was bought in one basket is one act.
    fn acts(&self, events: &[Event]) -> Vec<Act> {
        let mut acts: Vec<Act> = Vec::new();
        let mut basket = None;
        for event in events {
            let item = self.id(event.item);
            let key = (event.person, event.group);
            if event.kind == EventKind::Purchase
                && basket == Some(key)
                && let Some(Act {
                    deed: Deed::Bought(items),
                    ..
                }) = acts.last_mut()
            {
                items.push(item);
                continue;
            }
            basket = (event.kind == EventKind::Purchase).then_some(key);
            acts.push(Act {
                person: person(event.person),
                at_ms: event.at_ms,
                deed: match event.kind {
                    EventKind::View => Deed::Viewed(item, event.dwell_ms),
                    EventKind::Cart => Deed::Added(item),
                    EventKind::Purchase => Deed::Bought(vec![item]),
                },
            });
        }
        acts
    }

    fn id(&self, item: u32) -> ItemId {
        self.data.items[item as usize].id
    }

    fn numbers(&self) -> HashMap<ItemId, u32> {
        let ids = self.data.items.iter().map(|item| item.id);
        ids.zip(0..).collect()
    }
}

fn person(number: u32) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(number) + 1))
}

fn met(case: &Case) -> HashSet<u32> {
    case.history.iter().map(|event| event.item).collect()
}

async fn viewer(handle: RecoHandle, query: ViewerQuery) -> anyhow::Result<(Vec<ItemId>, f64)> {
    let began = Instant::now();
    let list = handle.for_viewer(&query).await?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    Ok((list.items.into_iter().map(|item| item.item).collect(), took))
}

async fn similar(handle: RecoHandle, query: SimilarQuery) -> anyhow::Result<(Vec<ItemId>, f64)> {
    let began = Instant::now();
    let list = handle.similar(&query).await?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    Ok((list.items.into_iter().map(|item| item.item).collect(), took))
}

async fn search(handle: RecoHandle, query: SearchQuery) -> anyhow::Result<(Vec<ItemId>, f64)> {
    let began = Instant::now();
    let answer = handle.search(query).await?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    Ok((
        answer.found.page.entries.into_iter().map(|entry| entry.id).collect(),
        took,
    ))
}
