//! Who sees which arm: by hash alone, so the same visitor stays in its arm on every node,
//! without a table of assignments.
//!
//! Two experiments use two salts, and their assignments are then independent of each other.
//! A share of all visitors is taken into an experiment by `bucket(salt, unit) < share`; that
//! draw is independent of the arm, under the same salt too, so raising the share moves nobody
//! between arms.

use sha2::{Digest, Sha256};

/// Keeps the two uses of one salt apart.
#[derive(Clone, Copy)]
enum Purpose {
    Bucket = 0,
    Arm = 1,
}

/// One digest gives this many independent draws.
const DRAWS: usize = 4;

/// Where a unit falls in `[0, 1)`: uniform over units, independent between salts, the same for
/// ever. The first 53 bits of SHA-256 over purpose, length of the salt, salt and unit.
#[must_use]
pub fn bucket(salt: &[u8], unit: &[u8]) -> f64 {
    draws(Purpose::Bucket, 0, salt, unit)[0]
}

/// The arm of a unit: position in `weights`, drawn in proportion to them; `None` when all are 0
/// (an arm of weight 0 gets nobody).
///
/// Weighted rendezvous hashing (Schindelhauer and Schomaker, SPAA 2005): every arm draws its own
/// exponential arrival time at the rate of its weight, and the first to arrive has the unit.
/// So *growing an arm moves units into that arm only*, and no more than its share grew by;
/// shrinking or ending one (weight 0) moves only its own units; an arm appended to the list
/// takes its share evenly from the others. Multiplying all weights by one number moves nobody.
/// Positions are identities: never reorder or remove arms of a running experiment.
///
/// The last digit of a logarithm may differ between platforms; a visitor's arm could differ only
/// where two arrival times agree in all the others, of which there is one case in 10^15.
#[must_use]
pub fn arm(salt: &[u8], unit: &[u8], weights: &[u32]) -> Option<usize> {
    let mut first: Option<(f64, usize)> = None;
    for (block, weights) in weights.chunks(DRAWS).enumerate() {
        let uniform = draws(Purpose::Arm, block as u64, salt, unit);
        for (place, (&weight, uniform)) in weights.iter().zip(uniform).enumerate() {
            if weight == 0 {
                continue;
            }
            let arrival = -(-uniform).ln_1p() / f64::from(weight);
            if first.is_none_or(|(earliest, _)| arrival < earliest) {
                first = Some((arrival, block * DRAWS + place));
            }
        }
    }
    first.map(|(_, arm)| arm)
}

fn draws(purpose: Purpose, block: u64, salt: &[u8], unit: &[u8]) -> [f64; DRAWS] {
    let digest = Sha256::new()
        .chain_update([purpose as u8])
        .chain_update(block.to_be_bytes())
        .chain_update((salt.len() as u64).to_be_bytes())
        .chain_update(salt)
        .chain_update(unit)
        .finalize();
    let mut uniform = [0.0; DRAWS];
    for (uniform, word) in uniform.iter_mut().zip(digest.chunks_exact(8)) {
        let bits = word.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        *uniform = (bits >> 11) as f64 / (1_u64 << 53) as f64;
    }
    uniform
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNITS: u32 = 20_000;

    /// Pearson's statistic of counts against equal shares.
    fn chi_square(counts: &[u32]) -> f64 {
        let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
        let square = |&count: &u32| (f64::from(count) - expected).powi(2) / expected;
        counts.iter().map(square).sum()
    }

    fn arms(salt: &[u8], weights: &[u32]) -> Vec<usize> {
        let of = |unit: u32| arm(salt, &unit.to_be_bytes(), weights);
        (0..UNITS).filter_map(of).collect()
    }

    #[test]
    fn buckets_are_uniform() {
        let mut counts = [0; 100];
        for unit in 0..UNITS {
            counts[(bucket(b"colour", &unit.to_be_bytes()) * 100.0) as usize] += 1;
        }
        // 99 degrees of freedom: below 149 but once in a thousand.
        assert!(chi_square(&counts) < 149.0, "{}", chi_square(&counts));
    }

    #[test]
    fn two_salts_and_two_purposes_are_independent() {
        let (mut salts, mut purposes) = ([0; 100], [0; 100]);
        for unit in (0..UNITS).map(u32::to_be_bytes) {
            let tenth = |salt: &[u8]| (bucket(salt, &unit) * 10.0) as usize;
            salts[tenth(b"colour") * 10 + tenth(b"colours")] += 1;
            let arm = arm(b"colour", &unit, &[1; 10]).unwrap_or(0);
            purposes[tenth(b"colour") * 10 + arm] += 1;
        }
        assert!(chi_square(&salts) < 149.0, "{}", chi_square(&salts));
        assert!(chi_square(&purposes) < 149.0, "{}", chi_square(&purposes));
    }

    #[test]
    fn a_salt_is_never_taken_for_part_of_a_unit() {
        assert_ne!(bucket(b"ab", b"c"), bucket(b"a", b"bc"));
    }

    #[test]
    fn assignments_are_those_of_the_first_release() {
        // Worked out apart from this code; a change would move visitors of running experiments.
        assert!((bucket(b"salt", b"visitor") - BUCKET).abs() < 1e-15);
        let drawn: Vec<_> = (0..12_u8).map(|unit| arm(b"salt", &[unit], &[3, 2, 1, 1, 2])).collect();
        assert_eq!(drawn, ARMS.map(Some));
    }

    const BUCKET: f64 = 0.062_730_426_162_837_53;
    const ARMS: [usize; 12] = [1, 1, 4, 0, 0, 3, 2, 3, 1, 0, 1, 1];

    #[test]
    fn arms_get_shares_in_proportion_to_their_weights() {
        let weights = [5, 0, 3, 1, 1, 10];
        let mut counts = [0.0; 6];
        for arm in arms(b"ranking", &weights) {
            counts[arm] += 1.0;
        }
        for (count, weight) in counts.into_iter().zip(weights) {
            let expected = f64::from(UNITS) * f64::from(weight) / 20.0;
            assert!(
                (count - expected).abs() <= 4.0 * expected.sqrt(),
                "{count} for {expected}"
            );
        }
    }

    #[test]
    fn growing_an_arm_moves_no_more_units_than_its_share_grows_by() {
        let (before, after) = (arms(b"ramp", &[45, 45, 10]), arms(b"ramp", &[45, 45, 90]));
        let moved = before
            .iter()
            .zip(&after)
            .filter(|(before, after)| before != after)
            .count();
        // From 10 % to 50 %: 40 % of the units, give or take four standard deviations.
        let spread = 4.0 * (f64::from(UNITS) * 0.4 * 0.6).sqrt();
        assert!((moved as f64 - 0.4 * f64::from(UNITS)).abs() < spread, "{moved}");
    }

    #[test]
    fn without_weights_there_is_no_arm() {
        assert_eq!(arm(b"salt", b"unit", &[]), None);
        assert_eq!(arm(b"salt", b"unit", &[0, 0]), None);
        assert_eq!(arm(b"salt", b"unit", &[0, 7]), Some(1));
    }

    proptest! {
        #[test]
        fn a_visitor_stays_in_its_arm(
            salt: Vec<u8>, unit: Vec<u8>, weights in prop::collection::vec(0_u32..9, 1..9),
            grown in 0_usize..9, by in 1_u32..9, factor in 1_u32..1000,
        ) {
            let before = arm(&salt, &unit, &weights);
            prop_assert_eq!(arm(&salt, &unit, &weights), before);
            let larger: Vec<u32> = weights.iter().map(|weight| weight * factor).collect();
            prop_assert_eq!(arm(&salt, &unit, &larger), before);

            let grown = grown % weights.len();
            let mut after = weights;
            after[grown] += by;
            let after = arm(&salt, &unit, &after);
            prop_assert!(after == before || after == Some(grown));
        }
    }
}
