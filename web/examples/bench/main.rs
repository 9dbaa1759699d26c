//! Measures a whole shop over 12,000 real products: import against the bare runtime, latency
//! and recall of what is served, SQL statements, memory, start, and commit → visible.
//!
//! `bench --binary FILE --data DIR --work DIR [--limit N]`
//!
//! FILE is a release build of `myshop`; DIR holds `catalog.csv` and `images.tar`; the work
//! directory keeps the imported shop, so that a second run skips the import. Figures that are
//! ratios are taken within one run. Nothing here passes or fails: see docs/RECOMMENDER.md.
// The futures of the whole schema lie within one another.
#![recursion_limit = "256"]
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

mod bare;
mod fresh;
mod import;
mod inside;
mod process;
mod statements;

use anyhow::{Context, bail};
use std::path::PathBuf;

/// What is measured with what.
pub(crate) struct Arguments {
    pub(crate) binary: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) work: PathBuf,
    pub(crate) only: Option<String>,
}

impl Arguments {
    fn read() -> anyhow::Result<Self> {
        let (mut binary, mut data, mut work, mut only) = (None, None, None, None);
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().with_context(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--binary" => binary = Some(value.into()),
                "--data" => data = Some(value.into()),
                "--work" => work = Some(value.into()),
                "--only" => only = Some(value),
                _ => bail!("unknown option {word}"),
            }
        }
        Ok(Self {
            binary: binary.context("--binary is missing")?,
            data: data.context("--data is missing")?,
            work: work.context("--work is missing")?,
            only,
        })
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == name)
    }

    /// Where the imported shop lies.
    pub(crate) fn shop(&self) -> PathBuf {
        self.work.join("shop")
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read()?;
    drop(rustls::crypto::ring::default_provider().install_default());
    let import = import::run(&arguments).await?;
    if arguments.wants("import") {
        bare::run(&arguments, import).await?;
    }
    if arguments.wants("latency") {
        inside::run(&arguments).await?;
    }
    if arguments.wants("statements") {
        statements::run(&arguments).await?;
    }
    if arguments.wants("process") {
        process::run(&arguments).await?;
    }
    if arguments.wants("fresh") {
        fresh::run(&arguments).await?;
    }
    Ok(())
}

/// The middle and the slow end of some times, in milliseconds.
pub(crate) fn percentiles(mut millis: Vec<f64>) -> String {
    millis.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| millis[((millis.len() - 1) as f64 * share).round() as usize];
    format!("p50 {:.3} ms, p99 {:.3} ms (n = {})", at(0.5), at(0.99), millis.len())
}
