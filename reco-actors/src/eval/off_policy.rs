//! What a policy would have earned, from the log of another one that chose at random and wrote
//! down with what chance.
//!
//! With reward `r`, logging propensity `p`, target probability `t` of the action that was taken
//! and weight `w = t/p`:
//!
//! * inverse propensity score: mean of `w·r` (Horvitz and Thompson, 1952);
//! * self-normalised: `Σ w·r / Σ w` (Swaminathan and Joachims, NeurIPS 2015), a little biased and
//!   usually far steadier;
//! * doubly robust: mean of `Q + w·(r − q)` (Dudík, Langford and Li, ICML 2011), with a model's
//!   prediction `q` for the action taken and `Q` its expectation over the target's actions; right
//!   when either the propensities or the model are. The model must not have been fitted to the
//!   very event it predicts (fit on other folds).
//!
//! An action the logging policy never takes can be judged by none of them. Intervals are normal
//! ones at 95 % and take the events as independent; they are too narrow where the effective
//! sample size is small (below a few hundred) or where one visitor makes many events.

use crate::experiment::{Alpha, Interval, Sums};
use thiserror::Error;

/// A reward model's word on one event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Expected reward of the action that was taken.
    pub taken: f64,
    /// Expected reward over the actions of the target policy.
    pub target: f64,
}

/// One logged event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logged {
    /// What was earned.
    pub reward: f64,
    /// The chance with which the logging policy took this action: above 0, at most 1.
    pub propensity: f64,
    /// The chance with which the target policy would have: 0 to 1.
    pub target: f64,
    /// A model's prediction, for the doubly robust estimate.
    pub prediction: Option<Prediction>,
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum OffPolicyError {
    /// Not one event.
    #[error("the log is empty")]
    Empty,
    /// A propensity must be above 0 and at most 1; NaN is neither.
    #[error("event {event}: {propensity} is no propensity")]
    Propensity {
        /// Position in the log.
        event: usize,
        /// What stands there.
        propensity: f64,
    },
    /// A target probability must be 0 to 1.
    #[error("event {event}: {target} is no probability")]
    Target {
        /// Position in the log.
        event: usize,
        /// What stands there.
        target: f64,
    },
    /// A reward or a prediction is not finite.
    #[error("event {event}: a reward or prediction is not finite")]
    NotFinite {
        /// Position in the log.
        event: usize,
    },
    /// A clip must be a number above 0.
    #[error("{0} is no weight to clip at")]
    Clip(f64),
    /// The target policy takes none of the logged actions (or there is one event only).
    #[error("the log has no two events that bear on the target policy")]
    NoOverlap,
}

/// A policy's value per event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The 95 % interval.
    pub interval: Interval,
}

/// What the log says of the target policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OffPolicy {
    /// Inverse propensity score.
    pub inverse_propensity: Value,
    /// Self-normalised; its error is that of a ratio (delta method).
    pub self_normalised: Value,
    /// Doubly robust; none unless every event has a prediction.
    pub doubly_robust: Option<Value>,
    /// Of how many events of the target policy itself the log is worth, `(Σw)²/Σw²` (Kish, 1965).
    pub effective_sample_size: f64,
    /// Mean weight; 1 up to noise if propensities and target probabilities are right and nothing
    /// is clipped.
    pub mean_weight: f64,
    /// Events whose weight was clipped.
    pub clipped: usize,
}

/// Estimates the target policy's value. Weights above `clip` count as `clip`, which makes the
/// estimates steadier and biased (towards 0 for rewards without sign; towards the model for the
/// doubly robust one).
///
/// # Errors
/// See [`OffPolicyError`]; the first bad event is named.
pub fn evaluate(log: &[Logged], clip: Option<f64>) -> Result<OffPolicy, OffPolicyError> {
    if log.is_empty() {
        return Err(OffPolicyError::Empty);
    }
    let limit = match clip {
        None => f64::INFINITY,
        Some(clip) if clip > 0.0 => clip,
        Some(clip) => return Err(OffPolicyError::Clip(clip)),
    };
    let (mut weighted, mut scores, mut robust) = (Sums::default(), Sums::default(), Sums::default());
    let mut clipped = 0;
    for (position, event) in log.iter().enumerate() {
        event.check(position)?;
        let raw = event.target / event.propensity;
        let weight = raw.min(limit);
        clipped += usize::from(raw > limit);
        weighted.add(weight * event.reward, weight);
        scores.add(weight * event.reward, 1.0);
        if let Some(Prediction { taken, target }) = event.prediction {
            robust.add(target + weight * (event.reward - taken), 1.0);
        }
    }
    let is_predicted = robust.units == weighted.units;
    Ok(OffPolicy {
        inverse_propensity: value(&scores).ok_or(OffPolicyError::NoOverlap)?,
        self_normalised: value(&weighted).ok_or(OffPolicyError::NoOverlap)?,
        doubly_robust: is_predicted.then(|| value(&robust)).flatten(),
        effective_sample_size: weighted.denominator * weighted.denominator / weighted.denominator_squared,
        mean_weight: weighted.denominator / log.len() as f64,
        clipped,
    })
}

impl Logged {
    fn check(&self, event: usize) -> Result<(), OffPolicyError> {
        let &Self {
            reward,
            propensity,
            target,
            prediction,
        } = self;
        if !(propensity > 0.0 && propensity <= 1.0) {
            return Err(OffPolicyError::Propensity { event, propensity });
        }
        if !(0.0..=1.0).contains(&target) {
            return Err(OffPolicyError::Target { event, target });
        }
        let is_finite = prediction.is_none_or(|model| model.taken.is_finite() && model.target.is_finite());
        if !(reward.is_finite() && is_finite) {
            return Err(OffPolicyError::NotFinite { event });
        }
        Ok(())
    }
}

fn value(sums: &Sums) -> Option<Value> {
    let ratio = sums.ratio()?;
    let standard_error = ratio.standard_error();
    Some(Value {
        estimate: ratio.value,
        standard_error,
        interval: Interval::around(ratio.value, Alpha::FIVE_PER_CENT.normal_reach() * standard_error),
    })
}

#[cfg(test)]
#[path = "off_policy_tests.rs"]
mod tests;
