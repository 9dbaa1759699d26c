//! What an experiment tries, on whom and how; and what its plan must be like.

use crate::{
    error::{ProblemCode, ShopError},
    merchandising::Placement,
    text::Checks,
};
use serde::{Deserialize, Serialize};

/// Most arms.
pub const MOST_ARMS: usize = 8;
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;
/// Longest hypothesis, in characters.
const LONGEST_TEXT: usize = 1_000;
/// Longest delay of what is new: 30 days.
const LONGEST_DELAY: u32 = 30 * 24 * 60;

/// How arms are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Design {
    /// Each person gets the lists of one arm.
    Split,
    /// Each list is drafted from both arms' lists by turns; whose products are clicked more wins. Needs
    /// fewer people than `Split`, and tells of clicks alone.
    Interleaved,
    /// Lists are the control's, but for some places that are given to the other arms by lot; what those
    /// would have earned is estimated from what was seen of them (off-policy, by inverse propensity).
    /// Nobody is ever shown a whole list of an arm that may be bad; tells of clicks alone.
    Explored,
}

/// What an experiment is about to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Metric {
    /// Clicks by what was shown.
    ClickThrough,
    /// People who bought something.
    Conversion,
    /// What was paid by session.
    RevenuePerSession,
}

/// What makes a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Method {
    /// What makes it without an experiment.
    #[default]
    Usual,
    /// What is touched most lately, the same for everybody: what a recommender must beat.
    Trending,
}

/// How an arm makes its lists; absent: as without an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tuning {
    /// What makes the lists.
    pub method: Method,
    /// Weight of the text, not negative; goes with that of the picture, and not both are 0.
    pub text_weight: Option<f32>,
    /// Weight of the picture.
    pub image_weight: Option<f32>,
    /// Whether each modality's mean is taken off first.
    pub is_calibrated: Option<bool>,
    /// 0 for the best, up to 1 for the most varied.
    pub diversity: Option<f32>,
    /// Products of one narrowest category at most in lists for people, 1…50, as long as there are others.
    pub max_per_category: Option<u32>,
    /// Share of what people do in lists for people, 0…1.
    pub behaviour: Option<f32>,
    /// Products younger than this are not in the lists: what freshness is worth.
    pub delay_minutes: Option<u32>,
}

/// One way to make lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// What staff call it, 1 to 100 characters.
    pub name: String,
    /// Its share of people, against the other arms': 1…1,000.
    pub weight: u32,
    /// How it makes lists.
    pub tuning: Tuning,
}

/// What must not become worse than by so much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guardrails {
    /// Time of a list, as a share of the control's.
    pub latency: f64,
    /// Share of lists that fail.
    pub failures: f64,
    /// Revenue by session, as a share of the control's.
    pub revenue: f64,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            latency: 0.2,
            failures: 0.005,
            revenue: 0.05,
        }
    }
}

/// What an experiment tries, on whom and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What staff call it, 1 to 100 characters.
    pub name: String,
    /// What is expected, at most 1,000 characters.
    pub hypothesis: String,
    /// The lists that it is about, one at least.
    pub placements: Vec<Placement>,
    /// How arms are held against each other.
    pub design: Design,
    /// 2 to 8, the control first; two of the same weight where lists are drafted.
    pub arms: Vec<Arm>,
    /// Share of people who take part, more than 0, at most 1.
    pub share: f32,
    /// For `Explored`: share of places that are given to the other arms, 0.01 to 0.5.
    #[serde(default = "usual_exploration")]
    pub exploration: f32,
    /// What it is about to change.
    pub metric: Metric,
    /// People who are expected to take part, 100 to 100,000,000: intervals are narrowest there, and
    /// hold at any number.
    pub planned_people: u64,
    /// How often an experiment without effect may be taken for one with one, over all arms and looks.
    pub alpha: f64,
    /// What must not become worse.
    pub guardrails: Guardrails,
}

/// Of places that are given by lot, unless said otherwise.
pub const USUAL_EXPLORATION: f32 = 0.1;

const fn usual_exploration() -> f32 {
    USUAL_EXPLORATION
}

/// A change of a plan; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in Plan")]
pub struct PlanPatch {
    pub name: Option<String>,
    pub hypothesis: Option<String>,
    pub placements: Option<Vec<Placement>>,
    pub design: Option<Design>,
    pub arms: Option<Vec<Arm>>,
    pub share: Option<f32>,
    pub exploration: Option<f32>,
    pub metric: Option<Metric>,
    pub planned_people: Option<u64>,
    pub alpha: Option<f64>,
    pub guardrails: Option<Guardrails>,
}

impl PlanPatch {
    /// The plan as it shall be.
    pub(super) fn over(self, plan: Plan) -> Plan {
        Plan {
            name: self.name.unwrap_or(plan.name),
            hypothesis: self.hypothesis.unwrap_or(plan.hypothesis),
            placements: self.placements.unwrap_or(plan.placements),
            design: self.design.unwrap_or(plan.design),
            arms: self.arms.unwrap_or(plan.arms),
            share: self.share.unwrap_or(plan.share),
            exploration: self.exploration.unwrap_or(plan.exploration),
            metric: self.metric.unwrap_or(plan.metric),
            planned_people: self.planned_people.unwrap_or(plan.planned_people),
            alpha: self.alpha.unwrap_or(plan.alpha),
            guardrails: self.guardrails.unwrap_or(plan.guardrails),
        }
    }
}

/// The plan as it is kept; tells all its problems at once.
pub(super) fn check(mut plan: Plan) -> Result<Plan, ShopError> {
    let mut checks = Checks::default();
    plan.name = checks.line("name", &plan.name, LONGEST_NAME);
    plan.hypothesis = checks.text("hypothesis", &plan.hypothesis, LONGEST_TEXT);
    let mut each: Vec<Placement> = Vec::new();
    for placement in plan.placements {
        if !each.contains(&placement) {
            each.push(placement);
        }
    }
    plan.placements = each;
    if plan.placements.is_empty() {
        checks.fail("placements", ProblemCode::Required, "name the lists that it is about");
    }
    arms(&mut checks, &mut plan.arms, plan.design);
    let mut within = |path: &str, holds: bool, wanted: &str| {
        if !holds {
            checks.fail(path, ProblemCode::OutOfRange, wanted);
        }
    };
    within(
        "share",
        plan.share > 0.0 && plan.share <= 1.0,
        "must be more than 0 and at most 1",
    );
    within(
        "exploration",
        (0.01..=0.5).contains(&plan.exploration),
        "must lie within 0.01 and 0.5",
    );
    within(
        "alpha",
        (0.001..=0.2).contains(&plan.alpha),
        "must lie within 0.001 and 0.2",
    );
    within(
        "plannedPeople",
        (100..=100_000_000).contains(&plan.planned_people),
        "must lie within 100 and 100,000,000",
    );
    let Guardrails {
        latency,
        failures,
        revenue,
    } = plan.guardrails;
    for (path, margin) in [("latency", latency), ("failures", failures), ("revenue", revenue)] {
        let path = format!("guardrails.{path}");
        within(&path, (0.0..=10.0).contains(&margin), "must lie within 0 and 10");
    }
    if plan.design != Design::Split && plan.metric != Metric::ClickThrough {
        let message = "lists that hold products of several arms tell of clicks alone";
        checks.fail("metric", ProblemCode::Invalid, message);
    }
    checks.done()?;
    Ok(plan)
}

fn arms(checks: &mut Checks, arms: &mut [Arm], design: Design) {
    let (fits, wanted) = match design {
        Design::Split | Design::Explored => ((2..=MOST_ARMS).contains(&arms.len()), "2 to 8 arms, the control first"),
        Design::Interleaved => (arms.len() == 2, "2 arms, the control first"),
    };
    if !fits {
        checks.fail("arms", ProblemCode::OutOfRange, wanted);
    }
    let mut names: Vec<String> = Vec::new();
    let half = arms.first().map(|arm| arm.weight);
    for (at, arm) in arms.iter_mut().enumerate() {
        let path = |field: &str| format!("arms.{at}.{field}");
        arm.name = checks.line(&path("name"), &arm.name, LONGEST_NAME);
        if names.contains(&arm.name) {
            checks.fail(&path("name"), ProblemCode::Taken, "another arm has this name");
        }
        names.push(arm.name.clone());
        if !(1..=1_000).contains(&arm.weight) {
            let wanted = "must lie within 1 and 1,000";
            checks.fail(&path("weight"), ProblemCode::OutOfRange, wanted);
        } else if design != Design::Split && half != Some(arm.weight) {
            let wanted = "lists hold products of all arms alike: they have the same weight";
            checks.fail(&path("weight"), ProblemCode::Invalid, wanted);
        }
        tuning(checks, &path("tuning"), &arm.tuning);
    }
}

fn tuning(checks: &mut Checks, path: &str, tuning: &Tuning) {
    let mut fail = |field: &str, code: ProblemCode, wanted: &str| checks.fail(&format!("{path}.{field}"), code, wanted);
    match (tuning.text_weight, tuning.image_weight) {
        (None, None) => {}
        (Some(_), None) => fail("imageWeight", ProblemCode::Required, "goes with textWeight"),
        (None, Some(_)) => fail("textWeight", ProblemCode::Required, "goes with imageWeight"),
        (Some(text), Some(image)) => {
            if !(text >= 0.0 && image >= 0.0 && text + image > 0.0 && text + image < 1e6) {
                let wanted = "must not be negative, and one must be more than 0";
                fail("textWeight", ProblemCode::OutOfRange, wanted);
            }
        }
    }
    for (field, share) in [("diversity", tuning.diversity), ("behaviour", tuning.behaviour)] {
        if !share.is_none_or(|share| (0.0..=1.0).contains(&share)) {
            fail(field, ProblemCode::OutOfRange, "must lie within 0 and 1");
        }
    }
    if tuning.max_per_category.is_some_and(|most| !(1..=50).contains(&most)) {
        fail("maxPerCategory", ProblemCode::OutOfRange, "must lie within 1 and 50");
    }
    if tuning.delay_minutes.is_some_and(|minutes| minutes > LONGEST_DELAY) {
        let wanted = "must be at most 43,200, which is 30 days";
        fail("newProductDelayMinutes", ProblemCode::OutOfRange, wanted);
    }
}
