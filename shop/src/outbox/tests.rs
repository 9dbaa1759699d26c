//! Stories of relays and followers, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{Shop, events::Person, testing::TestShop};
use entities::id::{BrandId, CategoryId, ProductId};
use sea_orm::{ActiveModelTrait, PaginatorTrait};
use std::collections::{HashMap, HashSet};

/// Appends a change in a transaction of its own.
async fn commit(shop: &Shop, change: Change) {
    let tx = begin_write(shop.db()).await.unwrap();
    append(&tx, shop.now(), [change]).await.unwrap();
    tx.commit().await.unwrap();
    shop.outbox().wake();
}

fn positions(published: &[Published]) -> Vec<i64> {
    published.iter().map(|published| published.position).collect()
}

#[tokio::test]
async fn two_relays_at_once_publish_every_change_once_without_gaps() {
    const WRITERS: usize = 4;
    const CHANGES: usize = 20;
    for TestShop { shop, .. } in &TestShop::each().await {
        let writers = (0..WRITERS).map(|_| {
            let shop = shop.clone();
            tokio::spawn(async move {
                for _ in 0..CHANGES {
                    commit(&shop, Change::Product(ProductId::generate(), Aspect::Product)).await;
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        let relay = async || {
            let mut published = Vec::new();
            while shop.outbox().last_position().await.unwrap() < (WRITERS * CHANGES) as i64 {
                published.extend(shop.outbox().publish(7).await.unwrap());
            }
            published
        };
        let (one, two) = tokio::join!(relay(), relay());
        for writer in writers {
            writer.await.unwrap();
        }
        let mut all: Vec<Published> = [one, two].concat();
        all.sort_by_key(|published| published.position);
        let expected: Vec<i64> = (1..=(WRITERS * CHANGES) as i64).collect();
        assert_eq!(positions(&all), expected);
        assert_eq!(
            all.iter().map(|p| p.change()).collect::<HashSet<_>>().len(),
            WRITERS * CHANGES
        );
        assert_eq!(
            shop.outbox().after(0, 1_000).await.unwrap(),
            all,
            "nothing was renumbered"
        );
        assert_eq!(shop.outbox().lag().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn relays_take_turns() {
    let Some(TestShop { shop, database }) = TestShop::postgres_only().await else {
        return;
    };
    for _ in 0..6 {
        commit(&shop, Change::Product(ProductId::generate(), Aspect::Product)).await;
    }
    let tx = begin_write(shop.db()).await.unwrap();
    take_turn(&tx, Turn::Publishing).await.unwrap();
    let relays = [4, 4].map(|limit| {
        let outbox = shop.outbox().clone();
        tokio::spawn(async move { outbox.publish(limit).await.unwrap() })
    });
    database.until_blocked().await;
    tx.commit().await.unwrap();
    let mut all = Vec::new();
    for relay in relays {
        all.extend(positions(&relay.await.unwrap()));
    }
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn what_commits_late_is_published_late_however_early_it_was_written() {
    let Some(TestShop {
        shop,
        database: _database,
    }) = TestShop::postgres_only().await
    else {
        return;
    };
    let [early, late] = [ProductId::generate(), ProductId::generate()].map(|id| Change::Product(id, Aspect::Product));
    let tx = begin_write(shop.db()).await.unwrap();
    append(&tx, shop.now(), [late]).await.unwrap();
    commit(&shop, early).await;
    let first = shop.outbox().publish(10).await.unwrap();
    assert_eq!((first[0].change(), first[0].position), (Some(early), 1));
    tx.commit().await.unwrap();
    let second = shop.outbox().publish(10).await.unwrap();
    assert_eq!((second[0].change(), second[0].position), (Some(late), 2));
}

#[tokio::test]
async fn changes_of_one_product_are_published_in_the_order_of_its_versions() {
    use crate::{
        catalog::{NewProduct, NewVariant},
        viewer::Staff,
    };
    for TestShop { shop, .. } in &TestShop::each().await {
        let new = NewProduct {
            name: "Mug".into(),
            variants: vec![NewVariant {
                sku: "MUG".into(),
                ..NewVariant::default()
            }],
            ..NewProduct::default()
        };
        let mug = Staff::operator(shop).catalog().product_create(new).await.unwrap();
        let (id, sku) = (mug.id(), mug.variants[0].id);
        let catalog = Staff::operator(shop).catalog();
        let updates = (0..10).map(|stock| catalog.variant_set_stock(sku, stock));
        futures::future::try_join_all(updates).await.unwrap();
        catalog.product_delete(id).await.unwrap();
        let all = shop.outbox().publish(100).await.unwrap();
        assert_eq!(positions(&all), (1..=12).collect::<Vec<i64>>());
        let last = all.last().unwrap().change();
        assert_eq!(last, Some(Change::ProductDeleted { id, version: 12 }));
    }
}

#[tokio::test]
async fn pruning_keeps_the_last_place_and_followers_notice_what_they_missed() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let outbox = shop.outbox();
        assert_eq!(outbox.oldest_position().await.unwrap(), None);
        for _ in 0..5 {
            commit(shop, Change::Product(ProductId::generate(), Aspect::Product)).await;
        }
        outbox.publish(10).await.unwrap();
        commit(shop, Change::Product(ProductId::generate(), Aspect::Product)).await;
        assert_eq!(outbox.prune(2).await.unwrap(), 2);
        assert_eq!(outbox.oldest_position().await.unwrap(), Some(3));
        let missed = async |position| {
            let next = outbox.after(position, 10).await.unwrap();
            Outbox::has_missed(position, &next)
        };
        assert!(missed(0).await && missed(1).await);
        assert!(!missed(2).await && !missed(4).await && !missed(5).await);
        assert_eq!(outbox.prune(i64::MAX).await.unwrap(), 2);
        assert!(missed(3).await && !missed(4).await);
        assert_eq!(outbox.last_position().await.unwrap(), 5);
        assert_eq!(outbox.lag().await.unwrap(), 1, "what is unpublished stays");
        assert_eq!(positions(&outbox.publish(10).await.unwrap()), [6]);
        assert_eq!(outbox::Entity::find().count(shop.db()).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn every_change_comes_back_as_it_was_and_an_unknown_one_as_none() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let id = ProductId::generate();
        let aspects = Aspect::ALL.map(|aspect| Change::Product(id, aspect));
        let others = [
            Change::ProductDeleted { id, version: 7 },
            Change::Embedded {
                product: id,
                asked_at: Some(shop.now()),
            },
            Change::Embedded {
                product: id,
                asked_at: None,
            },
            Change::Recommender,
            Change::Rebuild,
            Change::Search,
            Change::Steering,
            Change::Forgotten(Person(id.0)),
            Change::Reindex(id),
            Change::Category(CategoryId::generate()),
            Change::Brand(BrandId::generate()),
        ];
        let changes: Vec<Change> = aspects.into_iter().chain(others).collect();
        let tx = begin_write(shop.db()).await.unwrap();
        append(&tx, shop.now(), changes.iter().copied()).await.unwrap();
        let mut unknown = Change::Product(id, Aspect::Product).row(shop.now());
        unknown.topic = Set("product.sung_about".into());
        unknown.insert(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let published = shop.outbox().publish(100).await.unwrap();
        let expected: Vec<_> = changes.iter().copied().map(Some).chain([None]).collect();
        assert_eq!(published.iter().map(|p| p.change()).collect::<Vec<_>>(), expected);
        let places: HashMap<_, _> = published.iter().map(|p| (p.position, p.at)).collect();
        assert_eq!(places.len(), changes.len() + 1);
    }
}
