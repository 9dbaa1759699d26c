//! What an engine for vectors has to do, wherever it runs: the contract [`VectorIndex`] in plain
//! types, and the built-in engines behind it ([`MemoryVectors`]).
//!
//! An index holds two unit blocks per item, text and image, and answers by the formula of
//! [`score`]: `w·cos_text + (1−w)·cos_image` over the blocks that both sides have; where they
//! share one block alone, the weight moves to it. Cosines are raw: nothing is centred, and a
//! missing block is missing. Whoever wants pictures imputed does that before storing, and gives
//! the imputed block as if it were the item's own. Knows no database and no catalogue: which
//! items may show is told by the caller with each search.

mod blocks;
mod memory;

pub use blocks::{UnitBlocks, VectorScore, score, shares};
pub use memory::MemoryVectors;

use crate::{ItemId, RecoError, Weights, snapshot::Head, system::LoadedModels};
use async_trait::async_trait;
use std::{fmt, sync::Arc};
use uuid::Uuid;

/// One change of an index. An older version never overwrites a newer one, were that one's
/// contents what was there before; of equal ones the later call wins, so that a replay does no
/// harm.
#[derive(Clone, Debug, PartialEq)]
pub enum VectorChange {
    /// The item has these blocks, whole. Without any block it counts as deleted.
    Upsert {
        /// The item.
        id: ItemId,
        /// How new the blocks are, such as the position of the change they were read after.
        version: i64,
        /// Its blocks.
        blocks: UnitBlocks,
    },
    /// The item is gone.
    Delete {
        /// The item.
        id: ItemId,
        /// Version of the deletion.
        version: i64,
    },
}

/// What became of changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Rows that are different now.
    pub written: usize,
    /// Changes that said what was known: their versions are noted, and no blocks are written.
    pub unchanged: usize,
    /// Changes that were older than what was known.
    pub outdated: usize,
}

/// What others are compared with.
#[derive(Clone, Debug)]
pub enum Like {
    /// The blocks of this item, which is no answer itself; an unknown one is like nothing.
    Item(ItemId),
    /// These.
    Blocks(UnitBlocks),
}

/// Tells which items may be answered.
pub trait Admission: Send + Sync {
    /// Whether this one may.
    fn admits(&self, id: ItemId) -> bool;
    /// All that may, for an index that finds too few near by and has to look at each of them.
    fn all(&self) -> Vec<ItemId>;
}

/// Which items may be answered.
#[derive(Clone, Copy)]
pub enum Admit<'a> {
    /// These. The index looks further until enough are.
    Where(&'a dyn Admission),
    /// These alone. For few of many: the index looks at them and at nothing else.
    Only(&'a [ItemId]),
}

impl fmt::Debug for Admit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Where(_) => f.write_str("Where"),
            Self::Only(ids) => f.debug_tuple("Only").field(&ids.len()).finish(),
        }
    }
}

/// A question to an index.
#[derive(Clone, Debug)]
pub struct VectorSearch<'a> {
    /// What is looked for.
    pub like: Like,
    /// How much each block counts.
    pub weights: Weights,
    /// Which items may be answered.
    pub admit: Admit<'a>,
    /// How many at most.
    pub k: usize,
}

/// One answer. `text + image == score`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VectorHit {
    /// The item.
    pub id: ItemId,
    /// Its score and the addends.
    pub score: VectorScore,
}

/// How many items have what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VectorCounts {
    /// Items with any block.
    pub items: usize,
    /// Items with a text block.
    pub text: usize,
    /// Items with an image block.
    pub image: usize,
}

/// Tells a set of vectors from the same one begun anew: whoever writes says which one it means, and
/// learns when that is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incarnation(pub Uuid);

/// A set of vectors as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Which one.
    pub incarnation: Incarnation,
    /// Everything up to here is in it; `None` when it is yet to be filled.
    pub reached: Option<Head>,
    /// The highest version in it, of deletions too.
    pub newest: Option<i64>,
}

/// One set of vectors, all of the same two models. Any number of processes may share one; every
/// call may be made again after a failure without harm. Calls that name an incarnation which is
/// no more change nothing and fail with `Unavailable`.
#[async_trait]
pub trait VectorIndex: Send + Sync + fmt::Debug {
    /// What and where it is, without secrets, for people.
    fn name(&self) -> String;

    /// Makes changes; searches that begin after this returns see them all.
    ///
    /// # Errors
    /// `InvalidArgument` when a block is of another width, `Unavailable`; some changes may have
    /// been made then.
    async fn apply(&self, to: Incarnation, changes: Vec<VectorChange>) -> Result<Applied, RecoError>;

    /// The best admitted items, best first, ties by ascending id. Approximate engines may miss
    /// some; what they find has its true score. Fewer than `k` come only when no more are found
    /// by looking at everything.
    ///
    /// # Errors
    /// `InvalidArgument` when a block is of another width, `Unavailable`.
    async fn search(&self, search: VectorSearch<'_>) -> Result<Vec<VectorHit>, RecoError>;

    /// The blocks of those items that are known, in no order.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn blocks(&self, ids: &[ItemId]) -> Result<Vec<(ItemId, UnitBlocks)>, RecoError>;

    /// Items after one, by id: for who compares the whole index with the truth.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn ids(&self, after: Option<ItemId>, most: usize) -> Result<Vec<ItemId>, RecoError>;

    /// Items whose version is above one, in no order: deleted ones too.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn newer(&self, version: i64) -> Result<Vec<ItemId>, RecoError>;

    /// How many items have what. May count: not for hot paths.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn counts(&self) -> Result<VectorCounts, RecoError>;

    /// Makes it one of this origin, and tells what is there: what it holds of another one, whose
    /// positions are not comparable, is forgotten.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn begin(&self, origin: &str) -> Result<Begun, RecoError>;

    /// Forgets everything, which is of a history that is no more: it is another one then.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn forget(&self, of: Incarnation) -> Result<(), RecoError>;

    /// Makes what searches are fast by, over what is there. May take long.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn build(&self) -> Result<(), RecoError>;

    /// Says that it was filled with everything up to a head.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn filled(&self, to: Incarnation, head: Head) -> Result<(), RecoError>;

    /// Says that everything up to a head is in it, which was filled before.
    ///
    /// # Errors
    /// `Unavailable`, also when it was not.
    async fn reach(&self, to: Incarnation, head: Head) -> Result<(), RecoError>;
}

/// Where indexes are.
pub trait VectorStore: Send + Sync + fmt::Debug {
    /// The index of vectors by these models; made when it is first used.
    fn index(&self, models: &LoadedModels) -> Arc<dyn VectorIndex>;
}
