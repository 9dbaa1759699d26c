//! Vectors of a data set's texts and pictures: made by the shop's models, kept in the working folder.

use crate::progress;
use anyhow::{Context as _, bail};
use indicatif::MultiProgress;
use reco_actors::{
    embed::{EmbedderFactory, text_of},
    eval::data::DataSet,
};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

const BATCH: usize = 32;

/// By position of the item; empty where no model or nothing to embed is there.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Vectors {
    pub(crate) text: Vec<Option<Vec<f32>>>,
    pub(crate) image: Vec<Option<Vec<f32>>>,
}

impl Vectors {
    pub(crate) fn has_texts(&self) -> bool {
        self.text.iter().any(Option::is_some)
    }

    pub(crate) fn has_pictures(&self) -> bool {
        self.image.iter().any(Option::is_some)
    }

    pub(crate) fn text(&self, at: usize) -> Option<&Vec<f32>> {
        self.text.get(at)?.as_ref()
    }

    pub(crate) fn image(&self, at: usize) -> Option<&Vec<f32>> {
        self.image.get(at)?.as_ref()
    }

    /// From the folder if they are there, by the models otherwise.
    pub(crate) fn obtain(
        data: &DataSet,
        models: &dyn EmbedderFactory,
        work: &Path,
        bars: &MultiProgress,
    ) -> anyhow::Result<Self> {
        let name = |model: Option<reco_actors::embed::ModelInfo>| model.map_or("none".to_owned(), |model| model.id);
        let (text, image) = (name(models.text_model()), name(models.image_model()));
        let digest = data.digest.get(..16).unwrap_or(&data.digest);
        let file = work.join(format!("vectors-{digest}-{text}-{image}.bin"));
        if let Ok(kept) = fs::read(&file) {
            return postcard::from_bytes(&kept).with_context(|| format!("{}: damaged; remove it", file.display()));
        }
        let made = std::thread::scope(|scope| {
            let text = scope.spawn(|| texts(data, models, bars));
            let image = pictures(data, models, bars)?;
            let text = text
                .join()
                .map_err(|_| anyhow::anyhow!("the text encoder panicked"))??;
            anyhow::Ok(Self { text, image })
        })?;
        super::store::write(&file, &postcard::to_stdvec(&made)?)?;
        Ok(made)
    }
}

fn texts(data: &DataSet, models: &dyn EmbedderFactory, bars: &MultiProgress) -> anyhow::Result<Vec<Option<Vec<f32>>>> {
    let told = data.items.iter().enumerate();
    let told = told.filter(|(_, item)| !item.name.trim().is_empty() || !item.description.trim().is_empty());
    let told: Vec<(usize, String)> = told.map(|(at, item)| (at, text_of(item))).collect();
    let mut vectors = vec![None; data.items.len()];
    if told.is_empty() || models.text_model().is_none() {
        return Ok(vectors);
    }
    let bar = progress::bar(bars, "texts", told.len() as u64);
    let mut encoder = models.text()?;
    for batch in told.chunks(BATCH) {
        let texts: Vec<String> = batch.iter().map(|(_, text)| text.clone()).collect();
        let made = encoder.embed(&texts)?;
        if made.len() != batch.len() {
            bail!("{} texts gave {} vectors", batch.len(), made.len());
        }
        for ((at, _), vector) in batch.iter().zip(made) {
            vectors[*at] = Some(vector);
        }
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(vectors)
}

/// A picture that cannot be read counts as none, as it does in the shop.
fn pictures(
    data: &DataSet,
    models: &dyn EmbedderFactory,
    bars: &MultiProgress,
) -> anyhow::Result<Vec<Option<Vec<f32>>>> {
    let shown = data.pictures.iter().enumerate();
    let shown: Vec<_> = shown.filter_map(|(at, picture)| Some((at, picture.clone()?))).collect();
    let mut vectors = vec![None; data.items.len()];
    if shown.is_empty() || models.image_model().is_none() {
        return Ok(vectors);
    }
    let bar = progress::bar(bars, "pictures", shown.len() as u64);
    let mut encoder = models.image()?;
    for batch in shown.chunks(BATCH) {
        let pictures: Vec<_> = batch.iter().map(|(_, picture)| picture.clone()).collect();
        for ((at, _), vector) in batch.iter().zip(encoder.embed(&pictures)?) {
            vectors[*at] = vector.ok();
        }
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(vectors)
}
