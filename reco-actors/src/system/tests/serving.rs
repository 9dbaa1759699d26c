//! Visibility of changes, admission of searches, and swaps under search.

use super::*;
use std::sync::mpsc;

#[tokio::test]
async fn a_change_is_visible_when_apply_returns() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    assert_eq!(handle.generation(), format!("g{}.1", handle.status().index.number));
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(2));
    let name = "red running shoe";
    handle
        .apply(vec![upsert(item(6, name)), vectors(6, name)], 2)
        .await
        .unwrap();
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(6));
    for (position, gone) in [
        (
            3,
            Item {
                version: 2,
                published: false,
                ..item(6, name)
            },
        ),
        (
            4,
            Item {
                version: 3,
                in_stock: false,
                ..item(6, name)
            },
        ),
    ] {
        handle.apply(vec![upsert(gone)], position).await.unwrap();
        assert!(!ids_like(&handle, &like(1)).await.contains(&id(6)));
    }
    let anyway = SimilarQuery {
        include_out_of_stock: true,
        ..like(1)
    };
    assert!(ids_like(&handle, &anyway).await.contains(&id(6)));
    handle
        .apply(vec![Change::Delete { id: id(6), version: 4 }], 5)
        .await
        .unwrap();
    assert!(!ids_like(&handle, &anyway).await.contains(&id(6)));
    let unknown = handle.similar(&like(6)).await;
    assert!(
        matches!(unknown, Err(RecoError::UnknownItem(item)) if item == id(6)),
        "{unknown:?}"
    );
    assert!(handle.generation().ends_with(".5"));
    let status = handle.status();
    assert_eq!(
        (status.items, status.text_vectors, status.image_vectors, status.position),
        (5, 5, 5, 5)
    );
}

#[tokio::test]
async fn an_older_version_and_a_repeated_batch_change_nothing() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let newer = Item {
        version: 5,
        published: false,
        ..item(2, "blue running shoe")
    };
    handle.apply(vec![upsert(newer)], 9).await.unwrap();
    small_shop(&handle).await;
    assert!(!ids_like(&handle, &like(1)).await.contains(&id(2)));
    assert!(handle.generation().ends_with(".9"));
}

#[tokio::test]
async fn vectors_that_do_not_fit_are_refused_and_counted_and_those_of_strangers_ignored() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let odd = Change::Vectors {
        id: id(1),
        text: Some(vec![1.0, 2.0]),
        image: None,
    };
    let strange = vectors(99, "nobody");
    handle.apply(vec![odd, strange], 2).await.unwrap();
    let status = handle.status();
    assert_eq!((status.refused_vectors, status.text_vectors), (1, 5));
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(2));
}

/// Holds the catalogue's lock on another thread until the sender is dropped.
fn hold_catalog(handle: &RecoHandle) -> (mpsc::Sender<()>, std::thread::JoinHandle<()>) {
    let shared = Arc::clone(&handle.shared);
    let (release, released) = mpsc::channel::<()>();
    let (held, holding) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let _guard = shared.catalog.write();
        held.send(()).unwrap();
        let _ = released.recv();
    });
    holding.recv().unwrap();
    (release, thread)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_too_many_is_refused_at_once() {
    let system = start(
        RecoConfig {
            max_in_flight: 1,
            ..config()
        },
        FakeFactory::new(),
    );
    let handle = system.handle();
    small_shop(&handle).await;
    let (release, thread) = hold_catalog(&handle);
    let searching = handle.clone();
    let first = tokio::spawn(async move { searching.similar(&like(1)).await });
    eventually("the permit is taken", || {
        handle.shared.searches.available_permits() == 0
    })
    .await;
    let second = handle.similar(&like(1)).await;
    assert!(matches!(second, Err(RecoError::Overloaded)), "{second:?}");
    drop(release);
    thread.join().unwrap();
    assert_eq!(soon(first).await.unwrap().unwrap().items.len(), 4);
    assert_eq!(ids_like(&handle, &like(1)).await.len(), 4);
}

#[tokio::test]
async fn a_search_past_its_deadline_is_told_so() {
    let system = start(
        RecoConfig {
            deadline: Duration::from_millis(5),
            ..config()
        },
        FakeFactory::new(),
    );
    let handle = system.handle();
    small_shop(&handle).await;
    let (release, thread) = hold_catalog(&handle);
    let late = handle.similar(&like(1)).await;
    assert!(matches!(late, Err(RecoError::Deadline(5))), "{late:?}");
    drop(release);
    thread.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_during_swaps_are_whole_and_never_show_the_deleted() {
    let system = start(
        RecoConfig {
            max_delta: 4,
            ..config()
        },
        FakeFactory::new(),
    );
    let handle = system.handle();
    small_shop(&handle).await;
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (searcher, finished) = (handle.clone(), Arc::clone(&done));
    let searches = tokio::spawn(async move {
        let mut count = 0;
        while !finished.load(SeqCst) {
            let list = searcher.similar(&like(1)).await.unwrap();
            assert!(
                list.items.len() == 4 && list.source == crate::Source::Vectors,
                "{list:?}"
            );
            count += 1;
            tokio::task::yield_now().await;
        }
        count
    });
    for round in 0..60 {
        let (number, position) = (10 + u128::try_from(round).unwrap(), 2 + 2 * round);
        handle
            .apply(
                vec![upsert(item(number, "red shoe")), vectors(number, "red shoe")],
                position,
            )
            .await
            .unwrap();
        assert!(ids_like(&handle, &like(1)).await.contains(&id(number)));
        handle
            .apply(
                vec![Change::Delete {
                    id: id(number),
                    version: 2,
                }],
                position + 1,
            )
            .await
            .unwrap();
        assert!(!ids_like(&handle, &like(1)).await.contains(&id(number)));
        if round % 10 == 0 {
            soon(handle.rebuild()).await.unwrap();
        }
    }
    done.store(true, SeqCst);
    assert!(soon(searches).await.unwrap() > 0);
    assert!(handle.status().index.number >= 6);
}

#[tokio::test]
async fn a_due_rebuild_happens_by_itself() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    eventually("the first generation serves", || handle.status().index.number > 0).await;
    assert_eq!(ids_like(&handle, &like(1)).await.len(), 4);
}
