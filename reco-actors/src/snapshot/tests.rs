//! What is saved comes back; what is damaged, foreign or absent is refused and changes nothing.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    Attribute, AttributeValue, Item, Recommender, Slot,
    catalog::{Filter, ListQuery, Window},
    embed::{ModelInfo, fake::FakeFactory},
    index::EngineChoice,
    system::{
        Change, RecoHandle, RecoSystem,
        tests::{category, config, id, item, like, soon, upsert, vectors},
    },
};
use std::{fs, io::Write};

/// Of the last change of any snapshot here.
const MARK: i64 = 7;

fn engine(choice: EngineChoice, map_vectors: bool) -> RecoSystem {
    let config = RecoConfig {
        engine: choice,
        map_vectors,
        ..config()
    };
    RecoSystem::start(config, Some(std::sync::Arc::new(FakeFactory::new()))).unwrap()
}

fn label(handle: &RecoHandle) -> SnapshotLabel {
    SnapshotLabel {
        models: handle.index_models(),
        origin: "shop-1".into(),
    }
}

fn rich(number: u128, name: &str) -> Item {
    let attribute = |key: &str, value| Attribute {
        key: key.into(),
        label: key.to_uppercase(),
        value,
    };
    Item {
        description: format!("Running {name} with Ünïcode, number {number}"),
        categories: vec![category(1, "Things"), category(2 + number % 3, "Kind")],
        brand: Some(category(50 + number % 2, "Brand")),
        attributes: vec![
            attribute(
                "colour",
                AttributeValue::Text(["Red", "Blue"][(number % 2) as usize].into()),
            ),
            attribute("weight", AttributeValue::Number(number as f64 / 3.0)),
            attribute("weight", AttributeValue::Number(1.5)),
            attribute("new", AttributeValue::Bool(number.is_multiple_of(4))),
        ],
        identifiers: vec![format!("SKU-{number}")],
        popularity: number as f64,
        published: !number.is_multiple_of(11),
        in_stock: !number.is_multiple_of(7),
        ..item(number, name)
    }
}

/// Items with and without vectors, some deleted, a base with a delta and hidden rows.
async fn fill(handle: &RecoHandle) {
    let names = ["red shoe", "blue shoe", "kettle", "desk lamp"];
    let both = |number: u128| {
        let name = names[(number % 4) as usize];
        let mut change = vectors(number, &format!("{name} {}", number % 9));
        if let Change::Vectors { image, .. } = &mut change
            && number.is_multiple_of(5)
        {
            *image = None;
        }
        [upsert(rich(number, name)), change]
    };
    handle.apply((1..=120).flat_map(both).collect(), 10).await.unwrap();
    soon(handle.rebuild()).await.unwrap();
    let mut changes: Vec<Change> = (110..=126).flat_map(both).collect();
    changes.extend([3, 4, 5].map(|number| Change::Delete {
        id: id(number),
        version: 2,
    }));
    changes.push(Change::Delete {
        id: id(900),
        version: 9,
    });
    changes.push(vectors(8, "something else"));
    handle.apply(changes, 11).await.unwrap();
}

fn listing(text: Option<&str>) -> ListQuery {
    ListQuery {
        text: text.map(str::to_owned),
        filter: Filter::default(),
        sort: Vec::new(),
        window: Window::Offset { offset: 0, limit: 200 },
        want_total: true,
        want_facets: true,
    }
}

async fn assert_alike(a: &RecoHandle, b: &RecoHandle) {
    for text in [
        None,
        Some("shoe"),
        Some("runs"),
        Some("unicode"),
        Some("SKU-17"),
        Some("la"),
    ] {
        assert_eq!(
            a.list(&listing(text)).unwrap(),
            b.list(&listing(text)).unwrap(),
            "{text:?}"
        );
    }
    for number in [1, 2, 8, 55, 111, 125] {
        let (a, b) = (a.similar(&like(number)).await, b.similar(&like(number)).await);
        assert_eq!(a.unwrap(), b.unwrap(), "item {number}");
    }
    let (a, b) = (a.status(), b.status());
    assert_eq!(
        (a.items, a.position, a.text_vectors, a.image_vectors, a.generation),
        (b.items, b.position, b.text_vectors, b.image_vectors, b.generation)
    );
}

#[tokio::test]
async fn an_engine_comes_back_as_it_was_and_goes_on_alike() {
    for (choice, mapped) in [
        (EngineChoice::Exact, true),
        (EngineChoice::Exact, false),
        (EngineChoice::Hnsw, true),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let systems = [engine(choice, mapped), engine(choice, mapped)];
        let (old, new) = (systems[0].handle(), systems[1].handle());
        fill(&old).await;
        let report = soon(old.save_snapshot(dir.path(), label(&old), MARK)).await.unwrap();
        assert_eq!((report.position, report.items), (11, 123));
        let restored = soon(new.restore_snapshot(dir.path(), &label(&old), &heads(dir.path())))
            .await
            .unwrap();
        assert_eq!((restored.position, restored.items), (11, 123));
        assert_alike(&old, &new).await;
        for handle in [&old, &new] {
            let late = Item {
                version: 1,
                ..rich(3, "late news")
            };
            let changes = vec![
                upsert(late),
                upsert(rich(900, "late news")),
                upsert(Item {
                    version: 2,
                    ..rich(20, "green boat")
                }),
                vectors(20, "green boat"),
                Change::Delete { id: id(21), version: 2 },
            ];
            handle.apply(changes, 12).await.unwrap();
            assert_eq!(handle.status().items, 122);
        }
        if choice == EngineChoice::Exact {
            assert_alike(&old, &new).await;
        }
        soon(new.rebuild()).await.unwrap();
        soon(old.rebuild()).await.unwrap();
        if choice == EngineChoice::Exact {
            assert_alike(&old, &new).await;
        }
    }
}

#[tokio::test]
async fn vectors_read_from_the_file_take_no_heap_and_survive_its_removal() {
    let system = engine(EngineChoice::Exact, true);
    let handle = system.handle();
    fill(&handle).await;
    let before = handle.vectors().stats().bytes;
    let dir = tempfile::tempdir().unwrap();
    let list = handle.similar(&like(1)).await.unwrap();
    soon(handle.save_snapshot(dir.path(), label(&handle), MARK))
        .await
        .unwrap();
    assert!(handle.vectors().stats().bytes < before / 2);
    dir.close().unwrap();
    assert_eq!(handle.similar(&like(1)).await.unwrap(), list);
    soon(handle.rebuild()).await.unwrap();
    let ids = |list: crate::Recommendations| list.items.into_iter().map(|item| item.item).collect::<Vec<_>>();
    assert_eq!(ids(handle.similar(&like(1)).await.unwrap()), ids(list));
}

#[tokio::test]
async fn whatever_byte_is_altered_or_missing_the_snapshot_is_refused_and_nothing_changes() {
    let dir = tempfile::tempdir().unwrap();
    let system = engine(EngineChoice::Hnsw, true);
    let handle = system.handle();
    fill(&handle).await;
    let path = soon(handle.save_snapshot(dir.path(), label(&handle), MARK))
        .await
        .unwrap()
        .path;
    let whole = fs::read(&path).unwrap();
    let fresh = engine(EngineChoice::Hnsw, true);
    let fresh = (fresh.handle(), fresh);
    let used = In::open(File::open(&path).unwrap()).unwrap().used();
    let mut random = crate::eval::Random::new(5);
    let mut places: Vec<usize> = used.iter().flat_map(|place| [place.start, place.end - 1]).collect();
    places.extend((0..40).map(|_| {
        let place = &used[random.below(used.len() as u64) as usize];
        place.start + random.below(place.len() as u64) as usize
    }));
    for at in places {
        let mut altered = whole.clone();
        altered[at] ^= 0x10;
        // Under another inode: the engine that saved it has the first one mapped.
        fs::remove_file(&path).unwrap();
        fs::write(&path, &altered).unwrap();
        let refused = soon(
            fresh
                .0
                .restore_snapshot(dir.path(), &label(&handle), &heads(dir.path())),
        )
        .await;
        let expected = matches!(refused, Err(SnapshotError::Damaged(_) | SnapshotError::Format { .. }));
        assert!(expected, "byte {at}: {refused:?}");
    }
    for length in [0, 10, 4_095, 4_096, whole.len() / 2, whole.len() - 1] {
        fs::remove_file(&path).unwrap();
        fs::write(&path, &whole[..length]).unwrap();
        let refused = soon(
            fresh
                .0
                .restore_snapshot(dir.path(), &label(&handle), &heads(dir.path())),
        )
        .await;
        assert!(
            matches!(refused, Err(SnapshotError::Damaged(_))),
            "{length} bytes: {refused:?}"
        );
    }
    assert_eq!((fresh.0.status().items, fresh.0.status().position), (0, 0));
    fs::remove_file(&path).unwrap();
    fs::write(&path, &whole).unwrap();
    soon(
        fresh
            .0
            .restore_snapshot(dir.path(), &label(&handle), &heads(dir.path())),
    )
    .await
    .unwrap();
    assert_eq!(fresh.0.status().items, 123);
}

#[tokio::test]
async fn snapshots_of_others_and_for_others_are_refused_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let system = engine(EngineChoice::Exact, true);
    let handle = system.handle();
    fill(&handle).await;
    let own = label(&handle);
    let fresh = engine(EngineChoice::Exact, true);
    let fresh = (fresh.handle(), fresh);
    let missing = soon(
        fresh
            .0
            .restore_snapshot(&dir.path().join("nowhere"), &own, &heads(dir.path())),
    )
    .await;
    assert!(matches!(missing, Err(SnapshotError::Missing)), "{missing:?}");
    let missing = soon(fresh.0.restore_snapshot(dir.path(), &own, &heads(dir.path()))).await;
    assert!(matches!(missing, Err(SnapshotError::Missing)), "{missing:?}");
    let mut other_models = own.clone();
    other_models.models.text = Some(ModelInfo {
        id: "other".into(),
        dim: 64,
    });
    let refused = soon(handle.save_snapshot(dir.path(), other_models.clone(), MARK)).await;
    assert!(
        matches!(refused, Err(crate::RecoError::InvalidArgument { name: "label", .. })),
        "{refused:?}"
    );
    let path = soon(handle.save_snapshot(dir.path(), own.clone(), MARK))
        .await
        .unwrap()
        .path;
    let refused = soon(fresh.0.restore_snapshot(dir.path(), &other_models, &heads(dir.path()))).await;
    assert!(matches!(refused, Err(SnapshotError::Models)), "{refused:?}");
    let other_origin = SnapshotLabel {
        origin: "shop-2".into(),
        ..own.clone()
    };
    let refused = soon(fresh.0.restore_snapshot(dir.path(), &other_origin, &heads(dir.path()))).await;
    assert!(matches!(refused, Err(SnapshotError::Origin)), "{refused:?}");
    let [known] = heads(dir.path())[..] else {
        panic!("there is one")
    };
    assert_eq!((known.position, known.mark), (handle.status().position, MARK));
    let other_change = Head {
        mark: MARK + 1,
        ..known
    };
    for usable in [&[][..], &[other_change]] {
        let refused = soon(fresh.0.restore_snapshot(dir.path(), &own, usable)).await;
        assert!(matches!(refused, Err(SnapshotError::Astray(_))), "{refused:?}");
    }
    let refused = soon(handle.restore_snapshot(dir.path(), &own, &heads(dir.path()))).await;
    assert!(matches!(refused, Err(SnapshotError::NotEmpty)), "{refused:?}");
    let mut newer = fs::read(&path).unwrap();
    newer[8] += 1;
    fs::remove_file(&path).unwrap();
    fs::write(&path, newer).unwrap();
    let refused = soon(fresh.0.restore_snapshot(dir.path(), &own, &heads(dir.path()))).await;
    assert!(
        matches!(refused, Err(SnapshotError::Format { found }) if found == file::FORMAT + 1),
        "{refused:?}"
    );
}

#[tokio::test]
async fn two_are_kept_the_older_one_stands_in_and_leftovers_go() {
    let dir = tempfile::tempdir().unwrap();
    let system = engine(EngineChoice::Exact, true);
    let handle = system.handle();
    fill(&handle).await;
    fs::write(dir.path().join("index-0000000009.partial"), "died").unwrap();
    fs::write(dir.path().join("notes.txt"), "not ours").unwrap();
    for position in 20..23 {
        handle.apply(Vec::new(), position).await.unwrap();
        soon(handle.save_snapshot(dir.path(), label(&handle), MARK))
            .await
            .unwrap();
    }
    let names = || {
        let entries = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(
        names(),
        ["index-0000000002.snapshot", "index-0000000003.snapshot", "notes.txt"]
    );
    let newest = dir.path().join("index-0000000003.snapshot");
    let mut file = File::create(dir.path().join("cut")).unwrap();
    file.write_all(&fs::read(&newest).unwrap()[..5_000]).unwrap();
    fs::rename(dir.path().join("cut"), &newest).unwrap();
    let fresh = engine(EngineChoice::Exact, true);
    let restored = soon(
        fresh
            .handle()
            .restore_snapshot(dir.path(), &label(&handle), &heads(dir.path())),
    )
    .await
    .unwrap();
    assert_eq!((restored.position, restored.passed_over.len()), (21, 1));
}

#[test]
fn a_disk_that_refuses_leaves_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let content = |out: &mut Out| out.value(Kind::Meta, &"content");
    let first = write(dir.path(), content).unwrap();
    let full = write(dir.path(), |out| {
        content(out)?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert!(matches!(full, Err(SnapshotError::Io(_))));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(directory::newest_first(dir.path()).unwrap(), [first.path]);
}

#[test]
fn an_empty_engine_is_saved_and_restored_too() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (engine(EngineChoice::Auto, true), engine(EngineChoice::Auto, true));
        let own = label(&one.handle());
        soon(one.handle().save_snapshot(dir.path(), own.clone(), MARK))
            .await
            .unwrap();
        let restored = soon(two.handle().restore_snapshot(dir.path(), &own, &heads(dir.path())))
            .await
            .unwrap();
        assert_eq!((restored.items, restored.position), (0, 0));
        assert!(!two.handle().vectors().contains(Slot(0)));
    });
}
