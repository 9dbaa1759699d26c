//! The next-item protocol: each person's history up to an item, and whether a list of all items that
//! they have not met names that item near its top.

use super::metrics::{Gain, hit_rate, ndcg};
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

/// Items of one person in order.
pub type Sequence<I> = Vec<I>;

/// What is asked of a recommender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case<'s, I> {
    /// What it is told, oldest first.
    pub history: &'s [I],
    /// What came next.
    pub next: I,
    /// Whether somebody else ended with the same step to the same item, so that whoever has seen them
    /// knows the answer.
    pub is_shared: bool,
}

/// How near the top the next item was, of each case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NextItem {
    /// Recall at `k`: with one relevant item the same as the hit rate.
    pub recall: Vec<f64>,
    /// NDCG at `k`.
    pub ndcg: Vec<f64>,
}

/// One case of each sequence that is long enough: the item `from_end` places from its end, 0 for the
/// last one, after all that came before it.
pub fn cases<I: Copy + Eq + Hash>(sequences: &[Sequence<I>], from_end: usize) -> Vec<Case<'_, I>> {
    let long_enough = sequences.iter().filter(|sequence| sequence.len() >= from_end + 2);
    let split = long_enough.map(|sequence| {
        let at = sequence.len() - 1 - from_end;
        (&sequence[..at], sequence[at])
    });
    let split: Vec<(&[I], I)> = split.collect();
    let step = |(history, next): &(&[I], I)| history.last().map(|last| (*last, *next));
    let mut steps: HashMap<Option<(I, I)>, usize> = HashMap::new();
    for case in &split {
        *steps.entry(step(case)).or_default() += 1;
    }
    let shared: Vec<bool> = split.iter().map(|case| steps[&step(case)] > 1).collect();
    let cases = split.into_iter().zip(shared);
    cases
        .map(|((history, next), is_shared)| Case {
            history,
            next,
            is_shared,
        })
        .collect()
}

/// Asks for the best `k` of each case, those of its history left out.
pub fn next_item<'s, I, R>(cases: impl IntoIterator<Item = &'s Case<'s, I>>, k: usize, mut recommend: R) -> NextItem
where
    I: Copy + Eq + Hash + 's,
    R: FnMut(&[I], &HashSet<I>, usize) -> Vec<I>,
{
    let mut measured = NextItem::default();
    for case in cases {
        let seen: HashSet<I> = case.history.iter().copied().collect();
        let list = recommend(case.history, &seen, k);
        let hits: Vec<bool> = list.iter().map(|item| *item == case.next).collect();
        let relevance: Vec<f64> = hits.iter().map(|hit| f64::from(u8::from(*hit))).collect();
        measured.recall.push(hit_rate(&hits, k));
        measured.ndcg.push(ndcg(&relevance, &[1.0], Gain::Linear, k));
    }
    measured
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_item_from_the_end_is_asked_for_after_all_before_it() {
        let sequences = vec![vec![1, 2, 3], vec![9, 2, 3], vec![4, 5], vec![6]];
        let last = cases(&sequences, 0);
        let told: Vec<(&[i32], i32, bool)> = last
            .iter()
            .map(|case| (case.history, case.next, case.is_shared))
            .collect();
        assert_eq!(told, [(&[1, 2][..], 3, true), (&[9, 2], 3, true), (&[4], 5, false)]);
        let before = cases(&sequences, 1);
        assert_eq!((before.len(), before[0].history, before[0].next), (2, &[1][..], 2));
    }

    #[test]
    fn the_place_of_the_next_item_counts() {
        let sequences = vec![vec![1, 2, 3], vec![4, 5, 6]];
        let asked = cases(&sequences, 0);
        let measured = next_item(&asked, 2, |history, seen, k| {
            assert_eq!((history.len(), seen.len(), k), (2, 2, 2));
            vec![7, history[1] + 1]
        });
        assert_eq!(measured.recall, [1.0, 1.0]);
        assert!(
            measured
                .ndcg
                .iter()
                .all(|value| (value - 1.0 / 3_f64.log2()).abs() < 1e-12)
        );
        let missed = next_item(&asked, 1, |_, _, _| vec![7]);
        assert_eq!((missed.recall, missed.ndcg), (vec![0.0; 2], vec![0.0; 2]));
    }
}
