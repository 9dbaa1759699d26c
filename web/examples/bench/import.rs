//! The import of the whole catalogue by the real binary, once.

use crate::Arguments;
use anyhow::{Context, bail};
use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

/// How long the import took, if it was made in this run.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Option<Duration>> {
    let done = arguments.shop().join("imported");
    if done.is_file() {
        println!(
            "import: kept from an earlier run; remove {} to measure it",
            arguments.shop().display()
        );
        return Ok(None);
    }
    fs::create_dir_all(arguments.shop())?;
    let fetched = command(arguments).args(["models", "fetch"]).status()?;
    if !fetched.success() {
        bail!("the models cannot be obtained");
    }
    let started = Instant::now();
    let import = command(arguments)
        .arg("import")
        .arg(arguments.data.join("catalog.csv"))
        .args(["--mapping", "docs/examples/myntra.toml", "--image-tar"])
        .arg(arguments.data.join("images.tar"))
        .arg("--rejects")
        .arg(arguments.work.join("rejects.jsonl"))
        .status()
        .context("the binary cannot be run")?;
    if !import.success() {
        bail!("the import failed");
    }
    fs::write(done, "")?;
    Ok(Some(started.elapsed()))
}

/// The binary, over the imported shop.
pub(crate) fn command(arguments: &Arguments) -> Command {
    let mut command = Command::new(&arguments.binary);
    command
        .env("MYSHOP_DATA_DIR", arguments.shop())
        .env("MYSHOP_MODELS__DIR", models_dir(arguments))
        .env_remove("DATABASE_URL")
        .env_remove("REDIS_URL");
    command
}

pub(crate) fn models_dir(arguments: &Arguments) -> std::path::PathBuf {
    std::env::var_os("MYSHOP_TEST_MODELS").map_or_else(|| arguments.work.join("models"), Into::into)
}
