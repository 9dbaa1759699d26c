//! What changes of what administrators keep come to.

use super::types::{Coupon, ShippingRate, ShippingZone, TaxRate};
use crate::{
    error::ApiError,
    ids::Id,
    user_error::{UserError, settle},
};
use async_graphql::{OutputType, SimpleObject};
use shop::{
    ShopError,
    id::{
        CouponId, ExperimentId, RecommendationRuleId, SearchRuleId, SearchSynonymId, ShippingRateId, ShippingZoneId,
        TaxRateId,
    },
};

/// What a change of a coupon comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct CouponPayload {
    /// The coupon after the change; null when nothing was changed.
    pub coupon: Option<Coupon>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What a change of a zone comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct ShippingZonePayload {
    /// The zone after the change; null when nothing was changed.
    pub zone: Option<ShippingZone>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What a change of a way to ship comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct ShippingRatePayload {
    /// The rate after the change; null when nothing was changed.
    pub rate: Option<ShippingRate>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What a change of a tax rate comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct TaxRatePayload {
    /// The tax rate after the change; null when nothing was changed.
    pub tax_rate: Option<TaxRate>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What deleting comes to.
#[derive(Debug, SimpleObject)]
#[graphql(
    concrete(name = "CouponDeletePayload", params("Id<CouponId>")),
    concrete(name = "ShippingZoneDeletePayload", params("Id<ShippingZoneId>")),
    concrete(name = "ShippingRateDeletePayload", params("Id<ShippingRateId>")),
    concrete(name = "TaxRateDeletePayload", params("Id<TaxRateId>")),
    concrete(name = "SearchSynonymDeletePayload", params("Id<SearchSynonymId>")),
    concrete(name = "SearchRuleDeletePayload", params("Id<SearchRuleId>")),
    concrete(name = "RecommendationRuleDeletePayload", params("Id<RecommendationRuleId>")),
    concrete(name = "ExperimentDeletePayload", params("Id<ExperimentId>"))
)]
pub struct GonePayload<T: OutputType> {
    /// What is gone now; null when nothing was deleted.
    pub deleted_id: Option<T>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// The changed thing, if there was a change, and what went wrong.
pub(crate) fn parts<T>(outcome: Result<T, ShopError>) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    Ok(match settle(outcome)? {
        Ok(value) => (Some(value), Vec::new()),
        Err(user_errors) => (None, user_errors),
    })
}

impl<T: OutputType> GonePayload<T> {
    pub(crate) fn new(id: T, outcome: Result<(), ShopError>) -> Result<Self, ApiError> {
        let (gone, user_errors) = parts(outcome)?;
        Ok(Self {
            deleted_id: gone.map(|()| id),
            user_errors,
        })
    }
}
