//! The index against a brute-force model: random changes, rebuilds and searches.
#![expect(clippy::unwrap_used, reason = "tests")]

mod changes;
mod engines;
mod scoring;

use super::{EngineChoice, IndexConfig, VectorWriter};
use crate::{ItemId, Slot, eval::Random};
use fixedbitset::FixedBitSet;
use uuid::Uuid;

const TEXT: usize = 24;
const IMAGE: usize = 40;

/// Ids in the order of their slots.
fn id_of(slot: u32) -> ItemId {
    ItemId(Uuid::from_u128(slot.into()))
}

fn config(engine: EngineChoice) -> IndexConfig {
    IndexConfig {
        engine,
        ..IndexConfig::new(TEXT, IMAGE)
    }
}

/// A vector near one of `clusters` centres; every centre is the same for every caller.
fn clustered(random: &mut Random, clusters: u64, dim: usize, spread: f64) -> Vec<f32> {
    let mut centre = Random::new(1_000 + random.below(clusters));
    (0..dim)
        .map(|_| (centre.normal() + spread * random.normal()) as f32)
        .collect()
}

/// Text and picture of one item; the picture is a function of the text plus noise.
fn pair(random: &mut Random) -> (Vec<f32>, Vec<f32>) {
    let text = clustered(random, 12, TEXT, 0.4);
    let image = (0..IMAGE).map(|i| text[i % TEXT] * 0.7 + text[(i * 7) % TEXT] * 0.3 + 0.3 * random.normal() as f32);
    let image = image.collect();
    (text, image)
}

fn allow_all(slots: usize) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(slots);
    set.insert_range(..);
    set
}

/// `items` complete items in slots 0…, published but not rebuilt.
fn filled(engine: EngineChoice, items: u32, seed: u64) -> VectorWriter {
    let mut writer = VectorWriter::new(config(engine));
    let mut random = Random::new(seed);
    for slot in 0..items {
        let (text, image) = pair(&mut random);
        writer.upsert(Slot(slot), id_of(slot), Some(text), Some(image)).unwrap();
    }
    writer.publish();
    writer
}
