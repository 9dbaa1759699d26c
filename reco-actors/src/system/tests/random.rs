//! Ten thousand random operations against a plain model: changes of all kinds and orders,
//! searches, rebuilds, and lives that end in a snapshot and go on in another engine.

use super::*;
use crate::{
    ScoreMode, Weights,
    embed::{ModelInfo, fake::FAKE_TEXT_DIM},
    eval::Random,
    index::{EngineChoice, FrameData, fit_frame},
    snapshot::{SnapshotLabel, heads},
};
use std::collections::{BTreeMap, HashSet};

const OPERATIONS: u64 = 10_000;
const ITEMS: u64 = 220;
const LIMIT: usize = 10;
/// Single-precision rounding of a score.
const ROUNDING: f32 = 2e-5;

type Block = Option<Vec<f32>>;

#[derive(Default)]
struct Known {
    version: i64,
    item: Option<Item>,
    text: Block,
    image: Block,
}

/// What the engine should know, and what it sees it through.
struct Model(BTreeMap<u128, Known>, FrameData);

impl Model {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::Upsert(item) => {
                let known = self.0.entry(item.id.0.as_u128()).or_insert_with(|| Known {
                    version: i64::MIN,
                    ..Known::default()
                });
                let stale = known.version > item.version || (known.item.is_none() && known.version == item.version);
                if !stale {
                    known.version = item.version;
                    known.item = Some((**item).clone());
                }
            }
            Change::Delete { id, version } => {
                let known = self.0.entry(id.0.as_u128()).or_insert_with(|| Known {
                    version: i64::MIN,
                    ..Known::default()
                });
                if known.version <= *version {
                    *known = Known {
                        version: *version,
                        ..Known::default()
                    };
                }
            }
            // The lists here are of what items are alone.
            Change::Acts(..) | Change::Forget(_) | Change::Behaviour(_) => {}
            Change::Vectors { id, text, image } => {
                let known = self.0.get_mut(&id.0.as_u128()).filter(|known| known.item.is_some());
                if let Some(known) = known {
                    (known.text, known.image) = (text.clone(), image.clone());
                }
            }
        }
    }

    /// Text and image, the image imputed where it is missing and can be.
    fn blocks(&self, number: u128) -> [Block; 2] {
        let known = &self.0[&number];
        let imputed = || self.1.impute(&unit(known.text.as_ref()?));
        [known.text.clone(), known.image.clone().or_else(imputed)]
    }

    /// The score by the definition: cosines by weights, over the blocks that both have; with
    /// the means taken off first where it is calibrated.
    fn score(&self, query: u128, other: u128, weights: Weights, mode: ScoreMode) -> Option<f32> {
        let (a, b) = (self.blocks(query), self.blocks(other));
        let means = self.1.means();
        let part = |weight: f32, place: usize, mean: &[f32]| match (&a[place], &b[place]) {
            (Some(a), Some(b)) if weight > 0.0 => Some((
                weight,
                match mode {
                    ScoreMode::Raw => cosine(a, b),
                    ScoreMode::Calibrated => cosine(&less(&unit(a), mean), &less(&unit(b), mean)),
                },
            )),
            _ => None,
        };
        let parts = [part(weights.text(), 0, means.0), part(weights.image(), 1, means.1)];
        let total: f32 = parts.iter().flatten().map(|part| part.0).sum();
        (total > 0.0).then(|| {
            parts
                .iter()
                .flatten()
                .map(|(weight, cosine)| weight / total * cosine)
                .sum()
        })
    }

    fn qualifies(&self, query: &SimilarQuery, number: u128) -> bool {
        self.0[&number].item.as_ref().is_some_and(|item| {
            let filter = &query.filter;
            let category = |wanted: &Uuid| item.categories.iter().any(|category| category.id == *wanted);
            item.id != query.item
                && item.published
                && (query.include_out_of_stock || item.in_stock)
                && (filter.categories.is_empty() || filter.categories.iter().any(category))
                && filter
                    .price_min
                    .is_none_or(|least| item.price.is_some_and(|price| price.max >= least))
        })
    }

    fn check(&self, query: &SimilarQuery, list: &crate::Recommendations, exact: bool) {
        let number = query.item.0.as_u128();
        let mode = query.mode.unwrap_or(ScoreMode::Raw);
        let weights = match query.kind {
            SimilarKind::Text => Weights::TEXT,
            SimilarKind::Image => Weights::IMAGE,
            SimilarKind::Hybrid => Weights::DEFAULT,
        };
        let mut expected: Vec<f32> = self
            .0
            .keys()
            .copied()
            .filter(|other| self.qualifies(query, *other))
            .filter_map(|other| self.score(number, other, weights, mode))
            .collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        expected.truncate(LIMIT);
        let mut seen = HashSet::new();
        for found in &list.items {
            let other = found.item.0.as_u128();
            assert!(self.qualifies(query, other), "{other} must not be shown for {query:?}");
            assert!(seen.insert(other), "{other} comes twice");
            if list.source == crate::Source::Vectors {
                let score = self
                    .score(number, other, weights, mode)
                    .expect("a scored item shares a block");
                assert!(
                    (found.score - score).abs() < ROUNDING,
                    "{other}: {} for {score}",
                    found.score
                );
            }
        }
        assert_eq!(list.source == crate::Source::Vectors, !expected.is_empty(), "{query:?}");
        if list.source == crate::Source::Vectors && exact {
            assert_eq!(list.items.len(), expected.len(), "{query:?}");
            let best = list.items.iter().zip(&expected);
            best.for_each(|(found, score)| assert!((found.score - score).abs() < ROUNDING, "{query:?}"));
        }
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()) as f32
}

fn unit(block: &[f32]) -> Vec<f32> {
    let length = block.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    block.iter().map(|x| (f64::from(*x) / length) as f32).collect()
}

fn less(block: &[f32], mean: &[f32]) -> Vec<f32> {
    block.iter().zip(mean).map(|(x, mean)| x - mean).collect()
}

/// About as new as the step, so that both newer and stale news go on coming.
fn random_version(random: &mut Random, step: u64) -> i64 {
    (step / 10 + random.below(40)) as i64
}

fn random_item(random: &mut Random, step: u64) -> Item {
    let number = u128::from(random.below(ITEMS));
    Item {
        version: random_version(random, step),
        published: random.below(6) > 0,
        in_stock: random.below(4) > 0,
        categories: vec![category(u128::from(random.below(4)), "Category")],
        price: (random.below(10) > 0).then(|| {
            let min = random.below(1_000) as i64;
            PriceRange { min, max: min + 50 }
        }),
        ..item(number, &format!("thing {}", random.below(9)))
    }
}

fn random_vectors(random: &mut Random) -> Change {
    let id = id(u128::from(random.below(ITEMS)));
    let mut block = |dim: usize| {
        // Few, so that equal and near ones abound.
        let mut centre = Random::new(random.below(30));
        let noise = [0.0, 0.05][random.below(2) as usize];
        let block = (0..dim).map(|_| (centre.normal() + noise * random.normal()) as f32);
        let block: Vec<f32> = block.collect();
        (random.below(5) > 0).then_some(block)
    };
    let (text, image) = (block(FAKE_TEXT_DIM), block(FAKE_IMAGE_DIM));
    Change::Vectors { id, text, image }
}

fn random_query(random: &mut Random) -> SimilarQuery {
    let mut filter = Filter::default();
    if random.below(3) == 0 {
        filter.categories = vec![category(u128::from(random.below(4)), "Category").id];
    }
    if random.below(4) == 0 {
        filter.price_min = Some(random.below(1_000) as i64);
    }
    SimilarQuery {
        kind: [SimilarKind::Hybrid, SimilarKind::Text, SimilarKind::Image][random.below(3) as usize],
        limit: LIMIT,
        filter,
        include_out_of_stock: random.below(3) == 0,
        mode: [Some(ScoreMode::Raw), Some(ScoreMode::Calibrated), None][random.below(3) as usize],
        ..like(u128::from(random.below(ITEMS)))
    }
}

fn models() -> LoadedModels {
    let model = |id: &str, dim| Some(ModelInfo { id: id.into(), dim });
    LoadedModels {
        text: model("text", FAKE_TEXT_DIM),
        image: model("image", FAKE_IMAGE_DIM),
    }
}

fn engine(choice: EngineChoice) -> RecoSystem {
    let config = RecoConfig {
        text_workers: 0,
        image_workers: 0,
        engine: choice,
        max_delta: 200,
        ..config()
    };
    RecoSystem::start(config, None).unwrap()
}

/// Ends the engine's life and goes on in a new one.
async fn reborn(system: RecoSystem, choice: EngineChoice, position: i64) -> RecoSystem {
    let dir = tempfile::tempdir().unwrap();
    let label = SnapshotLabel {
        models: models(),
        origin: "random".into(),
    };
    soon(system.handle().save_snapshot(dir.path(), label.clone(), 0))
        .await
        .unwrap();
    drop(system);
    let next = engine(choice);
    let restored = soon(next.handle().restore_snapshot(dir.path(), &label, &heads(dir.path())))
        .await
        .unwrap();
    assert_eq!(restored.position, position);
    next
}

const DIMS: (usize, usize) = (FAKE_TEXT_DIM, FAKE_IMAGE_DIM);

/// Fitted on things like those that will come.
fn fitted() -> FrameData {
    let mut random = Random::new(9);
    let changes = (0..400).map(|_| random_vectors(&mut random)).collect::<Vec<_>>();
    let items = changes
        .iter()
        .zip(0_u128..)
        .filter_map(|(change, number)| match change {
            Change::Vectors { text, image, .. } => Some((id(number), text.as_deref(), image.as_deref())),
            _ => None,
        });
    let frame = fit_frame(DIMS, items).unwrap();
    assert!(frame.pairs() > 100, "pictures are imputed");
    frame
}

async fn live(choice: EngineChoice, seed: u64, frame: FrameData) {
    let mut random = Random::new(seed);
    let (mut system, mut position) = (engine(choice), 0);
    let mut model = Model(BTreeMap::new(), frame.clone());
    system.handle().use_models(models()).await.unwrap();
    let pinned = soon(system.handle().pin_frame(Some(frame))).await.unwrap();
    soon(pinned.serves()).await.unwrap();
    for step in 0..OPERATIONS {
        let handle = system.handle();
        let change = match random.below(100) {
            0..=29 => upsert(random_item(&mut random, step)),
            30..=35 => Change::Delete {
                id: id(u128::from(random.below(ITEMS))),
                version: random_version(&mut random, step),
            },
            36..=64 => random_vectors(&mut random),
            _ => {
                let query = random_query(&mut random);
                let known = model
                    .0
                    .get(&query.item.0.as_u128())
                    .is_some_and(|known| known.item.is_some());
                match handle.similar(&query).await {
                    Ok(list) => model.check(&query, &list, choice == EngineChoice::Exact),
                    Err(error) => assert!(!known && matches!(error, RecoError::UnknownItem(_)), "{error}"),
                }
                continue;
            }
        };
        model.apply(&change);
        position += 1;
        handle.apply(vec![change], position).await.unwrap();
        if step % 500 == 250 {
            soon(handle.rebuild()).await.unwrap();
        }
        if step % 1_000 == 600 {
            system = reborn(system, choice, position).await;
        }
    }
    let live = model.0.values().filter(|known| known.item.is_some()).count();
    assert_eq!(system.handle().status().items, live);
}

#[tokio::test]
async fn ten_thousand_operations_answer_like_brute_force() {
    live(EngineChoice::Exact, 1, FrameData::plain(DIMS)).await;
}

#[tokio::test]
async fn ten_thousand_operations_answer_like_brute_force_whatever_is_imputed_and_taken_off() {
    live(EngineChoice::Exact, 3, fitted()).await;
}

#[tokio::test]
async fn ten_thousand_operations_on_the_graph_never_show_what_is_withdrawn_or_filtered() {
    live(EngineChoice::Hnsw, 2, fitted()).await;
}
