//! The approximate engine: hnsw_rs builds the graph, a flat copy of it is walked here.
//!
//! The graph lives in the symmetric space `[t; v]/√2` (weights half and half), measured on the
//! int8 codes; a query brings its own weights and mode, is walked through that graph and
//! rescored in full precision. A graph node is a row number, so the vectors are stored once.
//! hnsw_rs' own search is not used: it hashes every visited node, and its filtered form
//! panics when the filter empties the result heap. Filters are applied while walking here:
//! a row that may not be answered is still a way to others. Very selective filters, and walks
//! that come back short, are answered by the exact scan.

use super::{BaseEngine, Engine, Live, VectorQuery, exact::ExactScan, quantised::Table, query::Scored, top::Top};
use fixedbitset::FixedBitSet;
use hnsw_rs::prelude::{Distance, Hnsw};
use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

/// Links per node and layer (twice as many in the lowest).
const LINKS: usize = 24;
/// Width of the search that places a new node.
const EF_CONSTRUCTION: usize = 200;
/// Width of a query's walk at least.
const EF_SEARCH: usize = 100;
/// Width of the walk through the upper layers: the lowest is entered at this many places,
/// because a catalogue falls into clusters with few links between them.
const UPPER_WIDTH: usize = 16;
/// Layers at most.
const MAX_LAYERS: usize = 16;
/// Below this share of allowed rows the exact scan is the cheaper way.
const MIN_SELECTIVITY: f64 = 0.1;

/// What a row without any block the query weighs scores: worse than all others, but passable.
const UNSCORED: f32 = f32::MIN;

/// The approximate engine over one base.
pub(crate) struct HnswGraph {
    table: Arc<Table>,
    exact: ExactScan,
    graph: Arc<Graph>,
    rescore: usize,
}

/// Links by row; upper layers are sparse.
pub(crate) struct Graph {
    pub(crate) entry: u32,
    /// Highest layer first; the last one holds every row.
    pub(crate) upper: Vec<HashMap<u32, Box<[u32]>>>,
    pub(crate) offsets: Vec<u32>,
    pub(crate) links: Vec<u32>,
}

/// Distance between rows, `1 − likeness`, never negative (hnsw_rs asserts as much).
struct RowDistance(Arc<Table>);

impl Distance<u32> for RowDistance {
    fn eval(&self, a: &[u32], b: &[u32]) -> f32 {
        (1.0 - self.0.likeness(a[0] as usize, b[0] as usize)).max(0.0)
    }
}

/// A row on the walk, ordered by estimated score, then lower row first.
#[derive(Clone, Copy, PartialEq)]
struct Step {
    score: f32,
    row: u32,
}

impl Eq for Step {}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.row.cmp(&self.row))
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl HnswGraph {
    /// Builds the graph over all rows, on all threads of the pool it runs in.
    pub(crate) fn build(table: Arc<Table>, rescore: usize) -> Self {
        let graph = Arc::new(Graph::build(&table));
        Self::of(table, graph, rescore)
    }

    /// A graph that was built for these rows.
    pub(crate) fn of(table: Arc<Table>, graph: Arc<Graph>, rescore: usize) -> Self {
        Self {
            graph,
            exact: ExactScan::new(Arc::clone(&table)),
            table,
            rescore,
        }
    }

    /// The `width` best live rows a walk finds.
    fn walk(&self, query: &VectorQuery, live: &Live<'_>, width: usize) -> Vec<Step> {
        let score = |row: u32| {
            self.table
                .estimate(query, row as usize)
                .map_or(UNSCORED, |estimate| estimate.value)
        };
        let mut starts = vec![Step {
            score: score(self.graph.entry),
            row: self.graph.entry,
        }];
        for layer in &self.graph.upper {
            let links = |row: u32| layer.get(&row).map_or(&[][..], |links| links);
            starts = best_first(&starts, self.table.rows.len(), UPPER_WIDTH, links, score, |_| true);
        }
        let links = |row: u32| self.graph.links(row);
        let admits = |step: Step| {
            let row = step.row as usize;
            step.score > UNSCORED && live.admits(row, self.table.slots()[row])
        };
        best_first(&starts, self.table.rows.len(), width, links, score, admits)
    }
}

/// Best-first search of one layer: follows links while they may lead to better rows than the
/// worst of the `width` admitted ones found. Rows not admitted are passed through.
fn best_first<'a>(
    starts: &[Step],
    rows: usize,
    width: usize,
    links: impl Fn(u32) -> &'a [u32],
    score: impl Fn(u32) -> f32,
    admits: impl Fn(Step) -> bool,
) -> Vec<Step> {
    let mut visited = FixedBitSet::with_capacity(rows);
    let mut frontier = BinaryHeap::new();
    let mut found: BinaryHeap<Reverse<Step>> = BinaryHeap::with_capacity(width + 1);
    let floor = |found: &BinaryHeap<Reverse<Step>>| match found.peek() {
        Some(Reverse(worst)) if found.len() >= width => worst.score,
        _ => f32::NEG_INFINITY,
    };
    let visit = |step: Step, frontier: &mut BinaryHeap<Step>, found: &mut BinaryHeap<Reverse<Step>>| {
        if step.score < floor(found) {
            return;
        }
        frontier.push(step);
        if admits(step) {
            found.push(Reverse(step));
            if found.len() > width {
                found.pop();
            }
        }
    };
    for &start in starts {
        visited.insert(start.row as usize);
        visit(start, &mut frontier, &mut found);
    }
    while let Some(step) = frontier.pop() {
        if step.score < floor(&found) {
            break;
        }
        for &row in links(step.row) {
            if !visited.put(row as usize) {
                visit(Step { score: score(row), row }, &mut frontier, &mut found);
            }
        }
    }
    found.into_iter().map(|Reverse(step)| step).collect()
}

impl BaseEngine for HnswGraph {
    fn search(&self, query: &VectorQuery, live: &Live<'_>, k: usize) -> Vec<Scored> {
        let rows = self.table.rows.len();
        let allowed = live.allow.count_ones(..);
        if (allowed as f64) < MIN_SELECTIVITY * rows as f64 || 4 * k > rows {
            return self.exact.search(query, live, k);
        }
        let width = EF_SEARCH.max(self.rescore).max(4 * k);
        let found = self.walk(query, live, width);
        if found.len() < k {
            return self.exact.search(query, live, k);
        }
        let mut top = Top::new(k);
        for step in found {
            if let Some(scored) = query.score(&self.table.rows[step.row as usize]) {
                top.push(scored);
            }
        }
        top.into_ranked()
    }

    fn over(&self, table: Arc<Table>) -> Box<dyn BaseEngine> {
        Box::new(Self::of(table, Arc::clone(&self.graph), self.rescore))
    }

    fn graph(&self) -> Option<&Graph> {
        Some(&self.graph)
    }

    fn engine(&self) -> Engine {
        Engine::Hnsw
    }

    fn bytes(&self) -> usize {
        self.table.bytes() + self.graph.bytes()
    }
}

impl Graph {
    fn build(table: &Arc<Table>) -> Self {
        let rows: Vec<u32> = (0..table.rows.len() as u32).collect();
        let mut builder = Hnsw::<u32, RowDistance>::new(
            LINKS,
            rows.len().max(1),
            MAX_LAYERS,
            EF_CONSTRUCTION,
            RowDistance(Arc::clone(table)),
        );
        // Filling the lists up with near rows pushes the few links between clusters out of them.
        builder.set_keeping_pruned(false);
        let points: Vec<(&[u32], usize)> = rows.chunks(1).map(|row| (row, row[0] as usize)).collect();
        builder.parallel_insert_slice(&points);
        Self::flatten(&builder, rows.len())
    }

    /// Copies the links out of hnsw_rs' reference-counted nodes.
    fn flatten(builder: &Hnsw<'_, u32, RowDistance>, rows: usize) -> Self {
        let points = builder.get_point_indexation();
        let mut lowest: Vec<Vec<u32>> = vec![Vec::new(); rows];
        let mut upper: Vec<HashMap<u32, Box<[u32]>>> = vec![HashMap::new(); MAX_LAYERS];
        let mut entry = (0_u8, 0_u32);
        for point in points {
            let row = point.get_origin_id() as u32;
            let level = point.get_point_id().0;
            entry = entry.max((level, row));
            for (layer, neighbours) in point.get_neighborhood_id().into_iter().enumerate() {
                let links: Vec<u32> = neighbours.iter().map(|neighbour| neighbour.d_id as u32).collect();
                match layer {
                    0 => lowest[row as usize] = links,
                    _ if !links.is_empty() && layer <= usize::from(level) => {
                        upper[layer - 1].insert(row, links.into());
                    }
                    _ => {}
                }
            }
        }
        upper.truncate(usize::from(entry.0));
        upper.reverse();
        let mut offsets = Vec::with_capacity(rows + 1);
        let mut links = Vec::new();
        offsets.push(0);
        for row in lowest {
            links.extend_from_slice(&row);
            offsets.push(links.len() as u32);
        }
        Self {
            entry: entry.1,
            upper,
            offsets,
            links,
        }
    }

    /// Whether all links stay within so many rows.
    pub(crate) fn fits(&self, rows: usize) -> bool {
        let within = |row: &u32| (*row as usize) < rows;
        self.offsets.len() == rows + 1
            && self.offsets.is_sorted()
            && self.offsets.last().is_some_and(|end| *end as usize == self.links.len())
            && within(&self.entry)
            && self.links.iter().all(within)
            && self
                .upper
                .iter()
                .flatten()
                .all(|(row, links)| within(row) && links.iter().all(within))
    }

    fn links(&self, row: u32) -> &[u32] {
        let row = row as usize;
        &self.links[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    fn bytes(&self) -> usize {
        let upper: usize = self
            .upper
            .iter()
            .flat_map(HashMap::values)
            .map(|links| links.len() + 8)
            .sum();
        (self.links.len() + self.offsets.len() + upper) * size_of::<u32>()
    }
}
