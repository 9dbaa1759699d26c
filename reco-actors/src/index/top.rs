//! The best `k` of a stream of scored items, in the one order of the index: score descending,
//! then id ascending, so that nodes with other slots answer alike.

use super::query::Scored;
use std::{cmp::Ordering, collections::BinaryHeap};

/// A bounded heap whose top is the worst item kept.
pub(crate) struct Top {
    limit: usize,
    heap: BinaryHeap<Worst>,
}

/// Ordered so that the largest is the one to drop first.
struct Worst(Scored);

/// Best first.
pub(crate) fn by_rank(a: &Scored, b: &Scored) -> Ordering {
    b.score.total_cmp(&a.score).then(a.id.cmp(&b.id))
}

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        by_rank(&self.0, &other.0)
    }
}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Worst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Worst {}

impl Top {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            heap: BinaryHeap::with_capacity(limit.min(1024) + 1),
        }
    }

    pub(crate) fn push(&mut self, item: Scored) {
        self.heap.push(Worst(item));
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    /// The score an item must reach to enter; minus infinity while there is room.
    pub(crate) fn floor(&self) -> f32 {
        match self.heap.peek() {
            Some(worst) if self.heap.len() >= self.limit => worst.0.score,
            _ => f32::NEG_INFINITY,
        }
    }

    /// Best first.
    pub(crate) fn into_ranked(self) -> Vec<Scored> {
        self.heap.into_sorted_vec().into_iter().map(|worst| worst.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ItemId, Slot};
    use uuid::Uuid;

    fn scored(slot: u32, score: f32) -> Scored {
        Scored {
            slot: Slot(slot),
            id: ItemId(Uuid::from_u128(slot.into())),
            score,
            text: score,
            image: 0.0,
            image_imputed: false,
        }
    }

    #[test]
    fn the_best_are_kept_and_ties_go_to_the_lower_id() {
        let mut top = Top::new(3);
        for (slot, score) in [(5, 0.1), (4, 0.9), (3, 0.5), (2, 0.5), (1, 0.5)] {
            top.push(scored(slot, score));
        }
        let slots: Vec<u32> = top.into_ranked().iter().map(|hit| hit.slot.0).collect();
        assert_eq!(slots, [4, 1, 2]);
    }

    #[test]
    fn a_limit_of_zero_keeps_nothing() {
        let mut top = Top::new(0);
        top.push(scored(1, 1.0));
        assert!(top.into_ranked().is_empty());
    }
}
