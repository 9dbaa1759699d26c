//! A database that was set back to a backup, while the directory of the process was not.

use crate::{live::until, vectors::over};
use reco_actors::ItemId;
use shop::id::ProductId;
use std::{collections::BTreeSet, fs, path::Path};
use support::{DatabaseKind, NewProduct, Options, TestShop, pgvector_url};

/// Every file of the database, and none of the index.
fn copy_database(from: &Path, to: &Path) {
    for name in ["myshop.db", "myshop.db-wal", "myshop.db-shm"] {
        // A closed database has folded its log in, and left none.
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
    copy_database(place.directory(), backup.path());

    let shop = TestShop::start_at(place, with.clone()).await;
    shop.staff().await.create(NewProduct::named("Lost kettle")).await;
    shop.settled().await;
    let lost = shop.app.engine.status().position;
    let place = shop.stop().await;

    copy_database(backup.path(), place.directory());
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
