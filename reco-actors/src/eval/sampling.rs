//! Seeded randomness: the same seed gives the same sample on every machine and version.

use std::f64::consts::TAU;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, portable, good enough for sampling
/// and never for secrets.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator; equal seeds give equal sequences.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in `0..bound`, without bias (Lemire, 2019); 0 when `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = self.next_u64() as u128 * bound as u128;
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// Uniform in `[0, 1)`.
    pub const fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (Box–Muller); its last digits depend on the platform's `ln` and `cos`.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (TAU * self.unit()).cos()
    }
}

/// `count` distinct positions out of `0..population`, ascending; all of them when there are
/// no more (a partial Fisher–Yates shuffle).
#[must_use]
pub fn sample(population: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut positions: Vec<usize> = (0..population).collect();
    let count = count.min(population);
    for place in 0..count {
        let other = place + random.below((population - place) as u64) as usize;
        positions.swap(place, other);
    }
    positions.truncate(count);
    positions.sort_unstable();
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // First outputs of SplitMix64 with seed 1234567, as listed by its reference program.
        let mut random = Random::new(1_234_567);
        let outputs: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(
            outputs,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let mut random = Random::new(5);
        let values: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = values.iter().sum::<f64>() / 20_000.0;
        let variance = values.iter().map(|value| value * value).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
    }

    proptest! {
        #[test]
        fn a_sample_is_distinct_in_range_ordered_and_repeatable(
            population in 0_usize..200, count in 0_usize..250, seed in any::<u64>(),
        ) {
            let drawn = sample(population, count, seed);
            prop_assert_eq!(drawn.len(), count.min(population));
            prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(drawn.iter().all(|&position| position < population));
            prop_assert_eq!(&sample(population, count, seed), &drawn);
        }

        #[test]
        fn below_stays_below(bound in 1_u64.., seed in any::<u64>()) {
            prop_assert!(Random::new(seed).below(bound) < bound);
        }
    }

    #[test]
    fn every_position_is_drawn_about_equally_often() {
        let mut counts = [0_u32; 10];
        for seed in 0..5_000 {
            for position in sample(10, 3, seed) {
                counts[position] += 1;
            }
        }
        assert!(counts.iter().all(|count| (1_350..1_650).contains(count)), "{counts:?}");
    }
}
