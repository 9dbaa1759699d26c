//! Experiments with lists of recommendations, as administrators run and read them.

mod inputs;
mod mutation;
mod query;
mod results;
mod types;

pub use inputs::{
    ExperimentArmInput, ExperimentCreateInput, ExperimentGuardrailsInput, ExperimentIdInput, ExperimentUpdateInput,
    ListTuningInput,
};
pub use mutation::{ExperimentMutation, ExperimentPayload};
pub use query::ExperimentQuery;
pub use results::{
    ConfidenceInterval, ExperimentArmResult, ExperimentComparison, ExperimentGuardrail, ExperimentGuardrailKind,
    ExperimentLift, ExperimentPreference, ExperimentResults, ExperimentSampleRatio, GuardrailState, MetricValue,
};
pub use types::{
    Experiment, ExperimentArm, ExperimentDesign, ExperimentGuardrails, ExperimentMetric, ExperimentState, ListMethod,
    ListTuning,
};
