//! Random changes in any order of versions, and after each a search that equals brute force.

use super::*;
use std::collections::BTreeMap;

const STEPS: i64 = 300;
const ITEMS: usize = 40;

type Known = BTreeMap<ItemId, (i64, UnitBlocks)>;

fn random_blocks(random: &mut Random) -> UnitBlocks {
    let mut block = |dim: usize| {
        let numbers: Vec<f32> = (0..dim).map(|_| random.normal() as f32).collect();
        Some(numbers).filter(|_| random.below(4) > 0)
    };
    UnitBlocks::new(block(DIMS.0), block(DIMS.1), DIMS).unwrap()
}

/// One change, now and then an old one or one without blocks.
fn random_change(random: &mut Random, step: i64) -> VectorChange {
    let id = id(random.below(ITEMS as u64).into());
    let version = step - i64::try_from(random.below(30)).unwrap();
    match random.below(5) {
        0 => VectorChange::Delete { id, version },
        _ => VectorChange::Upsert {
            id,
            version,
            blocks: random_blocks(random),
        },
    }
}

fn keep(known: &mut Known, change: VectorChange) {
    let none = || UnitBlocks::new(None, None, DIMS).unwrap();
    let (id, version, blocks) = match change {
        VectorChange::Upsert { id, version, blocks } => (id, version, blocks),
        VectorChange::Delete { id, version } => (id, version, none()),
    };
    if known.get(&id).is_none_or(|(newest, _)| *newest <= version) {
        known.insert(id, (version, blocks));
    }
}

fn expected(known: &Known, search: &VectorSearch<'_>) -> Vec<VectorHit> {
    let (own, like) = match &search.like {
        Like::Item(id) => (Some(*id), known.get(id).map(|(_, blocks)| blocks.clone())),
        Like::Blocks(blocks) => (None, Some(blocks.clone())),
    };
    let Some(like) = like else { return Vec::new() };
    let admits = |id: ItemId| match search.admit {
        Admit::Where(admission) => admission.admits(id),
        Admit::Only(ids) => ids.contains(&id),
    };
    let others = known.iter().filter(|(id, _)| Some(**id) != own && admits(**id));
    let mut hits: Vec<VectorHit> = others
        .filter_map(|(id, (_, blocks))| {
            let score = score(&like, blocks, search.weights)?;
            Some(VectorHit { id: *id, score })
        })
        .collect();
    hits.sort_by(|a, b| b.score.total.total_cmp(&a.score.total).then(a.id.cmp(&b.id)));
    hits.truncate(search.k);
    hits
}

async fn told_to(index: &dyn VectorIndex, seed: u64) {
    let (mut random, mut known) = (Random::new(seed), Known::new());
    for step in 0..STEPS {
        let changes: Vec<VectorChange> = (0..1 + random.below(3))
            .map(|_| random_change(&mut random, step))
            .collect();
        for change in &changes {
            keep(&mut known, change.clone());
        }
        apply(index, changes).await;
        // What makes searches fast is built over some, and lives through the changes since.
        if step == STEPS / 3 {
            index.build().await.unwrap();
        }
        let modulus = 1 + u128::from(random.below(4));
        let those = Those(move |id: ItemId| id.0.as_u128().is_multiple_of(modulus));
        let few: Vec<ItemId> = those.all().into_iter().take(ITEMS / 2).collect();
        let text = random.unit() as f32;
        let search = VectorSearch {
            like: match random.below(2) {
                0 => Like::Item(id(random.below(ITEMS as u64).into())),
                _ => Like::Blocks(random_blocks(&mut random)),
            },
            weights: Weights::new(text, 1.0 - text).unwrap(),
            admit: match random.below(2) {
                0 => Admit::Where(&those),
                _ => Admit::Only(&few),
            },
            // All there are: an approximate engine may leave none out then.
            k: ITEMS,
        };
        let (found, expected) = (index.search(search.clone()).await.unwrap(), expected(&known, &search));
        let same = |(a, b): (&VectorHit, &VectorHit)| (a.score.total - b.score.total).abs() < 1e-5;
        let ids = |hits: &[VectorHit]| hits.iter().map(|hit| hit.id).collect::<Vec<_>>();
        assert_eq!(ids(&found), ids(&expected), "step {step} of {}", index.name());
        assert!(found.iter().zip(&expected).all(same), "step {step} of {}", index.name());
    }
    let living = known.values().filter(|(_, blocks)| !blocks.is_empty()).count();
    assert_eq!(index.counts().await.unwrap().items, living);
}

#[tokio::test]
async fn after_every_change_the_lists_are_those_of_brute_force() {
    each(async |index| told_to(index, 11).await).await;
}
