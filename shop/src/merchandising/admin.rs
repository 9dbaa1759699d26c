//! Rules for lists as administrators make them. Obtained from [`crate::viewer::Admin`].

use super::{Audience, Body, Placement, Rule};
use crate::{
    Shop,
    catalog::Patch,
    db::{Turn, begin_write, take_turn},
    discovery::{
        Action,
        targets::{MOST_OF_RULE, Targets, each_once, strength},
    },
    error::{ProblemCode, ShopError},
    outbox::{self, Change},
    text::Checks,
};
use chrono::{DateTime, Utc};
use entities::{
    id::{BrandId, CategoryId, ProductId, RecommendationRuleId},
    recommendation_rule,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set, Unchanged},
    DatabaseTransaction, EntityTrait, PaginatorTrait,
};

/// Most rules: all are held in memory by every process.
const MOST: u64 = 1_000;
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A change of a rule; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in Body")]
pub struct RulePatch {
    pub name: Option<String>,
    pub placements: Option<Vec<Placement>>,
    pub audiences: Option<Vec<Audience>>,
    pub within: Option<Vec<CategoryId>>,
    pub action: Option<Action>,
    pub products: Option<Vec<ProductId>>,
    pub categories: Option<Vec<CategoryId>>,
    pub brands: Option<Vec<BrandId>>,
    pub strength: Patch<f32>,
    pub starts_at: Patch<DateTime<Utc>>,
    pub ends_at: Patch<DateTime<Utc>>,
    pub is_published: Option<bool>,
}

impl RulePatch {
    /// The rule as it shall be. A strength goes with the actions that have one.
    fn over(self, rule: Body) -> Body {
        let action = self.action.unwrap_or(rule.action);
        let kept = rule.strength.filter(|_| action.has_strength());
        Body {
            name: self.name.unwrap_or(rule.name),
            placements: self.placements.unwrap_or(rule.placements),
            audiences: self.audiences.unwrap_or(rule.audiences),
            within: self.within.unwrap_or(rule.within),
            action,
            products: self.products.unwrap_or(rule.products),
            categories: self.categories.unwrap_or(rule.categories),
            brands: self.brands.unwrap_or(rule.brands),
            strength: self.strength.change().unwrap_or(kept),
            starts_at: self.starts_at.change().unwrap_or(rule.starts_at),
            ends_at: self.ends_at.change().unwrap_or(rule.ends_at),
            is_published: self.is_published.unwrap_or(rule.is_published),
        }
    }
}

/// The power over lists of recommendations.
#[derive(Clone, Copy, Debug)]
pub struct AdminMerchandising<'a> {
    shop: &'a Shop,
}

impl<'a> AdminMerchandising<'a> {
    pub(crate) const fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// All rules, in the order they were made.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn list(&self) -> Result<Vec<Rule>, ShopError> {
        self.shop.merchandising().rules().await
    }

    /// A rule as it would be kept, without keeping it.
    ///
    /// # Errors
    /// `Invalid` with every problem of it.
    pub async fn checked(&self, body: Body) -> Result<Body, ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        check(self.shop, &tx, body, None).await
    }

    /// Makes a rule.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, or when there are 1,000 already.
    pub async fn create(&self, body: Body) -> Result<Rule, ShopError> {
        let (tx, now) = (self.begin().await?, self.shop.now());
        let body = check(self.shop, &tx, body, None).await?;
        if recommendation_rule::Entity::find().count(&tx).await? >= MOST {
            let message = format!("there are {MOST} already");
            return Err(ShopError::problem("name", ProblemCode::TooLong, message));
        }
        let row = recommendation_rule::ActiveModel {
            id: Set(RecommendationRuleId::generate()),
            rule: Set(serde_json::to_value(body).map_err(ShopError::internal)?),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let row = row.insert(&tx).await?;
        self.announce(tx).await?;
        row.try_into()
    }

    /// Changes what the patch names. Products, categories and brands that the rule names already may be
    /// gone.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of what the rule would be.
    pub async fn update(&self, id: RecommendationRuleId, patch: RulePatch) -> Result<Rule, ShopError> {
        let tx = self.begin().await?;
        let found = recommendation_rule::Entity::find_by_id(id).one(&tx).await?;
        let before = Rule::try_from(found.ok_or(ShopError::NotFound)?)?.body;
        let body = check(self.shop, &tx, patch.over(before.clone()), Some(&before)).await?;
        let row = recommendation_rule::ActiveModel {
            id: Unchanged(id),
            rule: Set(serde_json::to_value(body).map_err(ShopError::internal)?),
            created_at: NotSet,
            updated_at: Set(self.shop.now()),
        };
        let row = row.update(&tx).await?;
        self.announce(tx).await?;
        row.try_into()
    }

    /// Deletes a rule.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, id: RecommendationRuleId) -> Result<(), ShopError> {
        let tx = self.begin().await?;
        let gone = recommendation_rule::Entity::delete_by_id(id).exec(&tx).await?;
        if gone.rows_affected == 0 {
            return Err(ShopError::NotFound);
        }
        self.announce(tx).await
    }

    /// One change of rules after the other, so that they are counted right.
    async fn begin(&self) -> Result<DatabaseTransaction, ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        take_turn(&tx, Turn::Steering).await?;
        Ok(tx)
    }

    async fn announce(&self, tx: DatabaseTransaction) -> Result<(), ShopError> {
        outbox::append(&tx, self.shop.now(), [Change::Steering]).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(())
    }
}

/// Tells all problems at once.
async fn check(
    shop: &Shop,
    tx: &DatabaseTransaction,
    mut body: Body,
    before: Option<&Body>,
) -> Result<Body, ShopError> {
    let mut checks = Checks::default();
    body.name = checks.line("name", &body.name, LONGEST_NAME);
    body.strength = strength(&mut checks, body.action, body.strength);
    for (path, count) in [
        ("productIds", body.products.len()),
        ("categoryIds", body.categories.len()),
        ("brandIds", body.brands.len()),
        ("withinCategoryIds", body.within.len()),
    ] {
        if count > MOST_OF_RULE {
            checks.fail(path, ProblemCode::TooLong, format!("at most {MOST_OF_RULE}"));
        }
    }
    targets(&body).suit(&mut checks, body.action);
    if let (Some(starts), Some(ends)) = (body.starts_at, body.ends_at)
        && starts >= ends
    {
        checks.fail("endsAt", ProblemCode::OutOfRange, "must be after the start");
    }
    targets(&body).known(shop, tx, &mut checks, before.map(targets)).await?;
    let taxonomy = shop.catalog().taxonomy();
    for (at, id) in body.within.iter().enumerate().take(MOST_OF_RULE) {
        let was_there = before.is_some_and(|rule| rule.within.contains(id));
        if taxonomy.category(*id).is_none() && !was_there {
            let path = format!("withinCategoryIds.{at}");
            checks.fail(&path, ProblemCode::NotFound, "there is no such thing");
        }
    }
    checks.done()?;
    each_once(&mut body.placements);
    each_once(&mut body.audiences);
    each_once(&mut body.within);
    each_once(&mut body.products);
    each_once(&mut body.categories);
    each_once(&mut body.brands);
    Ok(body)
}

fn targets(body: &Body) -> Targets<'_> {
    Targets {
        products: &body.products,
        categories: &body.categories,
        brands: &body.brands,
    }
}
