//! Synonyms, rules and settings as they are kept.

use crate::ShopError;
use chrono::{DateTime, Utc};
use entities::{
    id::{BrandId, CategoryId, ProductId, SearchRuleId, SearchSynonymId},
    search_rule, search_setting, search_synonym,
};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};

/// How much a rule raises or lowers a score that does not say: about as much as a word that matches.
pub const USUAL_STRENGTH: f32 = 0.5;
/// The row of the settings.
pub(super) const ROW: i32 = 1;

/// Words that mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// Identity.
    pub id: SearchSynonymId,
    /// Who looks for this finds the terms too, not the other way round; without it the terms all
    /// mean the same.
    pub source: Option<String>,
    /// The terms, normalised.
    pub terms: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// The words of a synonym, as they are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredSynonym {
    pub(super) source: Option<String>,
    pub(super) terms: Vec<String>,
}

impl TryFrom<search_synonym::Model> for Synonym {
    type Error = ShopError;

    fn try_from(row: search_synonym::Model) -> Result<Self, ShopError> {
        let stored: StoredSynonym = serde_json::from_value(row.synonym).map_err(ShopError::internal)?;
        Ok(Self {
            id: row.id,
            source: stored.source,
            terms: stored.terms,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Which queries a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Matching {
    /// Those that are one of the rule's.
    Exact,
    /// Those that contain one of them, as whole words.
    Contains,
}

/// What becomes of a rule's products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// They come first, in the rule's order.
    Pin,
    /// Their scores rise.
    Boost,
    /// Their scores fall.
    Bury,
    /// They are not found.
    Hide,
}

impl Action {
    /// Whether it is done more or less strongly.
    #[must_use]
    pub const fn has_strength(self) -> bool {
        matches!(self, Self::Boost | Self::Bury)
    }
}

/// What becomes of some products in the answers to some queries. A product, category or brand
/// that is deleted stays in it and is passed over.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Identity.
    pub id: SearchRuleId,
    /// What staff call it.
    pub name: String,
    /// The queries, normalised; none: every one.
    pub queries: Vec<String>,
    /// How a query must match.
    pub matching: Matching,
    /// What becomes of the products.
    pub action: Action,
    /// These products, …
    pub products: Vec<ProductId>,
    /// … those of these categories with their subtrees, …
    pub categories: Vec<CategoryId>,
    /// … and those of these brands.
    pub brands: Vec<BrandId>,
    /// For `Boost` and `Bury`: by how much.
    pub strength: Option<f32>,
    /// From when on it holds.
    pub starts_at: Option<DateTime<Utc>>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether it holds at all.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A rule, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredRule {
    pub(super) name: String,
    pub(super) queries: Vec<String>,
    pub(super) matching: Matching,
    pub(super) action: Action,
    pub(super) products: Vec<ProductId>,
    pub(super) categories: Vec<CategoryId>,
    pub(super) brands: Vec<BrandId>,
    pub(super) strength: Option<f32>,
    pub(super) starts_at: Option<DateTime<Utc>>,
    pub(super) ends_at: Option<DateTime<Utc>>,
    pub(super) is_active: bool,
}

impl TryFrom<search_rule::Model> for Rule {
    type Error = ShopError;

    fn try_from(row: search_rule::Model) -> Result<Self, ShopError> {
        let stored: StoredRule = serde_json::from_value(row.rule).map_err(ShopError::internal)?;
        Ok(Self {
            id: row.id,
            name: stored.name,
            queries: stored.queries,
            matching: stored.matching,
            action: stored.action,
            products: stored.products,
            categories: stored.categories,
            brands: stored.brands,
            strength: stored.strength,
            starts_at: stored.starts_at,
            ends_at: stored.ends_at,
            is_active: stored.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// What differs from the built-in settings; absent: as built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchSettings {
    /// How much it counts how well words match.
    pub words: Option<f32>,
    /// How much it counts how many of them do.
    pub coverage: Option<f32>,
    /// How much likeness in meaning counts.
    pub meaning: Option<f32>,
    /// How much it counts how far pictures show what is asked for.
    pub looks: Option<f32>,
}

pub(super) async fn settings(db: &impl ConnectionTrait) -> Result<SearchSettings, ShopError> {
    let row = search_setting::Entity::find_by_id(ROW).one(db).await?;
    row.map_or_else(
        || Ok(SearchSettings::default()),
        |row| serde_json::from_value(row.settings).map_err(ShopError::internal),
    )
}
