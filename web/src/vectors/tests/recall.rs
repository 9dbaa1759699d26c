//! Against brute force, on thousands of vectors.

use super::*;

const WIDE: (usize, usize) = (48, 64);
const ITEMS: u128 = 2_500;
const K: usize = 10;

/// A vector near one of some centres, as products of some kinds have.
fn near(random: &mut Random, kind: u64, dim: usize) -> Vec<f32> {
    let mut centre = Random::new(kind + 1);
    (0..dim)
        .map(|_| (centre.normal() + 0.8 * random.normal()) as f32)
        .collect()
}

/// Every tenth has no picture, every fifteenth no text.
pub(super) fn generated(items: u128, dims: (usize, usize)) -> Vec<(ItemId, UnitBlocks)> {
    let mut random = Random::new(7);
    let item = |number: u128| {
        let kind = random.below(40);
        let (text, image) = (near(&mut random, kind, dims.0), near(&mut random, 100 + kind, dims.1));
        let text = Some(text).filter(|_| !number.is_multiple_of(15));
        let image = Some(image).filter(|_| number % 10 != 1);
        (id(number), UnitBlocks::new(text, image, dims).unwrap())
    };
    (0..items).map(item).collect()
}

pub(super) fn best(
    all: &[(ItemId, UnitBlocks)],
    of: usize,
    weights: Weights,
    admits: impl Fn(ItemId) -> bool,
) -> Vec<VectorHit> {
    let others = all.iter().filter(|(id, _)| *id != all[of].0 && admits(*id));
    let mut hits: Vec<VectorHit> = others
        .filter_map(|(id, blocks)| {
            let score = score(&all[of].1, blocks, weights)?;
            Some(VectorHit { id: *id, score })
        })
        .collect();
    hits.sort_by(|a, b| b.score.total.total_cmp(&a.score.total).then(a.id.cmp(&b.id)));
    hits
}

/// Of the best by brute force, the share that was found.
async fn recall(index: &dyn VectorIndex, all: &[(ItemId, UnitBlocks)], weights: Weights, admit: Admit<'_>) -> f64 {
    let (mut found, mut wanted) = (0, 0);
    for of in (0..all.len()).step_by(97) {
        let asked = VectorSearch {
            like: Like::Item(all[of].0),
            weights,
            admit,
            k: K,
        };
        let hits = index.search(asked).await.unwrap();
        let mut expected = match admit {
            Admit::Where(admission) => best(all, of, weights, |id| admission.admits(id)),
            Admit::Only(ids) => best(all, of, weights, |id| ids.contains(&id)),
        };
        assert_eq!(
            hits.len(),
            expected.len().min(K),
            "as many as there are, of {}",
            index.name()
        );
        for hit in &hits {
            let truth = expected.iter().find(|best| best.id == hit.id).expect("an admitted one");
            assert!((truth.score.total - hit.score.total).abs() < 1e-5, "{hit:?} {truth:?}");
        }
        expected.truncate(K);
        wanted += expected.len();
        found += hits
            .iter()
            .filter(|hit| expected.iter().any(|best| best.id == hit.id))
            .count();
    }
    found as f64 / wanted as f64
}

async fn told_to(index: &dyn VectorIndex) {
    let all = generated(ITEMS, WIDE);
    let change = |(id, blocks): &(ItemId, UnitBlocks)| VectorChange::Upsert {
        id: *id,
        version: 1,
        blocks: blocks.clone(),
    };
    // Half of them before what is built for searches, half behind it.
    let (early, late) = all.split_at(all.len() / 2);
    fill(index, early.iter().map(change).collect()).await;
    apply(index, late.iter().map(change).collect()).await;
    let replayed = apply(index, all.iter().map(change).collect()).await;
    assert_eq!((replayed.written, replayed.unchanged), (0, all.len()));
    let seventh = |id: ItemId| id.0.as_u128().is_multiple_of(7);
    let few = |id: ItemId| id.0.as_u128() % 100 == 3;
    let some: Vec<ItemId> = (0..ITEMS).step_by(31).map(id).collect();
    for weights in [Weights::DEFAULT, Weights::TEXT, Weights::IMAGE] {
        for (what, admit) in [
            ("all", Admit::Where(&Those(|_| true))),
            ("every seventh", Admit::Where(&Those(seventh))),
            ("every hundredth", Admit::Where(&Those(few))),
            ("some", Admit::Only(&some)),
            ("none", Admit::Where(&Those(|_| false))),
        ] {
            if what == "none" {
                let asked = VectorSearch {
                    like: Like::Item(id(2)),
                    weights,
                    admit,
                    k: K,
                };
                assert_eq!(index.search(asked).await.unwrap(), []);
                continue;
            }
            let recall = recall(index, &all, weights, admit).await;
            assert!(recall >= 0.95, "{recall} of {what} by {weights:?} of {}", index.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_engines_find_the_best_of_thousands_whatever_is_admitted() {
    told_to(&memory(EngineChoice::Exact, WIDE)).await;
    told_to(&memory(EngineChoice::Hnsw, WIDE)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pgvector_finds_the_best_of_thousands_whatever_is_admitted() {
    for index in postgres(WIDE) {
        told_to(&*index).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admitted_ones_far_away_are_found_whatever_others_lie_between() {
    each(async |index| {
        let at = |angle: f32| Some([angle.cos(), angle.sin(), 0.0]);
        let near = (0..1_500).map(|number| upsert(number, 1, at(number as f32 * 1e-4), Some(RED)));
        let far = (2_000..2_003).map(|number| upsert(number, 1, at(0.5), Some(RED)));
        // Of another kind of row, and less like the question.
        let texts = (2_100..2_130).map(|number| upsert(number, 1, at(1.2), None));
        fill(index, near.chain(far).chain(texts).collect()).await;
        let asked = VectorSearch {
            like: Like::Blocks(blocks(Some(X), Some(RED))),
            weights: Weights::DEFAULT,
            admit: Admit::Where(&Those(|id: ItemId| id.0.as_u128() >= 2_000)),
            k: 5,
        };
        let hits = index.search(asked).await.unwrap();
        let expected = [2_000, 2_001, 2_002, 2_100, 2_101];
        assert_eq!(numbers(&hits), expected, "{}", index.name());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_of_a_large_kind_are_found_among_many_of_another() {
    each(async |index| {
        let at = |angle: f32| Some([angle.cos(), angle.sin(), 0.0]);
        let hidden = (0..16_100).map(|number| upsert(number, 1, at(number as f32 * 1e-5), Some(RED)));
        let shown = (16_100..16_103).map(|number| upsert(number, 1, at(0.5), Some(RED)));
        // The nearest ones further apart than half precision rounds.
        let texts =
            (0..10_100_u16).map(|n| upsert(16_200 + u128::from(n), 1, at(1.0 + f32::from(n).sqrt() * 4e-3), None));
        apply(index, hidden.chain(shown).chain(texts).collect()).await;
        index.build().await.unwrap();
        let asked = VectorSearch {
            like: Like::Blocks(blocks(Some(X), Some(RED))),
            weights: Weights::DEFAULT,
            admit: Admit::Where(&Those(|id: ItemId| id.0.as_u128() >= 16_100)),
            k: 5,
        };
        let hits = index.search(asked).await.unwrap();
        let expected = [16_100, 16_101, 16_102, 16_200, 16_201];
        assert_eq!(numbers(&hits), expected, "{}", index.name());
    })
    .await;
}
