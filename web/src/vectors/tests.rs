//! Stories of engines for vectors, told to each of them: the built-in ones and, where servers are
//! given, pgvector in a new and an old version.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod faults;
mod histories;
mod random;
mod recall;

use super::{PgVectors, PgVectorsConfig};
use reco_actors::{
    ItemId, Weights,
    embed::ModelInfo,
    eval::Random,
    index::{EngineChoice, IndexConfig},
    snapshot::Head,
    system::LoadedModels,
    vectors::{
        Admission, Admit, Applied, Incarnation, Like, MemoryVectors, UnitBlocks, VectorChange, VectorCounts, VectorHit,
        VectorIndex, VectorSearch, VectorStore, score,
    },
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Weights, and the number, text part and image part of each item found.
type Expected = ([f32; 2], &'static [(u128, f32, f32)]);

const DIMS: (usize, usize) = (3, 2);
const HYBRID: [f32; 2] = [0.7, 0.3];

/// Every engine there is here.
async fn each(story: impl AsyncFn(&dyn VectorIndex)) {
    for engine in [EngineChoice::Exact, EngineChoice::Hnsw] {
        story(&memory(engine, DIMS)).await;
    }
    for index in postgres(DIMS) {
        story(&*index).await;
    }
}

fn memory(engine: EngineChoice, dims: (usize, usize)) -> MemoryVectors {
    let config = IndexConfig {
        engine,
        ..IndexConfig::new(dims.0, dims.1)
    };
    MemoryVectors::new(config).unwrap()
}

/// The servers there are here.
fn servers() -> Vec<String> {
    let given = |name: &str| {
        let url = std::env::var(name).ok();
        if url.is_none() {
            assert!(std::env::var("MYSHOP_REQUIRE_PGVECTOR").is_err(), "{name} is not set");
            eprintln!("skipped: {name} is not set");
        }
        url
    };
    let names = ["MYSHOP_TEST_PGVECTOR_URL", "MYSHOP_TEST_PGVECTOR_OLD_URL"];
    names.into_iter().filter_map(given).collect()
}

fn store(url: String, patience: Duration) -> PgVectors {
    PgVectors::new(PgVectorsConfig {
        url,
        namespace: Uuid::new_v4().simple().to_string(),
        max_connections: 4,
        patience,
    })
}

fn models(dims: (usize, usize)) -> LoadedModels {
    let model = |id: &str, dim| ModelInfo { id: id.into(), dim };
    LoadedModels {
        text: Some(model("text", dims.0)),
        image: Some(model("image", dims.1)),
    }
}

fn postgres(dims: (usize, usize)) -> Vec<Arc<dyn VectorIndex>> {
    let open = |url| store(url, Duration::from_secs(30)).index(&models(dims));
    servers().into_iter().map(open).collect()
}

/// Items of the stories for which something is true.
struct Those<F>(F);

/// The highest number that a story gives.
const HIGHEST: u128 = 30_000;

impl<F: Fn(ItemId) -> bool + Send + Sync> Admission for Those<F> {
    fn admits(&self, id: ItemId) -> bool {
        (self.0)(id)
    }

    fn all(&self) -> Vec<ItemId> {
        (0..HIGHEST).map(id).filter(|id| (self.0)(*id)).collect()
    }
}

const ORIGIN: &str = "shop";

fn head(position: i64) -> Head {
    Head {
        position,
        mark: 100 * position,
    }
}

async fn begin(index: &dyn VectorIndex) -> Incarnation {
    index.begin(ORIGIN).await.unwrap().incarnation
}

/// As who goes on where others were.
async fn apply(index: &dyn VectorIndex, changes: Vec<VectorChange>) -> Applied {
    index.apply(begin(index).await, changes).await.unwrap()
}

/// As who fills it for the first time.
async fn fill(index: &dyn VectorIndex, changes: Vec<VectorChange>) {
    let to = begin(index).await;
    index.apply(to, changes).await.unwrap();
    index.build().await.unwrap();
    index.filled(to, head(1)).await.unwrap();
}

fn id(number: u128) -> ItemId {
    ItemId(Uuid::from_u128(number))
}

fn blocks(text: Option<[f32; 3]>, image: Option<[f32; 2]>) -> UnitBlocks {
    UnitBlocks::new(text.map(Into::into), image.map(Into::into), DIMS).unwrap()
}

fn upsert(number: u128, version: i64, text: Option<[f32; 3]>, image: Option<[f32; 2]>) -> VectorChange {
    VectorChange::Upsert {
        id: id(number),
        version,
        blocks: blocks(text, image),
    }
}

fn delete(number: u128, version: i64) -> VectorChange {
    VectorChange::Delete {
        id: id(number),
        version,
    }
}

async fn search(index: &dyn VectorIndex, like: Like, weights: [f32; 2], k: usize) -> Vec<VectorHit> {
    let search = VectorSearch {
        like,
        weights: Weights::new(weights[0], weights[1]).unwrap(),
        admit: Admit::Where(&Those(|_| true)),
        k,
    };
    index.search(search).await.unwrap()
}

/// Numbers of the items found.
fn numbers(hits: &[VectorHit]) -> Vec<u128> {
    hits.iter().map(|hit| hit.id.0.as_u128()).collect()
}

const X: [f32; 3] = [1.0, 0.0, 0.0];
const Y: [f32; 3] = [0.0, 1.0, 0.0];
/// Its cosine with X is 0.8, with Y 0.6.
const XY: [f32; 3] = [0.8, 0.6, 0.0];
const RED: [f32; 2] = [1.0, 0.0];
const BLUE: [f32; 2] = [0.0, 1.0];

#[tokio::test]
async fn what_is_set_is_found_and_what_is_replaced_or_deleted_is_not() {
    each(async |index| {
        let all = vec![
            upsert(1, 1, Some(X), Some(RED)),
            upsert(2, 1, Some(X), Some(RED)),
            upsert(3, 1, Some(XY), Some(RED)),
        ];
        assert_eq!(apply(index, all).await.written, 3);
        assert_eq!(numbers(&search(index, Like::Item(id(1)), HYBRID, 9).await), [2, 3]);
        apply(index, vec![upsert(2, 2, Some(Y), Some(BLUE))]).await;
        assert_eq!(numbers(&search(index, Like::Item(id(1)), HYBRID, 9).await), [3, 2]);
        apply(index, vec![delete(3, 2)]).await;
        assert_eq!(numbers(&search(index, Like::Item(id(1)), HYBRID, 9).await), [2]);
        assert_eq!(
            numbers(&search(index, Like::Item(id(3)), HYBRID, 9).await),
            [],
            "it is like nothing"
        );
        assert_eq!(index.ids(None, 9).await.unwrap(), [id(1), id(2)]);
        assert_eq!(index.ids(Some(id(1)), 9).await.unwrap(), [id(2)]);
        assert_eq!(index.ids(None, 1).await.unwrap(), [id(1)]);
        apply(index, vec![upsert(2, 3, None, None)]).await;
        assert_eq!(index.counts().await.unwrap().items, 1, "without blocks it is gone");
        assert_eq!(
            index.blocks(&[id(1), id(2)]).await.unwrap(),
            [(id(1), blocks(Some(X), Some(RED)))]
        );
    })
    .await;
}

#[tokio::test]
async fn replays_write_nothing_and_an_older_version_never_overwrites_a_newer_one() {
    each(async |index| {
        let first = vec![upsert(1, 5, Some(X), Some(RED)), upsert(2, 5, Some(Y), None)];
        assert_eq!(apply(index, first.clone()).await.written, 2);
        for version in [5, 9] {
            let again = vec![
                upsert(1, version, Some(X), Some(RED)),
                upsert(2, version, Some(Y), None),
            ];
            let expected = Applied {
                unchanged: 2,
                ..Applied::default()
            };
            assert_eq!(apply(index, again).await, expected, "version {version}");
        }
        apply(index, vec![upsert(1, 10, Some(Y), None), delete(2, 10)]).await;
        let outdated = apply(index, first).await;
        assert_eq!(
            (outdated.written, outdated.outdated),
            (0, 2),
            "a deleted one is not brought back"
        );
        assert_eq!(
            index.blocks(&[id(1), id(2)]).await.unwrap(),
            [(id(1), blocks(Some(Y), None))]
        );
        apply(index, vec![upsert(2, 11, Some(X), None)]).await;
        assert_eq!(index.counts().await.unwrap().items, 2, "until something newer does");
        let both = vec![upsert(3, 2, Some(X), None), upsert(3, 1, Some(Y), None)];
        assert_eq!(apply(index, both).await.outdated, 1);
        assert_eq!(index.blocks(&[id(3)]).await.unwrap()[0].1, blocks(Some(X), None));
    })
    .await;
}

#[tokio::test]
async fn scores_follow_the_formula_and_the_weight_of_a_missing_block_moves_to_the_other() {
    each(async |index| {
        let all = vec![
            upsert(1, 1, Some(XY), Some(RED)),
            upsert(2, 1, Some(XY), None),
            upsert(3, 1, None, Some([0.6, 0.8])),
            upsert(4, 1, Some(Y), Some(RED)),
        ];
        fill(index, all).await;
        let counts = index.counts().await.unwrap();
        assert_eq!(
            counts,
            VectorCounts {
                items: 4,
                text: 3,
                image: 3
            }
        );
        let like = || Like::Blocks(blocks(Some(X), Some(RED)));
        let table: [Expected; 4] = [
            (HYBRID, &[(1, 0.56, 0.3), (2, 0.8, 0.0), (3, 0.0, 0.6), (4, 0.0, 0.3)]),
            (
                [1.0, 1.0],
                &[(1, 0.4, 0.5), (2, 0.8, 0.0), (3, 0.0, 0.6), (4, 0.0, 0.5)],
            ),
            ([1.0, 0.0], &[(1, 0.8, 0.0), (2, 0.8, 0.0), (4, 0.0, 0.0)]),
            ([0.0, 1.0], &[(1, 0.0, 1.0), (4, 0.0, 1.0), (3, 0.0, 0.6)]),
        ];
        for (weights, expected) in table {
            let hits = search(index, like(), weights, 9).await;
            let of = expected.iter().map(|hit| hit.0).collect::<Vec<_>>();
            assert_eq!(numbers(&hits), of, "{weights:?} of {}", index.name());
            for (hit, (_, text, image)) in hits.iter().zip(expected) {
                let parts = [(hit.score.text, *text), (hit.score.image, *image)];
                assert!(parts.iter().all(|(is, should)| (is - should).abs() < 1e-6), "{hit:?}");
                assert!((hit.score.total - text - image).abs() < 1e-6, "{hit:?}");
            }
        }
        // A question without a picture, by hybrid weights: the texts alone.
        let texts = search(index, Like::Item(id(2)), HYBRID, 9).await;
        assert_eq!(numbers(&texts), [1, 4]);
        assert!((texts[0].score.text - 1.0).abs() < 1e-6);
        assert_eq!(numbers(&search(index, Like::Item(id(2)), [0.0, 1.0], 9).await), []);
    })
    .await;
}

#[tokio::test]
async fn ties_come_by_ascending_id() {
    each(async |index| {
        let order = [5, 2, 9, 7, 1, 3, 8, 4, 6];
        let all = order.into_iter().map(|number| upsert(number, 1, Some(XY), Some(BLUE)));
        apply(index, all.collect()).await;
        for k in [1, 4, 9] {
            let hits = search(index, Like::Blocks(blocks(Some(X), Some(BLUE))), HYBRID, k).await;
            assert_eq!(numbers(&hits), (1..=k as u128).collect::<Vec<_>>());
        }
        assert!(search(index, Like::Item(id(1)), HYBRID, 0).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn blocks_of_other_widths_are_refused() {
    each(async |index| {
        let wide = UnitBlocks::new(Some(vec![1.0; 4]), None, (4, 2)).unwrap();
        let change = VectorChange::Upsert {
            id: id(1),
            version: 1,
            blocks: wide.clone(),
        };
        assert!(index.apply(begin(index).await, vec![change]).await.is_err());
        let asked = VectorSearch {
            like: Like::Blocks(wide),
            weights: Weights::DEFAULT,
            admit: Admit::Where(&Those(|_| true)),
            k: 1,
        };
        assert!(index.search(asked).await.is_err());
        assert_eq!(index.counts().await.unwrap(), VectorCounts::default());
    })
    .await;
}

#[tokio::test]
async fn contents_that_come_again_are_as_new_as_their_last_version() {
    each(async |index| {
        for version in [1, 9] {
            apply(index, vec![upsert(1, version, Some(X), Some(RED))]).await;
        }
        for older in [upsert(1, 7, Some(Y), Some(BLUE)), delete(1, 8)] {
            assert_eq!(apply(index, vec![older]).await.outdated, 1);
        }
        assert_eq!(
            index.blocks(&[id(1)]).await.unwrap(),
            [(id(1), blocks(Some(X), Some(RED)))]
        );
    })
    .await;
}
