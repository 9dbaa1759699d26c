//! The same photo taken differently: recompressed, cropped, lighter or darker. How often does the
//! product itself come first?

use crate::{Arguments, Fallible, Product, all, vectors};
use image::{RgbImage, codecs::jpeg::JpegEncoder, imageops};
use reco_actors::{
    ScoreMode, Weights,
    embed::{EmbedderFactory as _, preprocess::ImageLimits, views::views},
    eval::sample,
    index::Generation,
};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read as _},
};

const QUERIES: usize = 1_000;
/// JPEG quality of a photo that was sent on.
const QUALITY: u8 = 75;
/// What of each side a cropped photo keeps: a fifth is gone.
const KEPT: f64 = 0.8;
const BRIGHTER: f32 = 1.2;
const DARKER: f32 = 0.8;
/// Scores nearer than this are equal.
const ROUNDING: f32 = 1e-5;

type Change = fn(RgbImage) -> RgbImage;

fn cropped(photo: RgbImage) -> RgbImage {
    let side = |length: u32| (f64::from(length) * KEPT).round() as u32;
    let (width, height) = (side(photo.width()), side(photo.height()));
    let (left, top) = ((photo.width() - width) / 2, (photo.height() - height) / 2);
    imageops::crop_imm(&photo, left, top, width, height).to_image()
}

fn lit(mut photo: RgbImage, by: f32) -> RgbImage {
    photo
        .iter_mut()
        .for_each(|value| *value = (f32::from(*value) * by).min(255.0) as u8);
    photo
}

/// Searches by changed photos of some products, as the shop does.
pub(crate) fn found_again(arguments: &Arguments, products: &[Product], generation: &Generation) -> Fallible<()> {
    let photos = photos(arguments, products)?;
    let factory = vectors::factory(arguments)?;
    let mut encoder = factory.image()?;
    let changes: [(&str, Change); 4] = [
        ("recompressed", |photo| photo),
        ("cropped by a fifth", cropped),
        ("a fifth brighter", |photo| lit(photo, BRIGHTER)),
        ("a fifth darker", |photo| lit(photo, DARKER)),
    ];
    for (name, change) in changes {
        let (mut first, mut plainly) = (0, 0);
        for (at, photo) in &photos {
            let changed = change(image::load_from_memory(photo)?.into_rgb8());
            let mut bytes = Vec::new();
            changed.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
            let looks = encoder.embed(&views(bytes.into(), &ImageLimits::default())?)?;
            let looks = looks.into_iter().collect::<Result<Vec<_>, _>>()?;
            first += usize::from(is_first(generation, *at, &looks));
            plainly += usize::from(is_first(generation, *at, &looks[..1]));
        }
        let all = photos.len();
        println!("photos, {name}: the product first {first} of {all}; looked at in one way alone {plainly}");
    }
    Ok(())
}

/// Whether nothing is more like it; some products show the same photo.
fn is_first(generation: &Generation, item: usize, looks: &[Vec<f32>]) -> bool {
    let mut best = HashMap::<usize, f32>::new();
    for vector in looks {
        let query = generation.query_from(None, Some(vector), Weights::IMAGE, ScoreMode::Raw);
        for hit in generation.search(&query, &all(generation.stats().items), 10) {
            let known = best.entry(hit.slot.0 as usize).or_insert(hit.image);
            *known = known.max(hit.image);
        }
    }
    let top = best.values().copied().fold(0.0, f32::max);
    best.get(&item).is_some_and(|score| *score >= top - ROUNDING)
}

fn photos(arguments: &Arguments, products: &[Product]) -> Fallible<Vec<(usize, Vec<u8>)>> {
    let wanted: HashMap<&str, usize> = sample(products.len(), QUERIES, 11)
        .into_iter()
        .map(|at| (products[at].id.as_str(), at))
        .collect();
    let archive = File::open(arguments.data.join("images.tar"))?;
    let mut photos = Vec::with_capacity(wanted.len());
    for entry in tar::Archive::new(BufReader::new(archive)).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if let Some(&at) = wanted.get(id) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            photos.push((at, bytes));
        }
    }
    Ok(photos)
}
