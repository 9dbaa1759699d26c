//! The exact engine: one pass over int8 codes, then full-precision rescoring of every row
//! whose error bound lets it reach the top. Recall 1 by construction.

use super::{BaseEngine, Engine, Live, VectorQuery, quantised::Table, query::Scored, top::Top};
use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

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

    /// Every row whose upper bound reaches the `k`-th largest lower bound, best bound first.
    fn candidates(&self, query: &VectorQuery, live: &Live<'_>, k: usize) -> Vec<Candidate> {
        let mut floor = Floor {
            limit: k,
            bounds: BinaryHeap::with_capacity(k),
        };
        let mut candidates = Vec::new();
        for (row, &slot) in self.table.slots().iter().enumerate() {
            if !live.admits(row, slot) {
                continue;
            }
            let Some(estimate) = self.table.estimate_above(query, row, floor.value()) else {
                continue;
            };
            let upper = estimate.value + estimate.error;
            if upper >= floor.value() {
                floor.raise(estimate.value - estimate.error);
                candidates.push(Candidate { upper, row: row as u32 });
            }
        }
        let floor = floor.value();
        candidates.retain(|candidate| candidate.upper >= floor);
        candidates.sort_unstable_by(|a, b| b.upper.total_cmp(&a.upper));
        candidates
    }
}

impl BaseEngine for ExactScan {
    fn search(&self, query: &VectorQuery, live: &Live<'_>, k: usize) -> Vec<Scored> {
        if k == 0 {
            return Vec::new();
        }
        let mut top = Top::new(k);
        for candidate in self.candidates(query, live, k) {
            if candidate.upper < top.floor() {
                break;
            }
            if let Some(scored) = query.score(&self.table.rows[candidate.row as usize]) {
                top.push(scored);
            }
        }
        top.into_ranked()
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
