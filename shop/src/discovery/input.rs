//! What administrators send about search.

use super::{Action, Matching, Rule, Synonym};
use crate::catalog::Patch;
use chrono::{DateTime, Utc};
use entities::id::{BrandId, CategoryId, ProductId};

/// Words that shall mean the same.
#[derive(Clone, Debug, Default)]
pub struct NewSynonym {
    /// Who looks for this finds the terms too, not the other way round.
    pub source: Option<String>,
    /// 1 to 32 terms; at least 2 without a source.
    pub terms: Vec<String>,
}

/// A change of a synonym; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in NewSynonym")]
pub struct SynonymPatch {
    pub source: Patch<String>,
    pub terms: Option<Vec<String>>,
}

impl SynonymPatch {
    /// The synonym as it shall be.
    pub(super) fn over(self, synonym: Synonym) -> NewSynonym {
        NewSynonym {
            source: self.source.change().unwrap_or(synonym.source),
            terms: self.terms.unwrap_or(synonym.terms),
        }
    }
}

/// A new rule.
#[derive(Clone, Debug)]
pub struct NewRule {
    /// What staff call it, 1 to 100 characters.
    pub name: String,
    /// The queries, at most 50; none: every one.
    pub queries: Vec<String>,
    /// How a query must match.
    pub matching: Matching,
    /// What becomes of the products.
    pub action: Action,
    /// At most 50 products.
    pub products: Vec<ProductId>,
    /// At most 50 categories.
    pub categories: Vec<CategoryId>,
    /// At most 50 brands.
    pub brands: Vec<BrandId>,
    /// For `Boost` and `Bury`: more than 0, at most 10.
    pub strength: Option<f32>,
    /// From when on it holds.
    pub starts_at: Option<DateTime<Utc>>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether it holds at all.
    pub is_active: bool,
}

/// A change of a rule; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in NewRule")]
pub struct RulePatch {
    pub name: Option<String>,
    pub queries: Option<Vec<String>>,
    pub matching: Option<Matching>,
    pub action: Option<Action>,
    pub products: Option<Vec<ProductId>>,
    pub categories: Option<Vec<CategoryId>>,
    pub brands: Option<Vec<BrandId>>,
    pub strength: Patch<f32>,
    pub starts_at: Patch<DateTime<Utc>>,
    pub ends_at: Patch<DateTime<Utc>>,
    pub is_active: Option<bool>,
}

impl RulePatch {
    /// The rule as it shall be. A strength goes with the actions that have one.
    pub(super) fn over(self, rule: Rule) -> NewRule {
        let action = self.action.unwrap_or(rule.action);
        let kept = rule.strength.filter(|_| action.has_strength());
        NewRule {
            name: self.name.unwrap_or(rule.name),
            queries: self.queries.unwrap_or(rule.queries),
            matching: self.matching.unwrap_or(rule.matching),
            action,
            products: self.products.unwrap_or(rule.products),
            categories: self.categories.unwrap_or(rule.categories),
            brands: self.brands.unwrap_or(rule.brands),
            strength: self.strength.change().unwrap_or(kept),
            starts_at: self.starts_at.change().unwrap_or(rule.starts_at),
            ends_at: self.ends_at.change().unwrap_or(rule.ends_at),
            is_active: self.is_active.unwrap_or(rule.is_active),
        }
    }
}

/// A change of the weights; outer `None` leaves one, inner `None` gives it back to the built-in one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "as in SearchSettings")]
pub struct FusionPatch {
    pub words: Option<Option<f32>>,
    pub coverage: Option<Option<f32>>,
    pub meaning: Option<Option<f32>>,
    pub looks: Option<Option<f32>>,
}
