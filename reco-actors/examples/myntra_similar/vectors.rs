//! The vectors of the products: made by the models, or kept from an earlier run.

use crate::{Arguments, Fallible, Product};
use bytes::Bytes;
use reco_actors::embed::{
    EmbedderFactory as _, OnnxFactory, OnnxOptions,
    manifest::{Manifests, RUNTIME_ID, Role},
};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read as _, Write as _},
    path::Path,
};

const BATCH: usize = 32;

/// Text and picture vectors by product position.
pub(crate) struct Vectors {
    pub(crate) text: Vec<Vec<f32>>,
    pub(crate) image: Vec<Option<Vec<f32>>>,
}

pub(crate) fn factory(arguments: &Arguments) -> Fallible<OnnxFactory> {
    let all = Manifests::built_in();
    let fetched = arguments.models.join(&all.get(RUNTIME_ID)?.file(Role::Library)?.path);
    let library = arguments.library.clone().unwrap_or(fetched);
    let (text, image) = (
        all.get("all-minilm-l6-v2-int8")?,
        all.get("efficientnet-lite1-compact")?,
    );
    Ok(OnnxFactory::open(
        &library,
        &arguments.models,
        Some(text),
        Some(image),
        OnnxOptions::default(),
    )?)
}

pub(crate) fn embed(arguments: &Arguments, products: &[Product]) -> Fallible<Vectors> {
    let factory = factory(arguments)?;
    println!("embedding {} products: some minutes", products.len());
    std::thread::scope(|scope| {
        let texts = scope.spawn(|| embed_texts(&factory, products));
        let image = embed_images(&factory, products, &arguments.data.join("images.tar"))?;
        let text = texts.join().map_err(|_| "the text worker panicked")??;
        Ok(Vectors { text, image })
    })
}

fn embed_texts(factory: &OnnxFactory, products: &[Product]) -> Fallible<Vec<Vec<f32>>> {
    let mut encoder = factory.text()?;
    let mut vectors = Vec::with_capacity(products.len());
    for batch in products.chunks(BATCH) {
        let texts: Vec<String> = batch.iter().map(|product| product.name.clone()).collect();
        vectors.extend(encoder.embed(&texts)?);
    }
    Ok(vectors)
}

fn embed_images(factory: &OnnxFactory, products: &[Product], archive: &Path) -> Fallible<Vec<Option<Vec<f32>>>> {
    let position: HashMap<&str, usize> = products.iter().enumerate().map(|(at, p)| (p.id.as_str(), at)).collect();
    let mut encoder = factory.image()?;
    let mut vectors = vec![None; products.len()];
    let mut batch: Vec<(usize, Bytes)> = Vec::new();
    let mut flush = |batch: &mut Vec<(usize, Bytes)>| -> Fallible<()> {
        let pictures: Vec<Bytes> = batch.iter().map(|(_, picture)| picture.clone()).collect();
        for ((at, _), vector) in batch.drain(..).zip(encoder.embed(&pictures)?) {
            vectors[at] = vector.ok();
        }
        Ok(())
    };
    for entry in tar::Archive::new(BufReader::new(File::open(archive)?)).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let Some(&at) = position.get(id) else { continue };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        batch.push((at, bytes.into()));
        if batch.len() == BATCH {
            flush(&mut batch)?;
        }
    }
    flush(&mut batch)?;
    Ok(vectors)
}

/// One line of header, then per product both blocks, a missing picture as zeros.
pub(crate) fn save(file: &Path, vectors: &Vectors) -> Fallible<()> {
    let mut bytes = Vec::new();
    for (text, image) in vectors.text.iter().zip(&vectors.image) {
        let blank = vec![0.0; 1280];
        for value in text.iter().chain(image.as_ref().unwrap_or(&blank)) {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
    Ok(File::create(file)?.write_all(&bytes)?)
}

pub(crate) fn load(file: &Path, products: usize) -> Fallible<Vectors> {
    let bytes = std::fs::read(file)?;
    let values: Vec<f32> = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|chunk| f32::from_le_bytes(*chunk))
        .collect();
    if values.len() != products * (384 + 1280) {
        return Err(format!("{} holds other vectors: remove it", file.display()).into());
    }
    let (mut text, mut image) = (Vec::new(), Vec::new());
    for row in values.chunks_exact(384 + 1280) {
        text.push(row[..384].to_vec());
        image.push(Some(row[384..].to_vec()).filter(|block| block.iter().any(|value| *value != 0.0)));
    }
    Ok(Vectors { text, image })
}
