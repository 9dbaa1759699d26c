//! The exact engine: one pass over int8 codes, then full-precision rescoring of every row
//! whose error bound lets it reach the top. Recall 1 by construction.

use super::{
    BaseEngine, Engine, Live, VectorQuery,
    quantised::{Asked, Estimate, Table},
    query::Scored,
    simd::TOGETHER,
    top::Top,
};
use std::{cmp::Reverse, collections::BinaryHeap, ops::Range, sync::Arc};

/// The exact engine over one base.
pub(crate) struct ExactScan {
    table: Arc<Table>,
}

/// A row and the best score it can have.
struct Candidate {
    upper: f32,
    row: u32,
}

/// The `limit` largest lower bounds seen; their least is what every answer must reach.
struct Floor {
    limit: usize,
    bounds: BinaryHeap<Reverse<Bound>>,
}

#[derive(PartialEq)]
struct Bound(f32);

impl Eq for Bound {}

impl Ord for Bound {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Floor {
    fn raise(&mut self, lower: f32) {
        if self.bounds.len() < self.limit {
            self.bounds.push(Reverse(Bound(lower)));
        } else if let Some(mut least) = self.bounds.peek_mut()
            && lower > least.0.0
        {
            *least = Reverse(Bound(lower));
        }
    }

    fn value(&self) -> f32 {
        match self.bounds.peek() {
            Some(least) if self.bounds.len() >= self.limit => least.0.0,
            _ => f32::NEG_INFINITY,
        }
    }
}

impl ExactScan {
    pub(crate) fn new(table: Arc<Table>) -> Self {
        Self { table }
    }

    /// Of some rows those whose upper bound reaches the `k`-th largest lower bound among them; for each of
    /// up to [`TOGETHER`] queries. Every row is read once.
    fn candidates(
        &self,
        queries: &[VectorQuery],
        live: &Live<'_>,
        (rows, k): (Range<usize>, usize),
    ) -> Vec<Vec<Candidate>> {
        let floor = || Floor {
            limit: k,
            bounds: BinaryHeap::with_capacity(k),
        };
        let mut floors: [Floor; TOGETHER] = std::array::from_fn(|_| floor());
        let asked = Asked::of(queries);
        let mut least = [f32::NEG_INFINITY; TOGETHER];
        let mut candidates: Vec<Vec<Candidate>> = queries.iter().map(|_| Vec::new()).collect();
        for row in rows {
            if !live.admits(row, self.table.slots()[row]) {
                continue;
            }
            let dots = asked.as_ref().map(|asked| (asked.part, self.table.dots(asked, row)));
            for (at, query) in queries.iter().enumerate() {
                let estimate = match dots {
                    Some((part, dots)) => self.table.estimate_above(query, row, (part, dots[at]), least[at]),
                    None => self.table.estimate(query, row),
                };
                let Some(Estimate { value, error }) = estimate else {
                    continue;
                };
                if value + error >= least[at] {
                    floors[at].raise(value - error);
                    least[at] = floors[at].value();
                    candidates[at].push(Candidate {
                        upper: value + error,
                        row: row as u32,
                    });
                }
            }
        }
        for (candidates, least) in candidates.iter_mut().zip(least) {
            candidates.retain(|candidate| candidate.upper >= least);
        }
        candidates
    }

    /// The true best of candidates.
    fn best(&self, query: &VectorQuery, mut candidates: Vec<Candidate>, k: usize) -> Vec<Scored> {
        candidates.sort_unstable_by(|a, b| b.upper.total_cmp(&a.upper));
        let mut top = Top::new(k);
        for candidate in candidates {
            if candidate.upper < top.floor() {
                break;
            }
            if let Some(scored) = query.score(&self.table.rows[candidate.row as usize]) {
                top.push(scored);
            }
        }
        top.into_ranked()
    }
}

impl BaseEngine for ExactScan {
    fn search(&self, query: &VectorQuery, live: &Live<'_>, k: usize) -> Vec<Scored> {
        if k == 0 {
            return Vec::new();
        }
        let all = 0..self.table.slots().len();
        let candidates = self.candidates(std::slice::from_ref(query), live, (all, k)).pop();
        self.best(query, candidates.unwrap_or_default(), k)
    }

    fn search_all(&self, queries: &[VectorQuery], live: &Live<'_>, k: usize) -> Vec<Vec<Scored>> {
        if k == 0 {
            return vec![Vec::new(); queries.len()];
        }
        let (count, half) = (self.table.slots().len(), self.table.slots().len() / 2);
        let mut found = Vec::with_capacity(queries.len());
        for queries in queries.chunks(TOGETHER) {
            let (mut first, second) = rayon::join(
                || self.candidates(queries, live, (0..half, k)),
                || self.candidates(queries, live, (half..count, k)),
            );
            for (all, more) in first.iter_mut().zip(second) {
                all.extend(more);
            }
            let each = queries.iter().zip(first);
            found.extend(each.map(|(query, candidates)| self.best(query, candidates, k)));
        }
        found
    }

    fn over(&self, table: Arc<Table>) -> Box<dyn BaseEngine> {
        Box::new(Self::new(table))
    }

    fn engine(&self) -> Engine {
        Engine::Exact
    }

    fn bytes(&self) -> usize {
        self.table.bytes()
    }
}
