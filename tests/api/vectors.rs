//! Vectors that a PostgreSQL with pgvector holds for all processes: the shop as its customers see
//! it, where that server is there and where it is not.

use crate::live::{small_shop, until};
use reco_actors::embed::fake::FakeFactory;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use shop::id::ProductId;
use std::sync::Arc;
use support::{DatabaseKind, NewProduct, Options, PATIENCE, TestShop, eventually, pgvector_url};
use web::config::VectorsIn;

pub(crate) fn over(url: &str) -> Options {
    let url = url.to_owned();
    Options::on(DatabaseKind::Sqlite).configure(move |config| {
        config.recommender.vectors = VectorsIn::Postgres;
        config.recommender.vectors_url = Some(url.as_str().into());
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_follow_changes_though_no_process_holds_a_vector() {
    let Some(url) = pgvector_url() else { return };
    let (shop, staff, [kettle, copper, shoe, _]) = small_shop(over(&url)).await;
    let guest = shop.guest();
    let list = guest.recommended(&kettle.id, "(first: 1)").await;
    assert_eq!((list.names(), list.source()), (vec!["Copper kettle"], "VECTORS"));
    let looks = guest.recommended(&shoe.id, "(first: 1, kind: SIMILAR_IMAGE)").await;
    assert_eq!(looks.names(), ["Leather boot"]);
    let status = shop.app.engine.status();
    assert_eq!(
        (status.index.items, status.text_vectors, status.image_vectors),
        (0, 4, 4)
    );
    staff.create(NewProduct::named("Steel kettle small")).await;
    until(&guest, &kettle.id, "(first: 1)", "the new kettle comes first", |list| {
        list.names() == ["Steel kettle small"] && list.source() == "VECTORS"
    })
    .await;
    staff.by_id("productDelete", &copper.id).await;
    until(&guest, &kettle.id, "", "the deleted one is gone", |list| {
        !list.names().contains(&"Copper kettle") && list.source() == "VECTORS"
    })
    .await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_again_goes_on_and_other_models_take_over() {
    let Some(url) = pgvector_url() else { return };
    let (shop, _, [kettle, ..]) = small_shop(over(&url)).await;
    let shop = shop.restart(Some(Arc::new(FakeFactory::new()))).await;
    shop.settled().await;
    let guest = shop.guest();
    let list = guest.recommended(&kettle.id, "(first: 1)").await;
    assert_eq!((list.names(), list.source()), (vec!["Copper kettle"], "VECTORS"));
    shop.app
        .use_models(Some(Arc::new(FakeFactory::another())))
        .await
        .unwrap();
    eventually("the other models serve", PATIENCE, async || {
        match shop.app.engine.index_models().text {
            Some(model) if model.id == "another-text" => Ok(()),
            model => Err(model),
        }
    })
    .await;
    until(
        &guest,
        &kettle.id,
        "(first: 1)",
        "lists are of the other models",
        |list| list.names() == ["Copper kettle"] && list.source() == "VECTORS",
    )
    .await;
    shop.stop().await;
}

/// The server, and what the table of the shop's vectors is called there.
async fn table(url: &str, shop: &TestShop) -> (DatabaseConnection, String) {
    let server = Database::connect(url).await.unwrap();
    let namespace = &shop.config().cache.namespace;
    let sql = format!("SELECT name FROM myshop_vector_sets WHERE models LIKE '{namespace} %'");
    let row = server
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .unwrap()
        .unwrap();
    (server, row.try_get_by_index(0).unwrap())
}

/// A shop that starts again finds vectors otherwise than they were left, and shows what is right.
async fn mended_after(statements: impl Fn(&str, i64) -> String) {
    let Some(url) = pgvector_url() else { return };
    let (shop, _, [kettle, copper, ..]) = small_shop(over(&url)).await;
    shop.settled().await;
    let (server, table) = table(&url, &shop).await;
    let last = shop.app.shop.outbox().last_position().await.unwrap();
    let place = shop.stop().await;
    let copper: ProductId = copper.id.parse().unwrap();
    let gone = format!(
        "UPDATE {table} SET has = 0, embedding = NULL, digest = '' WHERE id = '{}'",
        copper.0
    );
    for statement in [gone, statements(&table, last)] {
        server.execute_unprepared(&statement).await.unwrap();
    }
    let shop = TestShop::start_at(place, over(&url)).await;
    until(&shop.guest(), &kettle.id, "", "it is there again", |list| {
        list.names().starts_with(&["Copper kettle"]) && list.source() == "VECTORS"
    })
    .await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_newer_than_the_history_are_of_a_lost_one_and_are_carried_anew() {
    mended_after(|table, last| format!("UPDATE {table} SET version = {last} + 1000")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_that_a_process_carried_ahead_of_its_word_are_carried_again() {
    // It was stopped before it said how far it was, and a replica took over that lacked some of it.
    mended_after(|table, last| {
        format!(
            "UPDATE {table} SET version = {last}; \
             UPDATE myshop_vector_sets SET reached = 0, mark = 0 WHERE name = '{table}'"
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_somebody_drops_is_made_and_filled_again() {
    let Some(url) = pgvector_url() else { return };
    let (shop, staff, [kettle, ..]) = small_shop(over(&url)).await;
    let (server, table) = table(&url, &shop).await;
    // Its entry stays, and says that all is there.
    server.execute_unprepared(&format!("DROP TABLE {table}")).await.unwrap();
    staff.create(NewProduct::named("Steel kettle small")).await;
    until(&shop.guest(), &kettle.id, "", "all are there again", |list| {
        list.names().starts_with(&["Steel kettle small", "Copper kettle"]) && list.source() == "VECTORS"
    })
    .await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_for_vectors_is_away_the_shop_goes_on_and_says_so() {
    let shop = TestShop::start(over("postgres://shop@127.0.0.1:1/nowhere")).await;
    let staff = shop.staff().await;
    let kettle = staff.create(NewProduct::named("Steel kettle")).await;
    staff.create(NewProduct::named("Copper kettle")).await;
    until(&shop.guest(), &kettle.id, "", "the other one is shown", |list| {
        list.names() == ["Copper kettle"] && list.source() == "FALLBACK"
    })
    .await;
    let degraded = shop.app.engine.status().degraded;
    assert!(
        degraded.iter().any(|why| why.contains("engine for vectors")),
        "{degraded:?}"
    );
    shop.stop().await;
}
