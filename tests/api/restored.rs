//! A database that was set back to a backup, while the directory of the process was not; or under a
//! running shop, as when a replica takes over that lacked the last changes.

use crate::{live::until, vectors::over};
use reco_actors::ItemId;
use sea_orm::{ConnectionTrait, Database};
use shop::{id::ProductId, outbox::Published};
use std::{collections::BTreeSet, fs, path::Path};
use support::{
    DatabaseKind, NewProduct, Options, PATIENCE, TestShop, each_database, eventually, pgvector_url, redis_url,
};
use web::stream::ChangeLog;

/// Every file of the database, and none of the index.
async fn copy_database(from: &Path, to: &Path) {
    for place in [from, to] {
        // The last connection to close folds the log in and removes it; of two that close at once, each
        // takes the other for the last, and the log stays until somebody comes by.
        eventually("the database is closed", PATIENCE, async || {
            if place.join("myshop.db-wal").exists() {
                let path = place.join("myshop.db");
                let visitor = Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
                visitor
                    .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
                    .await
                    .unwrap();
                visitor.close().await.unwrap();
            }
            match place.join("myshop.db-wal").exists() {
                true => Err("its log is there"),
                false => Ok(()),
            }
        })
        .await;
    }
    for name in ["myshop.db", "myshop.db-wal", "myshop.db-shm"] {
        let _ = fs::remove_file(to.join(name));
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

/// A shop goes on, is set back to a backup, goes on otherwise by `meanwhile`, further than before, and
/// is started again.
async fn set_back(with: Options, meanwhile: Options) -> (TestShop, [String; 3]) {
    let shop = TestShop::start(with.clone()).await;
    let kettle = shop.staff().await.create(NewProduct::named("Steel kettle")).await;
    shop.settled().await;
    let place = shop.stop().await;
    let backup = tempfile::tempdir().unwrap();
    copy_database(place.directory(), backup.path()).await;

    let shop = TestShop::start_at(place, with.clone()).await;
    shop.staff().await.create(NewProduct::named("Lost kettle")).await;
    shop.settled().await;
    let lost = shop.app.engine.status().position;
    let place = shop.stop().await;

    copy_database(backup.path(), place.directory()).await;
    let shop = TestShop::start_at(place, meanwhile).await;
    let staff = shop.staff().await;
    let (copper, glass) = (
        staff.create(NewProduct::named("Copper kettle")).await,
        staff.create(NewProduct::named("Glass kettle")).await,
    );
    shop.settled().await;
    assert!(shop.app.engine.status().position > lost);
    let place = shop.stop().await;
    let shop = TestShop::start_at(place, with).await;
    (shop, [kettle.id, copper.id, glass.id])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_a_lost_history_is_not_taken_up_however_far_the_shop_has_gone_on() {
    let with = Options::on(DatabaseKind::Sqlite);
    let without = with.clone().configure(|config| config.recommender.snapshots = false);
    let (shop, there) = set_back(with, without).await;
    let items: BTreeSet<ItemId> = shop.app.engine.items().into_iter().collect();
    let there = there.map(|id| ItemId(id.parse::<ProductId>().unwrap().0));
    assert_eq!(items, BTreeSet::from(there));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_of_a_lost_history_are_carried_anew_to_who_holds_them() {
    let Some(url) = pgvector_url() else { return };
    let (shop, [kettle, ..]) = set_back(over(&url), Options::on(DatabaseKind::Sqlite)).await;
    shop.settled().await;
    until(&shop.guest(), &kettle, "", "those that are there are alike", |list| {
        let names: BTreeSet<&str> = list.names().into_iter().collect();
        names == BTreeSet::from(["Copper kettle", "Glass kettle"]) && list.source() == "VECTORS"
    })
    .await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_forgets_a_lost_history_and_what_comes_is_embedded() {
    let Some(redis) = redis_url() else { return };
    let with = Options::on(DatabaseKind::Sqlite).configure(move |config| config.cache.redis_url = Some(redis.clone()));
    let (shop, [kettle, ..]) = set_back(with.clone(), with).await;
    shop.settled().await;
    let broker = shop.app.broker().expect("there is one");
    let newest = broker.newest().await.unwrap();
    assert_eq!(newest, Some(shop.app.shop.outbox().last_position().await.unwrap()));
    until(&shop.guest(), &kettle, "", "what came since is embedded", |list| {
        list.names().len() == 2 && list.source() == "VECTORS"
    })
    .await;
    shop.stop().await;
}

/// Runs a statement beside the shop, as whoever sets it back.
async fn beside(shop: &TestShop, statement: &str) {
    let db = Database::connect(shop.config().database_url()).await.unwrap();
    db.execute_unprepared(statement).await.unwrap();
    db.close().await.unwrap();
}

async fn last(shop: &TestShop) -> Published {
    let outbox = shop.app.shop.outbox();
    let last = outbox.last_position().await.unwrap();
    outbox.at(last).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_shop_notices_that_its_last_changes_are_gone() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database)).await;
        shop.staff().await.create(NewProduct::named("Steel kettle")).await;
        shop.settled().await;
        let lost = last(&shop).await;
        let gone = format!("DELETE FROM outbox WHERE position >= {}", lost.position);
        beside(&shop, &gone).await;
        let noticed = tokio::time::timeout(PATIENCE, shop.app.history_lost());
        noticed.await.expect("it is noticed though nothing happens since");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_shop_notices_that_others_have_the_positions_of_its_changes() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database)).await;
        let staff = shop.staff().await;
        staff.create(NewProduct::named("Steel kettle")).await;
        shop.settled().await;
        let lost = last(&shop).await;
        let other = lost.at + chrono::TimeDelta::microseconds(1);
        let replaced = format!(
            "UPDATE outbox SET created_at = '{}' WHERE position = {}",
            other.format("%Y-%m-%d %H:%M:%S%.6f+00:00"),
            lost.position
        );
        beside(&shop, &replaced).await;
        assert_ne!(last(&shop).await.at, lost.at);
        staff.create(NewProduct::named("Glass kettle")).await;
        let noticed = tokio::time::timeout(PATIENCE, shop.app.history_lost());
        noticed.await.expect("it is noticed however far it goes on");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_goes_on_or_is_pruned_is_not_lost() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).standing_still()).await;
        let outbox = shop.app.shop.outbox();
        let staff = shop.staff().await;
        let log = ChangeLog::new(shop.app.shop.clone()).await.unwrap();
        assert!(!log.is_lost().await.unwrap(), "nothing is known yet");
        let mut published = Vec::new();
        for name in ["Steel kettle", "Copper kettle", "Glass kettle"] {
            staff.create(NewProduct::named(name)).await;
            published.extend(outbox.publish(100).await.unwrap());
            log.append(&published);
            assert!(!log.is_lost().await.unwrap(), "{name}");
        }
        log.append(&published);
        outbox.prune(i64::MAX).await.unwrap();
        assert!(!log.is_lost().await.unwrap(), "pruned");
        let mut other = published.pop().unwrap();
        other.at += chrono::TimeDelta::microseconds(1);
        log.append(&[other]);
        assert!(log.is_lost().await.unwrap(), "two changes had one position");
        assert!(log.is_lost().await.unwrap(), "and it stays so");
        shop.stop().await;
    })
    .await;
}
