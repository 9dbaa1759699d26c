//! Lists by what people do: true reasons, scores that add up, filters, live state, snapshots.

use super::*;
use crate::{
    Personal, Reason, Recommendations, ScorePart, Source,
    models::{Act, Deed, Past, PersonId},
    personal::{AlsoKind, AlsoQuery, TrendingQuery, ViewerQuery},
    snapshot::SnapshotLabel,
};
use std::collections::HashSet;

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(9_000 + number))
}

fn act(who: u128, at_ms: i64, deed: Deed) -> Act {
    Act {
        person: person(who),
        at_ms,
        deed,
    }
}

pub(super) fn viewed(who: u128, items: &[u128]) -> Vec<Act> {
    let look = |(at, item): (i64, &u128)| act(who, at, Deed::Viewed(id(*item), None));
    (0..).zip(items).map(look).collect()
}

fn also(items: &[u128], kind: AlsoKind) -> AlsoQuery {
    AlsoQuery {
        items: items.iter().map(|number| id(*number)).collect(),
        kind,
        limit: 10,
        filter: Filter::default(),
        include_out_of_stock: false,
        explain: false,
    }
}

pub(super) fn for_history(history: Vec<Past>) -> ViewerQuery {
    ViewerQuery {
        exclude: history.iter().map(|past| past.item).collect(),
        history,
        limit: 10,
        ..ViewerQuery::default()
    }
}

fn items(list: &Recommendations) -> Vec<ItemId> {
    list.items.iter().map(|item| item.item).collect()
}

fn adds_up(list: &Recommendations) {
    for item in &list.items {
        let sum: f32 = item.parts.iter().map(|part| part.1).sum();
        assert!((sum - item.score).abs() < 1e-5, "{item:?}");
    }
    assert!(
        list.items.windows(2).all(|pair| pair[0].score >= pair[1].score),
        "{list:?}"
    );
}

pub(super) async fn learn(handle: &RecoHandle, acts: Vec<Act>) {
    let position = handle.status().position + 1;
    let told = [Change::Acts(position, acts.clone()), Change::Acts(position, acts)];
    // The second time is passed over.
    soon(handle.apply(told.to_vec(), position)).await.unwrap();
}

#[tokio::test]
async fn what_goes_with_an_item_is_live_and_only_what_can_be_had() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let list = handle.also(&also(&[1], AlsoKind::Viewed)).await.unwrap();
    assert_eq!(
        (list.items.len(), list.source),
        (0, Source::Behaviour),
        "nobody was here yet"
    );
    let mut acts = viewed(1, &[1, 4, 5]);
    acts.extend(viewed(2, &[1, 4]));
    acts.push(act(3, 0, Deed::Bought(vec![id(3), id(5)])));
    learn(&handle, acts).await;
    let list = handle.also(&also(&[1], AlsoKind::Viewed)).await.unwrap();
    adds_up(&list);
    assert_eq!(items(&list), [id(4), id(5)]);
    assert_eq!(list.items[0].reason, Reason::AlsoViewed(id(1)));
    assert_eq!(list.items[0].parts[0].0, ScorePart::Viewed);
    let bought = handle.also(&also(&[5], AlsoKind::Bought)).await.unwrap();
    assert_eq!(
        (items(&bought), &bought.items[0].reason),
        (vec![id(3)], &Reason::BoughtTogether(id(5)))
    );
    let cart = handle.also(&also(&[1, 5], AlsoKind::Viewed)).await.unwrap();
    assert!(
        !items(&cart).contains(&id(5)),
        "what is in the cart is not recommended for it"
    );
    let sold_out = Item {
        version: 2,
        in_stock: false,
        ..item(4, "steel kettle")
    };
    handle.apply(vec![upsert(sold_out)], 3).await.unwrap();
    assert_eq!(
        items(&handle.also(&also(&[1], AlsoKind::Viewed)).await.unwrap()),
        [id(5)]
    );
    let anyway = AlsoQuery {
        include_out_of_stock: true,
        ..also(&[1], AlsoKind::Viewed)
    };
    assert_eq!(items(&handle.also(&anyway).await.unwrap()), [id(4), id(5)]);
    handle
        .apply(vec![Change::Delete { id: id(5), version: 9 }], 4)
        .await
        .unwrap();
    assert_eq!(items(&handle.also(&anyway).await.unwrap()), [id(4)]);
}

#[tokio::test]
async fn a_list_for_somebody_follows_what_they_do_and_says_why() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    assert_eq!(handle.history(person(1)), None);
    let nobody = handle.for_viewer(&for_history(Vec::new())).await.unwrap();
    assert_eq!((nobody.items.len(), nobody.source), (5, Source::Fallback));
    learn(&handle, viewed(1, &[1])).await;
    let history = handle.history(person(1)).unwrap();
    let list = handle.for_viewer(&for_history(history.clone())).await.unwrap();
    adds_up(&list);
    assert_eq!(list.items[0].item, id(2), "the other running shoe: {list:?}");
    assert_eq!(list.items[0].reason, Reason::BecauseViewed(id(1)));
    assert!(!items(&list).contains(&id(1)));
    assert_eq!(list.source, Source::Behaviour);
    // Others go on from there to a kettle: so may this one.
    let others = (10..40).flat_map(|who| viewed(who, &[1, 5]));
    learn(&handle, others.collect()).await;
    let list = handle.for_viewer(&for_history(history)).await.unwrap();
    adds_up(&list);
    assert_eq!(list.items[0].item, id(5), "{list:?}");
    assert!(list.items[0].parts.iter().any(|part| part.0 == ScorePart::Viewed));
    learn(&handle, vec![act(2, 99, Deed::Bought(vec![id(4)]))]).await;
    let list = handle
        .for_viewer(&for_history(handle.history(person(2)).unwrap()))
        .await
        .unwrap();
    assert_eq!(
        (list.items[0].item, &list.items[0].reason),
        (id(5), &Reason::BecauseBought(id(4)))
    );
}

#[tokio::test]
async fn what_is_touched_lately_speaks_to_who_buys_and_not_to_who_looks_or_wants_content() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let others = (10..40).flat_map(|who| viewed(who, &[3]));
    let both = [
        act(1, 9, Deed::Bought(vec![id(4)])),
        act(2, 9, Deed::Viewed(id(4), None)),
    ];
    learn(&handle, others.chain(both).collect()).await;
    let query = |who| for_history(handle.history(person(who)).unwrap());
    let trend = |list: &Recommendations| {
        adds_up(list);
        let shoe = list.items.iter().find(|one| one.item == id(3)).unwrap();
        let parts = shoe.parts.iter().filter(|(part, _)| *part == ScorePart::Trend);
        parts.map(|(_, value)| *value).sum::<f32>()
    };
    let bought = handle.for_viewer(&query(1)).await.unwrap();
    assert!((trend(&bought) - 0.4).abs() < 1e-5, "{bought:?}");
    let looked = handle.for_viewer(&query(2)).await.unwrap();
    assert_ne!(trend(&looked), trend(&bought), "{looked:?}");
    let content = ViewerQuery {
        behaviour: Some(0.0),
        ..query(1)
    };
    let content = handle.for_viewer(&content).await.unwrap();
    assert_ne!(trend(&content), trend(&bought), "{content:?}");
}

#[tokio::test]
async fn without_the_named_cause_the_score_is_another() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let others = (10..20).flat_map(|who| viewed(who, &[1, 5, 2]));
    learn(&handle, others.chain(viewed(1, &[4, 3, 1])).collect()).await;
    let history = handle.history(person(1)).unwrap();
    let query = for_history(history.clone());
    let list = handle.for_viewer(&query).await.unwrap();
    let mut looked_at = 0;
    for one in &list.items {
        let Reason::BecauseViewed(cause) = one.reason else {
            continue;
        };
        let without = ViewerQuery {
            history: history.iter().filter(|past| past.item != cause).copied().collect(),
            ..query.clone()
        };
        let other = handle.for_viewer(&without).await.unwrap();
        let same = other.items.iter().find(|other| other.item == one.item);
        assert!(
            same.is_none_or(|other| (other.score - one.score).abs() > 1e-6),
            "{one:?}"
        );
        looked_at += 1;
    }
    assert!(looked_at >= 2, "{looked_at} of {list:?}");
}

#[tokio::test]
async fn two_tastes_are_both_served_and_filters_and_exclusions_hold() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    learn(&handle, viewed(1, &[1, 4])).await;
    let history = handle.history(person(1)).unwrap();
    let list = handle.for_viewer(&for_history(history.clone())).await.unwrap();
    let top: HashSet<ItemId> = items(&list).into_iter().take(2).collect();
    assert_eq!(top, HashSet::from([id(2), id(5)]), "a shoe and a kettle: {list:?}");
    let without = ViewerQuery {
        exclude: HashSet::from([id(1), id(2), id(4)]),
        ..for_history(history.clone())
    };
    assert_eq!(items(&handle.for_viewer(&without).await.unwrap()).len(), 2);
    let nothing = ViewerQuery {
        filter: Filter {
            price_min: Some(5_000),
            ..Filter::default()
        },
        ..for_history(history.clone())
    };
    assert_eq!(handle.for_viewer(&nothing).await.unwrap().items, []);
    let diverse = ViewerQuery {
        diversity: 1.0,
        limit: 2,
        ..for_history(history.clone())
    };
    let picked: HashSet<ItemId> = items(&handle.for_viewer(&diverse).await.unwrap()).into_iter().collect();
    assert_eq!(picked.len(), 2);
    let disliked = history.iter().map(|past| Past {
        is_disliked: past.item == id(4),
        ..*past
    });
    let list = handle.for_viewer(&for_history(disliked.collect())).await.unwrap();
    assert_eq!(list.items[0].item, id(2));
    assert!(list.items.iter().all(|one| one.reason != Reason::BecauseViewed(id(4))));
    for (limit, diversity) in [(0, 0.0), (101, 0.0), (5, 1.5), (5, f32::NAN)] {
        let refused = handle
            .for_viewer(&ViewerQuery {
                limit,
                diversity,
                ..ViewerQuery::default()
            })
            .await;
        assert!(matches!(refused, Err(RecoError::InvalidArgument { .. })));
    }
}

#[tokio::test]
async fn what_is_touched_lately_leads_and_the_popular_fill_up() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let popular = Item {
        version: 2,
        popularity: 100.0,
        ..item(3, "green walking shoe")
    };
    handle.apply(vec![upsert(popular)], 2).await.unwrap();
    learn(&handle, [viewed(1, &[5]), viewed(2, &[5, 4])].concat()).await;
    let query = TrendingQuery {
        limit: 3,
        ..TrendingQuery::default()
    };
    let list = handle.trending(&query).await.unwrap();
    adds_up(&list);
    assert_eq!(items(&list), [id(5), id(4), id(3)]);
    assert_eq!(
        (&list.items[0].reason, &list.items[2].reason),
        (&Reason::Trending, &Reason::Popular(None))
    );
    let month_later = TrendingQuery {
        at_ms: 30 * 24 * 3_600_000,
        ..query
    };
    let list = handle.trending(&month_later).await.unwrap();
    assert_eq!(
        (items(&list)[0], list.source),
        (id(3), Source::Fallback),
        "nothing is trending any more"
    );
}

#[tokio::test]
async fn what_was_learned_is_in_the_snapshot_and_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    learn(&handle, viewed(1, &[1, 4])).await;
    let label = SnapshotLabel {
        models: handle.index_models(),
        origin: "shop".into(),
    };
    soon(handle.save_snapshot(folder.path(), label.clone(), 7))
        .await
        .unwrap();
    let other = start(config(), FakeFactory::new());
    let heads = crate::snapshot::heads(folder.path());
    soon(other.handle().restore_snapshot(folder.path(), &label, &heads))
        .await
        .unwrap();
    let list = other.handle().also(&also(&[1], AlsoKind::Viewed)).await.unwrap();
    assert_eq!(
        list.items,
        handle.also(&also(&[1], AlsoKind::Viewed)).await.unwrap().items
    );
    assert_eq!(other.handle().history(person(1)), handle.history(person(1)));
    let mut learned = crate::models::Behaviour::default();
    viewed(5, &[1, 2]).iter().for_each(|act| learned.learn(act));
    soon(handle.apply(vec![Change::Behaviour(Box::new(learned))], 3))
        .await
        .unwrap();
    assert_eq!(
        items(&handle.also(&also(&[1], AlsoKind::Viewed)).await.unwrap()),
        [id(2)]
    );
    assert_eq!(handle.history(person(1)), None);
}
