//! Search as administrators steer and watch it: synonyms, rules, weights, figures.

mod analytics;
mod inputs;
mod mutation;
mod payloads;
mod query;
mod types;

pub use analytics::{SearchAnalytics, SearchQueryConnection, SearchQueryFigures, SearchQueryList, SearchTotals};
pub use inputs::{
    SearchFusionSetInput, SearchRuleCreateInput, SearchRuleIdInput, SearchRuleUpdateInput, SearchSynonymCreateInput,
    SearchSynonymIdInput, SearchSynonymUpdateInput,
};
pub use mutation::SearchAdminMutation;
pub use payloads::{SearchFusionPayload, SearchRulePayload, SearchSynonymPayload};
pub use query::SearchAdminQuery;
pub use types::{SearchFusion, SearchRule, SearchRuleAction, SearchRuleMatching, SearchSynonym};
