//! What people do, as the models take it, and what it says about an item.

use crate::ItemId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Looks shorter than this say that it was the wrong thing.
const BOUNCE_MS: u32 = 3_000;
/// Looks longer than this say that it was interesting.
const LONG_LOOK_MS: u32 = 30_000;

/// Somebody: a user or a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonId(pub Uuid);

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub person: PersonId,
    /// When, milliseconds of the Unix epoch.
    pub at_ms: i64,
    /// What.
    pub deed: Deed,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Looked at an item, for so many milliseconds if that is known.
    Viewed(ItemId, Option<u32>),
    /// Chose an item from a list.
    Chose(ItemId),
    /// Put an item into the cart.
    Added(ItemId),
    /// Took an item out of the cart.
    Removed(ItemId),
    /// Paid for what was in one basket.
    Bought(Vec<ItemId>),
    /// Gave an item so many stars of five.
    Reviewed(ItemId, u8),
    /// Turned out to be somebody else.
    Became(PersonId),
    /// Is to be forgotten.
    Left,
}

impl Deed {
    /// The items that it is about.
    #[must_use]
    pub fn items(&self) -> &[ItemId] {
        match self {
            Self::Viewed(item, _)
            | Self::Chose(item)
            | Self::Added(item)
            | Self::Removed(item)
            | Self::Reviewed(item, _) => std::slice::from_ref(item),
            Self::Bought(items) => items,
            Self::Became(_) | Self::Left => &[],
        }
    }

    /// How much it says for its item: 1 for a look, below 1 for a bounce, 0 for what says nothing or
    /// the contrary.
    #[must_use]
    pub fn strength(&self) -> f32 {
        match self {
            Self::Viewed(_, Some(dwell)) if *dwell < BOUNCE_MS => 0.25,
            Self::Viewed(_, Some(dwell)) if *dwell >= LONG_LOOK_MS => 1.5,
            Self::Viewed(..) | Self::Chose(_) => 1.0,
            Self::Added(_) => 3.0,
            Self::Bought(..) => 5.0,
            Self::Reviewed(_, stars) if *stars >= 4 => 3.0,
            Self::Reviewed(..) | Self::Removed(_) | Self::Became(_) | Self::Left => 0.0,
        }
    }
}
