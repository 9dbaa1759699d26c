//! What a warm cache may show while the engine behind it changes.

use super::*;

/// The engine's live state under a version that never changes: the check on the way out is
/// all that stands between a warm cache and the shopper.
struct Frozen(RecoHandle);

impl LiveState for Frozen {
    fn generation(&self) -> String {
        "frozen".into()
    }

    fn position(&self) -> i64 {
        1
    }

    fn vectors(&self) -> u64 {
        0
    }

    fn admits(&self, query: &SimilarQuery, items: &[ItemId]) -> bool {
        self.0.admits(query, items)
    }
}

async fn warm_engine() -> (RecoSystem, RecoHandle) {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    (system, handle)
}

#[tokio::test]
async fn a_warm_cache_never_shows_the_deleted_the_unpublished_or_the_sold_out() {
    type Make = fn() -> Change;
    let changes: [(&str, Make); 3] = [
        ("deleted", || Change::Delete { id: id(2), version: 2 }),
        ("unpublished", || {
            upsert(crate::Item {
                version: 2,
                published: false,
                ..item(2, "blue running shoe")
            })
        }),
        ("sold out", || {
            upsert(crate::Item {
                version: 2,
                in_stock: false,
                ..item(2, "blue running shoe")
            })
        }),
    ];
    for (what, change) in changes {
        let (_system, handle) = warm_engine().await;
        let live: [Arc<dyn LiveState>; 2] = [Arc::new(handle.clone()), Arc::new(Frozen(handle.clone()))];
        let caches =
            live.map(|live| CachedRecommender::new(Arc::new(handle.clone()), live, &CacheConfig::default()).unwrap());
        for cache in &caches {
            assert!(ids_like(cache, &like(1)).await.contains(&id(2)));
            assert!(ids_like(cache, &like(1)).await.contains(&id(2)));
            assert_eq!(cache.counters().hits, 1);
        }
        handle.apply(vec![change()], 2).await.unwrap();
        for cache in &caches {
            let list = ids_like(cache, &like(1)).await;
            assert!(!list.contains(&id(2)) && list.len() == 3, "{what}: {list:?}");
        }
        assert_eq!((caches[0].counters().outdated, caches[1].counters().outdated), (1, 1));
    }
}

#[tokio::test]
async fn a_warm_filtered_list_is_held_against_its_filter() {
    let (_system, handle) = warm_engine().await;
    let shoes: Term = category(5, "Shoes");
    let shoe = |number, version, categories: &[Term]| {
        upsert(crate::Item {
            version,
            categories: categories.to_vec(),
            ..item(number, "shoe")
        })
    };
    let both = vec![
        shoe(2, 2, std::slice::from_ref(&shoes)),
        shoe(3, 2, std::slice::from_ref(&shoes)),
    ];
    handle.apply(both, 2).await.unwrap();
    let frozen = Arc::new(Frozen(handle.clone()));
    let cache = CachedRecommender::new(Arc::new(handle.clone()), frozen, &CacheConfig::default()).unwrap();
    let filter = Filter {
        categories: vec![shoes.id],
        ..Filter::default()
    };
    let query = SimilarQuery { filter, ..like(1) };
    assert_eq!(ids_like(&cache, &query).await.len(), 2);
    handle.apply(vec![shoe(2, 3, &[])], 3).await.unwrap();
    assert_eq!(ids_like(&cache, &query).await, [id(3)]);
}

#[tokio::test]
async fn new_vectors_and_new_defaults_ask_anew() {
    let (_system, handle) = warm_engine().await;
    let cache = CachedRecommender::new(
        Arc::new(handle.clone()),
        Arc::new(handle.clone()),
        &CacheConfig::default(),
    )
    .unwrap();
    assert_eq!(ids_like(&cache, &like(1)).await[0], id(2));
    let defaults = crate::system::Defaults {
        weights: crate::Weights::IMAGE,
        ..handle.defaults()
    };
    handle.set_defaults(defaults).unwrap();
    assert_eq!(ids_like(&cache, &like(1)).await[0], id(4));
    assert_eq!(cache.counters().hits, 0);
}
