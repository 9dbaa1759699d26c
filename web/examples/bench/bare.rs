//! The import's throughput against a plain loop of the runtime over the same inputs, with as
//! many threads as there are cores.

use crate::{Arguments, import::models_dir, inside};
use anyhow::Context;
use reco_actors::embed::{
    OnnxFactory, OnnxOptions,
    manifest::{Manifests, RUNTIME_ID, Role},
    speed::bare_rate,
    text_of,
};
use std::time::Duration;
use web::{database, pipeline::item_of};

/// Products whose inputs the plain loop runs over.
const SAMPLE: usize = 600;

pub(crate) async fn run(arguments: &Arguments, import: Option<Duration>) -> anyhow::Result<()> {
    let shop = database::open_shop(&inside::config(arguments)).await?;
    let ids = inside::some_ids(&shop, SAMPLE).await?;
    let total = inside::some_ids(&shop, usize::MAX).await?.len();
    let taxonomy = shop.catalog().taxonomy();
    let (mut texts, mut pictures) = (Vec::new(), Vec::new());
    for view in shop.catalog().load_fresh(&ids).await? {
        texts.push(text_of(&item_of(&view, &taxonomy)));
        if let Some(picture) = view.media.first() {
            pictures.extend(shop.media().read(&picture.storage_key.parse()?).await?);
        }
    }
    let all = Manifests::built_in();
    let models = models_dir(arguments);
    let library = models.join(&all.get(RUNTIME_ID)?.file(Role::Library)?.path);
    let factory = OnnxFactory::open(
        &library,
        &models,
        Some(all.get("all-minilm-l6-v2-int8")?),
        Some(all.get("efficientnet-lite1-compact")?),
        OnnxOptions::default(),
    )?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let bare = tokio::task::spawn_blocking(move || bare_rate(&factory, &texts, &pictures, threads))
        .await
        .context("the plain loop died")??;
    println!("plain loop of the runtime, {threads} threads: {bare:.1} products/s (text and picture)");
    if let Some(took) = import {
        let rate = total as f64 / took.as_secs_f64();
        println!(
            "import with pictures and embeddings: {total} products in {:.1} s, {rate:.1} products/s, {:.2} of the plain loop",
            took.as_secs_f64(),
            rate / bare
        );
    }
    Ok(())
}
