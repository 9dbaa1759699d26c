//! How fast what people do is taken in: events a second into PostgreSQL with what that costs this
//! process, against one event a transaction; and how soon a person's own list is another, on the
//! node that was told and on another one.
//!
//! `scripts/services target/release/examples/events_speed`; needs MYSHOP_TEST_DATABASE_URL, and
//! MYSHOP_TEST_REDIS_URL for two nodes over Redis.

#![expect(clippy::print_stdout, reason = "figures are printed")]

use anyhow::{Context, Result};
use migration::{Migrator, MigratorTrait};
use reco_actors::{Personal as _, models::PersonId};
use shop::{
    Shop,
    catalog::{NewProduct, NewVariant},
    db::Database,
    events::{EventKind, NewEvent, Who},
    id::{ProductId, VisitorId},
    viewer::Staff,
};
use std::time::{Duration, Instant};
use uuid::Uuid;
use web::{app::App, config::Config, database::open_shop, node::Role};

const PRODUCTS: usize = 50;
const EVENTS: usize = 50_000;
/// Alone each waits for a transaction of its own.
const SINGLY: usize = 1_000;
const CLIENTS: usize = 32;
const BATCH: usize = 20;
const FEEDBACK: usize = 300;
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<()> {
    let server = std::env::var("MYSHOP_TEST_DATABASE_URL").context("MYSHOP_TEST_DATABASE_URL names no server")?;
    let directory = tempfile::tempdir()?;
    let name = format!("myshop_events_speed_{}", Uuid::now_v7().simple());
    let admin = Database::connect(&server, 1).await?.connection;
    use sea_orm::ConnectionTrait as _;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
    let outcome = measure(&server, &name, directory.path()).await;
    admin
        .execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .await?;
    outcome
}

async fn measure(server: &str, name: &str, directory: &std::path::Path) -> Result<()> {
    let url = format!("{}/{name}", server.rsplit_once('/').context("an address has a path")?.0);
    Migrator::up(&Database::connect(&url, 1).await?.connection, None).await?;
    let mut config = Config::default();
    config.shop.demo = true;
    config.database.url = Some(url);
    config.data_dir.0 = directory.to_owned();
    config.recommender.workers = 0;
    config.events.per_address_hour = 0;
    let shop = open_shop(&config).await?;
    let mut products = Vec::new();
    for number in 0..PRODUCTS {
        products.push(product(&shop, number).await?);
    }
    let mut app = App::start(&config, shop.clone(), None)?;
    app.follow_as(Role::All).await?;
    let began = Instant::now();
    for at in 0..SINGLY {
        record(&shop, VisitorId::generate(), &products, (at, 1)).await?;
    }
    let alone = SINGLY as f64 / began.elapsed().as_secs_f64();
    println!("one after the other, a transaction each: {alone:.0} events/s");
    let (began, spent) = (Instant::now(), processor_seconds()?);
    let clients = (0..CLIENTS).map(|client| {
        let (shop, products) = (shop.clone(), products.clone());
        tokio::spawn(async move {
            let visitor = VisitorId::generate();
            for at in 0..EVENTS / CLIENTS / BATCH {
                record(&shop, visitor, &products, (client + at, BATCH)).await?;
            }
            anyhow::Ok(())
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await??;
    }
    let (took, spent) = (began.elapsed().as_secs_f64(), processor_seconds()? - spent);
    let events = (EVENTS / CLIENTS / BATCH * BATCH * CLIENTS) as f64;
    println!(
        "{CLIENTS} clients at once, {BATCH} events a request: {:.0} events/s ({:.1} times as many), \
         {:.0} µs of this process an event, learning and publishing included",
        events / took,
        events / took / alone,
        spent * 1e6 / events
    );
    feedback("on the same node", &app, &shop, &products).await?;
    app.shut_down(GRACE).await;
    let redis = std::env::var("MYSHOP_TEST_REDIS_URL").ok();
    for (name, redis) in [("over the database alone", None), ("over Redis", redis.as_deref())] {
        if redis.is_none() && name == "over Redis" {
            println!("SKIPPED: two nodes over Redis, since MYSHOP_TEST_REDIS_URL is not set");
            continue;
        }
        across(name, &config, redis, &products).await?;
    }
    Ok(())
}

/// Told to one node, looked for on another.
async fn across(name: &str, config: &Config, redis: Option<&str>, products: &[ProductId]) -> Result<()> {
    let mut nodes = Vec::new();
    let directories = [tempfile::tempdir()?, tempfile::tempdir()?];
    let namespace = format!("events-speed-{}", Uuid::now_v7().simple());
    for directory in &directories {
        let mut config = config.clone();
        config.data_dir.0 = directory.path().to_owned();
        config.cache.redis_url = redis.map(str::to_owned);
        config.cache.namespace.clone_from(&namespace);
        let shop = open_shop(&config).await?;
        let mut app = App::start(&config, shop.clone(), None)?;
        app.follow_as(Role::All).await?;
        nodes.push((app, shop));
    }
    let [(teller, shop), (listener, _)] = <[_; 2]>::try_from(nodes).map_err(|_| anyhow::anyhow!("two nodes"))?;
    feedback(&format!("on another node {name}"), &listener, &shop, products).await?;
    listener.shut_down(GRACE).await;
    teller.shut_down(GRACE).await;
    Ok(())
}

/// From the call that tells of a look to the model that knows it.
async fn feedback(where_to: &str, app: &App, shop: &Shop, products: &[ProductId]) -> Result<()> {
    let visitor = VisitorId::generate();
    let latest = || {
        app.engine
            .history(PersonId(visitor.0))
            .and_then(|history| Some(history.last()?.item.0))
    };
    let mut times = Vec::new();
    for at in 0..FEEDBACK {
        let product = products[at % products.len()];
        let began = Instant::now();
        record(shop, visitor, products, (at, 1)).await?;
        while latest() != Some(product.0) {
            tokio::task::yield_now().await;
        }
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "told → in the person's history {where_to}: p50 {:.1} ms, p99 {:.1} ms",
        times[FEEDBACK / 2],
        times[FEEDBACK * 99 / 100]
    );
    Ok(())
}

async fn record(shop: &Shop, visitor: VisitorId, products: &[ProductId], (from, count): (usize, usize)) -> Result<()> {
    let who = Who {
        visitor: Some(visitor),
        ..Who::default()
    };
    let event = |at: usize| NewEvent {
        id: Uuid::new_v4(),
        kind: EventKind::View,
        happened_at: None,
        product: Some(products[(from + at) % products.len()]),
        dwell_ms: Some(5_000),
        query: None,
        attribution: None,
    };
    let recorded = shop.events().record(&who, (0..count).map(event).collect()).await?;
    anyhow::ensure!(recorded.recorded == count, "{recorded:?}");
    Ok(())
}

async fn product(shop: &Shop, number: usize) -> Result<ProductId> {
    let new = NewProduct {
        name: format!("Product {number}"),
        publish: true,
        variants: vec![NewVariant {
            sku: format!("SKU-{number}"),
            price: Some(1_000),
            stock: 5,
            ..NewVariant::default()
        }],
        ..NewProduct::default()
    };
    Ok(Staff::operator(shop).catalog().product_create(new).await?.id())
}

/// User and system time of this process.
fn processor_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = fields.get(11).zip(fields.get(12)).context("a process has times")?;
    Ok((ticks.0.parse::<f64>()? + ticks.1.parse::<f64>()?) / 100.0)
}
