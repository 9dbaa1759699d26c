//! Upserts, removals, publications and rebuilds in any order.

use super::*;
use crate::{
    ScoreMode, Weights,
    index::{Engine, Generation, Hit, VectorQuery, top::by_rank},
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

const SLOTS: u32 = 90;

#[derive(Clone, Debug)]
enum Change {
    Upsert {
        slot: u32,
        seed: u64,
        text: bool,
        image: bool,
    },
    Remove {
        slot: u32,
    },
    Publish,
    Plan,
    Install,
    Search {
        seed: u64,
        weight: f32,
        calibrated: bool,
        k: usize,
    },
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        12 => (0..SLOTS, any::<u64>(), prop::bool::weighted(0.9), prop::bool::weighted(0.7))
            .prop_map(|(slot, seed, text, image)| Change::Upsert { slot, seed, text, image }),
        4 => (0..SLOTS).prop_map(|slot| Change::Remove { slot }),
        3 => Just(Change::Publish),
        1 => Just(Change::Plan),
        1 => Just(Change::Install),
        4 => (any::<u64>(), prop_oneof![Just(0.0_f32), Just(0.7), Just(1.0), 0.0_f32..1.0], any::<bool>(), 1_usize..20)
            .prop_map(|(seed, weight, calibrated, k)| Change::Search { seed, weight, calibrated, k }),
    ]
}

fn mode(calibrated: bool) -> ScoreMode {
    if calibrated {
        ScoreMode::Calibrated
    } else {
        ScoreMode::Raw
    }
}

fn weights(text: f32) -> Weights {
    Weights::new(text, 1.0 - text).unwrap()
}

/// Scores every visible row by the formula alone.
fn brute_force(generation: &Generation, query: &VectorQuery, allow: &FixedBitSet, k: usize) -> Vec<Hit> {
    let base = generation.base.table.rows.iter().enumerate();
    let base = base
        .filter(|(row, _)| !generation.hidden.contains(*row))
        .map(|(_, row)| row);
    let rows = base.chain(generation.delta.iter().map(|row| &**row));
    let mut hits: Vec<Hit> = rows
        .filter(|row| allow.contains(row.slot.0 as usize))
        .filter_map(|row| query.score(row))
        .collect();
    hits.sort_by(by_rank);
    hits.truncate(k);
    hits
}

/// What must be visible: which blocks each slot was last published with.
type Model = BTreeMap<u32, (bool, bool)>;

fn check_search(generation: &Generation, visible: &Model, change: &Change) -> Result<(), TestCaseError> {
    let Change::Search {
        seed,
        weight,
        calibrated,
        k,
    } = *change
    else {
        return Ok(());
    };
    let mut random = Random::new(seed);
    let (text, image) = pair(&mut random);
    let mut allow = FixedBitSet::with_capacity(SLOTS as usize);
    for slot in 0..SLOTS {
        allow.set(slot as usize, random.below(4) > 0);
    }
    let query = generation.query_from(Some(&text), Some(&image), weights(weight), mode(calibrated));
    let hits = generation.search(&query, &allow, k);
    if generation.stats().engine == Engine::Exact {
        prop_assert_eq!(&hits, &brute_force(generation, &query, &allow, k));
    }
    let answerable = brute_force(generation, &query, &allow, usize::MAX);
    prop_assert_eq!(hits.len(), k.min(answerable.len()));
    for hit in &hits {
        prop_assert!(answerable.contains(hit), "{hit:?} is not scored by the formula");
        prop_assert!(allow.contains(hit.slot.0 as usize), "filtered slot {:?}", hit.slot);
        prop_assert!(
            visible.contains_key(&hit.slot.0),
            "slot {:?} is not published",
            hit.slot
        );
        prop_assert!((hit.text + hit.image - hit.score).abs() < 1e-6);
    }
    Ok(())
}

fn check_contents(generation: &Generation, visible: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(generation.stats().items, visible.len());
    for slot in 0..SLOTS {
        let row = generation.query_of(Slot(slot), Weights::DEFAULT, ScoreMode::Raw);
        prop_assert_eq!(row.is_some(), visible.contains_key(&slot), "slot {}", slot);
        prop_assert_eq!(generation.contains(Slot(slot)), visible.contains_key(&slot));
    }
    Ok(())
}

fn run(changes: &[Change], engine: EngineChoice) -> Result<(), TestCaseError> {
    let mut writer = VectorWriter::new(config(engine));
    let reader = writer.reader();
    let (mut truth, mut visible) = (Model::new(), Model::new());
    let mut job = None;
    for change in changes {
        match *change {
            Change::Upsert {
                slot,
                seed,
                text,
                image,
            } => {
                let vectors = pair(&mut Random::new(seed));
                writer
                    .upsert(
                        Slot(slot),
                        id_of(slot),
                        text.then_some(vectors.0),
                        image.then_some(vectors.1),
                    )
                    .unwrap();
                truth.remove(&slot);
                if text || image {
                    truth.insert(slot, (text, image));
                }
            }
            Change::Remove { slot } => {
                writer.remove(Slot(slot));
                truth.remove(&slot);
            }
            Change::Publish => {
                writer.publish();
                visible.clone_from(&truth);
            }
            Change::Plan => job = Some(writer.plan_rebuild()),
            Change::Install => {
                if let Some(job) = job.take() {
                    prop_assert!(writer.install(job.run()));
                    visible.clone_from(&truth);
                }
            }
            Change::Search { .. } => check_search(&reader.load(), &visible, change)?,
        }
        prop_assert_eq!(writer.len(), truth.len());
    }
    writer.publish();
    check_contents(&reader.load(), &truth)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_changes_searches_like_brute_force(changes in prop::collection::vec(change(), 1..220)) {
        run(&changes, EngineChoice::Exact)?;
    }

    #[test]
    fn any_sequence_of_changes_holds_on_the_graph(changes in prop::collection::vec(change(), 1..120)) {
        run(&changes, EngineChoice::Hnsw)?;
    }

    #[test]
    fn rescoring_finds_the_true_top_among_near_duplicates(seed in any::<u64>(), k in 1_usize..30, calibrated in any::<bool>()) {
        let mut random = Random::new(seed);
        let (text, image) = pair(&mut random);
        let mut writer = VectorWriter::new(config(EngineChoice::Exact));
        for slot in 0..300 {
            let near = |block: &[f32], random: &mut Random| -> Vec<f32> {
                block.iter().map(|value| value + 1e-3 * random.normal() as f32).collect()
            };
            let (text, image) = (near(&text, &mut random), near(&image, &mut random));
            writer.upsert(Slot(slot), id_of(slot), Some(text), Some(image)).unwrap();
        }
        writer.rebuild_now();
        let generation = writer.reader().load();
        let query = generation.query_from(Some(&text), Some(&image), Weights::DEFAULT, mode(calibrated));
        let allow = allow_all(300);
        prop_assert_eq!(generation.search(&query, &allow, k), brute_force(&generation, &query, &allow, k));
    }
}

#[test]
fn a_change_is_invisible_until_it_is_published() {
    let mut writer = filled(EngineChoice::Exact, 3, 1);
    let before = writer.reader().load();
    writer.remove(Slot(1));
    assert!(writer.reader().load().contains(Slot(1)));
    writer.publish();
    assert!(!writer.reader().load().contains(Slot(1)));
    assert!(before.contains(Slot(1)), "a held generation never changes");
}

#[test]
fn an_unchanged_upsert_is_no_change() {
    let mut writer = filled(EngineChoice::Exact, 100, 7);
    writer.rebuild_now();
    let (text, image) = pair(&mut Random::new(7));
    writer.upsert(Slot(0), id_of(0), Some(text), Some(image)).unwrap();
    writer.publish();
    assert_eq!(writer.reader().load().stats().delta, 0);
}

#[test]
fn a_refused_upsert_leaves_the_item_as_it_was() {
    let mut writer = filled(EngineChoice::Exact, 3, 1);
    assert!(writer.upsert(Slot(1), id_of(1), Some(vec![0.0; TEXT]), None).is_err());
    assert!(
        writer
            .upsert(Slot(1), id_of(1), Some(vec![1.0; TEXT + 1]), None)
            .is_err()
    );
    writer.publish();
    let row = writer.reader().load().stats();
    assert_eq!((row.items, row.delta), (3, 3));
}

#[test]
fn changes_made_while_a_rebuild_runs_survive_its_installation() {
    let mut writer = filled(EngineChoice::Exact, 80, 3);
    let job = writer.plan_rebuild();
    assert!(!writer.rebuild_due(), "one rebuild at a time");
    let (text, image) = pair(&mut Random::new(99));
    writer
        .upsert(Slot(200), id_of(200), Some(text.clone()), Some(image.clone()))
        .unwrap();
    writer.upsert(Slot(5), id_of(5), Some(text), Some(image)).unwrap();
    writer.remove(Slot(6));
    assert!(writer.install(job.run()));
    let generation = writer.reader().load();
    let query = generation
        .query_of(Slot(200), Weights::DEFAULT, ScoreMode::Raw)
        .unwrap();
    let hits = generation.search(&query, &allow_all(256), 2);
    assert_eq!(
        hits.iter().map(|hit| hit.slot.0).collect::<Vec<_>>(),
        [5, 200],
        "equal vectors, lower slot first"
    );
    assert!(!generation.contains(Slot(6)));
    assert_eq!(generation.stats().items, 80);
    assert_eq!(generation.number(), 1);
}

#[test]
fn a_rebuild_overtaken_by_a_newer_plan_is_refused() {
    let mut writer = filled(EngineChoice::Exact, 20, 3);
    let (old, new) = (writer.plan_rebuild(), writer.plan_rebuild());
    assert!(!writer.install(old.run()));
    assert!(writer.install(new.run()));
    let again = writer.plan_rebuild();
    writer.abandon_rebuild();
    assert!(!writer.install(again.run()));
}

#[test]
fn a_rebuild_falls_due_with_changes_and_is_over_once_installed() {
    let mut writer = VectorWriter::new(IndexConfig {
        max_delta: 40,
        ..config(EngineChoice::Exact)
    });
    assert!(!writer.rebuild_due());
    let mut random = Random::new(4);
    for slot in 0..600 {
        let (text, image) = pair(&mut random);
        writer.upsert(Slot(slot), id_of(slot), Some(text), Some(image)).unwrap();
    }
    assert!(writer.rebuild_due());
    writer.rebuild_now();
    assert!(!writer.rebuild_due());
    (0..39).for_each(|slot| assert!(writer.remove(Slot(slot))));
    assert!(!writer.rebuild_due());
    writer.remove(Slot(39));
    assert!(writer.rebuild_due());
}

#[test]
fn searches_running_while_generations_are_swapped_see_whole_states() {
    let mut writer = filled(EngineChoice::Exact, 120, 5);
    writer.remove(Slot(0));
    writer.publish();
    let reader = writer.reader();
    let stop = Arc::new(AtomicBool::new(false));
    let searcher = {
        let (reader, stop) = (reader.clone(), Arc::clone(&stop));
        std::thread::spawn(move || {
            let (mut searches, mut revisions) = (0, BTreeSet::new());
            let allow = allow_all(256);
            while !stop.load(Ordering::Relaxed) || searches < 50 {
                let generation = reader.load();
                // Slots 0 and 1 are swapped in pairs: every published state holds exactly one.
                assert_ne!(generation.contains(Slot(0)), generation.contains(Slot(1)));
                let query = generation
                    .query_of(Slot(7), Weights::DEFAULT, ScoreMode::Calibrated)
                    .unwrap();
                let hits = generation.search(&query, &allow, 256);
                assert_eq!(hits.len(), 119);
                assert!(hits.iter().all(|hit| generation.contains(hit.slot)));
                revisions.insert(generation.revision());
                searches += 1;
            }
            revisions.len()
        })
    };
    let (text, image) = pair(&mut Random::new(6));
    for round in 0_u32..400 {
        let (gone, come) = if round.is_multiple_of(2) { (1, 0) } else { (0, 1) };
        writer.remove(Slot(gone));
        writer
            .upsert(Slot(come), id_of(come), Some(text.clone()), Some(image.clone()))
            .unwrap();
        if round % 100 == 50 {
            writer.rebuild_now()
        } else {
            writer.publish()
        }
    }
    stop.store(true, Ordering::Relaxed);
    assert!(searcher.join().unwrap() >= 1);
}
