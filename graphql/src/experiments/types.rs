//! Experiments as administrators see them.

use super::results::{ExperimentResults, results};
use crate::{
    context::ContextExt, cost, error::ApiError, ids::Id, merchandising::RecommendationPlacement, recommendations::tidy,
    scalars::DateTime,
};
use async_graphql::{Context, Enum, Object, SimpleObject};
use shop::{experiments as domain, id::ExperimentId};

/// How arms are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Design")]
pub enum ExperimentDesign {
    /// Each person gets the lists of one arm, and always of the same.
    Split,
    /// Each list is drafted from both arms' lists by turns (team draft); whose products are clicked
    /// more wins. Needs fewer people, and tells of clicks alone.
    Interleaved,
    /// Lists are the control's, but for some places that are given to the other arms by lot. What those
    /// would have earned is estimated from what was seen of them (off-policy, by inverse propensity).
    /// Nobody is shown a whole list of an arm that may be bad; tells of clicks alone.
    Explored,
}

/// What an experiment is about to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Metric")]
pub enum ExperimentMetric {
    /// Clicks on recommendations by impressions of them.
    ClickThrough,
    /// Share of people who bought something.
    Conversion,
    /// What was paid by session, in the shop's currency.
    RevenuePerSession,
}

/// What makes a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Method")]
pub enum ListMethod {
    /// What makes it without an experiment.
    Usual,
    /// What is touched most lately, the same for everybody.
    Trending,
}

/// Where an experiment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ExperimentState {
    /// Nobody takes part yet.
    Draft,
    /// People take part.
    Running,
    /// Nobody takes part any more.
    Stopped,
}

/// How an arm makes its lists; null: as without an experiment.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ListTuning {
    /// What makes the lists.
    pub method: ListMethod,
    /// Weight of the text.
    pub text_weight: Option<f64>,
    /// Weight of the picture.
    pub image_weight: Option<f64>,
    /// Whether each modality's mean is taken off first.
    pub is_calibrated: Option<bool>,
    /// 0 for the best, up to 1 for the most varied.
    pub diversity: Option<f64>,
    /// Share of what people do in lists for people, 0 to 1.
    pub behaviour: Option<f64>,
    /// Products of one narrowest category at most in lists for people, as long as there are others.
    pub max_per_category: Option<i32>,
    /// Products younger than so many minutes are not in the lists.
    pub new_product_delay_minutes: Option<i32>,
}

impl From<domain::Tuning> for ListTuning {
    fn from(tuning: domain::Tuning) -> Self {
        Self {
            method: tuning.method.into(),
            text_weight: tuning.text_weight.map(tidy),
            image_weight: tuning.image_weight.map(tidy),
            is_calibrated: tuning.is_calibrated,
            diversity: tuning.diversity.map(tidy),
            max_per_category: tuning.max_per_category.and_then(|most| i32::try_from(most).ok()),
            behaviour: tuning.behaviour.map(tidy),
            new_product_delay_minutes: tuning.delay_minutes.and_then(|minutes| i32::try_from(minutes).ok()),
        }
    }
}

/// One way to make lists.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExperimentArm {
    /// What staff call it.
    pub name: String,
    /// Its share of people, against the other arms'.
    pub weight: i32,
    /// How it makes lists.
    pub tuning: ListTuning,
}

/// What must not become worse than by so much.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ExperimentGuardrails {
    /// Time of a list: by this share of the control's.
    pub latency: f64,
    /// Lists that fail: by this share of all.
    pub failures: f64,
    /// Revenue by session: by this share of the control's.
    pub revenue: f64,
}

/// An experiment with lists of recommendations.
#[derive(Clone, Debug)]
pub struct Experiment(pub(super) domain::Experiment);

/// An experiment with lists of recommendations.
#[Object]
impl Experiment {
    /// `exp_…`
    async fn id(&self) -> Id<ExperimentId> {
        Id(self.0.id)
    }

    /// What staff call it.
    async fn name(&self) -> &str {
        &self.0.plan.name
    }

    /// What is expected.
    async fn hypothesis(&self) -> &str {
        &self.0.plan.hypothesis
    }

    /// Where it stands.
    async fn state(&self) -> ExperimentState {
        match (self.0.started_at, self.0.stopped_at) {
            (None, _) => ExperimentState::Draft,
            (Some(_), None) => ExperimentState::Running,
            (Some(_), Some(_)) => ExperimentState::Stopped,
        }
    }

    /// The lists that it is about.
    async fn placements(&self) -> Vec<RecommendationPlacement> {
        self.0
            .plan
            .placements
            .iter()
            .map(|placement| (*placement).into())
            .collect()
    }

    /// How arms are held against each other.
    async fn design(&self) -> ExperimentDesign {
        self.0.plan.design.into()
    }

    /// The arms, the control first.
    async fn arms(&self) -> Vec<ExperimentArm> {
        let arms = self.0.plan.arms.iter().map(|arm| ExperimentArm {
            name: arm.name.clone(),
            weight: i32::try_from(arm.weight).unwrap_or(i32::MAX),
            tuning: arm.tuning.into(),
        });
        arms.collect()
    }

    /// Share of people who take part.
    async fn share(&self) -> f64 {
        tidy(self.0.plan.share)
    }

    /// For `EXPLORED`: share of places that are given to the other arms.
    async fn exploration(&self) -> f64 {
        tidy(self.0.plan.exploration)
    }

    /// What it is about to change.
    async fn metric(&self) -> ExperimentMetric {
        self.0.plan.metric.into()
    }

    /// How often an experiment without effect may be taken for one with one, over all arms and looks.
    async fn alpha(&self) -> f64 {
        self.0.plan.alpha
    }

    /// People who are expected to take part: intervals are narrowest there.
    async fn planned_people(&self) -> u64 {
        self.0.plan.planned_people
    }

    /// What must not become worse.
    async fn guardrails(&self) -> ExperimentGuardrails {
        let domain::Guardrails {
            latency,
            failures,
            revenue,
        } = self.0.plan.guardrails;
        ExperimentGuardrails {
            latency,
            failures,
            revenue,
        }
    }

    /// What came of it until now. May be looked at as often as one likes: what is said holds over all
    /// looks.
    #[graphql(complexity = "cost::LISTING + child_complexity")]
    async fn results(&self, ctx: &Context<'_>) -> Result<ExperimentResults, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let outcomes = admin.experiments().outcomes(&self.0).await?;
        results(&self.0.plan, &outcomes, shop.currency())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Since when people take part.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// Since when nobody takes part any more.
    async fn stopped_at(&self) -> Option<DateTime> {
        self.0.stopped_at.map(DateTime)
    }
}
