//! Vectors that another engine holds: the same lists, and flagged ones while it is away.

use super::*;
use crate::{
    Recommendations, ScoreMode, Source, Weights,
    cache::LiveState,
    index::IndexConfig,
    snapshot::Head,
    vectors::{
        Admit, Applied, Begun, Incarnation, MemoryVectors, UnitBlocks, VectorChange, VectorCounts, VectorHit,
        VectorIndex, VectorSearch, VectorStore,
    },
};
use async_trait::async_trait;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// How a stand-in behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Mood {
    #[default]
    Well,
    Failing,
    /// The question is too much for it.
    Choosy,
    Hanging,
}

/// An engine in memory that can be told to fail.
#[derive(Debug)]
pub(super) struct StandIn {
    inner: MemoryVectors,
    mood: Mutex<Mood>,
    searches: AtomicUsize,
    /// Searches that named the items.
    named: AtomicUsize,
}

#[async_trait]
impl VectorIndex for StandIn {
    fn name(&self) -> String {
        "stand-in".into()
    }

    async fn apply(&self, to: Incarnation, changes: Vec<VectorChange>) -> Result<Applied, RecoError> {
        self.inner.apply(to, changes).await
    }

    async fn search(&self, search: VectorSearch<'_>) -> Result<Vec<VectorHit>, RecoError> {
        self.searches.fetch_add(1, SeqCst);
        self.named
            .fetch_add(usize::from(matches!(search.admit, Admit::Only(_))), SeqCst);
        let mood = *self.mood.lock();
        match mood {
            Mood::Well => self.inner.search(search).await,
            Mood::Failing => Err(RecoError::Unavailable("told to fail".into())),
            Mood::Choosy => Err(RecoError::Overloaded),
            Mood::Hanging => std::future::pending().await,
        }
    }

    async fn blocks(&self, ids: &[ItemId]) -> Result<Vec<(ItemId, UnitBlocks)>, RecoError> {
        self.inner.blocks(ids).await
    }

    async fn ids(&self, after: Option<ItemId>, most: usize) -> Result<Vec<ItemId>, RecoError> {
        self.inner.ids(after, most).await
    }

    async fn counts(&self) -> Result<VectorCounts, RecoError> {
        self.inner.counts().await
    }

    async fn newer(&self, version: i64) -> Result<Vec<ItemId>, RecoError> {
        self.inner.newer(version).await
    }

    async fn begin(&self, origin: &str) -> Result<Begun, RecoError> {
        self.inner.begin(origin).await
    }

    async fn forget(&self, of: Incarnation) -> Result<(), RecoError> {
        self.inner.forget(of).await
    }

    async fn build(&self) -> Result<(), RecoError> {
        self.inner.build().await
    }

    async fn filled(&self, to: Incarnation, head: Head) -> Result<(), RecoError> {
        self.inner.filled(to, head).await
    }

    async fn reach(&self, to: Incarnation, head: Head) -> Result<(), RecoError> {
        self.inner.reach(to, head).await
    }
}

/// A store with one index, whatever the models.
#[derive(Clone, Debug)]
struct Store(Arc<StandIn>);

impl VectorStore for Store {
    fn index(&self, _: &LoadedModels) -> Arc<dyn VectorIndex> {
        Arc::<StandIn>::clone(&self.0)
    }
}

fn dims() -> (usize, usize) {
    (crate::embed::fake::FAKE_TEXT_DIM, FAKE_IMAGE_DIM)
}

fn over(config: RecoConfig) -> (RecoSystem, Arc<StandIn>) {
    over_with(config, shared_factory())
}

/// A system of these encoders whose vectors the stand-in holds.
pub(super) fn over_with(config: RecoConfig, factory: Option<Arc<dyn EmbedderFactory>>) -> (RecoSystem, Arc<StandIn>) {
    let (text, image) = dims();
    let stand_in = Arc::new(StandIn {
        inner: MemoryVectors::new(IndexConfig::new(text, image)).unwrap(),
        mood: Mutex::default(),
        searches: AtomicUsize::new(0),
        named: AtomicUsize::new(0),
    });
    let store: Arc<dyn VectorStore> = Arc::new(Store(Arc::clone(&stand_in)));
    let system = RecoSystem::start_over(config, factory, Some(store)).unwrap();
    (system, stand_in)
}

/// The small shop, as a process holds it and as the other engine does.
async fn filled(handle: &RecoHandle, stand_in: &StandIn) {
    small_shop(handle).await;
    let names = [
        "red running shoe",
        "blue running shoe",
        "green walking shoe",
        "steel kettle",
        "glass kettle",
    ];
    let all = names.iter().zip(1..).map(|(name, number)| vectors(number, name));
    fill(handle, stand_in, all.collect()).await;
}

/// Gives the stand-in vectors, and tells the process.
pub(super) async fn fill(handle: &RecoHandle, stand_in: &StandIn, vectors: Vec<Change>) {
    let all = vectors.into_iter().map(|change| {
        let Change::Vectors { id, text, image } = change else {
            unreachable!("they are vectors")
        };
        let blocks = UnitBlocks::new(text, image, dims()).unwrap();
        VectorChange::Upsert { id, version: 1, blocks }
    });
    let to = stand_in.begin("shop").await.unwrap().incarnation;
    stand_in.apply(to, all.collect()).await.unwrap();
    handle.vectors_reached(&handle.index_models(), Some(1));
}

async fn asked(handle: &RecoHandle, query: &SimilarQuery) -> Recommendations {
    soon(handle.similar(query)).await.unwrap()
}

#[tokio::test]
async fn lists_are_those_of_vectors_held_here() {
    let (system, stand_in) = over(config());
    let (there, here) = (system.handle(), start(config(), FakeFactory::new()));
    filled(&there, &stand_in).await;
    let here_handle = here.handle();
    small_shop(&here_handle).await;
    for number in 1..=5 {
        for kind in [SimilarKind::Hybrid, SimilarKind::Text, SimilarKind::Image] {
            for (limit, diversity) in [(2, 0.0), (4, 0.0), (4, 0.6)] {
                let query = SimilarQuery {
                    kind,
                    limit,
                    diversity,
                    ..like(number)
                };
                let (a, b) = (asked(&there, &query).await, asked(&here_handle, &query).await);
                assert_eq!((a.source, &a.items), (Source::Vectors, &b.items), "{query:?}");
            }
        }
    }
    let status = there.status();
    assert_eq!(
        (status.index.items, status.text_vectors, status.image_vectors),
        (0, 5, 5)
    );
    // Encoders may be starting still.
    let is_well = || there.status().degraded.is_empty() && here_handle.status().degraded.is_empty();
    eventually("neither lacks anything", is_well).await;
}

#[tokio::test]
async fn what_is_gone_or_filtered_out_here_is_never_shown_whatever_the_engine_still_holds() {
    let (system, stand_in) = over(config());
    let handle = system.handle();
    filled(&handle, &stand_in).await;
    let hidden = Item {
        version: 2,
        published: false,
        ..item(2, "blue running shoe")
    };
    let gone = Change::Delete { id: id(3), version: 2 };
    handle.apply(vec![upsert(hidden), gone], 2).await.unwrap();
    assert_eq!(ids_like(&handle, &like(1)).await, [id(4), id(5)]);
    assert!(matches!(handle.similar(&like(3)).await, Err(RecoError::UnknownItem(_))));
}

#[tokio::test]
async fn few_admitted_items_are_named_to_the_engine() {
    let (system, stand_in) = over(config());
    let handle = system.handle();
    filled(&handle, &stand_in).await;
    let shoes = Item {
        version: 2,
        categories: vec![category(1, "Shoes")],
        ..item(3, "green walking shoe")
    };
    handle.apply(vec![upsert(shoes)], 2).await.unwrap();
    let query = SimilarQuery {
        filter: Filter {
            categories: vec![category(1, "Shoes").id],
            ..Filter::default()
        },
        ..like(1)
    };
    assert_eq!(ids_like(&handle, &query).await, [id(3)]);
    assert_eq!(stand_in.named.load(SeqCst), 1);
    assert_eq!(ids_like(&handle, &like(1)).await.len(), 4);
    assert_eq!(stand_in.named.load(SeqCst), 1);
}

#[tokio::test]
async fn while_the_engine_fails_lists_say_so_and_it_is_soon_left_alone() {
    let (system, stand_in) = over(config());
    let handle = system.handle();
    filled(&handle, &stand_in).await;
    *stand_in.mood.lock() = Mood::Failing;
    for _ in 0..5 {
        let list = asked(&handle, &like(1)).await;
        assert_eq!((list.source, list.items.len()), (Source::Fallback, 4));
    }
    assert_eq!(stand_in.searches.load(SeqCst), 3, "then it rests");
    let degraded = handle.status().degraded;
    assert!(degraded.iter().any(|why| why.contains("told to fail")), "{degraded:?}");
    *stand_in.mood.lock() = Mood::Well;
    let query = like(1);
    let wait = async {
        while asked(&handle, &query).await.source == Source::Fallback {
            tokio::task::yield_now().await;
        }
    };
    soon(wait).await;
    assert!(handle.status().degraded.iter().all(|why| !why.contains("told to fail")));
}

#[tokio::test]
async fn until_the_engine_is_filled_lists_say_so_and_it_is_not_asked() {
    let (system, stand_in) = over(config());
    let handle = system.handle();
    filled(&handle, &stand_in).await;
    handle.vectors_reached(&handle.index_models(), None);
    assert_eq!(handle.vectors_position(), Some(0));
    assert_eq!(asked(&handle, &like(1)).await.source, Source::Fallback);
    assert_eq!(stand_in.searches.load(SeqCst), 0);
    let degraded = handle.status().degraded;
    assert!(degraded.iter().any(|why| why.contains("being brought")), "{degraded:?}");
    handle.vectors_reached(&handle.index_models(), Some(2));
    assert_eq!(asked(&handle, &like(1)).await.source, Source::Vectors);
    assert!(
        handle
            .status()
            .degraded
            .iter()
            .all(|why| !why.contains("being brought"))
    );
}

#[tokio::test]
async fn questions_that_are_too_much_do_not_make_the_engine_rest() {
    let (system, stand_in) = over(config());
    let handle = system.handle();
    filled(&handle, &stand_in).await;
    *stand_in.mood.lock() = Mood::Choosy;
    for _ in 0..5 {
        assert_eq!(asked(&handle, &like(1)).await.source, Source::Fallback);
    }
    assert_eq!(stand_in.searches.load(SeqCst), 5);
}

#[tokio::test]
async fn an_engine_that_hangs_costs_half_of_the_deadline_and_leaves_a_list() {
    let short = RecoConfig {
        deadline: Duration::from_millis(100),
        ..config()
    };
    let (system, stand_in) = over(short);
    let handle = system.handle();
    filled(&handle, &stand_in).await;
    *stand_in.mood.lock() = Mood::Hanging;
    let list = asked(&handle, &like(1)).await;
    assert_eq!((list.source, list.items.len()), (Source::Fallback, 4));
}

#[tokio::test]
async fn calibrated_scores_are_refused_when_asked_for_and_flagged_when_they_are_the_default() {
    let (system, stand_in) = over(config());
    let handle = system.handle();
    filled(&handle, &stand_in).await;
    let calibrated = SimilarQuery {
        mode: Some(ScoreMode::Calibrated),
        ..like(1)
    };
    assert!(matches!(
        handle.similar(&calibrated).await,
        Err(RecoError::InvalidArgument { name: "mode", .. })
    ));
    let defaults = handle.defaults();
    let other = Defaults {
        mode: ScoreMode::Calibrated,
        ..defaults
    };
    handle.set_defaults(other).unwrap();
    assert_eq!(asked(&handle, &like(1)).await.source, Source::Fallback);
    assert!(handle.status().degraded.iter().any(|why| why.contains("calibrated")));
    for _ in 0..3 {
        asked(&handle, &like(1)).await;
    }
    let raw = SimilarQuery {
        mode: Some(ScoreMode::Raw),
        ..like(1)
    };
    assert_eq!(asked(&handle, &raw).await.source, Source::Vectors);
    handle.set_defaults(defaults).unwrap();
    let weighted = SimilarQuery {
        weights: Some(Weights::TEXT),
        ..like(1)
    };
    assert_eq!(asked(&handle, &weighted).await.source, Source::Vectors);
}

#[tokio::test]
async fn cached_lists_end_when_vectors_come_after_their_position() {
    let (system, stand_in) = over(config());
    let handle = system.handle();
    filled(&handle, &stand_in).await;
    let (before, position) = (LiveState::vectors(&handle), LiveState::position(&handle));
    handle.vectors_reached(&handle.index_models(), Some(9));
    assert_eq!(handle.vectors_position(), Some(9));
    assert_eq!(LiveState::position(&handle), position);
    assert_ne!(LiveState::vectors(&handle), before);
}

#[tokio::test]
async fn vectors_that_do_not_fit_are_refused_here_too() {
    let (system, _) = over(config());
    let handle = system.handle();
    let wrong = Change::Vectors {
        id: id(1),
        text: Some(vec![1.0; 3]),
        image: None,
    };
    handle.apply(vec![upsert(item(1, "kettle")), wrong], 1).await.unwrap();
    let status = handle.status();
    assert_eq!((status.refused_vectors, status.text_vectors), (1, 0));
}
