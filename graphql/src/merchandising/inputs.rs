//! What administrators send about rules for lists.

use super::types::{RecommendationAudience, RecommendationPlacement, RecommendationRuleAction};
use crate::{
    error::ApiError,
    ids::Id,
    inputs::{ids, patch},
    page::at_most,
    scalars::DateTime,
};
use async_graphql::{InputObject, MaybeUndefined};
use shop::{
    id::{BrandId, CategoryId, ProductId, RecommendationRuleId},
    merchandising::{Body, RulePatch},
};

/// Longest list of an input.
const MOST: usize = 100;

/// A new rule.
#[derive(Clone, Debug, InputObject)]
pub struct RecommendationRuleCreateInput {
    /// What staff call it, 1 to 100 characters.
    pub name: String,
    /// The lists; none: all of them.
    #[graphql(default)]
    pub placements: Vec<RecommendationPlacement>,
    /// Whom they are for, any of these; none: everybody.
    #[graphql(default)]
    pub audiences: Vec<RecommendationAudience>,
    /// Lists about products in the subtrees of these categories, or narrowed to them, at most 50;
    /// none: all.
    #[graphql(default)]
    pub within_category_ids: Vec<Id<CategoryId>>,
    /// What becomes of the products.
    pub action: RecommendationRuleAction,
    /// These products, at most 50; for `PIN` in this order.
    #[graphql(default)]
    pub product_ids: Vec<Id<ProductId>>,
    /// Those of these categories with their subtrees, at most 50; not for `PIN`.
    #[graphql(default)]
    pub category_ids: Vec<Id<CategoryId>>,
    /// Those of these brands, at most 50; not for `PIN`.
    #[graphql(default)]
    pub brand_ids: Vec<Id<BrandId>>,
    /// For `BOOST` and `BURY`: more than 0, at most 10; 0.5 unless given.
    pub strength: Option<f64>,
    /// From when on it holds.
    pub starts_at: Option<DateTime>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime>,
    /// Whether shoppers see it at once; a draft shows in previews alone.
    #[graphql(default = false)]
    pub is_published: bool,
}

impl RecommendationRuleCreateInput {
    pub(super) fn parse(self) -> Result<Body, ApiError> {
        at_most("input.placements", &self.placements, MOST)?;
        at_most("input.audiences", &self.audiences, MOST)?;
        Ok(Body {
            name: self.name,
            placements: self.placements.into_iter().map(Into::into).collect(),
            audiences: self.audiences.into_iter().map(Into::into).collect(),
            within: ids("input.withinCategoryIds", self.within_category_ids)?,
            action: self.action.into(),
            products: ids("input.productIds", self.product_ids)?,
            categories: ids("input.categoryIds", self.category_ids)?,
            brands: ids("input.brandIds", self.brand_ids)?,
            strength: self.strength.map(|strength| strength as f32),
            starts_at: self.starts_at.map(|at| at.0),
            ends_at: self.ends_at.map(|at| at.0),
            is_published: self.is_published,
        })
    }
}

/// A change of a rule; absent stays, `null` clears.
#[derive(Clone, Debug, InputObject)]
pub struct RecommendationRuleUpdateInput {
    /// Which.
    pub id: Id<RecommendationRuleId>,
    /// What staff call it, 1 to 100 characters.
    pub name: Option<String>,
    /// The lists; none: all of them.
    pub placements: Option<Vec<RecommendationPlacement>>,
    /// Whom they are for; none: everybody.
    pub audiences: Option<Vec<RecommendationAudience>>,
    /// Lists about products in these categories, at most 50; none: all.
    pub within_category_ids: Option<Vec<Id<CategoryId>>>,
    /// What becomes of the products.
    pub action: Option<RecommendationRuleAction>,
    /// These products, at most 50.
    pub product_ids: Option<Vec<Id<ProductId>>>,
    /// Those of these categories with their subtrees, at most 50.
    pub category_ids: Option<Vec<Id<CategoryId>>>,
    /// Those of these brands, at most 50.
    pub brand_ids: Option<Vec<Id<BrandId>>>,
    /// For `BOOST` and `BURY`: more than 0, at most 10.
    pub strength: MaybeUndefined<f64>,
    /// From when on it holds.
    pub starts_at: MaybeUndefined<DateTime>,
    /// From when on it holds no longer.
    pub ends_at: MaybeUndefined<DateTime>,
    /// Whether shoppers see it.
    pub is_published: Option<bool>,
}

impl RecommendationRuleUpdateInput {
    pub(super) fn parse(self) -> Result<RulePatch, ApiError> {
        at_most("input.placements", self.placements.as_deref().unwrap_or_default(), MOST)?;
        at_most("input.audiences", self.audiences.as_deref().unwrap_or_default(), MOST)?;
        let within = self
            .within_category_ids
            .map(|given| ids("input.withinCategoryIds", given));
        let products = self.product_ids.map(|given| ids("input.productIds", given));
        let categories = self.category_ids.map(|given| ids("input.categoryIds", given));
        let brands = self.brand_ids.map(|given| ids("input.brandIds", given));
        Ok(RulePatch {
            name: self.name,
            placements: self.placements.map(|given| given.into_iter().map(Into::into).collect()),
            audiences: self.audiences.map(|given| given.into_iter().map(Into::into).collect()),
            within: within.transpose()?,
            action: self.action.map(Into::into),
            products: products.transpose()?,
            categories: categories.transpose()?,
            brands: brands.transpose()?,
            strength: patch(self.strength, |strength| strength as f32),
            starts_at: patch(self.starts_at, |at| at.0),
            ends_at: patch(self.ends_at, |at| at.0),
            is_published: self.is_published,
        })
    }
}

/// Which rule.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct RecommendationRuleIdInput {
    /// Which.
    pub id: Id<RecommendationRuleId>,
}

/// A list that rules are tried on.
#[derive(Clone, Debug, InputObject)]
pub struct RecommendationRulesPreviewInput {
    /// Which list. Those for a viewer are shown as to somebody of whom nothing is known but `productIds`.
    pub placement: RecommendationPlacement,
    /// What the list is about: one product, or several for `CART`, `SESSION`, `VIEWER`; at most 100.
    #[graphql(default)]
    pub product_ids: Vec<Id<ProductId>>,
    /// Only products of these categories, at most 100.
    #[graphql(default)]
    pub category_ids: Vec<Id<CategoryId>>,
    /// Whom it is for, all of these at once.
    #[graphql(default)]
    pub audiences: Vec<RecommendationAudience>,
    /// At what time; now unless given.
    pub at: Option<DateTime>,
    /// Drafts that hold as if they were published, at most 100.
    #[graphql(default)]
    pub with_rule_ids: Vec<Id<RecommendationRuleId>>,
    /// Published rules that do not hold, at most 100.
    #[graphql(default)]
    pub without_rule_ids: Vec<Id<RecommendationRuleId>>,
    /// A rule that is not kept yet, behind the others.
    pub with_rule: Option<RecommendationRuleCreateInput>,
    /// How many products at most, 1 to 50.
    #[graphql(default = 12)]
    pub first: i32,
}
