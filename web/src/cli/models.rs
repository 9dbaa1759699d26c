//! `myshop models`, and obtaining models before serving.

use crate::{
    app::model_settings,
    config::Config,
    models::{self, ModelSettings},
};
use anyhow::bail;
use clap::{Args, Subcommand};
use indicatif::MultiProgress;
use reco_actors::embed::{EmbedderFactory, OnnxOptions};
use std::{collections::HashMap, path::PathBuf, sync::Arc};

/// Options of `models`.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// Directory of the models; data/models unless set.
    #[arg(long, global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    command: ModelsCommand,
}

/// What `models` does.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Fetch what is missing, verify its SHA-256, and say what to do where a source cannot be
    /// reached.
    Fetch,
    /// Hash every file anew and compare.
    Verify,
    /// List known models: `*` marks those the settings choose.
    List,
}

pub(super) async fn run(config: &Config, args: ModelsArgs) -> anyhow::Result<()> {
    let mut settings = model_settings(config);
    if let Some(dir) = args.dir {
        settings.dir = dir;
    }
    match args.command {
        ModelsCommand::Fetch => fetch(&settings).await,
        ModelsCommand::Verify => verify(settings).await,
        ModelsCommand::List => list(settings).await,
    }
}

async fn fetch(settings: &ModelSettings) -> anyhow::Result<()> {
    let report = models::ensure(settings, &MultiProgress::new()).await?;
    println!("{report}");
    if !report.is_complete() {
        bail!("not every file could be obtained; see above");
    }
    Ok(())
}

async fn verify(settings: ModelSettings) -> anyhow::Result<()> {
    let states = tokio::task::spawn_blocking(move || models::verify(&settings)).await??;
    for state in &states {
        println!("{state}");
    }
    if !states.iter().all(models::ModelState::is_complete) {
        bail!("not every file is what it should be; see above");
    }
    Ok(())
}

async fn list(settings: ModelSettings) -> anyhow::Result<()> {
    for model in tokio::task::spawn_blocking(move || models::list(&settings)).await?? {
        let mark = if model.is_chosen { '*' } else { ' ' };
        let state = if model.is_present { "present" } else { "absent" };
        println!(
            "{mark} {:<26} {:<8} {:<8} {:>5} MiB  {:<12} {}",
            model.id,
            model.kind,
            state,
            model.bytes >> 20,
            model.licence,
            model.title
        );
    }
    Ok(())
}

/// Brings the models if they are missing and opens what is there. Whatever goes wrong, the
/// shop serves without: says why, and goes on.
pub(super) async fn obtain(
    config: &Config,
    options: OnnxOptions,
    progress: &MultiProgress,
) -> Option<Arc<dyn EmbedderFactory>> {
    if config.models.disabled {
        return None;
    }
    let settings = model_settings(config);
    match try_obtain(&settings, options, progress).await {
        Ok(factory) => factory,
        Err(error) => {
            eprintln!("Models cannot be used: {error:#}. Serving without them.");
            None
        }
    }
}

/// Bytes of the files of each known model by its id.
pub(super) async fn sizes(config: &Config) -> anyhow::Result<HashMap<String, u64>> {
    let settings = model_settings(config);
    let listed = tokio::task::spawn_blocking(move || models::list(&settings)).await??;
    Ok(listed.into_iter().map(|model| (model.id, model.bytes)).collect())
}

async fn try_obtain(
    settings: &ModelSettings,
    options: OnnxOptions,
    progress: &MultiProgress,
) -> anyhow::Result<Option<Arc<dyn EmbedderFactory>>> {
    let of = settings.clone();
    let listed = tokio::task::spawn_blocking(move || models::list(&of)).await??;
    if !listed.iter().all(|model| model.is_present || !model.is_chosen) {
        let report = models::ensure(settings, progress).await?;
        eprintln!("{report}");
    }
    let of = settings.clone();
    Ok(tokio::task::spawn_blocking(move || models::open_with(&of, options)).await??)
}
