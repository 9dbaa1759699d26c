//! Stories of what keeps processes together, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    Shop,
    catalog::{NewProduct, NewVariant},
    embeddings::{Modality, StoredVector},
    id::ProductId,
    outbox::Change,
    testing::TestShop,
    viewer::Staff,
};
use chrono::TimeDelta;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

const LEASE: TimeDelta = TimeDelta::seconds(5);

/// A product on its own, with the changes that made it still unpublished.
async fn product(shop: &Shop) -> ProductId {
    let new = NewProduct {
        name: "Lamp".into(),
        variants: vec![NewVariant {
            sku: "LAMP".into(),
            ..NewVariant::default()
        }],
        ..NewProduct::default()
    };
    Staff::operator(shop).catalog().product_create(new).await.unwrap().id()
}

fn wanted(shop: &Shop, product: ProductId, is_bulk: bool) -> Wanted {
    Wanted {
        product,
        is_bulk,
        is_forced: false,
        at: shop.now(),
    }
}

async fn claim(shop: &Shop, most: u64) -> Vec<Task> {
    claim_in(shop, most, TimeDelta::zero()).await
}

/// As if so much time had passed.
async fn claim_in(shop: &Shop, most: u64, passed: TimeDelta) -> Vec<Task> {
    let tasks = &shop.pipeline().tasks;
    let now = shop.now() + passed;
    tasks.claim(Uuid::now_v7(), most, LEASE, now).await.unwrap()
}

#[tokio::test]
async fn what_somebody_waits_for_is_taken_first_and_by_one_worker_alone() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let (bulk, urgent) = (ProductId::generate(), ProductId::generate());
        let tasks = &shop.pipeline().tasks;
        tasks.want(&[wanted(shop, bulk, true)], shop.now()).await.unwrap();
        tasks.want(&[wanted(shop, urgent, false)], shop.now()).await.unwrap();
        let first = claim(shop, 1).await;
        assert_eq!(first[0].product, urgent);
        let second = claim(shop, 10).await;
        assert_eq!(second.iter().map(|task| task.product).collect::<Vec<_>>(), [bulk]);
        assert!(claim(shop, 10).await.is_empty());
    }
}

#[tokio::test]
async fn many_workers_at_once_take_every_task_once() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let products: Vec<ProductId> = (0..60).map(|_| ProductId::generate()).collect();
        let all: Vec<Wanted> = products.iter().map(|id| wanted(shop, *id, true)).collect();
        shop.pipeline().tasks.want(&all, shop.now()).await.unwrap();
        let workers = (0..4).map(|_| {
            let shop = shop.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let some = claim(&shop, 7).await;
                    if some.is_empty() {
                        return taken;
                    }
                    taken.extend(some.into_iter().map(|task| task.product));
                }
            })
        });
        let mut taken = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            taken.extend(worker.await.unwrap());
        }
        assert_eq!(taken.len(), products.len(), "nothing twice");
        assert_eq!(
            taken.into_iter().collect::<HashSet<_>>(),
            products.into_iter().collect::<HashSet<_>>()
        );
    }
}

#[tokio::test]
async fn what_a_dead_worker_held_is_taken_by_another_after_its_lease() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let product = ProductId::generate();
        let tasks = &shop.pipeline().tasks;
        tasks.want(&[wanted(shop, product, false)], shop.now()).await.unwrap();
        assert_eq!(claim(shop, 1).await.len(), 1);
        assert!(claim_in(shop, 1, TimeDelta::seconds(3)).await.is_empty());
        assert_eq!(claim_in(shop, 1, TimeDelta::seconds(6)).await[0].product, product);
    }
}

#[tokio::test]
async fn a_change_during_the_work_is_not_lost_when_the_work_is_done() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let product = ProductId::generate();
        let tasks = &shop.pipeline().tasks;
        tasks.want(&[wanted(shop, product, false)], shop.now()).await.unwrap();
        let held = claim(shop, 1).await;
        tasks.want(&[wanted(shop, product, true)], shop.now()).await.unwrap();
        assert!(claim(shop, 1).await.is_empty(), "one worker at a time");
        tasks.done(&held).await.unwrap();
        let again = claim(shop, 1).await;
        assert_eq!(again.len(), 1);
        assert!(!again[0].is_bulk, "the more urgent wish counts");
        tasks.done(&again).await.unwrap();
        assert_eq!(tasks.counts().await.unwrap(), TaskCounts::default());
    }
}

#[tokio::test]
async fn a_failure_is_listed_with_its_reason_and_tried_again_later_and_later() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let product = ProductId::generate();
        let tasks = &shop.pipeline().tasks;
        tasks.want(&[wanted(shop, product, false)], shop.now()).await.unwrap();
        let held = claim(shop, 1).await;
        tasks
            .failed(&held[0], "the picture is not one", shop.now())
            .await
            .unwrap();
        assert_eq!(tasks.counts().await.unwrap().failed, 1);
        let failures = tasks.failures(0, 10).await.unwrap();
        assert_eq!(
            (failures.len(), failures[0].reason.as_str()),
            (1, "the picture is not one")
        );
        assert!(tasks.failures(1, 10).await.unwrap().is_empty());
        assert!(claim(shop, 1).await.is_empty());
        let held = claim_in(shop, 1, TimeDelta::seconds(6)).await;
        tasks.failed(&held[0], "still not", shop.now()).await.unwrap();
        let later = claim_in(shop, 1, TimeDelta::seconds(12)).await;
        assert!(later.is_empty(), "the second pause is longer");
        assert_eq!(tasks.retry_failures(shop.now()).await.unwrap(), 1);
        assert_eq!(claim(shop, 1).await.len(), 1);
        // A new content starts afresh.
        tasks.want(&[wanted(shop, product, false)], shop.now()).await.unwrap();
        assert!(tasks.failures(0, 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_position_only_moves_forward() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let positions = &shop.pipeline().positions;
        assert_eq!(positions.of("embed").await.unwrap(), None);
        for to in [7, 3, 9] {
            positions.advance("embed", to, shop.now()).await.unwrap();
        }
        positions.advance("other", 4, shop.now()).await.unwrap();
        assert_eq!(positions.of("embed").await.unwrap(), Some(9));
        assert_eq!(positions.lowest().await.unwrap(), Some(4));
    }
}

#[tokio::test]
async fn a_dead_letter_is_parked_once_and_sent_again_or_dropped() {
    for TestShop { shop, .. } in &TestShop::each().await {
        product(shop).await;
        let published = shop.outbox().publish(100).await.unwrap();
        let event = published.iter().find(|event| event.change().is_some()).unwrap();
        let letters = &shop.pipeline().dead_letters;
        letters
            .park("index", event, 5, "it will not do", shop.now())
            .await
            .unwrap();
        letters.park("index", event, 6, "nor now", shop.now()).await.unwrap();
        let page = letters.page(0, 10).await.unwrap();
        assert_eq!(
            (
                letters.count().await.unwrap(),
                page[0].reason.as_str(),
                page[0].attempts
            ),
            (1, "nor now", 6)
        );
        assert_eq!(&page[0].event, event);
        assert_eq!(letters.retry(&[page[0].id], shop.now()).await.unwrap(), 1);
        assert_eq!(letters.count().await.unwrap(), 0);
        let again = shop.outbox().publish(100).await.unwrap();
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].change(), event.change());
        letters.park("index", &again[0], 5, "no", shop.now()).await.unwrap();
        let page = letters.page(0, 10).await.unwrap();
        assert_eq!(letters.discard(&[page[0].id]).await.unwrap(), 1);
        assert!(shop.outbox().publish(100).await.unwrap().is_empty());
    }
}

fn models(text: &str) -> GenerationModels {
    GenerationModels {
        text: Some(ModelWidth {
            id: text.to_owned(),
            dim: 2,
        }),
        image: None,
    }
}

#[tokio::test]
async fn other_models_are_built_beside_those_that_serve_and_take_their_place_when_complete() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let product = product(shop).await;
        let generations = &shop.pipeline().generations;
        let (blue, green) = (models("blue"), models("green"));
        let serving = generations.want(&blue, shop.now()).await.unwrap();
        assert_eq!(serving.state, GenerationState::Serving);
        assert_eq!(generations.want(&blue, shop.now()).await.unwrap().id, serving.id);
        let building = generations.want(&green, shop.now()).await.unwrap();
        assert_eq!(building.state, GenerationState::Building);
        assert_eq!(generations.serving().await.unwrap().unwrap().id, serving.id);
        assert_eq!(generations.lacking(&green, None, 10).await.unwrap(), [product]);
        for model in ["blue", "green"] {
            let stored = StoredVector {
                product,
                modality: Modality::Text,
                model: model.to_owned(),
                content_hash: String::new(),
                vector: vec![0.6, 0.8],
            };
            shop.embeddings()
                .store(&[stored], &HashMap::new(), shop.now())
                .await
                .unwrap();
        }
        assert_eq!(generations.progress(&green).await.unwrap().lacking, 0);
        assert!(generations.cut_over(building.id, shop.now()).await.unwrap());
        assert!(!generations.cut_over(building.id, shop.now()).await.unwrap(), "once");
        assert_eq!(generations.serving().await.unwrap().unwrap().models, green);
        let (before, later) = (shop.now() - TimeDelta::minutes(1), shop.now() + TimeDelta::minutes(1));
        assert_eq!(generations.drop_retired(before).await.unwrap(), 0, "not at once");
        assert_eq!(generations.drop_retired(later).await.unwrap(), 1);
        assert_eq!(shop.embeddings().of(&[product], &["blue"]).await.unwrap(), []);
        // Back to the models that serve: what was begun is given up.
        generations.want(&blue, shop.now()).await.unwrap();
        generations.want(&green, shop.now()).await.unwrap();
        assert_eq!(generations.building().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_process_that_lacks_a_model_takes_nothing_from_what_serves() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let generations = &shop.pipeline().generations;
        let text = models("words");
        let whole = GenerationModels {
            image: Some(ModelWidth {
                id: "pictures".into(),
                dim: 3,
            }),
            ..text.clone()
        };
        generations.want(&whole, shop.now()).await.unwrap();
        assert_eq!(generations.want(&text, shop.now()).await.unwrap().models, whole);
        assert_eq!(generations.building().await.unwrap(), None);
    }
}

#[tokio::test]
async fn settings_are_kept_and_told_to_every_process() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let admin = AdminRecommender::new(shop);
        let weight = |weight| DefaultsPatch {
            text_weight: Some(weight),
            ..DefaultsPatch::default()
        };
        assert!(admin.set_defaults(weight(Some(1.5))).await.is_err());
        admin.set_defaults(weight(Some(0.4))).await.unwrap();
        let calibrated = DefaultsPatch {
            is_calibrated: Some(Some(true)),
            ..DefaultsPatch::default()
        };
        admin.set_defaults(calibrated).await.unwrap();
        admin.set_paused(true).await.unwrap();
        let settings = shop.pipeline().settings().await.unwrap();
        assert_eq!((settings.text_weight, settings.is_calibrated), (Some(0.4), Some(true)));
        assert!(settings.is_paused);
        let told = shop.outbox().publish(100).await.unwrap();
        assert!(told.iter().all(|event| event.change() == Some(Change::Recommender)));
        assert_eq!(told.len(), 3);
        let back = admin.set_defaults(weight(None)).await.unwrap();
        assert_eq!((back.text_weight, back.is_calibrated), (None, Some(true)));
    }
}

fn node(shop: &Shop, role: NodeRole, position: i64) -> NodeReport {
    NodeReport {
        id: Uuid::now_v7(),
        role,
        host: "here".into(),
        position,
        figures: NodeFigures::default(),
        started_at: shop.now(),
    }
}

#[tokio::test]
async fn the_overview_tells_what_waits_and_how_long() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let pipeline = shop.pipeline();
        let calm = pipeline.overview(shop.now()).await.unwrap();
        assert_eq!((calm.waiting, calm.alert()), (None, Alert::Ok));
        let id = product(shop).await;
        let later = shop.now() + TimeDelta::seconds(3);
        let unpublished = pipeline.overview(later).await.unwrap();
        assert_eq!(unpublished.alert(), Alert::Breached, "nobody publishes");
        let published = shop.outbox().publish(100).await.unwrap();
        let last = published.last().unwrap().position;
        // A worker shows nothing, so it is behind with nothing.
        for (role, position) in [(NodeRole::Worker, 0), (NodeRole::Api, last)] {
            let report = node(shop, role, position);
            pipeline.nodes.report(report, later).await.unwrap();
        }
        assert_eq!(pipeline.overview(later).await.unwrap().waiting, None);
        let behind = node(shop, NodeRole::All, last - 1);
        pipeline.nodes.report(behind, later).await.unwrap();
        let overview = pipeline.overview(later).await.unwrap();
        assert_eq!((overview.nodes.len(), overview.position), (3, last));
        assert!(
            overview.waiting.unwrap() > OBJECTIVE,
            "one node has not shown the last change"
        );
        for node in &overview.nodes {
            pipeline.nodes.leave(node.report.id).await.unwrap();
        }
        // What waits for a worker counts where vectors are wanted and workers do not rest.
        pipeline
            .tasks
            .want(&[wanted(shop, id, false)], shop.now())
            .await
            .unwrap();
        assert_eq!(pipeline.overview(later).await.unwrap().waiting, None);
        pipeline.generations.want(&models("a"), shop.now()).await.unwrap();
        shop.outbox().publish(100).await.unwrap();
        assert_eq!(pipeline.overview(later).await.unwrap().alert(), Alert::Breached);
        AdminRecommender::new(shop).set_paused(true).await.unwrap();
        shop.outbox().publish(100).await.unwrap();
        assert_eq!(pipeline.overview(later).await.unwrap().waiting, None);
    }
}

#[tokio::test]
async fn embedding_anew_needs_a_scope_and_takes_everything_when_asked() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let id = product(shop).await;
        let admin = AdminRecommender::new(shop);
        let nothing = ReembedScope::Under {
            categories: Vec::new(),
            brands: Vec::new(),
        };
        assert!(admin.reembed(&nothing).await.is_err());
        shop.outbox().publish(100).await.unwrap();
        assert_eq!(admin.reembed(&ReembedScope::Everything).await.unwrap(), 1);
        let told = shop.outbox().publish(100).await.unwrap();
        assert_eq!(told[0].change(), Some(Change::Reindex(id)));
    }
}

#[tokio::test]
async fn of_two_who_fit_a_frame_at_once_one_is_told_to_all() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let generations = &shop.pipeline().generations;
        let id = generations.want(&models("a"), shop.now()).await.unwrap().id;
        shop.outbox().publish(100).await.unwrap();
        assert_eq!(generations.frame(id).await.unwrap(), None);
        let set = async |previous: Option<&[u8]>, frame: &[u8]| {
            generations
                .set_frame(id, previous, frame.to_vec(), shop.now())
                .await
                .unwrap()
        };
        assert!(set(None, &[1, 2]).await);
        assert!(!set(None, &[3]).await, "it was not none any more");
        assert_eq!(generations.frame(id).await.unwrap().unwrap(), [1, 2]);
        assert_eq!(shop.outbox().publish(100).await.unwrap().len(), 1);
        assert!(set(Some(&[1, 2]), &[4]).await);
        assert!(!set(Some(&[1, 2]), &[5]).await);
        assert_eq!(generations.frame(id).await.unwrap().unwrap(), [4]);
    }
}
