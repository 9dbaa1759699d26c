//! Rules for lists of recommendations: made, tried and published by administrators.

mod inputs;
mod mutation;
mod preview;
mod query;
mod types;

pub use inputs::{
    RecommendationRuleCreateInput, RecommendationRuleIdInput, RecommendationRuleUpdateInput,
    RecommendationRulesPreviewInput,
};
pub use mutation::{MerchandisingMutation, RecommendationRulePayload};
pub use preview::{RecommendationRulesPreview, RecommendationRulesPreviewPayload};
pub use query::MerchandisingQuery;
pub use types::{RecommendationAudience, RecommendationPlacement, RecommendationRule, RecommendationRuleAction};
