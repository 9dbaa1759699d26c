//! A rule, and when it holds.

use crate::{ShopError, discovery::Action};
use chrono::{DateTime, Utc};
use entities::{
    id::{BrandId, CategoryId, ProductId, RecommendationRuleId},
    recommendation_rule,
};
use serde::{Deserialize, Serialize};

/// A list of recommendations in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Placement {
    /// What is like a product.
    Similar,
    /// What people go on to look at from a product.
    AlsoViewed,
    /// What is bought with a product.
    AlsoBought,
    /// What completes a product.
    Complements,
    /// What goes with a cart.
    Cart,
    /// What is for the viewer.
    Viewer,
    /// What is for a session.
    Session,
    /// What is touched most lately.
    Trending,
    /// What the viewer will want again.
    Repurchase,
    /// What is bought most.
    Popular,
    /// What was made last.
    NewArrivals,
}

/// Whom a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Audience {
    /// Who is not logged in.
    Guests,
    /// Who is.
    Customers,
    /// Of whom nothing is known.
    Newcomers,
    /// Of whom something is.
    Returning,
    /// Who bought something.
    Buyers,
}

/// What is known of whom a list is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// They are logged in.
    pub is_customer: bool,
    /// They did something that is remembered.
    pub has_history: bool,
    /// They bought something that is remembered.
    pub has_bought: bool,
}

impl Audience {
    const fn includes(self, who: Who) -> bool {
        match self {
            Self::Guests => !who.is_customer,
            Self::Customers => who.is_customer,
            Self::Newcomers => !who.has_history,
            Self::Returning => who.has_history,
            Self::Buyers => who.has_bought,
        }
    }
}

/// What becomes of some products in some lists. A product, category or brand that is deleted stays in
/// it and is passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// What staff call it, 1 to 100 characters.
    pub name: String,
    /// The lists; none: all of them.
    pub placements: Vec<Placement>,
    /// Whom they are for; none: everybody.
    pub audiences: Vec<Audience>,
    /// Lists about what is in the subtrees of these categories, or narrowed to them; none: all.
    pub within: Vec<CategoryId>,
    /// What becomes of the products.
    pub action: Action,
    /// These products, at most 50; for `Pin` in this order, …
    pub products: Vec<ProductId>,
    /// … those of these categories with their subtrees, at most 50, …
    pub categories: Vec<CategoryId>,
    /// … and those of these brands, at most 50.
    pub brands: Vec<BrandId>,
    /// For `Boost`: scores are multiplied by one and this; for `Bury` divided. More than 0, at most 10.
    pub strength: Option<f32>,
    /// From when on it holds.
    pub starts_at: Option<DateTime<Utc>>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether shoppers see it; a draft shows in previews alone.
    pub is_published: bool,
}

impl Body {
    /// Whether it is about a list like this, apart from the list's categories.
    #[must_use]
    pub fn holds(&self, placement: Placement, who: Who, at: DateTime<Utc>) -> bool {
        let includes = |audience: &Audience| audience.includes(who);
        (self.placements.is_empty() || self.placements.contains(&placement))
            && (self.audiences.is_empty() || self.audiences.iter().any(includes))
            && self.starts_at.is_none_or(|from| from <= at)
            && self.ends_at.is_none_or(|until| at < until)
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Identity.
    pub id: RecommendationRuleId,
    /// What it says.
    pub body: Body,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl TryFrom<recommendation_rule::Model> for Rule {
    type Error = ShopError;

    fn try_from(row: recommendation_rule::Model) -> Result<Self, ShopError> {
        Ok(Self {
            id: row.id,
            body: serde_json::from_value(row.rule).map_err(ShopError::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
