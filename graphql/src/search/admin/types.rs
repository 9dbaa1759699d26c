//! Synonyms, rules and weights as administrators see them.

use crate::{ids::Id, scalars::DateTime};
use async_graphql::{Enum, SimpleObject};
use reco_actors::catalog::Fusion;
use shop::{
    discovery::{self as domain, SearchSettings},
    id::{BrandId, CategoryId, ProductId, SearchRuleId, SearchSynonymId},
};

/// Words that mean the same.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchSynonym {
    /// `syn_…`
    pub id: Id<SearchSynonymId>,
    /// Who searches this finds the terms too, not the other way round. Null: the terms all mean
    /// the same.
    pub source: Option<String>,
    /// The terms, in small letters.
    pub terms: Vec<String>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it was last changed.
    pub updated_at: DateTime,
}

impl From<domain::Synonym> for SearchSynonym {
    fn from(row: domain::Synonym) -> Self {
        Self {
            id: Id(row.id),
            source: row.source,
            terms: row.terms,
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
        }
    }
}

/// Which questions a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Matching")]
pub enum SearchRuleMatching {
    /// Those that are one of the rule's queries.
    Exact,
    /// Those that contain one of them, as whole words.
    Contains,
}

/// What becomes of a rule's products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Action")]
pub enum SearchRuleAction {
    /// They come first by relevance, in the rule's order, whether they were found or not.
    Pin,
    /// Their scores rise by `strength`.
    Boost,
    /// Their scores fall by `strength`.
    Bury,
    /// They are not found.
    Hide,
}

/// What becomes of some products in the answers to some questions. What is pinned or boosted still
/// has to be public and to pass the shopper's conditions; hidden is hidden, whatever else is said.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchRule {
    /// `rule_…`
    pub id: Id<SearchRuleId>,
    /// What staff call it.
    pub name: String,
    /// The questions, in small letters; none: every one.
    pub queries: Vec<String>,
    /// How a question must match them.
    pub matching: SearchRuleMatching,
    /// What becomes of the products.
    pub action: SearchRuleAction,
    /// These products, …
    pub product_ids: Vec<Id<ProductId>>,
    /// … those of these categories with their subtrees, …
    pub category_ids: Vec<Id<CategoryId>>,
    /// … and those of these brands.
    pub brand_ids: Vec<Id<BrandId>>,
    /// For `BOOST` and `BURY`. Scores of what was found lie between 0 and 1.6.
    pub strength: Option<f64>,
    /// From when on it holds.
    pub starts_at: Option<DateTime>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime>,
    /// Whether it holds at all.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime,
    /// When it was last changed.
    pub updated_at: DateTime,
}

impl From<domain::Rule> for SearchRule {
    fn from(row: domain::Rule) -> Self {
        Self {
            id: Id(row.id),
            name: row.name,
            queries: row.queries,
            matching: row.matching.into(),
            action: row.action.into(),
            product_ids: row.products.into_iter().map(Id).collect(),
            category_ids: row.categories.into_iter().map(Id).collect(),
            brand_ids: row.brands.into_iter().map(Id).collect(),
            strength: row.strength.map(crate::recommendations::tidy),
            starts_at: row.starts_at.map(DateTime),
            ends_at: row.ends_at.map(DateTime),
            is_active: row.is_active,
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
        }
    }
}

/// How much each part of a score counts.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct SearchFusion {
    /// How well the words match.
    pub words: f64,
    /// How many of them do.
    pub coverage: f64,
    /// How like the meaning is.
    pub meaning: f64,
    /// How far the picture shows what is asked for, where the image model has a text side.
    pub looks: f64,
    /// Whether these are the built-in weights.
    pub is_default: bool,
}

impl From<SearchSettings> for SearchFusion {
    fn from(settings: SearchSettings) -> Self {
        let default = Fusion::default();
        let tidy = |set: Option<f32>, otherwise| crate::recommendations::tidy(set.unwrap_or(otherwise));
        Self {
            words: tidy(settings.words, default.words),
            coverage: tidy(settings.coverage, default.coverage),
            meaning: tidy(settings.meaning, default.meaning),
            looks: tidy(settings.looks, default.looks),
            is_default: settings == SearchSettings::default(),
        }
    }
}
