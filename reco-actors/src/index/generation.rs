//! What searches run on: an immutable base, the few rows changed since it was built, and the
//! base rows those changes hide. A reader loads one `Arc` and keeps a consistent view.

use super::{
    BaseEngine, Engine, FrameData, IndexConfig, IndexStats, Live,
    exact::ExactScan,
    frame::{Frame, Row},
    hnsw::{Graph, HnswGraph},
    quantised::Table,
    query::{Hit, VectorQuery},
    top::Top,
};
use crate::{ScoreMode, Slot, Weights};
use arc_swap::ArcSwap;
use fixedbitset::FixedBitSet;
use std::sync::Arc;

/// Gives the current generation; clone freely, any thread.
#[derive(Clone)]
pub struct VectorReader {
    pub(crate) current: Arc<ArcSwap<Generation>>,
}

impl VectorReader {
    /// The generation visible now. Holding it holds its memory: drop it with the request.
    #[must_use]
    pub fn load(&self) -> Arc<Generation> {
        self.current.load_full()
    }
}

/// Rows, engine and frame of one rebuild.
pub(crate) struct Base {
    pub(crate) frame: Arc<Frame>,
    pub(crate) table: Arc<Table>,
    engine: Box<dyn BaseEngine>,
    vector_bytes: usize,
}

impl Base {
    /// Quantises rows (ascending by slot) and builds the engine that `config` asks for.
    pub(crate) fn build(frame: Arc<Frame>, rows: Vec<Row>, config: &IndexConfig) -> Self {
        let vector_bytes = rows.iter().map(row_bytes).sum();
        let table = Arc::new(Table::new(rows, (config.text_dim, config.image_dim)));
        let engine: Box<dyn BaseEngine> = match config.engine_for(table.rows.len()) {
            Engine::Hnsw if !table.rows.is_empty() => Box::new(HnswGraph::build(Arc::clone(&table), config.rescore)),
            _ => Box::new(ExactScan::new(Arc::clone(&table))),
        };
        Self {
            frame,
            table,
            engine,
            vector_bytes,
        }
    }

    /// Rows that are quantised already, and their graph if they have one.
    pub(crate) fn of(frame: Arc<Frame>, table: Table, graph: Option<Graph>, config: &IndexConfig) -> Self {
        let vector_bytes = table.rows.iter().map(row_bytes).sum();
        let table = Arc::new(table);
        let wanted = config.engine_for(table.rows.len()) == Engine::Hnsw;
        let engine: Box<dyn BaseEngine> = match graph.filter(|_| wanted) {
            Some(graph) => Box::new(HnswGraph::of(Arc::clone(&table), Arc::new(graph), config.rescore)),
            None => Box::new(ExactScan::new(Arc::clone(&table))),
        };
        Self {
            frame,
            table,
            engine,
            vector_bytes,
        }
    }

    /// The same base with the numbers of its rows elsewhere.
    pub(crate) fn with_rows(&self, rows: Vec<Row>) -> Self {
        let vector_bytes = rows.iter().map(row_bytes).sum();
        let table = Arc::new(Table::of(rows, Arc::clone(self.table.codes())));
        Self {
            frame: Arc::clone(&self.frame),
            engine: self.engine.over(Arc::clone(&table)),
            table,
            vector_bytes,
        }
    }

    pub(crate) fn graph(&self) -> Option<&Graph> {
        self.engine.graph()
    }

    /// Row number of a slot.
    pub(crate) fn row_of(&self, slot: Slot) -> Option<usize> {
        self.table.slots().binary_search(&slot).ok()
    }

    pub(crate) fn len(&self) -> usize {
        self.table.rows.len()
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine.engine()
    }
}

/// One immutable state of the index.
pub struct Generation {
    pub(crate) base: Arc<Base>,
    /// Base rows deleted or replaced.
    pub(crate) hidden: Arc<FixedBitSet>,
    /// Rows added or replaced since the base, ascending by slot.
    pub(crate) delta: Arc<[Arc<Row>]>,
    pub(crate) number: u64,
    pub(crate) revision: u64,
}

impl Generation {
    /// The query "like this item"; `None` when the item is not in the index.
    #[must_use]
    pub fn query_of(&self, slot: Slot, weights: Weights, mode: ScoreMode) -> Option<VectorQuery> {
        let row = self.row(slot)?;
        let blocks = (
            row.text.as_ref().map(|block| &*block.values),
            row.image.as_ref().map(|block| &*block.values),
        );
        Some(VectorQuery::new(&self.base.frame, blocks, weights, mode))
    }

    /// A query from vectors of any length; a missing picture is imputed as an item's would be.
    /// Blocks of the wrong width, not finite or without length count as missing.
    #[must_use]
    pub fn query_from(
        &self,
        text: Option<&[f32]>,
        image: Option<&[f32]>,
        weights: Weights,
        mode: ScoreMode,
    ) -> VectorQuery {
        let frame = &self.base.frame;
        let unit = |name, block: Option<&[f32]>, dim| {
            block.and_then(|block| super::vectors::unit_block(name, block.to_vec(), dim).ok())
        };
        let text = unit("text query", text, frame.text.values.len());
        let image = unit("image query", image, frame.image.values.len())
            .or_else(|| text.as_ref().and_then(|text| frame.impute_image(text)));
        VectorQuery::new(frame, (text.as_deref(), image.as_deref()), weights, mode)
    }

    /// The query "like these together, by weight": the mean of the vectors of those that are in the
    /// index; `None` when none is. An imputed picture speaks for nobody's taste.
    #[must_use]
    pub fn profile(&self, liked: &[(Slot, f32)], weights: Weights, mode: ScoreMode) -> Option<VectorQuery> {
        let frame = &self.base.frame;
        let mut text = vec![0.0; frame.text.values.len()];
        let mut image = vec![0.0; frame.image.values.len()];
        let mut is_any = false;
        for (row, weight) in liked
            .iter()
            .filter_map(|(slot, weight)| Some((self.row(*slot)?, *weight)))
        {
            is_any = true;
            let seen = row.image.as_ref().filter(|_| !row.image_imputed);
            for (sum, block) in [(&mut text, row.text.as_ref()), (&mut image, seen)] {
                let values = block.iter().flat_map(|block| block.values.iter());
                sum.iter_mut()
                    .zip(values)
                    .for_each(|(sum, value)| *sum += weight * value);
            }
        }
        is_any.then(|| self.query_from(Some(&text), Some(&image), weights, mode))
    }

    /// The best `k` items whose slots are in `allow`, best first, ties by ascending id.
    #[must_use]
    pub fn search(&self, query: &VectorQuery, allow: &FixedBitSet, k: usize) -> Vec<Hit> {
        let (k, live) = self.live(allow, k);
        self.with_delta(query, self.base.engine.search(query, &live, k), allow, k)
    }

    /// The same for several queries at once, which costs less than one after the other.
    #[must_use]
    pub fn search_all(&self, queries: &[VectorQuery], allow: &FixedBitSet, k: usize) -> Vec<Vec<Hit>> {
        let (k, live) = self.live(allow, k);
        let found = self.base.engine.search_all(queries, &live, k);
        let found = queries.iter().zip(found);
        found
            .map(|(query, hits)| self.with_delta(query, hits, allow, k))
            .collect()
    }

    /// What may be answered, and how much of it at most.
    fn live<'a>(&'a self, allow: &'a FixedBitSet, k: usize) -> (usize, Live<'a>) {
        let live = Live {
            allow,
            hidden: &self.hidden,
        };
        (k.min(self.base.len() + self.delta.len()), live)
    }

    fn with_delta(&self, query: &VectorQuery, found: Vec<Hit>, allow: &FixedBitSet, k: usize) -> Vec<Hit> {
        let mut top = Top::new(k);
        for hit in found {
            top.push(hit);
        }
        for row in self.delta.iter().filter(|row| allow.contains(row.slot.0 as usize)) {
            if let Some(hit) = query.score(row) {
                top.push(hit);
            }
        }
        top.into_ranked()
    }

    /// The true score of one item; `None` when it is absent or shares no weighted block.
    #[must_use]
    pub fn score(&self, query: &VectorQuery, slot: Slot) -> Option<Hit> {
        query.score(self.row(slot)?)
    }

    /// The true scores of one item, as [`Self::score`] gives them.
    pub fn scorer(&self, slot: Slot) -> impl Fn(&VectorQuery) -> Option<Hit> {
        let row = self.row(slot);
        move |query| query.score(row?)
    }

    /// How like two items are, with the weights and mode of a search; 0 when either is absent
    /// or they share no weighted block. For diversity.
    #[must_use]
    pub fn similarity(&self, a: Slot, b: Slot, weights: Weights, mode: ScoreMode) -> f32 {
        let (Some(a), Some(b)) = (self.row(a), self.row(b)) else {
            return 0.0;
        };
        let frame = &self.base.frame;
        let (mut sum, mut total) = (0.0, 0.0);
        for (weight, pair, mean) in [
            (weights.text(), a.text.as_ref().zip(b.text.as_ref()), &frame.text),
            (weights.image(), a.image.as_ref().zip(b.image.as_ref()), &frame.image),
        ] {
            if let Some((a, b)) = pair
                && weight > 0.0
            {
                total += weight;
                sum += weight
                    * match mode {
                        ScoreMode::Raw => super::simd::dot_f32(&a.values, &b.values),
                        ScoreMode::Calibrated => mean.centred_cosine(a, b),
                    };
            }
        }
        if total > 0.0 { sum / total } else { 0.0 }
    }

    /// The means and the imputation vectors are seen through.
    #[must_use]
    pub fn frame(&self) -> FrameData {
        FrameData(Arc::clone(&self.base.frame))
    }

    /// Whether the item can be found.
    #[must_use]
    pub fn contains(&self, slot: Slot) -> bool {
        self.row(slot).is_some()
    }

    /// Rebuilds installed before this state.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Publications before this state; grows with every visible change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Figures for the status page. Walks all rows: not for hot paths.
    #[must_use]
    pub fn stats(&self) -> IndexStats {
        let tombstones = self.hidden.count_ones(..);
        let base_rows = self.base.table.rows.iter().enumerate();
        let live = base_rows
            .filter(|(row, _)| !self.hidden.contains(*row))
            .map(|(_, row)| row);
        let delta = self.delta.iter().map(|row| &**row);
        IndexStats {
            items: self.base.len() - tombstones + self.delta.len(),
            delta: self.delta.len(),
            tombstones,
            imputed: live.chain(delta).filter(|row| row.image_imputed).count(),
            imputation: self.base.frame.map.is_some(),
            engine: self.base.engine(),
            bytes: self.base.vector_bytes
                + self.base.engine.bytes()
                + self.delta.iter().map(|row| row_bytes(row)).sum::<usize>(),
            number: self.number,
            revision: self.revision,
        }
    }

    fn row(&self, slot: Slot) -> Option<&Row> {
        if let Ok(at) = self.delta.binary_search_by_key(&slot, |row| row.slot) {
            return Some(&self.delta[at]);
        }
        let row = self.base.row_of(slot)?;
        (!self.hidden.contains(row)).then(|| &self.base.table.rows[row])
    }
}

fn row_bytes(row: &Row) -> usize {
    [&row.text, &row.image]
        .into_iter()
        .flatten()
        .map(|block| block.values.heap_bytes())
        .sum::<usize>()
        + size_of::<Row>()
}
