//! What steering the recommender comes to.

use super::RecommenderSettings;
use crate::{
    error::ApiError,
    user_error::{UserError, settle},
};
use async_graphql::SimpleObject;
use shop::{ShopError, pipeline};

/// What a change of the settings comes to.
#[derive(Debug, SimpleObject)]
pub struct RecommenderSettingsPayload {
    /// The settings after the change; null when nothing was changed.
    pub settings: Option<RecommenderSettings>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl RecommenderSettingsPayload {
    pub(super) fn new(outcome: Result<pipeline::RecommenderSettings, ShopError>) -> Result<Self, ApiError> {
        let (settings, user_errors) = parts(outcome)?;
        Ok(Self {
            settings: settings.map(Into::into),
            user_errors,
        })
    }
}

/// What asking for a rebuild comes to.
#[derive(Debug, SimpleObject)]
pub struct RecommenderRebuildPayload {
    /// Whether every process was asked; each rebuilds beside its answers.
    pub is_accepted: bool,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl RecommenderRebuildPayload {
    pub(super) fn new(outcome: Result<(), ShopError>) -> Result<Self, ApiError> {
        let (accepted, user_errors) = parts(outcome)?;
        Ok(Self {
            is_accepted: accepted.is_some(),
            user_errors,
        })
    }
}

/// What a change of many products or events comes to.
#[derive(Debug, SimpleObject)]
pub struct RecommenderCountPayload {
    /// How many it concerned.
    pub count: u64,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl RecommenderCountPayload {
    pub(super) fn new(outcome: Result<u64, ShopError>) -> Result<Self, ApiError> {
        let (count, user_errors) = parts(outcome)?;
        Ok(Self {
            count: count.unwrap_or_default(),
            user_errors,
        })
    }
}

fn parts<T>(outcome: Result<T, ShopError>) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    Ok(match settle(outcome)? {
        Ok(value) => (Some(value), Vec::new()),
        Err(user_errors) => (None, user_errors),
    })
}
