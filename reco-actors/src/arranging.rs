//! What staff say about lists: the [`Arranging`] trait and its plain types. Which rules hold for a
//! list is said by the caller; what they do to it is done here, by the live catalogue.

use crate::{
    ItemId, Recommendations,
    catalog::{Filter, RuleAction},
};
use std::collections::HashSet;
use uuid::Uuid;

/// What becomes of some items of a list. Items, categories and brands that do not exist (any more)
/// are passed over.
#[derive(Clone, Debug, PartialEq)]
pub struct ListRule {
    /// What becomes of the items. A strength `s` of a boost multiplies a score by `1 + s`, that of a
    /// burial divides it: lists differ in what their scores are.
    pub action: RuleAction,
    /// These items, …
    pub items: Vec<ItemId>,
    /// … those of these categories with their subtrees, …
    pub categories: Vec<Uuid>,
    /// … and those of these brands.
    pub brands: Vec<Uuid>,
}

impl ListRule {
    /// Keeps what is hidden out of what is asked for, so that a list is as long as ever.
    pub fn narrow(&self, filter: &mut Filter) {
        if self.action == RuleAction::Hide {
            filter.exclude.extend(&self.items);
            filter.exclude_categories.extend(&self.categories);
            filter.exclude_brands.extend(&self.brands);
        }
    }

    /// Whether it changes the order of a list, so that more candidates than are shown are to be asked
    /// for.
    #[must_use]
    pub const fn reorders(&self) -> bool {
        matches!(self.action, RuleAction::Boost(_) | RuleAction::Bury(_))
    }
}

/// What may come into a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// Only what matches.
    pub filter: Filter,
    /// Items without free stock, too.
    pub include_out_of_stock: bool,
    /// Never these.
    pub exclude: HashSet<ItemId>,
    /// How many at most.
    pub limit: usize,
}

/// Whoever puts lists in the order that staff want.
pub trait Arranging: Send + Sync {
    /// Whether any of these items is in the subtree of any of these categories.
    fn is_within(&self, items: &[ItemId], categories: &[Uuid]) -> bool;

    /// Moves, adds and takes away by rules, in their order; scores keep adding up.
    fn arrange(&self, rules: &[ListRule], shown: &Shown, list: Recommendations) -> Recommendations;
}
