//! Embedding from the command line: a worker without a server, and a bar that shows it.

use super::models;
use crate::{
    app::App,
    config::Config,
    database,
    pipeline::{EMBED, EmbedProgress, Scan},
    progress,
};
use anyhow::bail;
use clap::Args;
use indicatif::MultiProgress;
use reco_actors::embed::OnnxOptions;
use shop::{Shop, viewer::Staff};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);
/// How long what is under way at the end may take.
const GRACE: Duration = Duration::from_secs(30);

/// Options of `reindex`.
#[derive(Debug, Args)]
pub struct ReindexArgs {
    /// Embed everything anew, not only what lacks vectors.
    #[arg(long)]
    all: bool,
}

pub(super) async fn reindex(config: &Config, args: &ReindexArgs) -> anyhow::Result<()> {
    let shop = database::open_shop(config).await?;
    let multi = MultiProgress::new();
    let embedding = Embedding::start(
        config,
        &shop,
        &multi,
        if args.all { Scan::Nothing } else { Scan::Everything },
    )
    .await?;
    let Some(embedding) = embedding else {
        bail!("no model is there; `myshop models fetch` obtains them");
    };
    if args.all {
        Staff::operator(&shop).catalog().reindex(None).await?;
    }
    let progress = embedding.finish(&multi).await?;
    println!("{}", summary(&progress));
    Ok(())
}

pub(super) fn summary(progress: &EmbedProgress) -> String {
    format!(
        "embedded {} texts and {} pictures; {} pictures cannot be read",
        progress.texts.load(Relaxed),
        progress.pictures.load(Relaxed),
        progress.unreadable.load(Relaxed)
    )
}

/// A worker under way.
pub(super) struct Embedding {
    app: App,
    shop: Shop,
    progress: Arc<EmbedProgress>,
}

impl Embedding {
    /// Starts embedding beside whatever else runs; `None` without models.
    pub(super) async fn start(
        config: &Config,
        shop: &Shop,
        multi: &MultiProgress,
        scan: Scan,
    ) -> anyhow::Result<Option<Self>> {
        let Some(models) = models::obtain(config, OnnxOptions::default(), multi).await else {
            return Ok(None);
        };
        let mut bulk = config.clone();
        // Nobody is served from this process: its encoders may have every core.
        bulk.recommender.workers = std::thread::available_parallelism().map_or(1, usize::from);
        let mut app = App::start(&bulk, shop.clone(), Some(models))?;
        let progress = app.embed(scan).await?;
        Ok(Some(Self {
            app,
            shop: shop.clone(),
            progress,
        }))
    }

    /// Shows the rest of the work until all of it is done.
    pub(super) async fn finish(self, multi: &MultiProgress) -> anyhow::Result<Arc<EmbedProgress>> {
        let bar = progress::bar(multi, "embeddings", 0);
        loop {
            let checked = self.progress.checked.load(Relaxed);
            let left = self.shop.pipeline().tasks.counts().await?;
            bar.set_length(checked + left.interactive + left.bulk);
            bar.set_position(checked);
            if self.is_done().await? {
                break;
            }
            tokio::time::sleep(TICK).await;
        }
        bar.finish();
        self.app.shut_down(GRACE).await;
        Ok(self.progress)
    }

    async fn is_done(&self) -> anyhow::Result<bool> {
        let outbox = self.shop.outbox();
        if !self.progress.scanned.load(Relaxed) || outbox.lag().await? > 0 {
            return Ok(false);
        }
        let pipeline = self.shop.pipeline();
        let asked = pipeline.positions.of(EMBED).await?.unwrap_or_default();
        let left = pipeline.tasks.counts().await?;
        Ok(asked >= outbox.last_position().await? && left.interactive + left.bulk == 0)
    }
}
