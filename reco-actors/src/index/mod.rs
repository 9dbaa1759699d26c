//! The vector index: which items are most like this one, by text and picture.
//!
//! Two unit blocks per item, text and image, are scored as `w·cos_text + (1−w)·cos_image`
//! with `w` in the query, so one index answers every weighting and its score parts add up.
//! One [`VectorWriter`] owns all changes; any number of [`VectorReader`]s search immutable
//! [`Generation`]s without locks. Knows slots, ids and vectors only: no items, no actors.
//!
//! * `vectors`, `mapped`: validated unit blocks of one item, on the heap or in a file;
//! * `frame`, `frame_data`: the means and imputation they are seen through, and how nodes share them;
//! * `query`: weights, modes, and the one scoring formula;
//! * `quantised`: int8 copies of a generation's blocks with a proven error bound;
//! * `exact`, `hnsw`: the two engines behind `BaseEngine` (for other processes and engines see
//!   [`crate::vectors`]);
//! * `stored`: how a generation goes into a snapshot and comes back;
//! * `priority`: how work beside serving gives way;
//! * `generation`, `writer`, `rebuild`: base + delta + tombstones and how they change.

mod exact;
mod frame;
mod frame_data;
mod generation;
mod hnsw;
mod huge;
#[expect(unsafe_code, reason = "a mapped file; the proof is in the module")]
mod mapped;
mod meaning;
mod priority;
mod quantised;
mod query;
mod rebuild;
#[expect(
    unsafe_code,
    reason = "SIMD dot products; proofs and scalar references are in the module"
)]
mod simd;
mod stored;
mod top;
mod vectors;
mod writer;

#[cfg(test)]
mod tests;

pub use frame_data::{FrameData, FrameError, fit_frame};
pub use generation::{Generation, VectorReader};
pub(crate) use mapped::MappedFloats;
pub use meaning::{CaptionMeaning, TextMeaning};
pub(crate) use priority::aside;
pub use query::{Hit, VectorQuery};
pub use rebuild::{RebuildJob, Rebuilt};
pub(crate) use simd::dot_f32;
pub(crate) use stored::{CapturedBase, CapturedVectors};
pub(crate) use vectors::{ItemVectors, Values, check, unit_block};
pub use writer::VectorWriter;
pub(crate) use writer::Void;

use crate::Slot;
use fixedbitset::FixedBitSet;
use quantised::Table;
use query::Scored;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::sync::Arc;

/// Which engine searches the base of a generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// Exact below [`IndexConfig::crossover`] items, HNSW from there on.
    #[default]
    Auto,
    /// Always the exact scan.
    Exact,
    /// Always the graph.
    Hnsw,
}

/// The engine a generation actually uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Exact int8 scan with full-precision rescoring: recall 1.
    Exact,
    /// HNSW graph with full-precision rescoring.
    Hnsw,
}

/// Shape and thresholds of the index.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexConfig {
    /// Width of the text block.
    pub text_dim: usize,
    /// Width of the image block.
    pub image_dim: usize,
    /// Which engine.
    pub engine: EngineChoice,
    /// Items from which `Auto` takes HNSW (measured by `examples/index_speed.rs`).
    pub crossover: usize,
    /// Candidates an approximate search rescores at least (never fewer than `4k` or 30).
    pub rescore: usize,
    /// Changes since the last rebuild from which a rebuild is due.
    pub max_delta: usize,
}

impl IndexConfig {
    /// The largest catalogue of 384 + 1280 wide blocks that a scan answers in about 2 ms on one
    /// core. The graph is faster from a few thousand items on, but below this the scan's recall
    /// of 1 and its rebuilds within a second are worth more.
    pub const DEFAULT_CROSSOVER: usize = 25_000;
    /// Candidates rescored at least.
    pub const DEFAULT_RESCORE: usize = 64;
    /// Delta rows are scored in full precision; 512 of them cost about a tenth of a scan of 12,000.
    pub const DEFAULT_MAX_DELTA: usize = 512;

    /// The defaults for two block widths.
    #[must_use]
    pub const fn new(text_dim: usize, image_dim: usize) -> Self {
        Self {
            text_dim,
            image_dim,
            engine: EngineChoice::Auto,
            crossover: Self::DEFAULT_CROSSOVER,
            rescore: Self::DEFAULT_RESCORE,
            max_delta: Self::DEFAULT_MAX_DELTA,
        }
    }

    /// The engine for a base of `items` items.
    #[must_use]
    pub const fn engine_for(&self, items: usize) -> Engine {
        match self.engine {
            EngineChoice::Exact => Engine::Exact,
            EngineChoice::Hnsw => Engine::Hnsw,
            EngineChoice::Auto if items >= self.crossover => Engine::Hnsw,
            EngineChoice::Auto => Engine::Exact,
        }
    }
}

/// Figures of one generation, for the status page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndexStats {
    /// Searchable items.
    pub items: usize,
    /// Items added or replaced since the last rebuild.
    pub delta: usize,
    /// Base rows hidden since the last rebuild (deleted or replaced).
    pub tombstones: usize,
    /// Items whose image block is imputed from their text.
    pub imputed: usize,
    /// Whether missing image blocks are imputed at all (enough complete pairs).
    pub imputation: bool,
    /// Engine of the base.
    pub engine: Engine,
    /// Bytes of vectors, int8 copies and graph.
    pub bytes: usize,
    /// Rebuilds installed so far.
    pub number: u64,
    /// Publications so far.
    pub revision: u64,
}

/// What both engines do: the best `k` live, allowed rows of one base, best first.
pub(crate) trait BaseEngine: Send + Sync {
    /// Rows scored in full precision, best first, ties by ascending id.
    fn search(&self, query: &VectorQuery, live: &Live<'_>, k: usize) -> Vec<Scored>;
    /// The same for several queries at once, each by itself, on all cores.
    fn search_all(&self, queries: &[VectorQuery], live: &Live<'_>, k: usize) -> Vec<Vec<Scored>> {
        queries.par_iter().map(|query| self.search(query, live, k)).collect()
    }
    /// The same search over rows whose numbers lie elsewhere.
    fn over(&self, table: Arc<Table>) -> Box<dyn BaseEngine>;
    /// The graph, where there is one.
    fn graph(&self) -> Option<&hnsw::Graph> {
        None
    }
    /// Which engine this is.
    fn engine(&self) -> Engine;
    /// Bytes it holds beyond the vectors themselves.
    fn bytes(&self) -> usize;
}

/// Which rows may be answered: allowed by the caller's filter and not hidden by a change.
pub(crate) struct Live<'a> {
    /// Slots the caller allows.
    pub(crate) allow: &'a FixedBitSet,
    /// Base rows deleted or replaced since the base was built.
    pub(crate) hidden: &'a FixedBitSet,
}

impl Live<'_> {
    /// Whether base row `row`, holding `slot`, may be answered.
    #[inline]
    pub(crate) fn admits(&self, row: usize, slot: Slot) -> bool {
        self.allow.contains(slot.0 as usize) && !self.hidden.contains(row)
    }
}
