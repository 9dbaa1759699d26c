//! Imputing one vector from another by ridge regression, `y ≈ ȳ + Wᵀ(x − x̄)`, fitted on
//! pairs where both are known (Hoerl and Kennard, 1970).

use nalgebra::{Cholesky, DMatrix};
use serde::{Deserialize, Serialize};

/// A fitted linear map between two vector spaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RidgeMap {
    input_mean: Vec<f32>,
    output_mean: Vec<f32>,
    /// Outputs × inputs, so that one output is one contiguous row times the input.
    weights: Vec<f32>,
}

impl RidgeMap {
    /// Penalty that serves unit embeddings well, relative to the mean variance of an input:
    /// among 0.01…2 on 12,000 fashion products small ones kept most of the kind of article,
    /// large ones only its audience.
    pub const DEFAULT_PENALTY: f32 = 0.03;

    /// Fits by the normal equations, `(XᵀX + λI)·W = XᵀY` with centred `X` and `Y` and
    /// `λ = penalty · trace(XᵀX)/inputs`. `None` without pairs, with pairs of uneven width, or
    /// when the inputs do not vary at all.
    #[must_use]
    pub fn fit(pairs: &[(&[f32], &[f32])], penalty: f32) -> Option<Self> {
        let &(first_input, first_output) = pairs.first()?;
        let (inputs, outputs) = (first_input.len(), first_output.len());
        if pairs.iter().any(|(x, y)| x.len() != inputs || y.len() != outputs) {
            return None;
        }
        let input_mean = mean(inputs, pairs.iter().map(|(x, _)| *x));
        let output_mean = mean(outputs, pairs.iter().map(|(_, y)| *y));
        let transposed = DMatrix::from_fn(inputs, pairs.len(), |i, n| pairs[n].0[i] - input_mean[i]);
        let targets = DMatrix::from_fn(pairs.len(), outputs, |n, o| pairs[n].1[o] - output_mean[o]);
        let mut gram = &transposed * transposed.transpose();
        let lambda = penalty * gram.trace() / inputs as f32;
        for i in 0..inputs {
            gram[(i, i)] += lambda;
        }
        let solved = Cholesky::new(gram)?.solve(&(transposed * targets));
        // Column-major inputs × outputs is the same memory as row-major outputs × inputs.
        Some(Self {
            input_mean,
            output_mean,
            weights: solved.as_slice().to_vec(),
        })
    }

    /// Widths of input and output, when the parts fit together: a deserialised map may be nonsense.
    pub(crate) fn widths(&self) -> Option<(usize, usize)> {
        let (inputs, outputs) = (self.input_mean.len(), self.output_mean.len());
        (inputs > 0 && self.weights.len() == inputs * outputs).then_some((inputs, outputs))
    }

    /// Everything it is made of, in a fixed order.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &f32> {
        self.input_mean.iter().chain(&self.output_mean).chain(&self.weights)
    }

    /// The expected output; not normalised. Missing trailing inputs count as the mean.
    #[must_use]
    pub fn apply(&self, input: &[f32]) -> Vec<f32> {
        let centred: Vec<f32> = self
            .input_mean
            .iter()
            .zip(input)
            .map(|(mean, value)| value - mean)
            .collect();
        self.weights
            .chunks_exact(self.input_mean.len())
            .zip(&self.output_mean)
            .map(|(row, mean)| {
                mean + row
                    .iter()
                    .zip(&centred)
                    .map(|(weight, value)| weight * value)
                    .sum::<f32>()
            })
            .collect()
    }
}

fn mean<'a>(dim: usize, vectors: impl ExactSizeIterator<Item = &'a [f32]>) -> Vec<f32> {
    let count = vectors.len() as f64;
    let mut sums = vec![0.0_f64; dim];
    for vector in vectors {
        for (sum, &value) in sums.iter_mut().zip(vector) {
            *sum += f64::from(value);
        }
    }
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::eval::Random;

    /// `y = A·x + b` for a fixed random `A` and `b`, with noise on `y`.
    fn linear_world(pairs: usize, noise: f64, seed: u64) -> Vec<(Vec<f32>, Vec<f32>)> {
        let mut fixed = Random::new(1);
        let matrix: Vec<f64> = (0..6 * 4).map(|_| fixed.normal()).collect();
        let shift: Vec<f64> = (0..4).map(|_| fixed.normal()).collect();
        let mut random = Random::new(seed);
        (0..pairs)
            .map(|_| {
                let x: Vec<f64> = (0..6).map(|_| random.normal()).collect();
                let y = (0..4).map(|o| {
                    let clean: f64 = (0..6).map(|i| matrix[o * 6 + i] * x[i]).sum();
                    (clean + shift[o] + noise * random.normal()) as f32
                });
                let y = y.collect();
                (x.iter().map(|&value| value as f32).collect(), y)
            })
            .collect()
    }

    fn fit(world: &[(Vec<f32>, Vec<f32>)], penalty: f32) -> Option<RidgeMap> {
        let pairs: Vec<(&[f32], &[f32])> = world.iter().map(|(x, y)| (&x[..], &y[..])).collect();
        RidgeMap::fit(&pairs, penalty)
    }

    #[test]
    fn a_linear_relation_is_recovered() {
        let map = fit(&linear_world(400, 0.01, 2), 1e-6).unwrap();
        for (x, y) in linear_world(20, 0.0, 3) {
            for (found, expected) in map.apply(&x).iter().zip(&y) {
                assert!((found - expected).abs() < 0.02, "{found} for {expected}");
            }
        }
    }

    #[test]
    fn one_input_is_solved_as_by_hand() {
        // x = −1, 1; y = 1, 5: mean 3, slope 2; trace 2, so penalty 1 halves the slope.
        let pairs: [(&[f32], &[f32]); 2] = [(&[-1.0], &[1.0]), (&[1.0], &[5.0])];
        let map = RidgeMap::fit(&pairs, 1.0).unwrap();
        assert!((map.apply(&[2.0])[0] - 5.0).abs() < 1e-5);
        let loose = RidgeMap::fit(&pairs, 1e-7).unwrap();
        assert!((loose.apply(&[2.0])[0] - 7.0).abs() < 1e-4);
    }

    #[test]
    fn a_huge_penalty_leaves_the_mean() {
        let world = linear_world(200, 0.1, 5);
        let map = fit(&world, 1e9).unwrap();
        let mean: f32 = world.iter().map(|(_, y)| y[0]).sum::<f32>() / 200.0;
        assert!((map.apply(&world[0].0)[0] - mean).abs() < 1e-3);
    }

    #[test]
    fn nothing_to_learn_from_gives_no_map() {
        assert!(fit(&[], 0.1).is_none());
        let constant: Vec<(Vec<f32>, Vec<f32>)> = (0..10).map(|_| (vec![1.0; 3], vec![2.0; 2])).collect();
        assert!(fit(&constant, 0.1).is_none());
        let uneven = vec![(vec![1.0], vec![1.0]), (vec![1.0, 2.0], vec![1.0])];
        assert!(fit(&uneven, 0.1).is_none());
    }
}
