//! Text vectors: made by the model, or kept from an earlier run.

use crate::{Arguments, Fallible};
use reco_actors::embed::{
    EmbedText, EmbedderFactory as _, OnnxFactory, OnnxOptions,
    manifest::{Manifests, RUNTIME_ID, Role},
};
use std::{fs, path::Path};

const BATCH: usize = 64;
pub(crate) const DIM: usize = 384;

pub(crate) fn encoder(arguments: &Arguments) -> Fallible<Box<dyn EmbedText>> {
    let all = Manifests::built_in();
    let fetched = arguments.models.join(&all.get(RUNTIME_ID)?.file(Role::Library)?.path);
    let library = arguments.library.clone().unwrap_or(fetched);
    let text = all.get("all-minilm-l6-v2-int8")?;
    let factory = OnnxFactory::open(&library, &arguments.models, Some(text), None, OnnxOptions::default())?;
    Ok(factory.text()?)
}

/// One vector per text; read from the file if it holds as many.
pub(crate) fn kept(file: Option<&Path>, encoder: &mut dyn EmbedText, texts: &[String]) -> Fallible<Vec<Vec<f32>>> {
    if let Some(bytes) = file.and_then(|file| fs::read(file).ok()) {
        let numbers = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let numbers: Vec<f32> = numbers.collect();
        if numbers.len() == texts.len() * DIM {
            return Ok(numbers.chunks_exact(DIM).map(<[f32]>::to_vec).collect());
        }
    }
    println!("embedding {} texts: some minutes", texts.len());
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        vectors.extend(encoder.embed(batch)?);
    }
    if let Some(file) = file {
        let bytes: Vec<u8> = vectors
            .iter()
            .flatten()
            .flat_map(|number: &f32| number.to_le_bytes())
            .collect();
        fs::write(file, bytes)?;
    }
    Ok(vectors)
}
