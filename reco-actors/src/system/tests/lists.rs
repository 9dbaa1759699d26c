//! What lists are made of: scores that add up, true reasons, filters, diversity, fallback.

use super::*;
use crate::{Reason, Recommendations, ScorePart, Source, Weights};

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

#[tokio::test]
async fn parts_add_up_and_the_kind_decides_which_there_are() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let kinds = [
        (SimilarKind::Hybrid, vec![ScorePart::Text, ScorePart::Image]),
        (SimilarKind::Text, vec![ScorePart::Text]),
        (SimilarKind::Image, vec![ScorePart::Image]),
    ];
    for (kind, parts) in kinds {
        let list = handle.similar(&SimilarQuery { kind, ..like(1) }).await.unwrap();
        adds_up(&list);
        assert_eq!((list.source, list.items.len()), (Source::Vectors, 4));
        for item in &list.items {
            assert_eq!(item.parts.iter().map(|part| part.0).collect::<Vec<_>>(), parts);
            assert_ne!(item.item, id(1));
        }
    }
    let looks = handle
        .similar(&SimilarQuery {
            kind: SimilarKind::Image,
            ..like(1)
        })
        .await
        .unwrap();
    assert_eq!(
        (looks.items[0].item, &looks.items[0].reason),
        (id(4), &Reason::LooksAlike)
    );
    let means = handle
        .similar(&SimilarQuery {
            kind: SimilarKind::Text,
            ..like(1)
        })
        .await
        .unwrap();
    assert_eq!(
        (means.items[0].item, &means.items[0].reason),
        (id(2), &Reason::SimilarDescription)
    );
}

#[tokio::test]
async fn default_weights_may_change_and_a_query_overrides_them() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(2));
    handle
        .set_defaults(Defaults {
            weights: Weights::IMAGE,
            ..handle.defaults()
        })
        .unwrap();
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(4));
    let text = SimilarQuery {
        weights: Some(Weights::TEXT),
        ..like(1)
    };
    assert_eq!(ids_like(&handle, &text).await[0], id(2));
    assert!(
        handle
            .set_defaults(Defaults {
                diversity: 2.0,
                ..handle.defaults()
            })
            .is_err()
    );
}

#[tokio::test]
async fn filters_work_inside_the_search() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let sold_out = Item {
        version: 2,
        in_stock: false,
        ..item(5, "glass kettle")
    };
    handle.apply(vec![upsert(sold_out)], 2).await.unwrap();
    let without = Filter {
        exclude: vec![id(2), id(3)],
        ..Filter::default()
    };
    assert_eq!(
        ids_like(
            &handle,
            &SimilarQuery {
                filter: without,
                ..like(1)
            }
        )
        .await,
        [id(4)]
    );
    let only_sold_out = Filter {
        in_stock: Some(false),
        ..Filter::default()
    };
    assert_eq!(
        ids_like(
            &handle,
            &SimilarQuery {
                filter: only_sold_out,
                ..like(1)
            }
        )
        .await,
        [id(5)]
    );
}

#[tokio::test]
async fn diversity_lets_a_twin_wait() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let twin = "blue running shoe";
    handle
        .apply(vec![upsert(item(8, twin)), vectors(8, twin)], 2)
        .await
        .unwrap();
    let plain = SimilarQuery {
        limit: 2,
        kind: SimilarKind::Text,
        ..like(1)
    };
    assert_eq!(ids_like(&handle, &plain).await, [id(2), id(8)]);
    let diverse = ids_like(
        &handle,
        &SimilarQuery {
            diversity: 0.6,
            ..plain
        },
    )
    .await;
    assert_eq!(diverse[0], id(2));
    assert!(diverse.len() == 2 && diverse[1] != id(8), "{diverse:?}");
}

#[tokio::test]
async fn arguments_out_of_range_are_named() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    let cases = [
        ("limit", SimilarQuery { limit: 0, ..like(1) }),
        ("limit", SimilarQuery { limit: 101, ..like(1) }),
        (
            "diversity",
            SimilarQuery {
                diversity: f32::NAN,
                ..like(1)
            },
        ),
        (
            "diversity",
            SimilarQuery {
                diversity: -0.1,
                ..like(1)
            },
        ),
    ];
    for (expected, query) in cases {
        let refused = handle.similar(&query).await;
        assert!(
            matches!(refused, Err(RecoError::InvalidArgument { name, .. }) if name == expected),
            "{expected}: {refused:?}"
        );
    }
}

/// Kitchen (item 1, a popular and a plain neighbour), its parent Home, and strangers.
fn departments() -> Vec<Change> {
    let (home, kitchen, garden) = (category(1, "Home"), category(2, "Kitchen"), category(3, "Garden"));
    let of = |number, popularity, path: &[&Term]| Item {
        popularity,
        categories: path.iter().map(|&term| term.clone()).collect(),
        ..item(number, "thing")
    };
    vec![
        upsert(of(1, 0.0, &[&home, &kitchen])),
        upsert(of(2, 3.0, &[&home, &kitchen])),
        upsert(of(3, 9.0, &[&home])),
        upsert(of(4, 50.0, &[&garden])),
        upsert(of(5, 0.0, &[&home, &kitchen])),
        upsert(of(6, 0.0, &[&garden])),
        upsert(Item {
            in_stock: false,
            ..of(7, 99.0, &[&home, &kitchen])
        }),
        upsert(Item {
            published: false,
            ..of(8, 99.0, &[&home, &kitchen])
        }),
    ]
}

#[tokio::test]
async fn without_vectors_the_fallback_goes_from_near_to_far_and_says_so() {
    let system = RecoSystem::start(config(), None).unwrap();
    let handle = system.handle();
    handle.apply(departments(), 1).await.unwrap();
    let list = handle.similar(&SimilarQuery { limit: 10, ..like(1) }).await.unwrap();
    adds_up(&list);
    assert_eq!(list.source, Source::Fallback);
    let told: Vec<(ItemId, Reason)> = list.items.iter().map(|item| (item.item, item.reason.clone())).collect();
    let label = |text: &str| Some(text.to_owned());
    let expected = [
        (id(2), Reason::Popular(label("Kitchen"))),
        (id(3), Reason::Popular(label("Home"))),
        (id(4), Reason::Popular(None)),
        (id(5), Reason::New(label("Kitchen"))),
        (id(6), Reason::New(None)),
    ];
    assert_eq!(told, expected);
    assert_eq!(list.items[0].parts[0].0, ScorePart::Popularity);
    assert_eq!(list.items[4].parts[0].0, ScorePart::Newness);
    let two = handle.similar(&SimilarQuery { limit: 2, ..like(1) }).await.unwrap();
    assert_eq!(two.items.len(), 2);
}

#[tokio::test]
async fn fallback_ends_when_models_and_vectors_come() {
    let system = RecoSystem::start(config(), None).unwrap();
    let handle = system.handle();
    small_shop(&handle).await;
    assert_eq!(handle.similar(&like(1)).await.unwrap().source, Source::Fallback);
    assert!(
        handle
            .status()
            .degraded
            .iter()
            .any(|reason| reason.starts_with("no vectors"))
    );
    soon(handle.set_embedders(shared_factory())).await.unwrap();
    let models = handle.models();
    assert_eq!(soon(handle.use_models(models)).await.unwrap(), StoredVectors::Dropped);
    assert_eq!(handle.similar(&like(1)).await.unwrap().source, Source::Fallback);
    small_shop(&handle).await;
    let list = handle.similar(&like(1)).await.unwrap();
    assert_eq!((list.source, list.items[0].item), (Source::Vectors, id(2)));
    eventually("both encoders live", || handle.status().degraded.is_empty()).await;
    // Models that go leave their vectors; the same models find them again.
    soon(handle.set_embedders(None)).await.unwrap();
    let models = handle.models();
    assert_eq!(soon(handle.use_models(models)).await.unwrap(), StoredVectors::Kept);
    assert_eq!(handle.similar(&like(1)).await.unwrap().source, Source::Vectors);
    soon(handle.set_embedders(shared_factory())).await.unwrap();
    let models = handle.models();
    assert_eq!(soon(handle.use_models(models)).await.unwrap(), StoredVectors::Kept);
    assert_eq!(handle.similar(&like(1)).await.unwrap().source, Source::Vectors);
}

#[tokio::test]
async fn an_item_without_a_picture_is_asked_by_its_imputed_one_or_falls_back() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let name = "red running shoe";
    let bare = Change::Vectors {
        id: id(9),
        text: Some(fake_text_vector(name)),
        image: None,
    };
    handle.apply(vec![upsert(item(9, name)), bare], 2).await.unwrap();
    let looks = SimilarQuery {
        kind: SimilarKind::Image,
        ..like(9)
    };
    // Five pairs are too few to impute from.
    assert_eq!(handle.similar(&looks).await.unwrap().source, Source::Fallback);
    let more = (20..100).flat_map(|number| {
        let name = format!("thing {number}");
        [upsert(item(number, &name)), vectors(number, &name)]
    });
    handle.apply(more.collect(), 3).await.unwrap();
    soon(handle.rebuild()).await.unwrap();
    assert_eq!(handle.similar(&looks).await.unwrap().source, Source::Vectors);
    let list = handle.similar(&like(1)).await.unwrap();
    let imputed = list.items.iter().find(|found| found.item == id(9)).unwrap();
    assert!(
        imputed.image_imputed && imputed.reason == Reason::SimilarDescription,
        "{imputed:?}"
    );
    adds_up(&list);
}
