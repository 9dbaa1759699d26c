//! The similar-items protocol: for sampled query items, how many of the first `k`
//! recommended items carry the query's label. A stand-in for relevance where there are no
//! judgements: a shirt should bring shirts. Several labels (kind, colour, audience) are
//! measured on the same lists.

use super::{
    bootstrap::{Bootstrap, Estimate},
    metrics::precision,
    sampling::sample,
};

/// What to measure and over which queries.
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarItems {
    /// Positions of the query items.
    pub queries: Vec<usize>,
    /// Length of the lists.
    pub k: usize,
    /// Interval of the means.
    pub bootstrap: Bootstrap,
}

impl SimilarItems {
    /// The first ten of the lists of these items.
    #[must_use]
    pub fn over(queries: Vec<usize>) -> Self {
        Self {
            queries,
            k: 10,
            bootstrap: Bootstrap::default(),
        }
    }

    /// Over `count` of `items` items, drawn by `seed`.
    #[must_use]
    pub fn drawn(items: usize, count: usize, seed: u64) -> Self {
        Self::over(sample(items, count, seed))
    }
}

/// Agreement on one label.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Which label, by position in the items' label lists.
    pub label: usize,
    /// Mean precision at `k` with its interval.
    pub precision: Estimate,
    /// Precision of each query, in query order, for paired comparisons.
    pub per_query: Vec<f64>,
}

/// Runs the protocol. `labels[item]` holds one value per label, every item equally many (an
/// empty value agrees with nothing and is not asked); `recommend(item, k)` returns positions
/// of items, best first. The query itself and repeated items are dropped from a list without
/// replacement, so a recommender that returns them loses by it.
pub fn label_agreement<L: AsRef<str>>(
    protocol: &SimilarItems,
    labels: &[Vec<L>],
    mut recommend: impl FnMut(usize, usize) -> Vec<usize>,
) -> Vec<Agreement> {
    let lists: Vec<(usize, Vec<usize>)> = protocol
        .queries
        .iter()
        .map(|&query| (query, clean(query, recommend(query, protocol.k), labels.len())))
        .collect();
    let kinds = labels.first().map_or(0, Vec::len);
    (0..kinds)
        .map(|label| {
            let asked = lists.iter().filter(|(query, _)| value(labels, *query, label).is_some());
            let per_query: Vec<f64> = asked
                .map(|(query, list)| {
                    let wanted = value(labels, *query, label);
                    let ranked: Vec<bool> = list.iter().map(|&item| value(labels, item, label) == wanted).collect();
                    precision(&ranked, protocol.k)
                })
                .collect();
            Agreement {
                label,
                precision: protocol.bootstrap.mean(&per_query),
                per_query,
            }
        })
        .collect()
}

fn value<L: AsRef<str>>(labels: &[Vec<L>], item: usize, label: usize) -> Option<&str> {
    labels
        .get(item)?
        .get(label)
        .map(AsRef::as_ref)
        .filter(|value| !value.is_empty())
}

fn clean(query: usize, list: Vec<usize>, items: usize) -> Vec<usize> {
    let mut seen = fixedbitset::FixedBitSet::with_capacity(items);
    list.into_iter()
        .filter(|&item| item < items && item != query && !seen.put(item))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shop() -> Vec<Vec<&'static str>> {
        vec![
            vec!["shirt", "red"],
            vec!["shirt", "blue"],
            vec!["shoe", "red"],
            vec!["shoe", "blue"],
            vec!["shoe", ""],
        ]
    }

    fn all(k: usize) -> SimilarItems {
        SimilarItems {
            k,
            ..SimilarItems::over((0..5).collect())
        }
    }

    #[test]
    fn a_small_shop_worked_by_hand() {
        // Everyone gets the two following items, cyclically.
        let agreement = label_agreement(&all(2), &shop(), |item, k| {
            (1..=k).map(|step| (item + step) % 5).collect()
        });
        // kind: 0→{1,2} ½, 1→{2,3} 0, 2→{3,4} 1, 3→{4,0} ½, 4→{0,1} 0.
        assert_eq!(agreement[0].per_query, [0.5, 0.0, 1.0, 0.5, 0.0]);
        assert!((agreement[0].precision.mean - 0.4).abs() < 1e-12);
        // colour (item 4 has none and is not asked): 0→{blue, red} ½, 1→{red, blue} ½, 2→{blue, –} 0, 3→{–, red} 0.
        assert_eq!(agreement[1].per_query, [0.5, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn the_query_itself_and_repeats_earn_nothing() {
        let cheat = label_agreement(&all(3), &shop(), |item, _| {
            vec![item, item, (item / 2) * 2, (item / 2) * 2]
        });
        assert!(
            cheat[0].per_query.iter().all(|&precision| precision <= 1.0 / 3.0),
            "{cheat:?}"
        );
    }

    proptest! {
        #[test]
        fn a_perfect_recommender_agrees_wholly(seed in any::<u64>(), kinds in 1_usize..5) {
            let labels: Vec<Vec<String>> = (0..60).map(|item| vec![(item % kinds).to_string()]).collect();
            let protocol = SimilarItems { k: 5, ..SimilarItems::drawn(60, 20, seed) };
            let agreement = label_agreement(&protocol, &labels, |item, k| {
                (0..60).filter(|other| *other != item && other % kinds == item % kinds).take(k).collect()
            });
            prop_assert_eq!(agreement[0].precision.mean, 1.0);
            prop_assert_eq!(agreement[0].per_query.len(), 20);
        }
    }
}
