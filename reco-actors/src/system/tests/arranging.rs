//! Lists as staff want them: pins, boosts, burials, what is hidden; and scores that add up.

use super::*;
use crate::{
    Arranging, ListRule, Personal, Reason, Recommendations, ScorePart, Shown, catalog::RuleAction,
    personal::TrendingQuery,
};

fn rule(action: RuleAction, items: &[u128]) -> ListRule {
    ListRule {
        action,
        items: items.iter().map(|number| id(*number)).collect(),
        categories: Vec::new(),
        brands: Vec::new(),
    }
}

fn shown(limit: usize) -> Shown {
    Shown {
        limit,
        ..Shown::default()
    }
}

async fn popular(handle: &RecoHandle, filter: Filter) -> Recommendations {
    let query = TrendingQuery {
        limit: 20,
        filter,
        ..TrendingQuery::default()
    };
    handle.trending(&query).await.unwrap()
}

fn items(list: &Recommendations) -> Vec<ItemId> {
    list.items.iter().map(|item| item.item).collect()
}

fn adds_up(list: &Recommendations) {
    for item in &list.items {
        let sum: f32 = item.parts.iter().map(|part| part.1).sum();
        assert!((sum - item.score).abs() < 1e-5, "{item:?}");
    }
}

#[tokio::test]
async fn what_is_pinned_comes_first_and_what_is_boosted_or_buried_moves() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let usual = popular(&handle, Filter::default()).await;
    let order = items(&usual);
    let (first, last, middle) = (order[0], order[order.len() - 1], order[1]);
    let number = |item: ItemId| item.0.as_u128();
    let rules = [
        rule(RuleAction::Bury(9.0), &[number(first)]),
        rule(RuleAction::Boost(9.0), &[number(middle)]),
        rule(RuleAction::Pin, &[number(last), number(last), 999]),
    ];
    let list = handle.arrange(&rules, &shown(20), usual.clone());
    adds_up(&list);
    assert_eq!(list.items.len(), order.len(), "one that is unknown is passed over");
    assert_eq!((list.items[0].item, list.items[1].item), (last, middle));
    let boosted = list.items[1].parts.last().unwrap();
    assert!(boosted.0 == ScorePart::Rule && boosted.1 > 0.0, "{boosted:?}");
    assert!(list.items[0].score >= list.items[1].score);
    let at = |list: &Recommendations, item| items(list).iter().position(|other| *other == item);
    assert!(at(&list, first) > at(&usual, first));
    assert_eq!(handle.arrange(&rules, &shown(2), usual.clone()).items.len(), 2);
    assert_eq!(handle.arrange(&[], &shown(20), usual.clone()), usual);
}

#[tokio::test]
async fn only_what_may_be_shown_is_pinned() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let none = Recommendations {
        items: Vec::new(),
        ..popular(&handle, Filter::default()).await
    };
    let pinned = [rule(RuleAction::Pin, &[4, 1])];
    let list = handle.arrange(&pinned, &shown(20), none.clone());
    assert_eq!(items(&list), [id(4), id(1)]);
    assert_eq!(list.items[0].reason, Reason::Chosen);
    let excluded = Shown {
        exclude: [id(4)].into(),
        ..shown(20)
    };
    assert_eq!(items(&handle.arrange(&pinned, &excluded, none.clone())), [id(1)]);
    let sold_out = Item {
        version: 2,
        in_stock: false,
        ..item(1, "steel kettle")
    };
    handle.apply(vec![upsert(sold_out)], 9).await.unwrap();
    assert_eq!(items(&handle.arrange(&pinned, &excluded, none)), []);
}

#[tokio::test]
async fn what_is_hidden_is_not_asked_for() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let brand = category(77, "Kettles & sons");
    let of_brand = Item {
        version: 2,
        brand: Some(brand.clone()),
        ..item(3, "steel kettle")
    };
    handle.apply(vec![upsert(of_brand)], 9).await.unwrap();
    let mut filter = Filter::default();
    rule(RuleAction::Boost(1.0), &[2]).narrow(&mut filter);
    assert_eq!(filter, Filter::default());
    rule(RuleAction::Hide, &[1]).narrow(&mut filter);
    let hidden = ListRule {
        brands: vec![brand.id],
        ..rule(RuleAction::Hide, &[])
    };
    hidden.narrow(&mut filter);
    let left = items(&popular(&handle, filter).await);
    assert!(
        !left.is_empty() && !left.contains(&id(1)) && !left.contains(&id(3)),
        "{left:?}"
    );
    let old = Filter {
        created_before: Some(i64::MIN),
        ..Filter::default()
    };
    assert_eq!(items(&popular(&handle, old).await), []);
}
