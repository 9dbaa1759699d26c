//! The graph beside the exact scan.

use super::*;
use crate::{ScoreMode, Weights};

const ITEMS: u32 = 3_000;

fn pair_of_engines() -> (VectorWriter, VectorWriter) {
    let engines = [EngineChoice::Exact, EngineChoice::Hnsw];
    let [exact, graph] = engines.map(|engine| {
        let mut writer = filled(engine, ITEMS, 11);
        writer.rebuild_now();
        writer
    });
    (exact, graph)
}

fn recall(exact: &VectorWriter, graph: &VectorWriter, allow: &FixedBitSet, weights: Weights, mode: ScoreMode) -> f64 {
    let (exact, graph) = (exact.reader().load(), graph.reader().load());
    let queries: Vec<u32> = (0..ITEMS).step_by(15).collect();
    let mut found = 0;
    for &slot in &queries {
        let truth = exact.search(&exact.query_of(Slot(slot), weights, mode).unwrap(), allow, 10);
        let answer = graph.search(&graph.query_of(Slot(slot), weights, mode).unwrap(), allow, 10);
        assert!(
            answer.iter().all(|hit| allow.contains(hit.slot.0 as usize)),
            "filters hold in the graph"
        );
        found += truth.iter().filter(|hit| answer.contains(hit)).count();
    }
    found as f64 / (queries.len() * 10) as f64
}

#[test]
fn the_graph_finds_what_the_scan_finds_at_any_weight_mode_and_filter() {
    let (exact, graph) = pair_of_engines();
    assert_eq!(graph.reader().load().stats().engine, crate::index::Engine::Hnsw);
    let all = allow_all(ITEMS as usize);
    let third: FixedBitSet = (0..ITEMS as usize).filter(|slot| slot % 3 == 0).collect();
    for mode in [ScoreMode::Raw, ScoreMode::Calibrated] {
        for weights in [Weights::DEFAULT, Weights::TEXT, Weights::IMAGE] {
            for allow in [&all, &third] {
                let recall = recall(&exact, &graph, allow, weights, mode);
                assert!(recall >= 0.99, "recall {recall} with {weights:?}, {mode:?}");
            }
        }
    }
}

#[test]
fn a_selective_filter_on_the_graph_is_answered_exactly() {
    let (exact, graph) = pair_of_engines();
    let few: FixedBitSet = (0..ITEMS as usize).filter(|slot| slot % 97 == 0).collect();
    assert_eq!(recall(&exact, &graph, &few, Weights::DEFAULT, ScoreMode::Raw), 1.0);
}

#[test]
fn removals_and_additions_hold_on_the_graph() {
    let (_, mut graph) = pair_of_engines();
    let query_slot = Slot(42);
    let reader = graph.reader();
    let all = allow_all(2 * ITEMS as usize);
    let best = |k| {
        let generation = reader.load();
        let query = generation
            .query_of(query_slot, Weights::DEFAULT, ScoreMode::Raw)
            .unwrap();
        generation.search(&query, &all, k)
    };
    let first = best(5);
    for hit in first.iter().filter(|hit| hit.slot != query_slot) {
        graph.remove(hit.slot);
    }
    let (text, image) = pair(&mut Random::new(11));
    graph
        .upsert(Slot(ITEMS + 1), id_of(ITEMS + 1), Some(text), Some(image))
        .unwrap();
    graph.publish();
    let second = best(ITEMS as usize);
    assert!(
        second
            .iter()
            .all(|hit| hit.slot == query_slot || !first.iter().any(|gone| gone.slot == hit.slot))
    );
    assert!(second.iter().any(|hit| hit.slot == Slot(ITEMS + 1)));
}

#[test]
fn an_empty_index_of_either_engine_answers_with_nothing() {
    for engine in [EngineChoice::Exact, EngineChoice::Hnsw, EngineChoice::Auto] {
        let mut writer = VectorWriter::new(config(engine));
        writer.rebuild_now();
        let generation = writer.reader().load();
        let query = generation.query_from(Some(&[1.0; TEXT]), None, Weights::DEFAULT, ScoreMode::Raw);
        assert!(generation.search(&query, &allow_all(10), 5).is_empty());
    }
}

#[test]
fn auto_takes_the_graph_from_the_crossover_on() {
    let config = IndexConfig {
        crossover: 100,
        ..config(EngineChoice::Auto)
    };
    assert_eq!(config.engine_for(99), crate::index::Engine::Exact);
    assert_eq!(config.engine_for(100), crate::index::Engine::Hnsw);
}

#[test]
fn several_questions_at_once_are_answered_as_each_by_itself() {
    let (exact, graph) = pair_of_engines();
    for mut writer in [exact, graph] {
        writer.remove(Slot(3));
        let (text, image) = pair(&mut Random::new(11));
        writer
            .upsert(Slot(ITEMS + 1), id_of(ITEMS + 1), Some(text), Some(image))
            .unwrap();
        writer.publish();
        let generation = writer.reader().load();
        for mode in [ScoreMode::Raw, ScoreMode::Calibrated] {
            for weights in [Weights::DEFAULT, Weights::new(0.2, 0.8).unwrap()] {
                let asked = [42, 7, ITEMS + 1].map(|slot| generation.query_of(Slot(slot), weights, mode).unwrap());
                let all = allow_all(2 * ITEMS as usize);
                for k in [0, 1, 9, ITEMS as usize] {
                    let each: Vec<_> = asked.iter().map(|query| generation.search(query, &all, k)).collect();
                    assert_eq!(generation.search_all(&asked, &all, k), each);
                }
            }
        }
        assert_eq!(generation.search_all(&[], &allow_all(9), 5), Vec::<Vec<_>>::new());
        let (slot, query) = (
            Slot(9),
            generation.query_of(Slot(42), Weights::DEFAULT, ScoreMode::Raw).unwrap(),
        );
        assert_eq!(generation.scorer(slot)(&query), generation.score(&query, slot));
        assert_eq!(generation.scorer(Slot(3))(&query), None);
    }
}
