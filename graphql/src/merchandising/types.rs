//! Rules as administrators see them.

use crate::{ids::Id, scalars::DateTime};
use async_graphql::{Enum, SimpleObject};
use shop::{
    discovery::Action,
    id::{BrandId, CategoryId, ProductId, RecommendationRuleId},
    merchandising::{Audience, Placement, Rule},
};

/// A list of recommendations in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Placement")]
pub enum RecommendationPlacement {
    /// `Product.recommendations`.
    Similar,
    /// `Product.alsoViewed`.
    AlsoViewed,
    /// `Product.alsoBought`.
    AlsoBought,
    /// `Product.complements`.
    Complements,
    /// `Cart.recommendations`.
    Cart,
    /// `recommendationsForViewer`.
    Viewer,
    /// `recommendationsForSession`.
    Session,
    /// `trending`.
    Trending,
    /// `repurchase`.
    Repurchase,
    /// `popular`.
    Popular,
    /// `newArrivals`.
    NewArrivals,
}

/// Whom a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Audience")]
pub enum RecommendationAudience {
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

/// What becomes of a rule's products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Action")]
pub enum RecommendationRuleAction {
    /// They come first, in the rule's order, whether they would be in the list or not.
    Pin,
    /// Their scores are multiplied by one and `strength`.
    Boost,
    /// Their scores are divided by one and `strength`.
    Bury,
    /// They are not in the list.
    #[graphql(name = "BLOCK")]
    Hide,
}

/// What becomes of some products in some lists. What is pinned or boosted still has to be public and
/// to pass the list's conditions; blocked is blocked, whatever else is said.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommendationRule {
    /// `rrule_…`
    pub id: Id<RecommendationRuleId>,
    /// What staff call it.
    pub name: String,
    /// The lists; none: all of them.
    pub placements: Vec<RecommendationPlacement>,
    /// Whom they are for, any of these; none: everybody.
    pub audiences: Vec<RecommendationAudience>,
    /// Lists about products in the subtrees of these categories, or narrowed to them; none: all.
    pub within_category_ids: Vec<Id<CategoryId>>,
    /// What becomes of the products.
    pub action: RecommendationRuleAction,
    /// These products, …
    pub product_ids: Vec<Id<ProductId>>,
    /// … those of these categories with their subtrees, …
    pub category_ids: Vec<Id<CategoryId>>,
    /// … and those of these brands.
    pub brand_ids: Vec<Id<BrandId>>,
    /// For `BOOST` and `BURY`.
    pub strength: Option<f64>,
    /// From when on it holds.
    pub starts_at: Option<DateTime>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime>,
    /// Whether shoppers see it. A draft shows in previews alone.
    pub is_published: bool,
    /// When it was made.
    pub created_at: DateTime,
    /// When it was last changed.
    pub updated_at: DateTime,
}

impl From<Rule> for RecommendationRule {
    fn from(rule: Rule) -> Self {
        let body = rule.body;
        Self {
            id: Id(rule.id),
            name: body.name,
            placements: body.placements.into_iter().map(Into::into).collect(),
            audiences: body.audiences.into_iter().map(Into::into).collect(),
            within_category_ids: body.within.into_iter().map(Id).collect(),
            action: body.action.into(),
            product_ids: body.products.into_iter().map(Id).collect(),
            category_ids: body.categories.into_iter().map(Id).collect(),
            brand_ids: body.brands.into_iter().map(Id).collect(),
            strength: body.strength.map(crate::recommendations::tidy),
            starts_at: body.starts_at.map(DateTime),
            ends_at: body.ends_at.map(DateTime),
            is_published: body.is_published,
            created_at: DateTime(rule.created_at),
            updated_at: DateTime(rule.updated_at),
        }
    }
}
