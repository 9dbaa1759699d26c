//! Stored vectors as the engine takes them.

use reco_actors::{ItemId, system::Change};
use shop::{
    embeddings::{Modality, StoredVector},
    id::ProductId,
};
use std::collections::HashMap;

/// What is stored for these products; one without stored vectors loses those it had.
pub(super) fn blocks(ids: &[ProductId], stored: Vec<StoredVector>) -> Vec<Change> {
    let mut found: HashMap<ProductId, [Option<Vec<f32>>; 2]> = HashMap::with_capacity(ids.len());
    for vector in stored {
        let place = match vector.modality {
            Modality::Text => 0,
            Modality::Image => 1,
        };
        found.entry(vector.product).or_default()[place] = Some(vector.vector);
    }
    let change = |id: &ProductId| {
        let [text, image] = found.remove(id).unwrap_or_default();
        Change::Vectors {
            id: ItemId(id.0),
            text,
            image,
        }
    };
    ids.iter().map(change).collect()
}
