//! Imputing one vector from another by ridge regression, `y ≈ ȳ + Wᵀ(x − x̄)`, fitted on
//! pairs where both are known (Hoerl and Kennard, 1970).

use nalgebra::{Cholesky, DMatrix};

/// A fitted linear map between two vector spaces.
#[derive(Clone, Debug)]
pub struct RidgeMap {
    input_mean: Vec<f32>,
    output_mean: Vec<f32>,
    /// Outputs × inputs, so that one output is one contiguous row times the input.
    weights: Vec<f32>,
}

impl RidgeMap {
    /// Penalty that serves unit embeddings well, relative to the mean variance of an input.
    pub const DEFAULT_PENALTY: f32 = 0.1;

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
        Some(Self { input_mean, output_mean, weights: solved.as_slice().to_vec() })
    }

    /// The expected output; not normalised. Missing trailing inputs count as the mean.
    #[must_use]
    pub fn apply(&self, input: &[f32]) -> Vec<f32> {
        let centred: Vec<f32> = self.input_mean.iter().zip(input).map(|(mean, value)| value - mean).collect();
        self.weights
            .chunks_exact(self.input_mean.len())
            .zip(&self.output_mean)
            .map(|(row, mean)| mean + row.iter().zip(&centred).map(|(weight, value)| weight * value).sum::<f32>())
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
