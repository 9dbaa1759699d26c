//! What a list for somebody says of itself, what speaks against an item, and how much of one kind.

use super::{
    people::{for_history, learn, viewed},
    *,
};
use crate::{
    Personal, Reason, Recommendations, Recommended, ScorePart, Source,
    models::Past,
    personal::{AlsoKind, AlsoQuery, TrendKind, TrendingQuery, ViewerQuery},
};

/// What was touched, latest last, so strongly each.
fn history(touched: &[(u128, f32)]) -> Vec<Past> {
    let past = |(at_ms, (number, strength)): (i64, &(u128, f32))| Past {
        item: id(*number),
        at_ms,
        strength: *strength,
        is_bought: false,
        is_disliked: false,
    };
    (0..).zip(touched).map(past).collect()
}

/// By what an item is.
fn content(list: &Recommendations, number: u128) -> f32 {
    let found = list.items.iter().filter(|one| one.item == id(number));
    let parts = found.flat_map(|one| &one.parts);
    let of_content = parts.filter(|(part, _)| matches!(part, ScorePart::Text | ScorePart::Image));
    of_content.map(|(_, value)| value).sum()
}

#[tokio::test]
async fn all_that_speaks_for_an_item_is_told_where_it_is_asked_for() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let looks = (10..30).flat_map(|who| viewed(who, &[1, 4, 5, 2]));
    learn(&handle, looks.collect()).await;
    let plain = for_history(history(&[(4, 1.0), (1, 3.0)]));
    let list = handle.for_viewer(&plain).await.unwrap();
    assert!(list.items.iter().all(|one| one.causes.is_empty()));
    let asked = ViewerQuery { explain: true, ..plain };
    let explained = handle.for_viewer(&asked).await.unwrap();
    for one in &explained.items {
        let of_people = |part: &ScorePart| matches!(part, ScorePart::Viewed | ScorePart::Text | ScorePart::Image);
        let parts: f32 = one
            .parts
            .iter()
            .filter(|(part, _)| of_people(part))
            .map(|(_, value)| value)
            .sum();
        let causes: f32 = one.causes.iter().map(|(_, adds)| adds).sum();
        assert!((parts - causes).abs() < 1e-5, "{one:?}");
        assert!(one.causes.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    }
    let both = explained.items.iter().filter(|one| one.causes.len() == 2);
    assert!(both.count() >= 1, "{explained:?}");
    let query = AlsoQuery {
        items: vec![id(1), id(4)],
        kind: AlsoKind::Viewed,
        limit: 5,
        filter: Filter::default(),
        include_out_of_stock: false,
        explain: true,
    };
    let also = handle.also(&query).await.unwrap();
    let causes: Vec<ItemId> = also.items[0].causes.iter().map(|(item, _)| *item).collect();
    assert_eq!((also.items[0].item, causes), (id(5), vec![id(4), id(1)]));
}

#[tokio::test]
async fn what_is_put_down_or_left_at_once_speaks_against_its_like() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let another = [upsert(item(6, "glass kettle")), vectors(6, "glass kettle")];
    handle.apply(another.to_vec(), 2).await.unwrap();
    let kettle = async |past: Vec<Past>| {
        let list = handle.for_viewer(&for_history(past)).await.unwrap();
        content(&list, 5) / content(&list, 2)
    };
    let without = kettle(history(&[(4, 1.0), (1, 1.0)])).await;
    let bounced = kettle(history(&[(4, 1.0), (6, 0.25), (1, 1.0)])).await;
    let mut put_down = history(&[(4, 1.0), (6, 3.0), (1, 1.0)]);
    put_down[1].is_disliked = true;
    let put_down = kettle(put_down).await;
    let liked = kettle(history(&[(4, 1.0), (6, 1.0), (1, 1.0)])).await;
    assert!(
        put_down < bounced && bounced < without && without < liked,
        "{put_down} {bounced} {without} {liked}"
    );
    let nothing_else = handle.for_viewer(&for_history(history(&[(6, 0.25)]))).await.unwrap();
    let is_like_it = |one: &Recommended| one.parts.iter().any(|(part, _)| matches!(part, ScorePart::Text));
    assert!(!nothing_else.items.iter().any(is_like_it), "{nothing_else:?}");
}

#[tokio::test]
async fn of_one_kind_there_is_not_more_than_was_asked_for_while_there_are_others() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let kinds = [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2)];
    let names = [
        "red running shoe",
        "blue running shoe",
        "green walking shoe",
        "steel kettle",
        "glass kettle",
    ];
    let filed = kinds.iter().zip(names).map(|((number, kind), name)| {
        upsert(Item {
            version: 2,
            categories: vec![category(*kind, "Kind")],
            ..item(*number, name)
        })
    });
    handle.apply(filed.collect(), 2).await.unwrap();
    let plain = for_history(history(&[(4, 1.0), (1, 1.0)]));
    let order = async |max_per_category: Option<usize>, diversity: f32| -> Vec<ItemId> {
        let query = ViewerQuery {
            max_per_category,
            diversity,
            ..plain.clone()
        };
        let list = handle.for_viewer(&query).await.unwrap();
        list.items.iter().map(|one| one.item).collect()
    };
    assert_eq!(order(None, 0.0).await, [id(2), id(3), id(5)]);
    assert_eq!(order(Some(1), 0.0).await, [id(2), id(5), id(3)]);
    assert_eq!(order(Some(2), 0.0).await, [id(2), id(3), id(5)]);
    assert_eq!(order(Some(1), 0.5).await[..2], [id(2), id(5)]);
}

#[tokio::test]
async fn what_is_bought_most_and_what_was_made_last_are_lists_of_their_own() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let popular = Item {
        version: 2,
        popularity: 9.0,
        ..item(3, "green walking shoe")
    };
    handle.apply(vec![upsert(popular)], 2).await.unwrap();
    let now = item(5, "").created_at.timestamp_millis();
    let list = async |kind, limit| {
        let query = TrendingQuery {
            kind,
            limit,
            at_ms: now + 14 * 24 * 3_600_000,
            ..TrendingQuery::default()
        };
        handle.trending(&query).await.unwrap()
    };
    let order = |list: &Recommendations| -> Vec<ItemId> { list.items.iter().map(|one| one.item).collect() };
    let bought = list(TrendKind::Popular, 3).await;
    assert_eq!(
        (order(&bought), bought.source),
        (vec![id(3), id(5), id(4)], Source::Fallback)
    );
    assert_eq!(bought.items[0].reason, Reason::Popular(None));
    let made = list(TrendKind::New, 2).await;
    assert_eq!(order(&made), [id(5), id(4)]);
    assert_eq!((made.items[0].score, &made.items[0].reason), (0.5, &Reason::New(None)));
}
