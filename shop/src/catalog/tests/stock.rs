//! The ledger of stock: whatever happens, a variant's movements add up to its stock.

use super::*;
use crate::{
    db::begin_write,
    idempotency::IdempotencyKey,
    stock::{self, Movement, MovementKind},
};
use entities::{id::VariantId, stock_movement, variant as variants};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::{EntityTrait, QueryOrder};
use std::collections::{BTreeSet, HashMap};

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

fn adjust(variant: VariantId, delta: i32) -> StockAdjust {
    StockAdjust {
        variant,
        delta,
        kind: AdjustKind::Adjusted,
        note: "counted".into(),
    }
}

/// Holds every variant against its movements.
async fn is_balanced(shop: &Shop) {
    let mut sums: HashMap<VariantId, (i32, i32)> = HashMap::new();
    for movement in stock_movement::Entity::find().all(shop.db()).await.unwrap() {
        let sum = sums.entry(movement.variant_id).or_default();
        *sum = (sum.0 + movement.on_hand_delta, sum.1 + movement.reserved_delta);
    }
    for variant in variants::Entity::find().all(shop.db()).await.unwrap() {
        let stock = (variant.stock_on_hand, variant.stock_reserved);
        assert!(0 <= stock.1 && stock.1 <= stock.0, "{stock:?}");
        assert_eq!(
            sums.get(&variant.id).copied().unwrap_or_default(),
            stock,
            "{}",
            variant.sku
        );
    }
}

/// Promises pieces, or takes the promise back, as orders do.
async fn reserve(shop: &Shop, variant: &Variant, pieces: i32) -> bool {
    let now = shop.now();
    let tx = begin_write(shop.db()).await.unwrap();
    stock::lock_products(&tx, &BTreeSet::from([variant.product_id]))
        .await
        .unwrap();
    let movement = Movement {
        variant: variant.id,
        product: variant.product_id,
        kind: if pieces > 0 {
            MovementKind::Reserved
        } else {
            MovementKind::Released
        },
        on_hand: 0,
        reserved: pieces,
        order: None,
        actor: None,
        note: String::new(),
    };
    let is_done = movement.apply(&tx, now).await.unwrap();
    if is_done {
        stock::record(&tx, now, &[movement]).await.unwrap();
        tx.commit().await.unwrap();
    }
    is_done
}

#[tokio::test]
async fn every_way_to_change_stock_is_in_the_ledger() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let view = staff.product_create(product("Mug", "MUG")).await.unwrap();
        let mug = view.variants[0].clone();
        staff.variant_create(view.id(), variant("MUG-XL")).await.unwrap();
        staff.variant_set_stock(mug.id, 9).await.unwrap();
        staff.variant_set_stock(mug.id, 9).await.unwrap();
        staff.stock_adjust(&adjust(mug.id, -2), &key("a")).await.unwrap();
        assert!(reserve(shop, &mug, 3).await);
        let mut source = feed(1);
        source.variants[0].stock = 4;
        staff.upsert_many(std::slice::from_ref(&source)).await.unwrap();
        source.variants[0].stock = 1;
        source.variants.push(BulkVariant {
            sku: "SECOND".into(),
            ..source.variants[0].clone()
        });
        source.variants[1].options = vec![VariantOption {
            name: "Size".into(),
            value: "L".into(),
        }];
        let outcome = staff.upsert_many(std::slice::from_ref(&source)).await.unwrap();
        staff.upsert_many(&[source]).await.unwrap();
        is_balanced(shop).await;

        let told = |page: LedgerPage| {
            let told = page
                .movements
                .iter()
                .map(|row| (row.kind, row.on_hand_delta, row.reserved_delta));
            told.collect::<Vec<_>>()
        };
        let page = staff.stock_movements(Ledger::Variant(mug.id), 0, 10).await.unwrap();
        assert_eq!(page.total, 4);
        assert_eq!(
            told(page),
            [
                (MovementKind::Reserved, 0, 3),
                (MovementKind::Adjusted, -2, 0),
                (MovementKind::Adjusted, 4, 0),
                (MovementKind::Opening, 5, 0),
            ]
        );
        let page = staff.stock_movements(Ledger::Product(view.id()), 1, 2).await.unwrap();
        assert_eq!((page.total, page.movements.len()), (5, 2));
        let imported = outcome[0].id().unwrap();
        let page = staff.stock_movements(Ledger::Product(imported), 0, 10).await.unwrap();
        let mut told = told(page);
        told.sort_by_key(|row| row.1);
        assert_eq!(
            told,
            [
                (MovementKind::Adjusted, -3, 0),
                (MovementKind::Opening, 1, 0),
                (MovementKind::Opening, 4, 0),
            ]
        );
    }
}

#[tokio::test]
async fn a_key_moves_pieces_once_and_never_those_that_are_promised() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let mug = staff.product_create(product("Mug", "MUG")).await.unwrap().variants[0].clone();
        assert!(reserve(shop, &mug, 3).await);
        let refused = problems(staff.stock_adjust(&adjust(mug.id, -3), &key("a")).await);
        assert_eq!(
            refused,
            [("delta".to_owned(), ProblemCode::InsufficientStock { available: 2 })]
        );
        // What was refused has not used its key up.
        for _ in 0..2 {
            let view = staff.stock_adjust(&adjust(mug.id, -2), &key("a")).await.unwrap();
            assert_eq!((view.variants[0].stock_on_hand, view.product.version), (3, 2));
        }
        let other = staff.stock_adjust(&adjust(mug.id, 7), &key("a")).await;
        assert_eq!(problems(other), [("idempotencyKey".to_owned(), ProblemCode::KeyReused)]);
        let (left, right) = (key("b"), key("b"));
        let more = adjust(mug.id, 4);
        let both = tokio::join!(staff.stock_adjust(&more, &left), staff.stock_adjust(&more, &right));
        assert_eq!(
            (
                both.0.unwrap().variants[0].stock_on_hand,
                both.1.unwrap().variants[0].stock_on_hand
            ),
            (7, 7)
        );
        is_balanced(shop).await;
    }
}

#[tokio::test]
async fn an_adjustment_that_cannot_be_is_refused_with_its_place() {
    let TestShop { shop, .. } = &TestShop::open().await;
    let staff = catalog(shop);
    let mug = staff.product_create(product("Mug", "MUG")).await.unwrap().variants[0].id;
    let good = || adjust(mug, 1);
    let received = AdjustKind::Received;
    for (input, path, code) in [
        (StockAdjust { delta: 0, ..good() }, "delta", ProblemCode::OutOfRange),
        (
            StockAdjust {
                delta: -1,
                kind: received,
                ..good()
            },
            "delta",
            ProblemCode::OutOfRange,
        ),
        (
            StockAdjust {
                delta: i32::MAX,
                ..good()
            },
            "delta",
            ProblemCode::OutOfRange,
        ),
        (
            StockAdjust {
                delta: i32::MIN,
                ..good()
            },
            "delta",
            ProblemCode::OutOfRange,
        ),
        (
            StockAdjust {
                delta: 10_000_000,
                ..good()
            },
            "delta",
            ProblemCode::OutOfRange,
        ),
        (
            StockAdjust { delta: -6, ..good() },
            "delta",
            ProblemCode::InsufficientStock { available: 5 },
        ),
        (
            StockAdjust {
                note: "x".repeat(501),
                ..good()
            },
            "note",
            ProblemCode::TooLong,
        ),
        (
            StockAdjust {
                note: "\u{7}".into(),
                ..good()
            },
            "note",
            ProblemCode::Invalid,
        ),
        (
            StockAdjust {
                variant: VariantId::generate(),
                ..good()
            },
            "variantId",
            ProblemCode::NotFound,
        ),
    ] {
        let refused = problems(staff.stock_adjust(&input, &key("k")).await);
        assert_eq!(refused, [(path.to_owned(), code)], "{input:?}");
    }
    is_balanced(shop).await;
}

/// One of many things that happen to a shop; most may be refused.
async fn something(shop: &Shop, random: &mut StdRng, worker: u64, step: usize) {
    let staff = catalog(shop);
    let all = variants::Entity::find()
        .order_by_asc(variants::Column::Id)
        .all(shop.db())
        .await
        .unwrap();
    let one = all[random.random_range(0..all.len())].clone();
    let pieces = random.random_range(-4..9);
    let sku = format!("S-{worker}-{step}");
    match random.random_range(0..7) {
        0 => drop(staff.product_create(product(&sku, &sku)).await),
        1 => drop(staff.variant_create(one.product_id, variant(&sku)).await),
        2 => drop(staff.variant_set_stock(one.id, pieces).await),
        3 => drop(staff.stock_adjust(&adjust(one.id, pieces), &key(&sku)).await),
        4 => drop(reserve(shop, &one, pieces).await),
        5 => drop(staff.variant_delete(one.id).await),
        _ => {
            let mut batch: Vec<BulkProduct> = (0..3).map(feed).collect();
            for product in &mut batch {
                product.variants[0].stock = random.random_range(0..9);
            }
            drop(staff.upsert_many(&batch).await);
        }
    }
}

#[tokio::test]
async fn movements_add_up_to_stock_whatever_happens_at_once() {
    for TestShop { shop, .. } in &TestShop::each().await {
        catalog(shop).product_create(product("First", "FIRST")).await.unwrap();
        let workers = (0..4).map(|worker| {
            let shop = shop.clone();
            tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(worker);
                for step in 0..25 {
                    something(&shop, &mut random, worker, step).await;
                }
            })
        });
        for worker in futures::future::join_all(workers).await {
            worker.unwrap();
        }
        is_balanced(shop).await;
    }
}
