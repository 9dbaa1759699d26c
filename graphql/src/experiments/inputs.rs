//! What administrators send about experiments.

use super::types::{ExperimentDesign, ExperimentMetric, ListMethod};
use crate::{error::ApiError, ids::Id, merchandising::RecommendationPlacement, page::at_most};
use async_graphql::InputObject;
use shop::{
    experiments::{Arm, Guardrails, Plan, PlanPatch, Tuning},
    id::ExperimentId,
    merchandising::Placement,
};

/// Longest list of an input.
const MOST: usize = 100;

/// How an arm makes its lists; absent: as without an experiment.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ListTuningInput {
    /// What makes the lists.
    #[graphql(default_with = "ListMethod::Usual")]
    pub method: ListMethod,
    /// Weight of the text, not negative; goes with `imageWeight`.
    pub text_weight: Option<f64>,
    /// Weight of the picture, not negative; goes with `textWeight`.
    pub image_weight: Option<f64>,
    /// Whether each modality's mean is taken off first.
    pub is_calibrated: Option<bool>,
    /// 0 for the best, up to 1 for the most varied.
    pub diversity: Option<f64>,
    /// Products of one narrowest category at most in lists for people, 1 to 50, as long as there are
    /// others.
    pub max_per_category: Option<i32>,
    /// Share of what people do in lists for people, 0 to 1.
    pub behaviour: Option<f64>,
    /// Products younger than so many minutes are not in the lists, at most 43,200: what freshness is
    /// worth.
    pub new_product_delay_minutes: Option<i32>,
}

impl ListTuningInput {
    fn parse(self) -> Result<Tuning, ApiError> {
        let delay = self.new_product_delay_minutes.map(u32::try_from).transpose();
        Ok(Tuning {
            method: self.method.into(),
            text_weight: self.text_weight.map(|weight| weight as f32),
            image_weight: self.image_weight.map(|weight| weight as f32),
            is_calibrated: self.is_calibrated,
            diversity: self.diversity.map(|diversity| diversity as f32),
            max_per_category: self
                .max_per_category
                .map(|most| u32::try_from(most).unwrap_or_default()),
            behaviour: self.behaviour.map(|share| share as f32),
            delay_minutes: delay.map_err(|_| ApiError::bad_input("newProductDelayMinutes must not be negative"))?,
        })
    }
}

/// One way to make lists.
#[derive(Clone, Debug, InputObject)]
pub struct ExperimentArmInput {
    /// What staff call it, 1 to 100 characters.
    pub name: String,
    /// Its share of people, against the other arms': 1 to 1,000. Only `SPLIT` knows others than the same.
    #[graphql(default = 1)]
    pub weight: i32,
    /// How it makes lists; as without an experiment unless given.
    pub tuning: Option<ListTuningInput>,
}

/// What must not become worse than by so much.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ExperimentGuardrailsInput {
    /// Time of a list: by this share of the control's.
    #[graphql(default = 0.2)]
    pub latency: f64,
    /// Lists that fail: by this share of all.
    #[graphql(default = 0.005)]
    pub failures: f64,
    /// Revenue by session: by this share of the control's.
    #[graphql(default = 0.05)]
    pub revenue: f64,
}

/// A new experiment.
#[derive(Clone, Debug, InputObject)]
pub struct ExperimentCreateInput {
    /// What staff call it, 1 to 100 characters.
    pub name: String,
    /// What is expected, at most 1,000 characters.
    #[graphql(default)]
    pub hypothesis: String,
    /// The lists that it is about, one at least.
    pub placements: Vec<RecommendationPlacement>,
    /// How arms are held against each other.
    #[graphql(default_with = "ExperimentDesign::Split")]
    pub design: ExperimentDesign,
    /// 2 to 8, the control first; 2 for `INTERLEAVED`.
    pub arms: Vec<ExperimentArmInput>,
    /// Share of people who take part, more than 0, at most 1.
    #[graphql(default = 1.0)]
    pub share: f64,
    /// For `EXPLORED`: share of places that are given to the other arms by lot, 0.01 to 0.5.
    #[graphql(default = 0.1)]
    pub exploration: f64,
    /// What it is about to change.
    #[graphql(default_with = "ExperimentMetric::ClickThrough")]
    pub metric: ExperimentMetric,
    /// How often an experiment without effect may be taken for one with one, 0.001 to 0.2.
    #[graphql(default = 0.05)]
    pub alpha: f64,
    /// People who are expected to take part, 100 to 100,000,000.
    #[graphql(default = 10_000)]
    pub planned_people: i32,
    /// What must not become worse.
    pub guardrails: Option<ExperimentGuardrailsInput>,
}

impl ExperimentCreateInput {
    pub(super) fn parse(self) -> Result<Plan, ApiError> {
        Ok(Plan {
            name: self.name,
            hypothesis: self.hypothesis,
            placements: placements(self.placements)?,
            design: self.design.into(),
            arms: arms(self.arms)?,
            share: self.share as f32,
            exploration: self.exploration as f32,
            metric: self.metric.into(),
            alpha: self.alpha,
            planned_people: u64::try_from(self.planned_people).unwrap_or_default(),
            guardrails: self.guardrails.map(Into::into).unwrap_or_default(),
        })
    }
}

/// A change of a draft; absent stays.
#[derive(Clone, Debug, InputObject)]
pub struct ExperimentUpdateInput {
    /// Which.
    pub id: Id<ExperimentId>,
    /// What staff call it, 1 to 100 characters.
    pub name: Option<String>,
    /// What is expected, at most 1,000 characters.
    pub hypothesis: Option<String>,
    /// The lists that it is about, one at least.
    pub placements: Option<Vec<RecommendationPlacement>>,
    /// How arms are held against each other.
    pub design: Option<ExperimentDesign>,
    /// All arms, 2 to 8, the control first; 2 for `INTERLEAVED`.
    pub arms: Option<Vec<ExperimentArmInput>>,
    /// Share of people who take part, more than 0, at most 1.
    pub share: Option<f64>,
    /// For `EXPLORED`: share of places that are given to the other arms by lot, 0.01 to 0.5.
    pub exploration: Option<f64>,
    /// What it is about to change.
    pub metric: Option<ExperimentMetric>,
    /// How often an experiment without effect may be taken for one with one, 0.001 to 0.2.
    pub alpha: Option<f64>,
    /// People who are expected to take part, 100 to 100,000,000.
    pub planned_people: Option<i32>,
    /// What must not become worse.
    pub guardrails: Option<ExperimentGuardrailsInput>,
}

impl ExperimentUpdateInput {
    pub(super) fn parse(self) -> Result<PlanPatch, ApiError> {
        Ok(PlanPatch {
            name: self.name,
            hypothesis: self.hypothesis,
            placements: self.placements.map(placements).transpose()?,
            design: self.design.map(Into::into),
            arms: self.arms.map(arms).transpose()?,
            share: self.share.map(|share| share as f32),
            exploration: self.exploration.map(|share| share as f32),
            metric: self.metric.map(Into::into),
            alpha: self.alpha,
            planned_people: self
                .planned_people
                .map(|people| u64::try_from(people).unwrap_or_default()),
            guardrails: self.guardrails.map(Into::into),
        })
    }
}

fn placements(given: Vec<RecommendationPlacement>) -> Result<Vec<Placement>, ApiError> {
    at_most("input.placements", &given, MOST)?;
    Ok(given.into_iter().map(Into::into).collect())
}

fn arms(given: Vec<ExperimentArmInput>) -> Result<Vec<Arm>, ApiError> {
    at_most("input.arms", &given, MOST)?;
    let arm = |arm: ExperimentArmInput| {
        Ok(Arm {
            name: arm.name,
            weight: u32::try_from(arm.weight).unwrap_or_default(),
            tuning: arm
                .tuning
                .map_or_else(|| Ok(Tuning::default()), ListTuningInput::parse)?,
        })
    };
    given.into_iter().map(arm).collect()
}

impl From<ExperimentGuardrailsInput> for Guardrails {
    fn from(given: ExperimentGuardrailsInput) -> Self {
        Self {
            latency: given.latency,
            failures: given.failures,
            revenue: given.revenue,
        }
    }
}

/// Which experiment.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ExperimentIdInput {
    /// Which.
    pub id: Id<ExperimentId>,
}
