//! The shop among failing neighbours: a killed process, a Redis that is gone, a database that
//! drops every connection.

use crate::live::{small_shop, until};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};
use support::{
    Client, DatabaseKind, NewProduct, Options, PASSWORD, PATIENCE, Place, each_database, eventually, postgres_url,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The program itself, which lies beside the directory of the tests.
pub(crate) fn program() -> PathBuf {
    let tests = env::current_exe().unwrap();
    let path = tests.parent().and_then(Path::parent).unwrap().join("myshop");
    assert!(path.is_file(), "{} is not there: cargo build -p myshop", path.display());
    path
}

/// Starts `myshop serve` and waits until it says where it is open.
pub(crate) async fn serve(place: &Place) -> (Child, Client) {
    let mut child = Command::new(program())
        .args(["serve", "--port", "0"])
        .current_dir(place.directory())
        .env("MYSHOP_DATA_DIR", place.directory())
        .env("DATABASE_URL", place.database_url())
        .env("MYSHOP_MODELS__DISABLED", "true")
        .env("MYSHOP_ORDERS__PER_ADDRESS_HOUR", "0")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let opened = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            let address = line.split("http://").nth(1).filter(|_| line.contains("is open at"));
            if let Some(address) = address {
                let end = address
                    .find(|c: char| c.is_whitespace() || c == '/')
                    .unwrap_or(address.len());
                return format!("http://{}", &address[..end]);
            }
        }
        panic!("myshop serve ended without opening")
    };
    let address = tokio::time::timeout(PATIENCE, opened)
        .await
        .expect("the shop opens in time");
    // Whatever else it says is read and let go, so that it never waits for us.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, Client::new(address))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill_and_reaches_lists_after_the_next_start() {
    each_database(async |database| {
        let place = Place::new(database).await;
        let (mut first, client) = serve(&place).await;
        let staff = staff_of(&place, &client).await;
        for n in 0..5 {
            staff.create(NewProduct::named(&format!("Steel kettle {n}"))).await;
        }
        let last = staff.create(NewProduct::named("Copper kettle")).await;
        first.kill().await.unwrap(); // SIGKILL, and waits for the end.

        let (mut second, client) = serve(&place).await;
        let page = "query($id: ID!) { product(by: {id: $id}) { name } products(first: 100) { totalCount } }";
        eventually("all six products are listed", PATIENCE, async || {
            let data = client.data(page, json!({ "id": last.id })).await;
            assert_eq!(data["product"]["name"], "Copper kettle");
            if data["products"]["totalCount"] == 6 {
                Ok(())
            } else {
                Err(data)
            }
        })
        .await;
        let staff = staff_of(&place, &client).await;
        eventually("the outbox is drained", PATIENCE, async || {
            let data = staff.data("{ recommender { lag items } }", json!(null)).await;
            if data["recommender"] == json!({ "lag": 0, "items": 6 }) {
                Ok(())
            } else {
                Err(data)
            }
        })
        .await;
        second.kill().await.unwrap();
    })
    .await;
}

/// Staff of a shop that runs elsewhere, made through its database.
pub(crate) async fn staff_of(place: &Place, client: &Client) -> Client {
    place.ensure_user("staff@example.com", shop::Role::Staff).await;
    client.log_in("staff@example.com", PASSWORD).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_redis_the_shop_goes_on_answering() {
    let nobody = "redis://127.0.0.1:1/";
    let options =
        Options::on(DatabaseKind::Sqlite).configure(move |config| config.cache.redis_url = Some(nobody.into()));
    let (shop, staff, [kettle, ..]) = small_shop(options).await;
    let guest = shop.guest();
    for _ in 0..3 {
        let list = guest.recommended(&kettle.id, "").await;
        assert_eq!((list.source(), list.names().len()), ("VECTORS", 3));
    }
    staff.create(NewProduct::named("Steel kettle new")).await;
    until(&guest, &kettle.id, "", "the new one comes", |list| {
        list.names().contains(&"Steel kettle new")
    })
    .await;
    let counters = shop.app.recommender.counters();
    assert!(
        counters.hits == 0 && counters.errors + counters.bypassed > 0,
        "{counters:?}"
    );
    assert_eq!(guest.get("/readyz").send().await.unwrap().status(), 200);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_drops_every_connection_is_found_again() {
    if postgres_url().is_none() {
        return;
    }
    let (shop, staff, [kettle, ..]) = small_shop(Options::on(DatabaseKind::Postgres)).await;
    let guest = shop.guest();
    let beside = shop.place().connect().await;
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for round in 0..3 {
        let ended = beside
            .query_all_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, end_all))
            .await;
        assert!(!ended.unwrap().is_empty(), "the shop holds connections");
        let name = format!("Steel kettle {round}");
        // The change itself must not be lost or made twice: it is answered once, and listed.
        staff.create(NewProduct::named(&name)).await;
        until(
            &guest,
            &kettle.id,
            "(first: 10)",
            "the change of after the cut is seen",
            |list| list.names().iter().filter(|listed| **listed == name).count() == 1 && list.source() == "VECTORS",
        )
        .await;
    }
    beside.close().await.unwrap();
    let ready = guest.get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), 200);
    shop.stop().await;
}
