//! Stories of rules for lists, on SQLite and PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    catalog::Patch,
    discovery::{Action, USUAL_STRENGTH},
    error::ProblemCode,
    outbox::{Change, Published},
    testing::{Market, problems},
    viewer::Admin,
};
use chrono::{TimeDelta, Utc};
use entities::id::{CategoryId, ProductId, RecommendationRuleId};

fn body(action: Action, products: &[ProductId]) -> Body {
    Body {
        name: "A rule".into(),
        placements: Vec::new(),
        audiences: Vec::new(),
        within: Vec::new(),
        action,
        products: products.to_vec(),
        categories: Vec::new(),
        brands: Vec::new(),
        strength: None,
        starts_at: None,
        ends_at: None,
        is_published: false,
    }
}

async fn product(market: &Market) -> ProductId {
    let variant = market.product("MUG", 1_000, 50).await;
    let cart = market.guest_with(&[(variant, 1)]).await;
    market.shop.carts().find(cart).await.unwrap().unwrap().lines[0].product
}

#[test]
fn a_rule_holds_where_for_whom_and_when_it_says() {
    let now = Utc::now();
    let customer = Who {
        is_customer: true,
        ..Who::default()
    };
    let rule = Body {
        placements: vec![Placement::Cart],
        audiences: vec![Audience::Customers, Audience::Buyers],
        starts_at: Some(now),
        ends_at: Some(now + TimeDelta::hours(1)),
        ..body(Action::Pin, &[])
    };
    let later = |minutes| now + TimeDelta::minutes(minutes);
    assert!(rule.holds(Placement::Cart, customer, now));
    assert!(!rule.holds(Placement::Viewer, customer, now));
    assert!(
        !rule.holds(Placement::Cart, Who::default(), now),
        "a guest who bought nothing"
    );
    let bought = Who {
        has_history: true,
        has_bought: true,
        ..Who::default()
    };
    assert!(rule.holds(Placement::Cart, bought, now));
    assert!(!rule.holds(Placement::Cart, customer, later(-1)));
    assert!(rule.holds(Placement::Cart, customer, later(59)) && !rule.holds(Placement::Cart, customer, later(60)));
    let newcomers = Body {
        audiences: vec![Audience::Newcomers],
        ..body(Action::Pin, &[])
    };
    assert!(newcomers.holds(Placement::Similar, customer, now));
    assert!(!newcomers.holds(Placement::Similar, bought, now));
}

#[tokio::test]
async fn drafts_are_kept_and_shoppers_see_what_is_published() {
    for market in &Market::each().await {
        let (shop, mug) = (&market.shop, product(market).await);
        let rules = Admin::operator(shop).merchandising();
        let made = rules.create(body(Action::Boost, &[mug, mug])).await.unwrap();
        assert_eq!(
            (&made.body.products[..], made.body.strength),
            (&[mug][..], Some(USUAL_STRENGTH))
        );
        shop.merchandising().refresh().await.unwrap();
        assert!(shop.merchandising().current().is_empty(), "a draft");
        let patch = RulePatch {
            is_published: Some(true),
            action: Some(Action::Pin),
            placements: Some(vec![Placement::Cart, Placement::Cart]),
            strength: Patch::Clear,
            ..RulePatch::default()
        };
        let published = rules.update(made.id, patch).await.unwrap();
        assert_eq!(published.body.placements, [Placement::Cart]);
        shop.merchandising().refresh().await.unwrap();
        assert_eq!(*shop.merchandising().current(), *std::slice::from_ref(&published));
        assert_eq!(rules.list().await.unwrap(), [published]);
        rules.delete(made.id).await.unwrap();
        assert!(matches!(rules.delete(made.id).await, Err(ShopError::NotFound)));
        shop.outbox().publish(1_000).await.unwrap();
        let all = shop.outbox().after(0, 1_000).await.unwrap();
        let changes = all.iter().filter_map(Published::change);
        assert_eq!(changes.filter(|change| *change == Change::Steering).count(), 3);
    }
}

#[tokio::test]
async fn what_a_rule_cannot_mean_is_told_at_once() {
    for market in &Market::each().await {
        let rules = Admin::operator(&market.shop).merchandising();
        let wrong = Body {
            name: " ".into(),
            within: vec![CategoryId::generate()],
            strength: Some(11.0),
            ..body(Action::Bury, &[])
        };
        let told = problems(rules.create(wrong.clone()).await);
        let paths = [
            ("name", ProblemCode::Required),
            ("strength", ProblemCode::OutOfRange),
            ("productIds", ProblemCode::Required),
            ("withinCategoryIds.0", ProblemCode::NotFound),
        ];
        assert_eq!(told, paths.map(|(path, code)| (path.to_owned(), code)));
        assert_eq!(problems(rules.checked(wrong).await), told);
        let unknown = rules
            .update(RecommendationRuleId::generate(), RulePatch::default())
            .await;
        assert!(matches!(unknown, Err(ShopError::NotFound)));
        assert_eq!(rules.list().await.unwrap(), []);
    }
}
