//! Whom a rule of staff is about, for searches and for lists of recommendations alike.

use super::{Action, USUAL_STRENGTH};
use crate::{
    Shop,
    error::{ProblemCode, ShopError},
    text::Checks,
};
use entities::{
    id::{BrandId, CategoryId, ProductId},
    product,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use std::{collections::HashSet, hash::Hash};

/// Most targets of a kind.
pub(crate) const MOST_OF_RULE: usize = 50;
/// Greatest strength and weight.
pub(crate) const STRONGEST: f32 = 10.0;

/// What a rule names.
#[derive(Clone, Copy)]
pub(crate) struct Targets<'a> {
    pub(crate) products: &'a [ProductId],
    pub(crate) categories: &'a [CategoryId],
    pub(crate) brands: &'a [BrandId],
}

impl Targets<'_> {
    /// Something is named; only products can come first.
    pub(crate) fn suit(self, checks: &mut Checks, action: Action) {
        let groups = [
            ("categoryIds", !self.categories.is_empty()),
            ("brandIds", !self.brands.is_empty()),
        ];
        if action != Action::Pin {
            if self.products.is_empty() && groups.iter().all(|(_, is_named)| !is_named) {
                let message = "name products, categories or brands";
                checks.fail("productIds", ProblemCode::Required, message);
            }
            return;
        }
        if self.products.is_empty() {
            checks.fail("productIds", ProblemCode::Required, "name what comes first");
        }
        for (path, _) in groups.into_iter().filter(|(_, is_named)| *is_named) {
            checks.fail(path, ProblemCode::Invalid, "only products can come first");
        }
    }

    /// Nobody wants a rule for what was never there. What `before` names may be gone by now and does
    /// no harm: a rule must not be beyond change because of it.
    pub(crate) async fn known(
        self,
        shop: &Shop,
        tx: &DatabaseTransaction,
        checks: &mut Checks,
        before: Option<Targets<'_>>,
    ) -> Result<(), ShopError> {
        let products = || self.products.iter().copied().take(MOST_OF_RULE);
        let found = product::Entity::find()
            .select_only()
            .column(product::Column::Id)
            .filter(product::Column::Id.is_in(products()));
        let found: HashSet<ProductId> = found.into_tuple().all(tx).await?.into_iter().collect();
        let taxonomy = shop.catalog().taxonomy();
        let products =
            products().map(|id| found.contains(&id) || before.is_some_and(|rule| rule.products.contains(&id)));
        let categories = self.categories.iter().map(|id| {
            let is_there = taxonomy.category(*id).is_some();
            is_there || before.is_some_and(|rule| rule.categories.contains(id))
        });
        let brands = self.brands.iter().map(|id| {
            let is_there = taxonomy.brand(*id).is_some();
            is_there || before.is_some_and(|rule| rule.brands.contains(id))
        });
        let all: [(&str, Vec<bool>); 3] = [
            ("productIds", products.collect()),
            ("categoryIds", categories.take(MOST_OF_RULE).collect()),
            ("brandIds", brands.take(MOST_OF_RULE).collect()),
        ];
        for (path, known) in all {
            for (at, _) in known.iter().enumerate().filter(|(_, is_known)| !**is_known) {
                checks.fail(&format!("{path}.{at}"), ProblemCode::NotFound, "there is no such thing");
            }
        }
        Ok(())
    }
}

/// The strength that goes with an action, if one does.
pub(crate) fn strength(checks: &mut Checks, action: Action, given: Option<f32>) -> Option<f32> {
    match given {
        Some(_) if !action.has_strength() => {
            checks.fail("strength", ProblemCode::Invalid, "only boosts and burials have one");
        }
        Some(strength) if !(strength > 0.0 && strength <= STRONGEST) => {
            checks.fail(
                "strength",
                ProblemCode::OutOfRange,
                "must be more than 0 and at most 10",
            );
        }
        given => return given.or(action.has_strength().then_some(USUAL_STRENGTH)),
    }
    None
}

pub(crate) fn each_once<T: Copy + Eq + Hash>(ids: &mut Vec<T>) {
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
}
