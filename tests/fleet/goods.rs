//! What the shop sells.

use crate::processes::Fleet;
use futures::{StreamExt, stream};
use serde_json::json;
use std::time::Duration;
use support::{Client, NewProduct, PASSWORD, Product, eventually};

const LOOKS: [&str; 10] = [
    "Steel", "Copper", "Oak", "Linen", "Glass", "Leather", "Bamboo", "Enamel", "Walnut", "Marble",
];
const KINDS: [&str; 20] = [
    "kettle", "lamp", "chair", "table", "mug", "knife", "tray", "vase", "clock", "stool", "rug", "basket", "mirror",
    "shelf", "bench", "bowl", "candle", "cushion", "teapot", "pan",
];
/// One in so many has no picture.
const UNPICTURED: usize = 10;
const AT_ONCE: usize = 8;

/// A name that nothing else has.
pub(crate) fn name(number: usize) -> String {
    let look = LOOKS[number % LOOKS.len()];
    let kind = KINDS[number / LOOKS.len() % KINDS.len()];
    format!("{look} {kind} {number}")
}

/// Any colour.
pub(crate) fn colour(number: usize) -> [u8; 3] {
    let spread = number.wrapping_mul(2_654_435_761);
    [spread as u8, (spread >> 8) as u8, (spread >> 16) as u8]
}

/// Fills the shop.
pub(crate) async fn stock(staff: &Client, products: usize) -> Vec<Product> {
    stream::iter(0..products)
        .map(|number| async move {
            let name = name(number);
            let new = NewProduct::named(&name);
            match number % UNPICTURED {
                0 => staff.create(new).await,
                _ => staff.create(new.coloured(colour(number))).await,
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

/// Waits until every product is embedded and every node has it.
pub(crate) async fn embedded(fleet: &Fleet, products: usize) -> anyhow::Result<()> {
    for number in 0..crate::processes::APIS {
        let staff = fleet.client(number).log_in("staff@example.com", PASSWORD).await;
        let patience = Duration::from_secs(600);
        let state = "{ recommender { textVectors imageVectors imputedImages lag queue { interactive bulk } } }";
        eventually("all is embedded", patience, async || {
            let state = staff.data(state, json!(null)).await["recommender"].clone();
            let is_done = state["textVectors"] == json!(products)
                && state["lag"] == 0
                && state["queue"] == json!({ "interactive": 0, "bulk": 0 });
            if is_done { Ok(()) } else { Err(state) }
        })
        .await;
    }
    Ok(())
}
