//! Whether a matrix model would help: EASE (Steck, WWW 2019) on the histories of Amazon Office, by itself
//! and mixed into co-visitation. The shop has none, since it does not: see docs/RECOMMENDER.md.

use crate::{Fallible, K, told};
use nalgebra::{Cholesky, DMatrix};
use reco_actors::{
    ItemId,
    eval::next_item::{Case, Sequence, cases, next_item},
    models::{CoVisitation, CoVisitationSettings, Next, Visit, mixed},
};
use std::{collections::HashMap, path::Path, time::Instant};

/// Candidates of each model.
const DEEP: usize = 200;
/// Power of the place from the end by which a visit counts less, as chosen for EASE on validation.
const RECENCY: f32 = 0.5;

/// Item-item weights: `B = I - P / diag(P)` with `P = (XᵀX + λI)⁻¹`.
struct Ease {
    items: Vec<ItemId>,
    numbers: HashMap<ItemId, usize>,
    weights: DMatrix<f32>,
}

impl Ease {
    fn fit(histories: &[Sequence<ItemId>], lambda: f32) -> Fallible<Self> {
        let mut items: Vec<ItemId> = histories.iter().flatten().copied().collect();
        items.sort_unstable();
        items.dedup();
        let numbers: HashMap<ItemId, usize> = items.iter().copied().zip(0..).collect();
        let mut gram = DMatrix::from_diagonal_element(items.len(), items.len(), lambda);
        for history in histories {
            let mut met: Vec<usize> = history.iter().map(|item| numbers[item]).collect();
            met.sort_unstable();
            met.dedup();
            for &one in &met {
                for &other in &met {
                    gram[(one, other)] += 1.0;
                }
            }
        }
        let mut weights = Cholesky::new(gram).ok_or("the Gram matrix is not positive")?.inverse();
        for (at, mut column) in weights.column_iter_mut().enumerate() {
            let scale = -1.0 / column[at];
            column *= scale;
            column[at] = 0.0;
        }
        Ok(Self {
            items,
            numbers,
            weights,
        })
    }

    fn next(&self, history: &[ItemId]) -> Vec<Next> {
        let mut scores = vec![0.0_f32; self.items.len()];
        let met = history.iter().rev().filter_map(|item| self.numbers.get(item));
        for (place, number) in met.enumerate() {
            let counts = ((place + 1) as f32).powf(-RECENCY);
            let row = self.weights.row(*number);
            scores
                .iter_mut()
                .zip(row.iter())
                .for_each(|(sum, weight)| *sum += counts * weight);
        }
        let scored = self.items.iter().zip(scores);
        let mut list: Vec<(ItemId, f32)> = scored
            .map(|(item, score)| (*item, score))
            .filter(|(item, score)| *score > 0.0 && !history.contains(item))
            .collect();
        list.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.truncate(DEEP);
        let next = |(item, score)| Next {
            item,
            score,
            because: Vec::new(),
        };
        list.into_iter().map(next).collect()
    }
}

pub(crate) fn run(directory: &Path) -> Fallible<()> {
    let sequences = crate::office::sequences(&directory.join("sequences.tsv.gz"))?;
    for (name, from_end, lambdas) in [("validation", 1, &[100.0, 300.0][..]), ("last item", 0, &[100.0][..])] {
        let cut = |sequence: &Sequence<ItemId>| sequence[..sequence.len().saturating_sub(1 + from_end)].to_vec();
        let fit: Vec<Sequence<ItemId>> = sequences.iter().map(cut).collect();
        let cases = cases(&sequences, from_end);
        for lambda in lambdas {
            measure(&format!("{name}, λ {lambda}"), &fit, &cases, *lambda)?;
        }
    }
    Ok(())
}

fn measure(name: &str, fit: &[Sequence<ItemId>], cases: &[Case<'_, ItemId>], lambda: f32) -> Fallible<()> {
    let began = Instant::now();
    let ease = Ease::fit(fit, lambda)?;
    let fitted = began.elapsed().as_secs_f64();
    let mut visits = CoVisitation::new(CoVisitationSettings::default());
    for history in fit {
        let history: Vec<Visit> = history.iter().map(|item| Visit::from(*item)).collect();
        (0..history.len()).for_each(|at| visits.learn(&history[..at], history[at], 0.0));
    }
    println!("{name}: EASE fit in {fitted:.0} s");
    for share in [0.0, 0.1, 0.3, 0.5, 1.0] {
        let found = next_item(cases, K, |history, seen, k| {
            let own: Vec<Visit> = history.iter().map(|item| Visit::from(*item)).collect();
            let by_visits = visits.next(&own, |item| !seen.contains(&item), DEEP);
            let list = mixed(by_visits, ease.next(history), share);
            list.into_iter().take(k).map(|next| next.item).collect()
        });
        println!(
            "  {share} of EASE: HR@10 {}, NDCG@10 {}",
            told(&found.recall),
            told(&found.ndcg)
        );
    }
    Ok(())
}
