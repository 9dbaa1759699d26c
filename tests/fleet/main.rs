//! A whole fleet under load, and under fire: two api processes and two workers over PostgreSQL
//! and Redis on one machine, 20 changes a second while 200 recommendations a second are read,
//! and at the end every node held against a brute-force rebuild from the database.
//!
//! `fleet --binary FILE --models DIR [--seconds N] [--products N] [--reads N] [--changes N] [--chaos]`
//!
//! With `--chaos` a random process is killed every ten seconds and started again, Redis is gone
//! for 30 seconds, flushed once, and PostgreSQL is restarted once. Needs
//! `MYSHOP_TEST_DATABASE_URL`, for chaos also `MYSHOP_TEST_POSTGRES_RESTART`, as `scripts/services`
//! sets them. Ends with 1 when a read failed, something was lost, or nodes differ; how fast
//! it went is printed, not judged.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

mod changes;
mod chaos;
mod goods;
mod processes;
mod reads;
mod servers;
mod spread;
mod verify;

use anyhow::{Context, bail};
use changes::Writer;
use processes::Fleet;
use reads::Readers;
use servers::Redis;
use std::{path::PathBuf, sync::Arc, time::Duration};
use support::{DatabaseKind, PASSWORD, Place};
use tokio_util::sync::CancellationToken;

/// After the last change, before nodes are compared: the calm in which they must have converged.
const CALM: Duration = Duration::from_secs(10);

/// What is asked for.
pub(crate) struct Arguments {
    binary: PathBuf,
    models: PathBuf,
    seconds: u64,
    products: usize,
    reads: u32,
    changes: u32,
    chaos: bool,
}

impl Arguments {
    fn read() -> anyhow::Result<Self> {
        let mut arguments = Self {
            binary: "target/release/myshop".into(),
            models: "target/test-models".into(),
            seconds: 300,
            products: 1_000,
            reads: 200,
            changes: 20,
            chaos: false,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            if word == "--chaos" {
                arguments.chaos = true;
                continue;
            }
            let value = words.next().with_context(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--binary" => arguments.binary = value.into(),
                "--models" => arguments.models = value.into(),
                "--seconds" => arguments.seconds = value.parse()?,
                "--products" => arguments.products = value.parse()?,
                "--reads" => arguments.reads = value.parse()?,
                "--changes" => arguments.changes = value.parse()?,
                _ => bail!("unknown option {word}"),
            }
        }
        Ok(arguments)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read()?;
    let place = Place::new(DatabaseKind::Postgres).await;
    let redis = Redis::start(place.directory()).await?;
    place.ensure_user("staff@example.com", shop::Role::Staff).await;
    place.ensure_user("admin@example.com", shop::Role::Admin).await;
    let fleet = Arc::new(Fleet::start(&arguments, &place, &redis).await?);
    let outcome = play(&arguments, &place, redis, &fleet).await;
    fleet.stop().await;
    outcome
}

async fn play(arguments: &Arguments, place: &Place, redis: Redis, fleet: &Arc<Fleet>) -> anyhow::Result<()> {
    let staff = fleet.client(0).log_in("staff@example.com", PASSWORD).await;
    let goods = goods::stock(&staff, arguments.products).await;
    goods::embedded(fleet, arguments.products).await?;
    println!(
        "two api processes, two workers, {} products; {} reads/s, {} changes/s for {} s{}",
        arguments.products,
        arguments.reads,
        arguments.changes,
        arguments.seconds,
        if arguments.chaos { ", under fire" } else { "" }
    );
    let over = CancellationToken::new();
    let readers = Readers::new(Arc::clone(fleet), &goods);
    let writer = Arc::new(Writer::new(Arc::clone(fleet), staff.token().unwrap_or_default(), goods));
    let reading = tokio::spawn(readers.run(arguments.reads, over.clone()));
    let writing = tokio::spawn(Arc::clone(&writer).run(arguments.changes, over.clone()));
    let redis = if arguments.chaos {
        chaos::rage(fleet, redis, Duration::from_secs(arguments.seconds)).await?
    } else {
        tokio::time::sleep(Duration::from_secs(arguments.seconds)).await;
        redis
    };
    over.cancel();
    let changed = writing.await?;
    let read = reading.await?;
    let freshness = verify::freshness(fleet).await;
    println!("{changed}");
    println!("{read}");
    tokio::time::sleep(CALM).await;
    for line in freshness? {
        println!("{line}");
    }
    let differences = verify::everything(place, fleet, &writer).await?;
    drop(redis);
    println!("{differences}");
    anyhow::ensure!(read.failed == 0, "{} reads failed on both nodes", read.failed);
    anyhow::ensure!(
        arguments.chaos || read.retried == 0,
        "{} reads failed on a node though nothing was broken",
        read.retried
    );
    anyhow::ensure!(differences.is_none(), "the nodes and the database differ");
    Ok(())
}
