//! The search box.

mod admin;
mod click;
mod connection;
mod looking;
mod picture;
mod query;
mod recognise;
mod suggest;

pub use admin::{
    SearchAdminMutation, SearchAdminQuery, SearchAnalytics, SearchFusion, SearchFusionPayload, SearchFusionSetInput,
    SearchQueryConnection, SearchQueryFigures, SearchQueryList, SearchRule, SearchRuleAction, SearchRuleCreateInput,
    SearchRuleIdInput, SearchRuleMatching, SearchRulePayload, SearchRuleUpdateInput, SearchSynonym,
    SearchSynonymCreateInput, SearchSynonymIdInput, SearchSynonymPayload, SearchSynonymUpdateInput, SearchTotals,
};
pub use click::{SearchClickInput, SearchClickPayload, SearchMutation};
pub use connection::{SearchConnection, SearchEdge, SearchHits, SearchMode, SearchRelaxation, SearchScoreParts};
pub use looking::{ImageRegionInput, LookingQueries};
pub use picture::{PictureSearch, SearchByImageInput, SearchByImagePayload};
pub use query::SearchQueries;
pub use recognise::Prints;
pub use suggest::SearchSuggestions;
