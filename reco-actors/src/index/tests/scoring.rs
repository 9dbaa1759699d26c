//! Weights, modes, score parts and imputation.

use super::*;
use crate::{ScoreMode, Weights};

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn unit(block: &[f32]) -> Vec<f64> {
    let length = block.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    block.iter().map(|x| f64::from(*x) / length).collect()
}

/// Independent of the index: subtract the mean of the unit vectors, then take the cosine.
fn centred_cosine(all: &[Vec<f32>], a: usize, b: usize) -> f64 {
    let units: Vec<Vec<f64>> = all.iter().map(|block| unit(block)).collect();
    let mean: Vec<f64> = (0..all[0].len())
        .map(|i| units.iter().map(|unit| unit[i]).sum::<f64>() / all.len() as f64)
        .collect();
    let centred = |of: usize| -> Vec<f32> { units[of].iter().zip(&mean).map(|(x, m)| (x - m) as f32).collect() };
    cosine(&centred(a), &centred(b))
}

/// Sixty complete items: enough for means.
fn sixty() -> (VectorWriter, Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let mut writer = VectorWriter::new(config(EngineChoice::Exact));
    let mut random = Random::new(21);
    let (mut texts, mut images) = (Vec::new(), Vec::new());
    for slot in 0..60 {
        let (text, image) = pair(&mut random);
        writer
            .upsert(Slot(slot), id_of(slot), Some(text.clone()), Some(image.clone()))
            .unwrap();
        texts.push(text);
        images.push(image);
    }
    writer.rebuild_now();
    (writer, texts, images)
}

#[test]
fn scores_are_the_weighted_cosines_of_both_blocks() {
    let (writer, texts, images) = sixty();
    let generation = writer.reader().load();
    for text_weight in [0.0_f32, 0.3, 0.7, 1.0] {
        let weights = Weights::new(text_weight, 1.0 - text_weight).unwrap();
        let query = generation.query_of(Slot(3), weights, ScoreMode::Raw).unwrap();
        for hit in generation.search(&query, &allow_all(60), 60) {
            let other = hit.slot.0 as usize;
            let text = f64::from(text_weight) * cosine(&texts[3], &texts[other]);
            let image = f64::from(1.0 - text_weight) * cosine(&images[3], &images[other]);
            assert!((f64::from(hit.text) - text).abs() < 1e-5, "text part of {other}");
            assert!((f64::from(hit.image) - image).abs() < 1e-5, "image part of {other}");
            assert_eq!(hit.text + hit.image, hit.score);
            assert!(!hit.image_imputed);
        }
    }
}

#[test]
fn calibrated_scores_are_cosines_after_subtracting_the_means() {
    let (writer, texts, images) = sixty();
    let generation = writer.reader().load();
    let query = generation
        .query_of(Slot(8), Weights::DEFAULT, ScoreMode::Calibrated)
        .unwrap();
    for hit in generation.search(&query, &allow_all(60), 60) {
        let other = hit.slot.0 as usize;
        assert!((f64::from(hit.text) - 0.7 * centred_cosine(&texts, 8, other)).abs() < 1e-4);
        assert!((f64::from(hit.image) - 0.3 * centred_cosine(&images, 8, other)).abs() < 1e-4);
    }
}

#[test]
fn similarity_of_two_items_is_the_score_of_one_for_the_other() {
    let (writer, ..) = sixty();
    let generation = writer.reader().load();
    for mode in [ScoreMode::Raw, ScoreMode::Calibrated] {
        let query = generation.query_of(Slot(8), Weights::DEFAULT, mode).unwrap();
        for hit in generation.search(&query, &allow_all(60), 60) {
            let similarity = generation.similarity(Slot(8), hit.slot, Weights::DEFAULT, mode);
            assert!((similarity - hit.score).abs() < 1e-4, "{mode:?} {:?}", hit.slot);
        }
        assert_eq!(generation.similarity(Slot(8), Slot(1_000), Weights::DEFAULT, mode), 0.0);
    }
}

#[test]
fn a_missing_picture_is_imputed_flagged_and_close_to_what_it_would_have_been() {
    let mut writer = filled(EngineChoice::Exact, 400, 31);
    writer.rebuild_now();
    let (text, image) = pair(&mut Random::new(77));
    writer.upsert(Slot(500), id_of(500), Some(text.clone()), None).unwrap();
    writer.publish();
    let generation = writer.reader().load();
    assert!(generation.stats().imputation);
    assert_eq!(generation.stats().imputed, 1);
    let mut only = FixedBitSet::with_capacity(501);
    only.insert(500);
    let query = generation.query_from(None, Some(&image), Weights::IMAGE, ScoreMode::Raw);
    let hit = generation.search(&query, &only, 1)[0];
    assert!(hit.image_imputed);
    assert!(hit.image > 0.8, "imputed picture is near the true one: {}", hit.image);
    assert_eq!(hit.text, 0.0);
    // The same holds after the item has moved into a base.
    writer.rebuild_now();
    let rebuilt = writer.reader().load();
    let query = rebuilt.query_from(None, Some(&image), Weights::IMAGE, ScoreMode::Raw);
    assert!(rebuilt.search(&query, &only, 1)[0].image_imputed);
}

#[test]
fn without_enough_pairs_the_weight_moves_to_the_block_that_is_there() {
    let mut writer = filled(EngineChoice::Exact, 20, 31);
    let (text, image) = pair(&mut Random::new(77));
    writer.upsert(Slot(30), id_of(30), Some(text.clone()), None).unwrap();
    writer.upsert(Slot(31), id_of(31), None, Some(image.clone())).unwrap();
    writer.rebuild_now();
    let generation = writer.reader().load();
    assert!(!generation.stats().imputation);
    let both = generation.query_from(Some(&text), Some(&image), Weights::DEFAULT, ScoreMode::Raw);
    let hits = generation.search(&both, &allow_all(64), 2);
    assert_eq!(hits.iter().map(|hit| hit.slot.0).collect::<Vec<_>>(), [30, 31]);
    assert!((hits[0].text - 1.0).abs() < 1e-5 && hits[0].image == 0.0);
    assert!((hits[1].image - 1.0).abs() < 1e-5 && hits[1].text == 0.0);
}

#[test]
fn an_item_without_the_asked_for_block_is_no_candidate() {
    let mut writer = VectorWriter::new(config(EngineChoice::Exact));
    let (text, image) = pair(&mut Random::new(77));
    writer.upsert(Slot(0), id_of(0), Some(text.clone()), None).unwrap();
    writer.upsert(Slot(1), id_of(1), None, Some(image.clone())).unwrap();
    writer.rebuild_now();
    let generation = writer.reader().load();
    let by_image = generation.query_from(Some(&text), Some(&image), Weights::IMAGE, ScoreMode::Raw);
    let slots: Vec<u32> = generation
        .search(&by_image, &allow_all(2), 5)
        .iter()
        .map(|hit| hit.slot.0)
        .collect();
    assert_eq!(slots, [1]);
}

#[test]
fn a_query_without_a_picture_is_imputed_like_an_item() {
    let (writer, texts, _) = sixty();
    let generation = writer.reader().load();
    let query = generation.query_from(Some(&texts[9]), None, Weights::DEFAULT, ScoreMode::Raw);
    let best = generation.search(&query, &allow_all(60), 1)[0];
    assert!(best.image > 0.0, "the image part speaks too");
}

#[test]
fn items_on_the_mean_score_nothing_in_calibrated_mode_and_break_nothing() {
    let mut writer = VectorWriter::new(config(EngineChoice::Exact));
    for slot in 0..60 {
        writer
            .upsert(Slot(slot), id_of(slot), Some(vec![1.0; TEXT]), Some(vec![1.0; IMAGE]))
            .unwrap();
    }
    writer.rebuild_now();
    let generation = writer.reader().load();
    let query = generation
        .query_of(Slot(0), Weights::DEFAULT, ScoreMode::Calibrated)
        .unwrap();
    assert!(
        generation
            .search(&query, &allow_all(60), 5)
            .iter()
            .all(|hit| hit.score.is_finite())
    );
    let raw = generation.query_of(Slot(0), Weights::DEFAULT, ScoreMode::Raw).unwrap();
    let slots: Vec<u32> = generation
        .search(&raw, &allow_all(60), 5)
        .iter()
        .map(|hit| hit.slot.0)
        .collect();
    assert_eq!(slots, [0, 1, 2, 3, 4], "equal scores are ordered by slot");
}
