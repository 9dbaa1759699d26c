//! What steering search comes to.

use super::types::{SearchFusion, SearchRule, SearchSynonym};
use crate::user_error::UserError;
use async_graphql::SimpleObject;

/// What a change of a synonym comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct SearchSynonymPayload {
    /// The synonym after the change; null when nothing was changed.
    pub synonym: Option<SearchSynonym>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What a change of a rule comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct SearchRulePayload {
    /// The rule after the change; null when nothing was changed.
    pub rule: Option<SearchRule>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What a change of the weights comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct SearchFusionPayload {
    /// The weights after the change; null when nothing was changed.
    pub fusion: Option<SearchFusion>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}
