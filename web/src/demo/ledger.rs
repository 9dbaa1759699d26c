//! What the demo shop was given so far, kept as the checkpoint of one import run.

use super::{drawing::Drawing, past::Progress};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shop::id::ProductId;
use std::collections::BTreeMap;

/// The run's source. The run is never finished: a finished one begins anew with an empty
/// checkpoint, and this one is the memory of what must not be sown twice.
pub(super) const SOURCE: &str = "demo";

/// The memory of all seedings of one shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Ledger {
    /// The edition of the catalogue that was sown to its end, if any.
    pub(super) edition: Option<String>,
    /// Whether the users were made.
    pub(super) has_users: bool,
    /// By SKU.
    pub(super) products: BTreeMap<String, Sown>,
    /// How far the past is.
    pub(super) past: Progress,
}

/// A product that was sown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sown {
    /// Its identity then.
    pub(super) id: ProductId,
    /// The picture that it was given.
    pub(super) picture: PictureMark,
}

/// Names a drawing at a size, without rendering it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PictureMark(String);

impl PictureMark {
    /// The mark of a drawing with sides of this many pixels.
    pub(super) fn of(drawing: &Drawing, side: u32) -> Self {
        Self(format!("{side}:{:x}", Sha256::digest(drawing.svg())))
    }
}
