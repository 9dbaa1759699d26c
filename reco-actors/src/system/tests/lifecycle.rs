//! Frames that are shared, models that change, and nodes without encoders.

use super::*;
use crate::{
    ScoreMode,
    embed::{ModelInfo, fake::FAKE_TEXT_DIM},
    eval::Random,
};
use proptest::prelude::*;

fn encoderless() -> RecoConfig {
    RecoConfig {
        text_workers: 0,
        image_workers: 0,
        ..config()
    }
}

fn fake_models() -> LoadedModels {
    let model = |id: &str, dim| Some(ModelInfo { id: id.into(), dim });
    LoadedModels {
        text: model("fake-text", FAKE_TEXT_DIM),
        image: model("fake-image", FAKE_IMAGE_DIM),
    }
}

/// Other models, with narrower blocks.
fn other_models() -> LoadedModels {
    let model = |id: &str| Some(ModelInfo { id: id.into(), dim: 3 });
    LoadedModels {
        text: model("other-text"),
        image: model("other-image"),
    }
}

/// Vectors of the other models: by them item 5 is what is most like item 1.
fn other_vectors(number: u128) -> Change {
    let near = if number == 1 || number == 5 { 1.0 } else { 0.1 };
    let block = vec![near, 1.0 - near, number as f32 / 100.0];
    Change::Vectors {
        id: id(number),
        text: Some(block.clone()),
        image: Some(block),
    }
}

#[tokio::test]
async fn a_node_without_encoders_serves_vectors_and_is_not_called_degraded_for_it() {
    let system = RecoSystem::start(encoderless(), None).unwrap();
    let handle = system.handle();
    soon(handle.use_models(fake_models())).await.unwrap();
    assert_eq!(
        (handle.index_models(), handle.models()),
        (fake_models(), LoadedModels::default())
    );
    small_shop(&handle).await;
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(2));
    assert_eq!(handle.status().degraded, Vec::<String>::new());
    let refused = soon(handle.embed_texts(vec!["a".into()], Priority::Interactive)).await;
    assert!(matches!(refused, Err(RecoError::Model { .. })), "{refused:?}");
    let refused = soon(handle.embed_images(vec![bytes::Bytes::new()], Priority::Bulk)).await;
    assert!(matches!(refused, Err(RecoError::Model { .. })), "{refused:?}");
}

#[tokio::test]
async fn encoders_that_change_leave_the_vectors_and_the_names_of_cached_lists() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    soon(handle.rebuild()).await.unwrap();
    let version = crate::cache::LiveState::generation(&handle);
    soon(handle.set_embedders(None)).await.unwrap();
    assert_eq!(crate::cache::LiveState::generation(&handle), version);
    assert_eq!(
        (handle.status().text_vectors, handle.index_models()),
        (5, fake_models())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_staged_index_takes_over_in_one_step_and_is_not_seen_before() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    soon(handle.rebuild()).await.unwrap();
    let before = (handle.generation(), crate::cache::LiveState::generation(&handle));
    handle.stage(other_models()).await.unwrap();
    handle.apply_staged((1..=4).map(other_vectors).collect()).await.unwrap();
    handle
        .apply_staged(vec![other_vectors(5), other_vectors(99)])
        .await
        .unwrap();
    let staged = handle.status().staged.unwrap();
    assert_eq!((staged.models, staged.vectors), (other_models(), 5));
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(2), "the old vectors answer");
    let gone = Change::Delete { id: id(4), version: 2 };
    handle.apply(vec![gone], 2).await.unwrap();
    assert_eq!(handle.status().staged.unwrap().vectors, 4);
    soon(handle.cut_over()).await.unwrap();
    assert_eq!(ids_like(&handle, &like(1)).await, [id(5), id(3), id(2)]);
    let status = handle.status();
    assert_eq!((status.staged, status.index_models), (None, other_models()));
    assert_eq!((status.text_vectors, status.image_vectors), (4, 4));
    assert_ne!(
        (handle.generation(), crate::cache::LiveState::generation(&handle)),
        before
    );
    let old = vectors(1, "red running shoe");
    handle.apply(vec![old], 3).await.unwrap();
    assert_eq!(
        handle.status().refused_vectors,
        1,
        "vectors of the old models fit no more"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_during_a_cut_over_answer_by_one_of_the_two_indexes() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (searcher, finished) = (handle.clone(), Arc::clone(&done));
    let searches = tokio::spawn(async move {
        while !finished.load(SeqCst) {
            let list = searcher.similar(&like(1)).await.unwrap();
            assert_eq!((list.items.len(), list.source), (4, crate::Source::Vectors));
            tokio::task::yield_now().await;
        }
    });
    let names = [
        "red running shoe",
        "blue running shoe",
        "green walking shoe",
        "steel kettle",
        "glass kettle",
    ];
    for _ in 0..10 {
        handle.stage(other_models()).await.unwrap();
        handle.apply_staged((1..=5).map(other_vectors).collect()).await.unwrap();
        soon(handle.cut_over()).await.unwrap();
        assert_eq!(ids_like(&handle, &like(1)).await[0], id(5));
        handle.stage(fake_models()).await.unwrap();
        let old = names.iter().zip(1..).map(|(name, number)| vectors(number, name));
        handle.apply_staged(old.collect()).await.unwrap();
        soon(handle.cut_over()).await.unwrap();
        assert_eq!(ids_like(&handle, &like(1)).await[0], id(2));
    }
    done.store(true, SeqCst);
    soon(searches).await.unwrap();
}

#[tokio::test]
async fn vectors_are_set_in_the_index_of_their_models_and_nowhere_else() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let set = async |models: LoadedModels| handle.set_vectors(models, vec![other_vectors(1)]).await;
    assert!(!set(other_models()).await.unwrap(), "nothing is of these models");
    handle.stage(other_models()).await.unwrap();
    for number in 2..=5 {
        let one = vec![other_vectors(number)];
        assert!(handle.set_vectors(other_models(), one).await.unwrap());
    }
    assert!(set(other_models()).await.unwrap());
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(2), "the old vectors answer");
    soon(handle.cut_over()).await.unwrap();
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(5));
    // As if one of them became like item 1 after all.
    let like_one = Change::Vectors {
        id: id(3),
        text: Some(vec![1.0, 0.0, 0.01]),
        image: Some(vec![1.0, 0.0, 0.01]),
    };
    assert!(handle.set_vectors(other_models(), vec![like_one]).await.unwrap());
    assert_eq!(ids_like(&handle, &like(1)).await[0], id(3));
    let old = vec![vectors(1, "red running shoe")];
    assert!(
        !handle.set_vectors(fake_models(), old).await.unwrap(),
        "the old models are gone"
    );
    let refused = handle
        .set_vectors(other_models(), vec![upsert(item(9, "kettle"))])
        .await;
    assert!(
        matches!(refused, Err(RecoError::InvalidArgument { name: "vectors", .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nothing_but_vectors_is_staged_and_nothing_staged_does_not_take_over() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let missing = |result| matches!(result, Err(RecoError::InvalidArgument { name: "staged", .. }));
    assert!(missing(soon(handle.cut_over()).await));
    assert!(missing(handle.apply_staged(vec![other_vectors(1)]).await));
    assert!(missing(handle.pin_staged_frame(None).await));
    handle.stage(other_models()).await.unwrap();
    let mixed = vec![other_vectors(1), upsert(item(9, "kettle"))];
    let refused = handle.apply_staged(mixed).await;
    assert!(
        matches!(refused, Err(RecoError::InvalidArgument { name: "vectors", .. })),
        "{refused:?}"
    );
    assert_eq!(handle.status().staged.unwrap().vectors, 0);
    handle.unstage().await.unwrap();
    assert_eq!(handle.status().staged, None);
    assert!(missing(soon(handle.cut_over()).await));
}

#[tokio::test]
async fn a_frame_of_other_widths_is_refused() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    let other = crate::index::fit_frame((3, 3), std::iter::empty()).unwrap();
    let refused = handle.pin_frame(Some(other.clone())).await;
    assert!(
        matches!(refused, Err(RecoError::InvalidArgument { name: "frame", .. })),
        "{refused:?}"
    );
    handle.stage(other_models()).await.unwrap();
    handle.pin_staged_frame(Some(other)).await.unwrap();
}

/// An item's vectors by their number: few, so that equal ones abound.
fn numbered(number: u128, kind: u64) -> Change {
    let mut random = Random::new(kind);
    let mut block = |dim: usize| -> Vec<f32> { (0..dim).map(|_| random.normal() as f32).collect() };
    let (text, image) = (block(FAKE_TEXT_DIM), block(FAKE_IMAGE_DIM));
    Change::Vectors {
        id: id(number),
        text: (!kind.is_multiple_of(7)).then_some(text),
        image: (!kind.is_multiple_of(3)).then_some(image),
    }
}

/// An engine under the frame, brought to the same items by a way of its own.
async fn by_a_way(kinds: &[u64], frame: &crate::index::FrameData, seed: u64, pin_first: bool) -> RecoSystem {
    let exact = RecoConfig {
        engine: crate::index::EngineChoice::Exact,
        ..encoderless()
    };
    let system = RecoSystem::start(exact, None).unwrap();
    let handle = system.handle();
    handle.use_models(fake_models()).await.unwrap();
    if pin_first {
        soon(soon(handle.pin_frame(Some(frame.clone()))).await.unwrap().serves())
            .await
            .unwrap();
    }
    let mut random = Random::new(seed);
    let mut order: Vec<usize> = (0..kinds.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, random.below(at as u64 + 1) as usize);
    }
    for (step, &at) in order.iter().enumerate() {
        let number = at as u128;
        let mut changes = vec![upsert(item(number, "thing"))];
        if random.below(3) == 0 {
            changes.push(numbered(number, random.below(20)));
        }
        changes.push(numbered(number, kinds[at]));
        handle.apply(changes, step as i64).await.unwrap();
        if random.below(30) == 0 {
            soon(handle.rebuild()).await.unwrap();
        }
    }
    soon(soon(handle.pin_frame(Some(frame.clone()))).await.unwrap().serves())
        .await
        .unwrap();
    system
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn equal_vectors_under_an_equal_frame_answer_alike_whatever_came_before(
        kinds in prop::collection::vec(0_u64..40, 60..140),
        seeds in any::<(u64, u64)>(),
    ) {
        let items: Vec<_> = kinds.iter().zip(0..).map(|(kind, number)| numbered(number, *kind)).collect();
        let blocks = items.iter().filter_map(|change| match change {
            Change::Vectors { id, text, image } => Some((*id, text.as_deref(), image.as_deref())),
            _ => None,
        });
        let frame = crate::index::fit_frame((FAKE_TEXT_DIM, FAKE_IMAGE_DIM), blocks).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let one = by_a_way(&kinds, &frame, seeds.0, true).await;
            let two = by_a_way(&kinds, &frame, seeds.1, false).await;
            for number in (0..kinds.len() as u128).step_by(9) {
                for (mode, diversity) in [(ScoreMode::Raw, 0.0), (ScoreMode::Calibrated, 0.3)] {
                    let query = SimilarQuery { mode: Some(mode), limit: 20, diversity, ..like(number) };
                    let a = one.handle().similar(&query).await.unwrap();
                    let b = two.handle().similar(&query).await.unwrap();
                    assert_eq!(a.source, b.source);
                    let ids = |list: &crate::Recommendations| list.items.iter().map(|item| item.item).collect::<Vec<_>>();
                    assert_eq!(ids(&a), ids(&b));
                    assert!(a.items.iter().zip(&b.items).all(|(a, b)| (a.score - b.score).abs() <= 1e-6));
                }
            }
        });
    }
}
