//! Measures of one ranked list against what is relevant. Definitions follow Manning,
//! Raghavan and Schütze, *Introduction to Information Retrieval*, chapter 8, and for NDCG
//! Järvelin and Kekäläinen (TOIS 2002) with the gains of Burges et al. (ICML 2005).
//!
//! A list is given as the relevance of each rank, best rank first. Ranks past the list's end
//! count as not relevant, so a short list is never rewarded. Every measure lies in 0…1.

/// How a graded relevance counts in NDCG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gain {
    /// `2^r − 1`: a top grade is worth much more than a middling one.
    Exponential,
    /// `r`.
    Linear,
}

impl Gain {
    fn of(self, relevance: f64) -> f64 {
        match self {
            Self::Exponential => relevance.max(0.0).exp2() - 1.0,
            Self::Linear => relevance.max(0.0),
        }
    }
}

/// Share of the first `k` ranks that are relevant; always divided by `k`.
#[must_use]
pub fn precision(ranked: &[bool], k: usize) -> f64 {
    ratio(hits(ranked, k), k)
}

/// Share of the `relevant` items that are among the first `k`; 0 when nothing is relevant.
#[must_use]
pub fn recall(ranked: &[bool], relevant: usize, k: usize) -> f64 {
    ratio(hits(ranked, k), relevant)
}

/// 1 when any of the first `k` is relevant.
#[must_use]
pub fn hit_rate(ranked: &[bool], k: usize) -> f64 {
    f64::from(u8::from(hits(ranked, k) > 0))
}

/// One over the rank of the first relevant item among the first `k`; 0 without one.
#[must_use]
pub fn reciprocal_rank(ranked: &[bool], k: usize) -> f64 {
    ranked
        .iter()
        .take(k)
        .position(|&relevant| relevant)
        .map_or(0.0, |at| 1.0 / (at + 1) as f64)
}

/// Mean of the precisions at each relevant rank within the first `k`, over
/// `min(relevant, k)`; 0 when nothing is relevant.
#[must_use]
pub fn average_precision(ranked: &[bool], relevant: usize, k: usize) -> f64 {
    let (mut found, mut sum) = (0_usize, 0.0);
    for (at, _) in ranked.iter().take(k).enumerate().filter(|(_, relevant)| **relevant) {
        found += 1;
        sum += found as f64 / (at + 1) as f64;
    }
    let possible = relevant.min(k);
    if possible == 0 { 0.0 } else { sum / possible as f64 }
}

/// Discounted cumulative gain over the first `k`, `Σ gain / log2(rank + 1)`, divided by that
/// of the best order of `judged` (all known relevances, in any order); 0 when nothing is
/// relevant. Leave such queries out of a mean if they have no positive at all.
#[must_use]
pub fn ndcg(ranked: &[f64], judged: &[f64], gain: Gain, k: usize) -> f64 {
    let mut ideal = judged.to_vec();
    ideal.sort_unstable_by(|a, b| b.total_cmp(a));
    let best = dcg(&ideal, gain, k);
    if best > 0.0 { dcg(ranked, gain, k) / best } else { 0.0 }
}

fn dcg(ranked: &[f64], gain: Gain, k: usize) -> f64 {
    ranked
        .iter()
        .take(k)
        .enumerate()
        .map(|(at, &relevance)| gain.of(relevance) / ((at + 2) as f64).log2())
        .sum()
}

fn hits(ranked: &[bool], k: usize) -> usize {
    ranked.iter().take(k).filter(|relevant| **relevant).count()
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RANKED: [bool; 5] = [false, true, false, true, true];

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn counting_measures_of_a_list_worked_by_hand() {
        assert!(close(precision(&RANKED, 4), 2.0 / 4.0));
        assert!(
            close(precision(&RANKED, 10), 3.0 / 10.0),
            "a short list is divided by k all the same"
        );
        assert!(close(recall(&RANKED, 6, 4), 2.0 / 6.0));
        assert!(close(hit_rate(&RANKED, 1), 0.0) && close(hit_rate(&RANKED, 2), 1.0));
        assert!(close(reciprocal_rank(&RANKED, 5), 1.0 / 2.0) && close(reciprocal_rank(&RANKED, 1), 0.0));
        // Precisions at ranks 2, 4, 5 are 1/2, 2/4, 3/5.
        assert!(close(average_precision(&RANKED, 6, 5), (0.5 + 0.5 + 0.6) / 5.0));
        assert!(close(average_precision(&RANKED, 3, 5), (0.5 + 0.5 + 0.6) / 3.0));
    }

    #[test]
    fn ndcg_of_a_list_worked_by_hand() {
        // Wikipedia's worked example: grades 3 2 3 0 1 2, linear gain; DCG 6.861, ideal 7.141
        // when the judged set is the list itself.
        let ranked = [3.0, 2.0, 3.0, 0.0, 1.0, 2.0];
        assert!((ndcg(&ranked, &ranked, Gain::Linear, 6) - 0.961).abs() < 5e-4);
        // Exponential: (2^1−1)/1 + (2^2−1)/log2(3) over (2^2−1)/1 + (2^1−1)/log2(3).
        let log3 = 3.0_f64.log2();
        let expected = (1.0 + 3.0 / log3) / (3.0 + 1.0 / log3);
        assert!(close(ndcg(&[1.0, 2.0], &[2.0, 1.0], Gain::Exponential, 10), expected));
    }

    #[test]
    fn nothing_relevant_scores_nothing() {
        assert_eq!(ndcg(&[0.0, 0.0], &[0.0], Gain::Linear, 10), 0.0);
        assert_eq!(recall(&[false], 0, 10), 0.0);
        assert_eq!(average_precision(&[false], 0, 10), 0.0);
        assert_eq!(precision(&[true], 0), 0.0);
    }

    proptest! {
        #[test]
        fn every_measure_lies_between_zero_and_one(
            ranked in prop::collection::vec(any::<bool>(), 0..30), missed in 0_usize..10, k in 0_usize..40,
        ) {
            let relevant = ranked.iter().filter(|hit| **hit).count() + missed;
            let measures = [
                precision(&ranked, k),
                recall(&ranked, relevant, k),
                hit_rate(&ranked, k),
                reciprocal_rank(&ranked, k),
                average_precision(&ranked, relevant, k),
            ];
            prop_assert!(measures.iter().all(|measure| (0.0..=1.0).contains(measure)), "{measures:?}");
        }

        #[test]
        fn the_ideal_order_has_ndcg_one_and_no_order_has_more(
            grades in prop::collection::vec(0_u8..4, 1..20), k in 1_usize..25, exponential in any::<bool>(),
        ) {
            let gain = if exponential { Gain::Exponential } else { Gain::Linear };
            let ranked: Vec<f64> = grades.iter().map(|&grade| f64::from(grade)).collect();
            let mut ideal = ranked.clone();
            ideal.sort_by(|a, b| b.total_cmp(a));
            let score = ndcg(&ranked, &ranked, gain, k);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&score));
            if ideal[0] > 0.0 {
                prop_assert!((ndcg(&ideal, &ranked, gain, k) - 1.0).abs() < 1e-12);
            }
        }

        #[test]
        fn moving_a_relevant_item_up_never_lowers_a_measure(
            mut ranked in prop::collection::vec(any::<bool>(), 2..20), at in any::<prop::sample::Index>(), k in 1_usize..20,
        ) {
            let at = 1 + at.index(ranked.len() - 1);
            (ranked[at - 1], ranked[at]) = (false, true);
            let relevant = ranked.iter().filter(|hit| **hit).count();
            let mut better = ranked.clone();
            better.swap(at, at - 1);
            prop_assert!(precision(&better, k) >= precision(&ranked, k));
            prop_assert!(reciprocal_rank(&better, k) >= reciprocal_rank(&ranked, k));
            prop_assert!(average_precision(&better, relevant, k) >= average_precision(&ranked, relevant, k) - 1e-12);
        }
    }
}
