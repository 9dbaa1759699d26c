//! How far a set is filled, of which history, and who may say so.

use super::*;
use reco_actors::vectors::Begun;

#[tokio::test]
async fn how_far_it_is_filled_is_kept_and_never_goes_back() {
    each(async |index| {
        let reached = async || index.begin("one").await.unwrap().reached;
        let to = index.begin("one").await.unwrap().incarnation;
        assert!(index.reach(to, head(3)).await.is_err(), "it was never filled");
        assert_eq!(reached().await, None);
        index.filled(to, head(7)).await.unwrap();
        index.reach(to, head(5)).await.unwrap();
        assert_eq!(reached().await, Some(head(7)));
        index.reach(to, head(8)).await.unwrap();
        index.filled(to, head(6)).await.unwrap();
        let begun = index.begin("one").await.unwrap();
        assert_eq!((begun.incarnation, begun.reached), (to, Some(head(8))));
    })
    .await;
}

#[tokio::test]
async fn what_is_of_another_origin_is_forgotten_with_its_versions() {
    each(async |index| {
        let one = index.begin("one").await.unwrap().incarnation;
        let all = vec![
            upsert(1, 90, Some(X), Some(RED)),
            upsert(2, 90, Some(X), None),
            delete(3, 90),
        ];
        index.apply(one, all).await.unwrap();
        index.filled(one, head(90)).await.unwrap();
        let two = index.begin("two").await.unwrap();
        assert_eq!((two.reached, two.newest), (None, None));
        assert_eq!(index.counts().await.unwrap(), VectorCounts::default());
        // Who still follows the other one learns it, writes nothing, and does not make this one count as filled.
        refuses(index, one).await;
        assert_eq!(index.begin("two").await.unwrap(), two);
        let all = vec![upsert(1, 1, Some(Y), None), upsert(3, 1, Some(Y), None)];
        index.apply(two.incarnation, all).await.unwrap();
        index.filled(two.incarnation, head(1)).await.unwrap();
        assert_eq!(index.begin("two").await.unwrap().reached, Some(head(1)));
        assert_eq!(numbers(&search(index, Like::Item(id(1)), HYBRID, 9).await), [3]);
    })
    .await;
}

/// One that was begun anew changes by nothing that means the one before.
async fn refuses(index: &dyn VectorIndex, gone: Incarnation) {
    let change = || vec![upsert(1, 91, Some(X), Some(RED))];
    assert!(index.apply(gone, change()).await.is_err());
    assert!(index.apply(gone, Vec::new()).await.is_err());
    assert!(index.filled(gone, head(91)).await.is_err());
    assert!(index.reach(gone, head(91)).await.is_err());
    assert!(index.forget(gone).await.is_err());
    assert_eq!(index.counts().await.unwrap(), VectorCounts::default());
}

#[tokio::test]
async fn a_history_that_is_no_more_is_forgotten_once() {
    each(async |index| {
        fill(index, vec![upsert(1, 90, Some(X), Some(RED))]).await;
        let first = begin(index).await;
        index.reach(first, head(90)).await.unwrap();
        index.forget(first).await.unwrap();
        let Begun {
            incarnation,
            reached,
            newest,
        } = index.begin(ORIGIN).await.unwrap();
        assert_ne!(incarnation, first);
        assert_eq!((reached, newest), (None, None));
        // Another process found the same, and comes too late.
        refuses(index, first).await;
        fill(index, vec![upsert(1, 2, Some(Y), None)]).await;
        assert_eq!(index.blocks(&[id(1)]).await.unwrap()[0].1, blocks(Some(Y), None));
    })
    .await;
}

#[tokio::test]
async fn what_is_newer_than_a_version_is_told_with_what_is_deleted() {
    each(async |index| {
        let all = vec![
            upsert(1, 5, Some(X), Some(RED)),
            upsert(2, 6, Some(X), None),
            delete(3, 7),
        ];
        assert_eq!(index.begin(ORIGIN).await.unwrap().newest, None);
        apply(index, all).await;
        assert_eq!(index.begin(ORIGIN).await.unwrap().newest, Some(7));
        for (version, expected) in [(4, [1, 2, 3].as_slice()), (5, &[2, 3]), (6, &[3]), (7, &[])] {
            let mut newer = index.newer(version).await.unwrap();
            newer.sort();
            let expected: Vec<ItemId> = expected.iter().copied().map(id).collect();
            assert_eq!(newer, expected, "above {version}");
        }
    })
    .await;
}
