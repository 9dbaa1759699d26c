//! Measures `orderPlace` on PostgreSQL against the bare transaction: the same statements, as
//! pgbench sends them, over the same rows, in the same run.
//!
//! `order_speed --pgbench FILE [--orders N] [--clients N] [--statements FILE]`
//!
//! Needs `MYSHOP_TEST_DATABASE_URL`. Every order is a guest's, of one line, over 1,000
//! products; the whole GraphQL operation is executed in this process. The statements are
//! those that one `orderPlace` was seen to send: `web/examples/order_place.sql`.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use anyhow::{Context, bail};
use async_graphql::{Request, Variables};
use graphql::RequestContext;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use shop::{Viewer, id::CartId};
use std::{
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use uuid::Uuid;
use web::{app::App, config::Config, database};

const PRODUCTS: usize = 1_000;

struct Arguments {
    pgbench: PathBuf,
    statements: PathBuf,
    orders: usize,
    clients: usize,
}

impl Arguments {
    fn read() -> anyhow::Result<Self> {
        let mut arguments = Self {
            pgbench: "pgbench".into(),
            statements: "web/examples/order_place.sql".into(),
            orders: 8_000,
            clients: 8,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().with_context(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--pgbench" => arguments.pgbench = value.into(),
                "--statements" => arguments.statements = value.into(),
                "--orders" => arguments.orders = value.parse()?,
                "--clients" => arguments.clients = value.parse()?,
                _ => bail!("unknown option {word}"),
            }
        }
        Ok(arguments)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read()?;
    drop(rustls::crypto::ring::default_provider().install_default());
    let server = std::env::var("MYSHOP_TEST_DATABASE_URL").context("MYSHOP_TEST_DATABASE_URL names no server")?;
    let (base, _) = server.rsplit_once('/').context("the address names no database")?;
    let name = format!("order_speed_{}", Uuid::now_v7().simple());
    let admin = sea_orm::Database::connect(&server).await?;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
    let url = format!("{base}/{name}");
    let outcome = measure(&arguments, &url).await;
    admin
        .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await?;
    outcome
}

async fn measure(arguments: &Arguments, url: &str) -> anyhow::Result<()> {
    let mut config = Config::default();
    let directory = tempfile::tempdir()?;
    config.data_dir.0 = directory.path().to_owned();
    config.database.url = Some(url.to_owned());
    config.database.max_connections = u32::try_from(arguments.clients)? + 2;
    let shop = database::open_shop(&config).await?;
    let rows = sea_orm::Database::connect(url).await?;
    // Carts of even numbers are ordered by the shop, of odd ones by pgbench; some warm both up.
    let warm = arguments.clients * 50;
    fill(&rows, (arguments.orders + warm) * 2).await?;
    let app = App::start(&config, shop, None)?;
    let carts = (0..arguments.orders + warm).map(|number| cart(number * 2));
    let quotes = quotes(&app, carts.collect()).await?;
    let (warming, measured) = quotes.split_at(warm);
    place_all(&app, warming, arguments.clients).await?;
    pgbench(arguments, url, warm / arguments.clients, 0)?;
    // In turns, so that neither has the quieter machine.
    let (mut ours, mut bare) = (0.0, 0.0);
    let rounds = 4;
    let each = arguments.orders / rounds;
    for round in 0..rounds {
        ours += place_all(&app, &measured[round * each..(round + 1) * each], arguments.clients).await?;
        let before = warm + round * each;
        bare += pgbench(arguments, url, each / arguments.clients, before)?;
    }
    let (ours, bare) = (ours / rounds as f64, bare / rounds as f64);
    println!(
        "orderPlace: {ours:.0} orders/s; the bare transaction by pgbench: {bare:.0}/s; ratio {:.2}",
        ours / bare
    );
    app.shut_down(std::time::Duration::from_secs(5)).await;
    Ok(())
}

fn cart(number: usize) -> CartId {
    CartId(Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + number as u128,
    ))
}

/// Products, and a guest's cart of one line each.
async fn fill(rows: &DatabaseConnection, carts: usize) -> anyhow::Result<()> {
    let address = r#"{"name":"Ada Lovelace","line1":"12 St James''s Square","city":"London","postal_code":"SW1Y 4JH","country":"GB"}"#;
    let id = |stem: &str| format!("('{stem}' || lpad(to_hex(n), 12, '0'))::uuid");
    let (product, variant, cart) = (
        id("01900000-0000-7000-8000-1"),
        id("01900000-0000-7000-8000-2"),
        "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid",
    );
    let (product, variant) = (
        product.replace("lpad(to_hex(n), 12", "lpad(to_hex(n), 11"),
        variant.replace("lpad(to_hex(n), 12", "lpad(to_hex(n), 11"),
    );
    let statements = [
        format!(
            "INSERT INTO product (id, name, slug, description, status, attributes, version, published_at, created_at, updated_at) \
             SELECT {product}, 'Product ' || n, 'product-' || n, '', 'PUBLISHED', '[]', 1, now(), now(), now() FROM generate_series(0, {PRODUCTS} - 1) n"
        ),
        format!(
            "INSERT INTO variant (id, product_id, sku, title, options, price_amount, currency, stock_on_hand, stock_reserved, position, created_at, updated_at) \
             SELECT {variant}, {product}, 'SKU-' || n, '', '[]', 2000, 'USD', 1000000, 0, 0, now(), now() FROM generate_series(0, {PRODUCTS} - 1) n"
        ),
        format!(
            "INSERT INTO cart (id, email, shipping_address, version, created_at, updated_at) \
             SELECT {cart}, 'ada@example.com', '{address}', 1, now(), now() FROM generate_series(0, {carts} - 1) n"
        ),
        format!(
            "INSERT INTO cart_line (cart_id, variant_id, product_id, product_name, variant_title, quantity, seen_amount, added_at, updated_at) \
             SELECT {cart}, {}, {}, 'Product', '', 1, 2000, now(), now() FROM generate_series(0, {carts} - 1) n",
            variant.replace("to_hex(n)", &format!("to_hex((n / 2) * 7 % {PRODUCTS})")),
            product.replace("to_hex(n)", &format!("to_hex((n / 2) * 7 % {PRODUCTS})")),
        ),
        "ANALYZE".to_owned(),
    ];
    for statement in statements {
        rows.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// The quotes of carts, with their tokens: what a client holds when it orders.
async fn quotes(app: &App, carts: Vec<CartId>) -> anyhow::Result<Vec<(String, String)>> {
    let reads = app.shop.carts();
    let mut found = Vec::with_capacity(carts.len());
    for id in carts {
        let token = reads.token(id);
        let view = reads.find(reads.key(&Viewer::Guest, Some(&token))).await?;
        found.push((token, view.context("the cart was filled")?.fingerprint));
    }
    Ok(found)
}

/// Orders per second.
async fn place_all(app: &App, quotes: &[(String, String)], clients: usize) -> anyhow::Result<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let (next, quotes) = (Arc::clone(&next), quotes.to_vec());
        let (schema, services) = (app.schema.clone(), app.services.clone());
        tasks.push(tokio::spawn(async move {
            let place = "mutation($quote: String!, $key: String!) { orderPlace(input: {quote: $quote}, idempotencyKey: $key) \
                         { order { id number status total { amount } } userErrors { code message } } }";
            loop {
                let Some((token, quote)) = quotes.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    return Ok(());
                };
                let context = RequestContext::new(&services, Viewer::Guest, "bench").with_cart_token(Some(token.as_str().into()));
                let variables = serde_json::json!({ "quote": quote, "key": "k" });
                let request = Request::new(place).variables(Variables::from_json(variables)).data(context);
                let answer = graphql::execute(&schema, request).await;
                let data = answer.data.into_json()?;
                if data["orderPlace"]["order"]["id"].is_null() {
                    bail!("an order was refused: {data} {:?}", answer.errors);
                }
            }
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(quotes.len() as f64 / started.elapsed().as_secs_f64())
}

/// Transactions per second, of carts with odd numbers from `before` on.
fn pgbench(arguments: &Arguments, url: &str, each: usize, before: usize) -> anyhow::Result<f64> {
    let clients = arguments.clients.to_string();
    let output = Command::new(&arguments.pgbench)
        .args([
            "-n",
            "-M",
            "prepared",
            "-c",
            &clients,
            "-j",
            "2",
            "-t",
            &each.to_string(),
        ])
        .args([
            "-D",
            "i=0",
            "-D",
            &format!("before={before}"),
            "-D",
            &format!("each={each}"),
            "-D",
            &format!("products={PRODUCTS}"),
        ])
        .arg("-f")
        .arg(&arguments.statements)
        .arg(url)
        .output()
        .context("pgbench cannot be run")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || text.contains("number of failed transactions: 1") {
        bail!("pgbench failed: {text} {}", String::from_utf8_lossy(&output.stderr));
    }
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = tps
        .and_then(|rest| rest.split(' ').next())
        .context("pgbench tells no tps")?;
    Ok(tps.parse()?)
}
