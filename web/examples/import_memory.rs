//! Shows that an import streams: imports generated catalogues of growing size and prints the
//! rate and the peak memory of the process after each.
//!
//! `cargo run -p myshop --example import_memory -- [dry|write] [rows…]`; without arguments a
//! dry run of 100,000 and 1,000,000 rows.

#![expect(clippy::print_stdout, reason = "prints what it measures")]

use anyhow::{Context, Result};
use migration::{Migrator, MigratorTrait};
use shop::{
    Currency, Shop, ShopDeps,
    accounts::{AccountSettings, TokenKey},
    clock::SystemClock,
    db::Database,
    media::MediaStore,
};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
};
use web::feed::import::{self, ImportOptions};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    let dry_run = arguments.next_if(|word| word == "write").is_none();
    let sizes: Vec<u64> = arguments.filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() {
        vec![100_000, 1_000_000]
    } else {
        sizes
    };
    for rows in sizes {
        let directory = tempfile::tempdir()?;
        let shop = open(directory.path()).await?;
        let file = directory.path().join("catalogue.csv");
        generate(&file, rows)?;
        let options = ImportOptions {
            dry_run,
            rejects: Some(directory.path().join("rejects.jsonl")),
            ..ImportOptions::of(&file)
        };
        for _ in 0..if dry_run { 1 } else { 2 } {
            let report = import::run(&shop, &options, &web::progress::hidden()).await?;
            let rate = report.rows as f64 / report.elapsed.as_secs_f64();
            println!("{report}: {rate:.0} rows/s, peak {}", peak()?);
        }
    }
    Ok(())
}

async fn open(directory: &Path) -> Result<Shop> {
    let url = format!("sqlite://{}", directory.join("shop.db").display());
    let db = Database::connect(&url, 2).await?;
    Migrator::up(&db.connection, None).await?;
    let key = TokenKey {
        kid: "example".into(),
        secret: "0123456789abcdef0123456789abcdef".into(),
    };
    let accounts = AccountSettings::new(vec![key]);
    let shop = Shop::open(ShopDeps {
        db,
        media: MediaStore::in_memory(),
        currency: Currency::USD,
        reviews: shop::reviews::ReviewSettings::default(),
        accounts,
        commerce: shop::checkout::CommerceSettings::default(),
        payments: Vec::new(),
        events: shop::events::EventSettings::default(),
        clock: Arc::new(SystemClock),
    });
    Ok(shop.await?)
}

/// Rows like real ones; every thousandth has no price that can be read.
fn generate(file: &Path, rows: u64) -> Result<()> {
    let mut csv = BufWriter::new(File::create(file)?);
    writeln!(csv, "id,sku,name,description,brand,category,price,stock")?;
    for row in 1..=rows {
        let price = if row % 1000 == 0 {
            "soon".to_owned()
        } else {
            format!("{}.90", row % 500)
        };
        let (brand, kind) = (row % 300, row % 40);
        let text = "Made to last, repaired where it is sold, and packed without plastic. ".repeat(4);
        writeln!(
            csv,
            "P{row},SKU-{row},Thing {row} of kind {kind},\"{text}\",Brand {brand},Home > Kind {kind},{price},{kind}"
        )?;
    }
    csv.flush()?;
    Ok(())
}

/// Most memory that the process has had so far.
fn peak() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.context("the system does not tell the peak")?.trim().to_owned())
}
