//! Diversity by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

use crate::Slot;

/// One item to pick from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The item; the lower slot wins a tie.
    pub slot: Slot,
    /// Its relevance, on the scale of `similarity`.
    pub relevance: f32,
}

/// Picks up to `limit` candidates, each time the one with the largest
/// `(1−diversity)·relevance − diversity·(largest similarity to a picked one)`.
/// Returns positions in `candidates`, in the order picked.
///
/// `diversity` is clamped to 0…1: 0 ranks by relevance alone and never calls `similarity`.
/// Deterministic: ties go to the more relevant, then to the lower slot. `similarity` is called
/// at most once per candidate and pick.
pub fn diversify(
    candidates: &[Candidate],
    diversity: f32,
    limit: usize,
    similarity: impl Fn(Slot, Slot) -> f32,
) -> Vec<usize> {
    let diversity = if diversity.is_nan() { 0.0 } else { diversity.clamp(0.0, 1.0) };
    let mut left: Vec<(usize, f32)> = (0..candidates.len()).map(|at| (at, f32::NEG_INFINITY)).collect();
    let mut picked: Vec<usize> = Vec::with_capacity(limit.min(candidates.len()));
    while picked.len() < limit && !left.is_empty() {
        if let Some(&last) = picked.last()
            && diversity > 0.0
        {
            for (at, nearest) in &mut left {
                *nearest = nearest.max(similarity(candidates[*at].slot, candidates[last].slot));
            }
        }
        let value = |&(at, nearest): &(usize, f32)| {
            let penalty = if picked.is_empty() || diversity == 0.0 { 0.0 } else { diversity * nearest };
            (1.0 - diversity) * candidates[at].relevance - penalty
        };
        let better = |a: &(usize, f32), b: &(usize, f32)| {
            let (first, second) = (&candidates[a.0], &candidates[b.0]);
            value(a)
                .total_cmp(&value(b))
                .then(first.relevance.total_cmp(&second.relevance))
                .then(second.slot.cmp(&first.slot))
        };
        let best = left.iter().enumerate().max_by(|(_, a), (_, b)| better(a, b)).map(|(place, _)| place);
        let Some(best) = best else { break };
        picked.push(left.swap_remove(best).0);
    }
    picked
}
