//! Diversity by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

use crate::Slot;

/// One item to pick from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The item.
    pub slot: Slot,
    /// Its relevance, on the scale of `similarity`.
    pub relevance: f32,
}

/// Picks up to `limit` candidates, each time the one with the largest
/// `(1−diversity)·relevance − diversity·(largest similarity to a picked one)`.
/// Returns positions in `candidates`, in the order picked.
///
/// `diversity` is clamped to 0…1: 0 ranks by relevance alone and never calls `similarity`.
/// Deterministic: ties go to the more relevant, then to the one given first. `similarity` is called
/// at most once per candidate and pick.
pub fn diversify(
    candidates: &[Candidate],
    diversity: f32,
    limit: usize,
    similarity: impl Fn(Slot, Slot) -> f32,
) -> Vec<usize> {
    let diversity = if diversity.is_nan() {
        0.0
    } else {
        diversity.clamp(0.0, 1.0)
    };
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
            let penalty = if picked.is_empty() || diversity == 0.0 {
                0.0
            } else {
                diversity * nearest
            };
            (1.0 - diversity) * candidates[at].relevance - penalty
        };
        let better = |a: &(usize, f32), b: &(usize, f32)| {
            let (first, second) = (&candidates[a.0], &candidates[b.0]);
            value(a)
                .total_cmp(&value(b))
                .then(first.relevance.total_cmp(&second.relevance))
                .then(b.0.cmp(&a.0))
        };
        let best = left
            .iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| better(a, b))
            .map(|(place, _)| place);
        let Some(best) = best else { break };
        picked.push(left.swap_remove(best).0);
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidates(relevances: &[f32]) -> Vec<Candidate> {
        relevances
            .iter()
            .enumerate()
            .map(|(at, &relevance)| Candidate {
                slot: Slot(at as u32),
                relevance,
            })
            .collect()
    }

    /// Slots 0 and 1 are twins; everything else is unlike everything.
    fn twins(a: Slot, b: Slot) -> f32 {
        if a.0 < 2 && b.0 < 2 { 0.95 } else { 0.1 }
    }

    #[test]
    fn a_twin_of_a_picked_item_waits() {
        let items = candidates(&[0.9, 0.89, 0.6, 0.3]);
        assert_eq!(diversify(&items, 0.0, 3, twins), [0, 1, 2]);
        // After 0: item 1 has .5·.89 − .5·.95 < 0, item 2 has .5·.6 − .5·.1 = .25, item 3 .1.
        assert_eq!(diversify(&items, 0.5, 4, twins), [0, 2, 3, 1]);
    }

    #[test]
    fn ties_go_to_the_one_given_first() {
        let mut items = candidates(&[0.5, 0.5, 0.5]);
        items.reverse();
        assert_eq!(diversify(&items, 0.0, 3, twins), [0, 1, 2]);
        assert_eq!(diversify(&items, 1.0, 3, |_, _| 0.4), [0, 1, 2]);
    }

    #[test]
    fn no_diversity_asks_for_no_similarity() {
        let never = |_, _| -> f32 { unreachable!("similarity is not needed") };
        assert_eq!(diversify(&candidates(&[0.1, 0.2]), 0.0, 5, never), [1, 0]);
        assert_eq!(diversify(&candidates(&[0.1, 0.2]), f32::NAN, 5, never), [1, 0]);
        assert!(diversify(&[], 0.5, 5, never).is_empty());
    }

    /// The definition, recomputing every maximum.
    fn naive(items: &[Candidate], diversity: f32, limit: usize, likeness: &dyn Fn(Slot, Slot) -> f32) -> Vec<usize> {
        let mut picked: Vec<usize> = Vec::new();
        while picked.len() < limit.min(items.len()) {
            let value = |at: usize| {
                let nearest = picked
                    .iter()
                    .map(|&p| likeness(items[at].slot, items[p].slot))
                    .fold(f32::MIN, f32::max);
                let penalty = if picked.is_empty() || diversity == 0.0 {
                    0.0
                } else {
                    diversity * nearest
                };
                (1.0 - diversity) * items[at].relevance - penalty
            };
            let mut left: Vec<usize> = (0..items.len()).filter(|at| !picked.contains(at)).collect();
            left.sort_by(|&a, &b| {
                value(b)
                    .total_cmp(&value(a))
                    .then(items[b].relevance.total_cmp(&items[a].relevance))
                    .then(items[a].slot.cmp(&items[b].slot))
            });
            picked.push(left[0]);
        }
        picked
    }

    proptest! {
        #[test]
        fn the_incremental_form_picks_what_the_definition_picks(
            relevances in prop::collection::vec(0.0_f32..1.0, 0..25),
            table in prop::collection::vec(0.0_f32..1.0, 25 * 25),
            diversity in 0.0_f32..=1.0, limit in 0_usize..30,
        ) {
            let items = candidates(&relevances);
            let likeness = |a: Slot, b: Slot| table[(a.0.min(b.0) * 25 + a.0.max(b.0)) as usize];
            let picked = diversify(&items, diversity, limit, likeness);
            prop_assert_eq!(picked, naive(&items, diversity, limit, &likeness));
        }
    }
}
