//! What administrators send about search.

use super::types::{SearchRuleAction, SearchRuleMatching};
use crate::{
    error::ApiError,
    ids::Id,
    inputs::{ids, patch},
    page::at_most,
    scalars::DateTime,
};
use async_graphql::{InputObject, MaybeUndefined};
use shop::{
    discovery::{FusionPatch, NewRule, NewSynonym, RulePatch, SynonymPatch},
    id::{BrandId, CategoryId, ProductId, SearchRuleId, SearchSynonymId},
};

/// Longest list of an input.
const MOST: usize = 100;

/// Words that mean the same.
#[derive(Clone, Debug, InputObject)]
pub struct SearchSynonymCreateInput {
    /// Who searches this finds the terms too, not the other way round. Without it the terms all
    /// mean the same.
    pub source: Option<String>,
    /// 1 to 32 terms of one or several words, 100 characters each; at least 2 without a source.
    pub terms: Vec<String>,
}

impl SearchSynonymCreateInput {
    pub(super) fn parse(self) -> Result<NewSynonym, ApiError> {
        at_most("input.terms", &self.terms, MOST)?;
        Ok(NewSynonym {
            source: self.source,
            terms: self.terms,
        })
    }
}

/// A change of a synonym; absent stays, `null` clears.
#[derive(Clone, Debug, InputObject)]
pub struct SearchSynonymUpdateInput {
    /// Which.
    pub id: Id<SearchSynonymId>,
    /// Who searches this finds the terms too, not the other way round.
    pub source: MaybeUndefined<String>,
    /// 1 to 32 terms; at least 2 without a source.
    pub terms: Option<Vec<String>>,
}

impl SearchSynonymUpdateInput {
    pub(super) fn parse(self) -> Result<SynonymPatch, ApiError> {
        at_most("input.terms", self.terms.as_deref().unwrap_or_default(), MOST)?;
        Ok(SynonymPatch {
            source: patch(self.source, |source| source),
            terms: self.terms,
        })
    }
}

/// Which synonym.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct SearchSynonymIdInput {
    /// Which.
    pub id: Id<SearchSynonymId>,
}

/// A new rule.
#[derive(Clone, Debug, InputObject)]
pub struct SearchRuleCreateInput {
    /// What staff call it, 1 to 100 characters.
    pub name: String,
    /// The questions, at most 50; none: every one. `PIN` needs at least one.
    #[graphql(default)]
    pub queries: Vec<String>,
    /// How a question must match them.
    #[graphql(default_with = "SearchRuleMatching::Exact")]
    pub matching: SearchRuleMatching,
    /// What becomes of the products.
    pub action: SearchRuleAction,
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
    /// Whether it holds at all.
    #[graphql(default = true)]
    pub is_active: bool,
}

impl SearchRuleCreateInput {
    pub(super) fn parse(self) -> Result<NewRule, ApiError> {
        at_most("input.queries", &self.queries, MOST)?;
        Ok(NewRule {
            name: self.name,
            queries: self.queries,
            matching: self.matching.into(),
            action: self.action.into(),
            products: ids("input.productIds", self.product_ids)?,
            categories: ids("input.categoryIds", self.category_ids)?,
            brands: ids("input.brandIds", self.brand_ids)?,
            strength: self.strength.map(|strength| strength as f32),
            starts_at: self.starts_at.map(|at| at.0),
            ends_at: self.ends_at.map(|at| at.0),
            is_active: self.is_active,
        })
    }
}

/// A change of a rule; absent stays, `null` clears.
#[derive(Clone, Debug, InputObject)]
pub struct SearchRuleUpdateInput {
    /// Which.
    pub id: Id<SearchRuleId>,
    /// What staff call it, 1 to 100 characters.
    pub name: Option<String>,
    /// The questions, at most 50; none: every one.
    pub queries: Option<Vec<String>>,
    /// How a question must match them.
    pub matching: Option<SearchRuleMatching>,
    /// What becomes of the products.
    pub action: Option<SearchRuleAction>,
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
    /// Whether it holds at all.
    pub is_active: Option<bool>,
}

impl SearchRuleUpdateInput {
    pub(super) fn parse(self) -> Result<RulePatch, ApiError> {
        at_most("input.queries", self.queries.as_deref().unwrap_or_default(), MOST)?;
        let products = self.product_ids.map(|given| ids("input.productIds", given));
        let categories = self.category_ids.map(|given| ids("input.categoryIds", given));
        let brands = self.brand_ids.map(|given| ids("input.brandIds", given));
        Ok(RulePatch {
            name: self.name,
            queries: self.queries,
            matching: self.matching.map(Into::into),
            action: self.action.map(Into::into),
            products: products.transpose()?,
            categories: categories.transpose()?,
            brands: brands.transpose()?,
            strength: patch(self.strength, |strength| strength as f32),
            starts_at: patch(self.starts_at, |at| at.0),
            ends_at: patch(self.ends_at, |at| at.0),
            is_active: self.is_active,
        })
    }
}

/// Which rule.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct SearchRuleIdInput {
    /// Which.
    pub id: Id<SearchRuleId>,
}

/// A change of the weights, 0 to 10 each; absent stays, `null` goes back to the built-in one.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct SearchFusionSetInput {
    /// How well the words match.
    pub words: MaybeUndefined<f64>,
    /// How many of them do.
    pub coverage: MaybeUndefined<f64>,
    /// How like the meaning is.
    pub meaning: MaybeUndefined<f64>,
    /// How far the picture shows what is asked for.
    pub looks: MaybeUndefined<f64>,
}

impl From<SearchFusionSetInput> for FusionPatch {
    fn from(input: SearchFusionSetInput) -> Self {
        let weight = |given: MaybeUndefined<f64>| match given {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(weight) => Some(Some(weight as f32)),
        };
        Self {
            words: weight(input.words),
            coverage: weight(input.coverage),
            meaning: weight(input.meaning),
            looks: weight(input.looks),
        }
    }
}
