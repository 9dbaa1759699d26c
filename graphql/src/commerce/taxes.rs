//! Tax rates as administrators keep them.

use super::{
    payloads::{GonePayload, TaxRatePayload, parts},
    percent,
    types::TaxRate,
};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id, scalars::Decimal};
use async_graphql::{Context, InputObject, Object};
use shop::{
    Role,
    checkout::SetTaxRate,
    id::{CategoryId, TaxRateId},
};

/// The rate of a country, of a category and what is below it, of both, or of everything.
#[derive(Clone, Debug, InputObject)]
pub struct TaxRateSetInput {
    /// ISO 3166-1 alpha-2; every country unless given.
    pub country: Option<String>,
    /// All goods unless given.
    pub category_id: Option<Id<CategoryId>>,
    /// 0 to 100 with two decimals.
    pub percent: Decimal,
}

impl From<TaxRateSetInput> for SetTaxRate {
    fn from(input: TaxRateSetInput) -> Self {
        Self {
            country: input.country,
            category: input.category_id.map(|id| id.0),
            percent: percent(input.percent),
        }
    }
}

/// Which tax rate.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct TaxRateIdInput {
    /// Which.
    pub id: Id<TaxRateId>,
}

/// Tax rates as administrators see them.
#[derive(Default)]
pub struct TaxQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl TaxQuery {
    /// Tax rates that differ from the settings' usual one, oldest first.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn tax_rates(&self, ctx: &Context<'_>) -> Result<Vec<TaxRate>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let rows = admin.terms().tax_rates().await?;
        Ok(rows.into_iter().map(TaxRate::from).collect())
    }
}

/// Tax rates as administrators change them. Carts follow with their next quote.
#[derive(Default)]
pub struct TaxMutation;

#[Object(guard = "Requires(Role::Admin)")]
impl TaxMutation {
    /// Sets the rate of a country and category; the one that the two had is replaced.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn tax_rate_set(&self, ctx: &Context<'_>, input: TaxRateSetInput) -> Result<TaxRatePayload, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let (row, user_errors) = parts(admin.terms().tax_rate_set(input.into()).await)?;
        let tax_rate = row.map(TaxRate::from);
        Ok(TaxRatePayload { tax_rate, user_errors })
    }

    /// Deletes a tax rate; a less specific one, or the usual one, applies instead.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn tax_rate_delete(
        &self,
        ctx: &Context<'_>,
        input: TaxRateIdInput,
    ) -> Result<GonePayload<Id<TaxRateId>>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        GonePayload::new(input.id, admin.terms().tax_rate_delete(input.id.0).await)
    }
}
