//! From a question to a list as it is handed out: by the rules of staff and the arm of an
//! experiment, labelled so that it is known what it brings.

use super::{Asker, RecommendationList, with_products};
use crate::{
    behaviour::{ListKind, Origin},
    error::ApiError,
    services::Services,
};
use chrono::{DateTime, Utc};
use reco_actors::{
    AlsoKind, AlsoQuery, ItemId, ListRule, RecoError, Recommendations, RepurchaseQuery, ScoreMode, Shown, SimilarQuery,
    TrendKind, TrendingQuery, ViewerQuery, Weights,
    catalog::{Filter, RuleAction},
    experiment::{Team, arm, bucket, explore, team_draft},
    models::PersonId,
};
use shop::{
    discovery::{Action, USUAL_STRENGTH},
    events::Person,
    experiments::{Design, Experiment, Exposure, Method, Served, Tuning},
    id::CategoryId,
    merchandising::{Body, Placement, Who},
};
use std::{collections::HashSet, time::Instant};

/// Where staff want another order, lists are picked from so many times as many candidates, and these.
const POOL: usize = 3;
const POOL_SPARE: usize = 10;
/// Most of one list of the engine.
const MOST_ASKED: usize = 100;

/// What a list is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    Similar(SimilarQuery),
    Also(AlsoQuery),
    /// What is bought with what is in a cart, or else what people go on to.
    Cart(AlsoQuery),
    Viewer(ViewerQuery),
    Trending(TrendingQuery),
    Repurchase(RepurchaseQuery),
}

impl Question {
    fn filter(&mut self) -> &mut Filter {
        match self {
            Self::Similar(query) => &mut query.filter,
            Self::Also(query) | Self::Cart(query) => &mut query.filter,
            Self::Viewer(query) => &mut query.filter,
            Self::Trending(query) => &mut query.filter,
            Self::Repurchase(query) => &mut query.filter,
        }
    }

    fn limit(&mut self) -> &mut usize {
        match self {
            Self::Similar(query) => &mut query.limit,
            Self::Also(query) | Self::Cart(query) => &mut query.limit,
            Self::Viewer(query) => &mut query.limit,
            Self::Trending(query) => &mut query.limit,
            Self::Repurchase(query) => &mut query.limit,
        }
    }

    /// What it is about.
    fn items(&self) -> Vec<ItemId> {
        match self {
            Self::Similar(query) => vec![query.item],
            Self::Also(query) | Self::Cart(query) => query.items.clone(),
            Self::Viewer(_) | Self::Trending(_) | Self::Repurchase(_) => Vec::new(),
        }
    }

    /// Which products, how many of them, and whether those that are out of stock, too.
    fn given(&self) -> (&Filter, usize, bool) {
        match self {
            Self::Similar(query) => (&query.filter, query.limit, query.include_out_of_stock),
            Self::Also(query) | Self::Cart(query) => (&query.filter, query.limit, query.include_out_of_stock),
            Self::Viewer(query) => (&query.filter, query.limit, query.include_out_of_stock),
            Self::Trending(query) => (&query.filter, query.limit, query.include_out_of_stock),
            Self::Repurchase(query) => (&query.filter, query.limit, query.include_out_of_stock),
        }
    }

    /// What may come into the list.
    fn shown(&self) -> Shown {
        let (filter, limit, include_out_of_stock) = self.given();
        let mut exclude: HashSet<ItemId> = self.items().into_iter().collect();
        if let Self::Viewer(query) = self {
            exclude.extend(&query.exclude);
        }
        Shown {
            filter: filter.clone(),
            limit,
            include_out_of_stock,
            exclude,
        }
    }

    /// The same, asked as an arm has it; what the client says itself stays.
    fn tuned(mut self, tuning: &Tuning, now: DateTime<Utc>) -> Result<Self, RecoError> {
        if let Some(minutes) = tuning.delay_minutes {
            let before = now - chrono::TimeDelta::minutes(minutes.into());
            // By whole minutes, so that lists can be kept.
            let before = before.timestamp_millis() / 60_000 * 60_000;
            let filter = self.filter();
            filter.created_before = Some(filter.created_before.map_or(before, |given| given.min(before)));
        }
        if tuning.method == Method::Trending {
            let shown = self.shown();
            let mut filter = shown.filter;
            filter.exclude.extend(shown.exclude);
            filter.exclude.sort_unstable();
            return Ok(Self::Trending(TrendingQuery {
                kind: TrendKind::Lately,
                limit: shown.limit,
                filter,
                include_out_of_stock: shown.include_out_of_stock,
                at_ms: now.timestamp_millis(),
            }));
        }
        let weights = tuning.text_weight.zip(tuning.image_weight);
        let weights = weights.map(|(text, image)| Weights::new(text, image)).transpose()?;
        let mode = tuning.is_calibrated.map(|is_calibrated| match is_calibrated {
            true => ScoreMode::Calibrated,
            false => ScoreMode::Raw,
        });
        let diversity = |given: f32| match given {
            0.0 => tuning.diversity.unwrap_or_default(),
            given => given,
        };
        match &mut self {
            Self::Similar(query) => {
                query.weights = query.weights.or(weights);
                query.mode = query.mode.or(mode);
                query.diversity = diversity(query.diversity);
            }
            Self::Viewer(query) => {
                query.weights = query.weights.or(weights);
                query.mode = query.mode.or(mode);
                query.behaviour = query.behaviour.or(tuning.behaviour);
                let most = tuning.max_per_category.map(|most| most as usize);
                query.max_per_category = query.max_per_category.or(most);
                query.diversity = diversity(query.diversity);
            }
            Self::Also(_) | Self::Cart(_) | Self::Trending(_) | Self::Repurchase(_) => {}
        }
        Ok(self)
    }

    async fn ask(&self, services: &Services) -> Result<Recommendations, RecoError> {
        match self {
            Self::Similar(query) => match services.recommender.similar(query).await {
                // A draft, or a product made a moment ago: nothing is known to go with it yet.
                Err(RecoError::UnknownItem(_)) => Ok(super::nothing()),
                answer => answer,
            },
            Self::Also(query) => services.personal.also(query).await,
            Self::Cart(query) => {
                let answer = services.personal.also(query).await?;
                if !answer.items.is_empty() {
                    return Ok(answer);
                }
                let viewed = AlsoQuery {
                    kind: AlsoKind::Viewed,
                    ..query.clone()
                };
                services.personal.also(&viewed).await
            }
            Self::Viewer(query) => services.personal.for_viewer(query).await,
            Self::Trending(query) => services.personal.trending(query).await,
            Self::Repurchase(query) => services.personal.repurchase(query).await,
        }
    }
}

/// A list as it is handed out.
pub(crate) async fn serve(asker: &Asker, kind: ListKind, question: Question) -> Result<RecommendationList, ApiError> {
    let services = &asker.services;
    let now = services.shop.now();
    let rules = rules(asker, kind, &question, now);
    let Some((experiment, person)) = taking_part(asker, kind) else {
        let answer = made(services, &rules, question).await?;
        return with_products(asker, kind, answer, None).await;
    };
    let drafted = |answer, origin| with_products(asker, kind, answer, Some(origin));
    match experiment.plan.design {
        Design::Split => {
            let weights: Vec<u32> = experiment.plan.arms.iter().map(|arm| arm.weight).collect();
            let arm = arm(experiment.id.0.as_bytes(), person.0.as_bytes(), &weights).unwrap_or_default();
            let answer = made_by(services, &rules, question, (&experiment, arm), now).await?;
            expose(services, &experiment, (person, arm), now);
            drafted(answer, Origin::of(experiment.id, vec![arm as u8])).await
        }
        Design::Interleaved => {
            let (_, limit, _) = question.given();
            let (control, other) = futures::future::try_join(
                made_by(services, &rules, question.clone(), (&experiment, 0), now),
                made_by(services, &rules, question, (&experiment, 1), now),
            )
            .await?;
            expose(services, &experiment, (person, 0), now);
            let (answer, teams) = draft(control, &other, limit);
            drafted(answer, Origin::of(experiment.id, teams)).await
        }
        Design::Explored => {
            let (_, limit, _) = question.given();
            let arms = 0..experiment.plan.arms.len();
            let made = arms.map(|arm| made_by(services, &rules, question.clone(), (&experiment, arm), now));
            let mut lists = futures::future::join_all(made).await.into_iter();
            let control = lists.next().unwrap_or_else(|| Ok(super::nothing()))?;
            expose(services, &experiment, (person, 0), now);
            // The control's list is what people came for: an arm that fails gets no place.
            let others: Vec<Recommendations> = lists.map(|list| list.unwrap_or_else(|_| super::nothing())).collect();
            let (answer, places) = explored(control, &others, limit, experiment.plan.exploration.into());
            drafted(answer, Origin::drawn(experiment.id, places)).await
        }
    }
}

/// By the rules of staff alone.
pub(crate) async fn made(
    services: &Services,
    rules: &[ListRule],
    mut question: Question,
) -> Result<Recommendations, RecoError> {
    if rules.is_empty() {
        return question.ask(services).await;
    }
    rules.iter().for_each(|rule| rule.narrow(question.filter()));
    let shown = question.shown();
    if rules.iter().any(ListRule::reorders) {
        let limit = question.limit();
        *limit = (POOL * *limit + POOL_SPARE).min(MOST_ASKED);
    }
    let answer = question.ask(services).await?;
    Ok(services.arranging.arrange(rules, &shown, answer))
}

/// As an arm has it; what it costs is noted.
async fn made_by(
    services: &Services,
    rules: &[ListRule],
    question: Question,
    (experiment, arm): (&Experiment, usize),
    now: DateTime<Utc>,
) -> Result<Recommendations, RecoError> {
    let begun = Instant::now();
    let tuning = experiment
        .plan
        .arms
        .get(arm)
        .map_or_else(Tuning::default, |arm| arm.tuning);
    let answer = match question.tuned(&tuning, now) {
        Ok(question) => made(services, rules, question).await,
        Err(error) => Err(error),
    };
    let served = Served::one(experiment.id, arm, begun.elapsed(), answer.is_err());
    services.shop.experiments().served(served);
    answer
}

fn expose(services: &Services, experiment: &Experiment, (person, arm): (Person, usize), at: DateTime<Utc>) {
    services.shop.experiments().exposed(Exposure {
        experiment: experiment.id,
        person,
        arm,
        at,
    });
}

/// The experiment that a list is part of, and who takes part; nobody who does not want to be followed.
fn taking_part(asker: &Asker, kind: ListKind) -> Option<(Experiment, Person)> {
    let experiments = asker.services.shop.experiments().current();
    let placement = kind.placement()?;
    let mut about = experiments
        .iter()
        .filter(|experiment| experiment.plan.placements.contains(&placement));
    let (experiment, person) = (about.next()?, asker.person?);
    let is_in = bucket(experiment.id.0.as_bytes(), person.0.as_bytes()) < f64::from(experiment.plan.share);
    is_in.then(|| (experiment.clone(), person))
}

/// Both lists by turns: what is left is in the control's order.
fn draft(control: Recommendations, other: &Recommendations, limit: usize) -> (Recommendations, Vec<u8>) {
    let ids = |list: &Recommendations| list.items.iter().map(|item| item.item).collect::<Vec<ItemId>>();
    let seed = uuid::Uuid::now_v7().as_u64_pair().1;
    let picked = team_draft(&ids(&control), &ids(other), limit, seed);
    let mut items = Vec::with_capacity(limit);
    let mut teams = Vec::with_capacity(limit);
    for (id, team) in picked {
        let (list, arm) = match team {
            Team::A => (&control, 0),
            Team::B => (other, 1),
        };
        if let Some(item) = list.items.iter().find(|item| item.item == id) {
            items.push(item.clone());
            teams.push(arm);
        }
    }
    // What nobody drafted is nobody's: clicks on it say nothing of either.
    let rest = control.items.iter().chain(&other.items);
    for item in rest {
        if items.len() < limit && items.iter().all(|taken| taken.item != item.item) {
            items.push(item.clone());
            teams.push(Origin::NOBODY);
        }
    }
    (Recommendations { items, ..control }, teams)
}

/// The control's list, with some places given to the others' by lot; of each place the arms that would
/// have put the same there, and with what chance it came there.
fn explored(
    control: Recommendations,
    others: &[Recommendations],
    limit: usize,
    exploration: f64,
) -> (Recommendations, Vec<(u8, f32)>) {
    let ids = |list: &Recommendations| list.items.iter().map(|item| item.item).collect::<Vec<ItemId>>();
    let lists: Vec<Vec<ItemId>> = std::iter::once(&control).chain(others).map(ids).collect();
    let lists: Vec<&[ItemId]> = lists.iter().map(Vec::as_slice).collect();
    let seed = uuid::Uuid::now_v7().as_u64_pair().1;
    let placed = explore(&lists, limit, exploration, seed);
    let all = || control.items.iter().chain(others.iter().flat_map(|list| &list.items));
    let items = placed
        .iter()
        .filter_map(|one| all().find(|item| item.item == one.item).cloned());
    let items = items.collect();
    let places = placed.iter().map(|one| (one.rankers, one.propensity as f32)).collect();
    (Recommendations { items, ..control }, places)
}

/// The rules that hold for a list.
fn rules(asker: &Asker, kind: ListKind, question: &Question, now: DateTime<Utc>) -> Vec<ListRule> {
    let current = asker.services.shop.merchandising().current();
    let Some(placement) = kind.placement().filter(|_| !current.is_empty()) else {
        return Vec::new();
    };
    let bodies = current.iter().map(|rule| &rule.body);
    holding(&asker.services, bodies, (placement, who(asker), now), question)
}

/// Of some rules those that hold, as the engine has them.
pub(crate) fn holding<'r>(
    services: &Services,
    rules: impl Iterator<Item = &'r Body>,
    (placement, who, now): (Placement, Who, DateTime<Utc>),
    question: &Question,
) -> Vec<ListRule> {
    let holds = rules.filter(|rule| rule.holds(placement, who, now));
    let holds = holds.filter(|rule| rule.within.is_empty() || is_within(services, &rule.within, question));
    holds.map(list_rule).collect()
}

/// Whether a list is about something in these categories, or narrowed to them.
fn is_within(services: &Services, within: &[CategoryId], question: &Question) -> bool {
    let taxonomy = services.shop.catalog().taxonomy();
    let asked = &question.given().0.categories;
    let narrowed = !asked.is_empty()
        && asked
            .iter()
            .all(|id| within.iter().any(|above| taxonomy.is_within(CategoryId(*id), *above)));
    let categories: Vec<_> = within.iter().map(|id| id.0).collect();
    narrowed || services.arranging.is_within(&question.items(), &categories)
}

fn list_rule(body: &Body) -> ListRule {
    let strength = body.strength.unwrap_or(USUAL_STRENGTH);
    ListRule {
        action: match body.action {
            Action::Pin => RuleAction::Pin,
            Action::Boost => RuleAction::Boost(strength),
            Action::Bury => RuleAction::Bury(strength),
            Action::Hide => RuleAction::Hide,
        },
        items: body.products.iter().map(|id| ItemId(id.0)).collect(),
        categories: body.categories.iter().map(|id| id.0).collect(),
        brands: body.brands.iter().map(|id| id.0).collect(),
    }
}

/// What is known of whoever asks.
fn who(asker: &Asker) -> Who {
    let history = asker
        .person
        .and_then(|person| asker.services.personal.history(PersonId(person.0)));
    let history = history.unwrap_or_default();
    Who {
        is_customer: asker.viewer.user().is_some(),
        has_history: !history.is_empty(),
        has_bought: history.iter().any(|past| past.is_bought),
    }
}
