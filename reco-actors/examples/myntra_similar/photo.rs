//! The same photo taken differently: recompressed, cropped, lighter or darker. How often does the
//! product itself come first?

use crate::{Arguments, Fallible, Product, all, vectors};
use bytes::Bytes;
use image::{RgbImage, codecs::jpeg::JpegEncoder, imageops};
use reco_actors::{
    ScoreMode, Weights,
    embed::{
        EmbedderFactory as _,
        preprocess::ImageLimits,
        print::{Held, Print, is_same},
        views::views,
    },
    eval::sample,
    index::Generation,
};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read as _},
    time::{Duration, Instant},
};

const QUERIES: usize = 1_000;
/// So many of the most like are held against the photo, as the shop does.
const CANDIDATES: usize = 100;
/// JPEG quality of a photo that was sent on.
const QUALITY: u8 = 75;
/// What of each side a cropped photo keeps: a fifth is gone.
const KEPT: f64 = 0.8;
const BRIGHTER: f32 = 1.2;
const DARKER: f32 = 0.8;
/// Scores nearer than this are equal: two prints of the same photo differ by rounding.
const ROUNDING: f32 = 1e-4;

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
    let mut prints = HashMap::new();
    for (name, change) in changes {
        let (mut first, mut alike) = (0, 0);
        let mut held_against = Duration::ZERO;
        for at in sample(products.len(), QUERIES, 11) {
            let changed = change(image::load_from_memory(&photos[&at])?.into_rgb8());
            let mut bytes = Vec::new();
            changed.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
            let photo = Bytes::from(bytes);
            let looks = encoder.embed(&views(photo.clone(), &ImageLimits::default())?)?;
            let looks = looks.into_iter().collect::<Result<Vec<_>, _>>()?;
            let candidates = candidates(generation, &looks);
            alike += usize::from(is_first(at, &candidates));
            for (candidate, _) in &candidates {
                if let (None, Some(photo)) = (prints.get(candidate), photos.get(candidate)) {
                    prints.insert(*candidate, Print::of(photo, &ImageLimits::default())?);
                }
            }
            let began = Instant::now();
            let held = Held::new(Print::of(&photo, &ImageLimits::default())?);
            let best = candidates.first().map_or(0.0, |(_, score)| *score);
            let known = candidates.into_iter().map(|(candidate, score)| {
                let likeness = prints.get(&candidate).map_or(0.0, |print| held.likeness(print));
                let is_same = is_same(likeness, score, best);
                (candidate, if is_same { score + likeness } else { score })
            });
            let known: Vec<(usize, f32)> = known.collect();
            held_against += began.elapsed();
            first += usize::from(is_first(at, &known));
        }
        println!(
            "photos, {name}: the product first {first} of {QUERIES}, {alike} by embeddings alone; \
             prints held against each other in {:.1} ms",
            held_against.as_secs_f64() * 1e3 / QUERIES as f64
        );
    }
    Ok(())
}

/// The most like by any way of looking, each by the best.
fn candidates(generation: &Generation, looks: &[Vec<f32>]) -> Vec<(usize, f32)> {
    let mut best = HashMap::<usize, f32>::new();
    for vector in looks {
        let query = generation.query_from(None, Some(vector), Weights::IMAGE, ScoreMode::Raw);
        for hit in generation.search(&query, &all(generation.stats().items), CANDIDATES) {
            let known = best.entry(hit.slot.0 as usize).or_insert(hit.image);
            *known = known.max(hit.image);
        }
    }
    let mut best: Vec<(usize, f32)> = best.into_iter().collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    best.truncate(CANDIDATES);
    best
}

/// Whether nothing is more like it; some products show the same photo.
fn is_first(item: usize, candidates: &[(usize, f32)]) -> bool {
    let top = candidates.iter().map(|(_, score)| *score).fold(0.0, f32::max);
    let own = candidates.iter().find(|(candidate, _)| *candidate == item);
    own.is_some_and(|(_, score)| *score >= top - ROUNDING)
}

/// The photo of each product.
fn photos(arguments: &Arguments, products: &[Product]) -> Fallible<HashMap<usize, Vec<u8>>> {
    let ids = products
        .iter()
        .enumerate()
        .map(|(at, product)| (product.id.as_str(), at));
    let ids: HashMap<&str, usize> = ids.collect();
    let archive = File::open(arguments.data.join("images.tar"))?;
    let mut photos = HashMap::with_capacity(products.len());
    for entry in tar::Archive::new(BufReader::new(archive)).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if let Some(&at) = ids.get(id) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            photos.insert(at, bytes);
        }
    }
    Ok(photos)
}
